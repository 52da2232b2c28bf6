"""Business periods: months, quarters and ISO weeks, as text and as days; and any days between two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from chot.core.errors import UsageError

Kind = Literal["month", "quarter", "week", "days"]

_SHAPES: dict[Kind, re.Pattern[str]] = {
    "month": re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])"),  # 2026-10
    "quarter": re.compile(r"([0-9]{4})-Q([1-4])"),  # 2026-Q4
    "week": re.compile(r"([0-9]{4})-W(0[1-9]|[1-4][0-9]|5[0-3])"),  # 2026-W41
}


@dataclass(frozen=True, order=True)
class Period:
    """One month, quarter or ISO week, or any days; ``first`` and ``last`` are both inside it."""

    first: date
    last: date
    kind: Kind
    name: str

    def __str__(self) -> str:
        return self.name

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @cached_property
    def all_days(self) -> tuple[date, ...]:
        """Every day of the period, in order."""
        return tuple(self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1))

    def days(self) -> Iterator[date]:
        """Every day of the period, in order."""
        return iter(self.all_days)

    def shifted(self, steps: int) -> Period:
        """The period ``steps`` periods of the same kind later (earlier when negative)."""
        if self.kind == "days":
            length = timedelta(days=steps * ((self.last - self.first).days + 1))
            return between(self.first + length, self.last + length)
        if self.kind == "week":
            return containing(self.first + timedelta(weeks=steps), "week")
        months = steps * (3 if self.kind == "quarter" else 1)
        index = self.first.year * 12 + self.first.month - 1 + months
        return containing(date(index // 12, index % 12 + 1, 1), self.kind)

    def months(self) -> list[str]:
        """The months the period touches, as ``YYYY-MM``: the partitions that hold its facts.

        >>> parse("2026-W40").months()
        ['2026-09', '2026-10']
        """
        first, last = (day.year * 12 + day.month - 1 for day in (self.first, self.last))
        return [f"{index // 12:04}-{index % 12 + 1:02}" for index in range(first, last + 1)]


def parse(text: str, kind: Kind | None = None) -> Period:
    """The period that ``text`` names; of ``kind`` when given.

    Raises ``UsageError`` when the text is no period (the caller decides about a wrong kind).

    >>> parse("2026-10").last, parse("2026-Q4").first, parse("2026-W41").first
    (datetime.date(2026, 10, 31), datetime.date(2026, 10, 1), datetime.date(2026, 10, 5))
    """
    for shape_kind, shape in _SHAPES.items():
        match = shape.fullmatch(text)
        if match and kind in (None, shape_kind):
            return _make(shape_kind, int(match[1]), int(match[2]), text)
    wanted = {"month": "2026-10", "quarter": "2026-Q4", "week": "2026-W41"}
    example = wanted[kind] if kind else ", ".join(wanted.values())
    raise UsageError(f"{text!r} is not a period. Write it as {example}")


def _make(kind: Kind, year: int, number: int, text: str) -> Period:
    try:
        month = number if kind == "month" else 3 * number - 2
        return containing(date.fromisocalendar(year, number, 1) if kind == "week" else date(year, month, 1), kind)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is not a period: there is no such {kind}") from None


def between(first: date, last: date) -> Period:
    """The days ``first`` to ``last``, both inclusive: something to look at, which no plan pays.

    >>> str(between(date(2026, 11, 2), date(2026, 11, 8)).shifted(-1))
    '2026-10-26..2026-11-01'
    """
    return Period(first, last, "days", f"{first}..{last}")


def containing(day: date, kind: Kind) -> Period:
    """The period of ``kind`` that holds ``day``.

    >>> str(containing(date(2026, 1, 1), "week"))
    '2026-W01'
    """
    if kind == "week":
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return Period(first, first + timedelta(days=6), kind, f"{year}-W{week:02d}")
    if kind == "quarter":
        quarter = (day.month - 1) // 3
        first = date(day.year, 3 * quarter + 1, 1)
        return Period(first, _month_end(date(day.year, 3 * quarter + 3, 1)), kind, f"{day.year}-Q{quarter + 1}")
    first = day.replace(day=1)
    return Period(first, _month_end(first), kind, first.strftime("%Y-%m"))


def _month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
