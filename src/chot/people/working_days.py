"""Working days: Monday to Saturday without public holidays (Labour Code 2019, Art. 112)."""

from __future__ import annotations

from datetime import date, timedelta

import holidays

from chot.people.models import PublicHoliday


def after(day: date, count: int) -> date:
    """The working day so many working days after ``day``."""
    public: dict[int, frozenset[date]] = {}
    while count:
        day += timedelta(days=1)
        if day.year not in public:
            public[day.year] = public_holidays(day.year)
        count -= day.isoweekday() <= 6 and day not in public[day.year]
    return day


def public_holidays(year: int) -> frozenset[date]:
    """The days that the company's calendar names; those of the country for a year that it does not know yet."""
    own = frozenset(PublicHoliday.objects.filter(day__year=year).values_list("day", flat=True))
    return own or frozenset(holidays.country_holidays("VN", years=year))
