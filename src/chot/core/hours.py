"""Opening hours: spans of weekdays in the company's zone, and the days that are closed whatever the weekday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chot.core import clock


@dataclass(frozen=True, kw_only=True)
class Span:
    """Open on a weekday (0 is Monday) from ``opens`` to before ``closes``, each ``HH:MM``; ``24:00`` is the day's end."""

    weekday: int
    opens: str
    closes: str


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When somebody is there. ``closed`` are days (ISO) on which nobody is."""

    name: str
    spans: tuple[Span, ...] = ()
    closed: tuple[str, ...] = ()

    def open_at(self, at: datetime) -> bool:
        """Whether that moment lies within a span of a day that is not closed."""
        local = at.astimezone(clock.ZONE)
        if local.date().isoformat() in self.closed:
            return False
        time = f"{local:%H:%M}"
        return any(span.weekday == local.weekday() and span.opens <= time < span.closes for span in self.spans)

    def holiday_at(self, at: datetime) -> bool:
        """Whether that day is one of the closed ones."""
        return at.astimezone(clock.ZONE).date().isoformat() in self.closed
