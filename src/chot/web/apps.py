"""The app ``web``."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registered as ``web``."""

    name = "chot.web"
    label = "web"
