"""Holidays, Tết and minimum wages of the demo company."""

from __future__ import annotations

from datetime import date

import pytest

from chot.core.errors import UsageError
from chot.demo.calendar import calendar, minimum_wage


def test_tet_2026_is_a_week_off() -> None:
    days = calendar(end="2026-02", months=1)
    closed = [days.day(place) for place in range(len(days)) if days.closed[place]]
    assert closed == [date(2026, 2, day) for day in range(16, 22)]


def test_months_end_with_the_one_asked_for() -> None:
    days = calendar(end="2026-03", months=14)
    assert (str(days.months[0]), str(days.months[-1])) == ("2025-02", "2026-03")
    assert (days.first, days.last) == (date(2025, 2, 1), date(2026, 3, 31))
    assert days.day(days.at(date(2026, 1, 5))) == date(2026, 1, 5)


def test_a_working_day_is_one() -> None:
    days = calendar(end="2026-02", months=1)
    assert days.working_day(days.months[0], 0.6) not in [date(2026, 2, day) for day in range(16, 22)]


@pytest.mark.parametrize(
    ("region", "day", "amount"),
    [
        ("I", date(2025, 12, 31), 4_960_000),
        ("I", date(2026, 1, 1), 5_310_000),
        ("IV", date(2026, 7, 1), 3_700_000),
        ("II", date(2010, 1, 1), 4_160_000),
    ],
)
def test_minimum_wage_is_that_of_the_day(region: str, day: date, amount: int) -> None:
    assert minimum_wage(region, day) == amount


def test_years_without_a_known_tet_are_refused() -> None:
    with pytest.raises(UsageError, match="2000 to 2090"):
        calendar(end="2000-01", months=2)
