"""The app ``performance``."""

from __future__ import annotations

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    """Registered as ``performance``."""

    name = "chot.performance"
    label = "performance"

    def ready(self) -> None:
        """Notifications get their words; what leavers have in hand."""
        from chot.people import notices
        from chot.people.person_notes import register
        from chot.performance import handovers
        from chot.performance.notices import KINDS
        from chot.performance.queries_missing import notes

        notices.words(KINDS)
        handovers.register_all()
        register(notes)
