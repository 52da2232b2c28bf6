"""How long recordings are kept: dated rules by class."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from chot.core import clock
from chot.recordings.models import Retention, RetentionRule

DEFAULTS = {Retention.STANDARD: 180, Retention.SALE: 730}
"""Days where no rule is set."""


def keeping(retention: str) -> Callable[[datetime], date | None]:
    """The last day on which recordings of a class are kept, by when they began; None = until somebody decides otherwise.

    The rules are read once.
    """
    if retention == Retention.HELD:
        return lambda _started_at: None
    rules = list(RetentionRule.objects.filter(retention=retention).order_by("-since").values_list("since", "days"))

    def last_day(started_at: datetime) -> date:
        day = started_at.astimezone(clock.ZONE).date()
        return day + timedelta(days=next((days for since, days in rules if since <= day), DEFAULTS[Retention(retention)]))

    return last_day


def due(retention: str, started_at: datetime) -> date | None:
    """The last day on which a recording is kept."""
    return keeping(retention)(started_at)
