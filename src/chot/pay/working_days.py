"""Working days in Vietnam: Monday to Saturday without public holidays (Labour Code 2019, Art. 112)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays


@cache
def _public(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("VN", years=year))


def is_working_day(day: date) -> bool:
    """Whether the office works on that day.

    >>> is_working_day(date(2026, 9, 2)), is_working_day(date(2026, 11, 7)), is_working_day(date(2026, 11, 8))
    (False, True, False)
    """
    return day.isoweekday() <= 6 and day not in _public(day.year)


def after(day: date, count: int) -> date:
    """The working day so many working days after ``day``."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
