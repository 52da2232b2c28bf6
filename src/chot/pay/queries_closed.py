"""Which days are paid already."""

from __future__ import annotations

from datetime import date

from chot.pay.models import PayRun


def is_closed(day: date) -> bool:
    """Whether a closed pay run is of the day's month."""
    return PayRun.objects.filter(state=PayRun.State.CLOSED, period=f"{day:%Y-%m}").exists()
