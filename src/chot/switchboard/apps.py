"""The app ``switchboard``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class SwitchboardConfig(AppConfig):
    """Registered as ``switchboard``."""

    name = "chot.switchboard"
    label = "switchboard"

    def ready(self) -> None:
        """A public holiday of the roster is sent to exchanges at once; what ends with somebody who leaves."""
        from django.db.models.signals import post_delete, post_save

        from chot.people.models import PublicHoliday
        from chot.switchboard import handovers

        handovers.register_all()
        for signal in (post_save, post_delete):
            signal.connect(_holidays_changed, sender=PublicHoliday, dispatch_uid=f"holidays of opening hours {signal is post_save}")


def _holidays_changed(**_named: Any) -> None:
    from chot.switchboard.actions_queues import publish
    from chot.switchboard.models import RoutingVersion

    if RoutingVersion.objects.exists():
        publish(None, "holidays")
