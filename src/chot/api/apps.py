"""The app ``api``."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registered as ``api``."""

    name = "chot.api"
    label = "api"
