"""How long recordings are kept: dated rules by class."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chot.core import clock
from chot.recordings.models import Retention, RetentionRule

DEFAULTS = {Retention.STANDARD: 180, Retention.SALE: 730}
"""Days where no rule is set."""


def days_for(retention: str, day: date) -> int | None:
    """The days that hold for recordings of ``day``; None = until somebody decides otherwise."""
    if retention == Retention.HELD:
        return None
    rule = RetentionRule.objects.filter(retention=retention, since__lte=day).order_by("-since").first()
    return rule.days if rule else DEFAULTS[Retention(retention)]


def due(retention: str, started_at: datetime) -> date | None:
    """The last day on which a recording is kept."""
    day = started_at.astimezone(clock.ZONE).date()
    days = days_for(retention, day)
    return None if days is None else day + timedelta(days=days)
