"""The app ``performance``."""

from __future__ import annotations

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    """Registered as ``performance``."""

    name = "chot.performance"
    label = "performance"

    def ready(self) -> None:
        """Notifications get their words."""
        from chot.people import notices
        from chot.performance.notices import KINDS

        notices.words(KINDS)
