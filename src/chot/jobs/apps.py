"""The app ``jobs``."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registered as ``jobs``."""

    name = "chot.jobs"
    label = "jobs"
