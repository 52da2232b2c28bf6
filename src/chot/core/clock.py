"""The only clock: what day and what moment it is, in the company's time zone.

``CHOT_TODAY=2026-11-22`` (or a full ISO time with offset) stops it, for tests and for repeatable demonstrations.
"""

from __future__ import annotations

import os
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from chot.core.errors import UsageError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """The present moment, with offset; under ``CHOT_TODAY`` that moment (a bare day: its noon).

    Raises ``UsageError`` when ``CHOT_TODAY`` is neither a day nor a time with offset.
    """
    stopped = os.environ.get("CHOT_TODAY", "").strip()
    if not stopped:
        return datetime.now(ZONE)
    try:
        if len(stopped) == len("2026-11-22"):
            return datetime.combine(date.fromisoformat(stopped), time(12), ZONE)
        moment = datetime.fromisoformat(stopped)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"CHOT_TODAY={stopped!r} is no day. Write it as 2026-11-22 or 2026-11-22T09:00:00+07:00")
    return moment.astimezone(ZONE)


def instant() -> datetime:
    """The real moment, which ``CHOT_TODAY`` does not stop: for leases, deadlines and the telephone network."""
    return datetime.now(ZONE)


def today() -> date:
    """The present day in the company's time zone."""
    return now().date()
