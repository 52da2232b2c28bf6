"""The app ``calls``."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    """Registered as ``calls``."""

    name = "chot.calls"
    label = "calls"

    def ready(self) -> None:
        """Calls are part of a customer's course, and name customers."""
        from chot.calls.customer_course import calls
        from chot.calls.models import Call
        from chot.customers import references, timeline

        timeline.register("call", _("Calls"), calls)
        references.register(Call)
