"""The app ``performance``."""

from __future__ import annotations

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    """Registered as ``performance``."""

    name = "chot.performance"
    label = "performance"
