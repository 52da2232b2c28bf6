"""The app ``pay``."""

from __future__ import annotations

from django.apps import AppConfig


class PayConfig(AppConfig):
    """Registered as ``pay``."""

    name = "chot.pay"
    label = "pay"

    def ready(self) -> None:
        """People ask here whether a day is paid already; what notifications about pay say."""
        from chot.pay import handovers
        from chot.pay.notices import WORDS
        from chot.pay.queries_closed import is_closed, runs_of
        from chot.people.closed_days import register
        from chot.people.notices import words

        register(is_closed, runs_of)
        words(WORDS)
        handovers.register_all()
