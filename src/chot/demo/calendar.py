"""The days of the demo company: months, holidays, seasons and the minimum wage of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
from numpy.typing import NDArray

from chot.core.errors import UsageError
from chot.core.periods import Period, parse

SUNDAY, SATURDAY = 6, 5

# Regional minimum wages per month, in đồng, regions I to IV: Decrees 38/2022, 74/2024, 293/2025
_WAGES: tuple[tuple[date, tuple[int, int, int, int]], ...] = (
    (date(2022, 7, 1), (4_680_000, 4_160_000, 3_640_000, 3_250_000)),
    (date(2024, 7, 1), (4_960_000, 4_410_000, 3_860_000, 3_450_000)),
    (date(2026, 1, 1), (5_310_000, 4_730_000, 4_140_000, 3_700_000)),
)

# How ready customers are to buy, by month: before Tết and around 11.11 and 12.12 more, after Tết less.
_SEASON = (1.03, 0.93, 0.97, 1.0, 1.0, 0.99, 1.0, 0.98, 1.0, 1.02, 1.14, 1.18)


def minimum_wage(region: str, day: date) -> int:
    """The regional minimum wage on a day, in đồng a month (the oldest known before that)."""
    place = ("I", "II", "III", "IV").index(region)
    known = [wages for since, wages in _WAGES if since <= day] or [_WAGES[0][1]]
    return known[-1][place]


def season(month: int) -> float:
    """The factor on customers' readiness to buy in a month 1..12."""
    return _SEASON[month - 1]


def daytime(local: NDArray[np.int64]) -> NDArray[np.int64]:
    """Local seconds moved into the day when they lie in the night: 18:00 to 8:00 becomes 8:00 to 12:40.

    >>> daytime(np.array([3600, 10 * 3600, 23 * 3600])).tolist()
    [30000, 36000, 121200]
    """
    clock = local % 86_400
    late = clock >= 18 * 3600
    moved = np.where(late, local - clock + 32 * 3600 + (clock - 18 * 3600) // 3, local)
    return np.where(clock < 8 * 3600, local - clock + 8 * 3600 + clock // 3, moved)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Every day from ``first`` to ``last``, as arrays of one length.

    ``weekday`` 0 = Monday; ``closed`` public holidays and the week of Tết; ``month`` the place in ``months``.
    """

    first: date
    last: date
    months: tuple[Period, ...]
    weekday: NDArray[np.int8]
    closed: NDArray[np.bool_]
    month: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.weekday)

    def at(self, day: date) -> int:
        """The place of a day; negative or past the end when it lies outside."""
        return (day - self.first).days

    def day(self, place: int) -> date:
        """The day at a place."""
        return self.first + timedelta(days=int(place))

    @property
    def midnight(self) -> NDArray[np.int64]:
        """Local seconds since 1970 at the start of each day."""
        start = (self.first - date(1970, 1, 1)).days
        return (np.arange(len(self), dtype=np.int64) + start) * 86_400

    @property
    def opening(self) -> NDArray[np.bool_]:
        """Days on which the company works: Monday to Saturday, holidays left out."""
        open_days: NDArray[np.bool_] = (self.weekday != SUNDAY) & ~self.closed
        return open_days

    def working_day(self, period: Period, share: float) -> date:
        """The opening day ``share`` (0 to 1) of the way through a period; its first day when there is none."""
        opening = [day for day in period.days() if 0 <= self.at(day) < len(self) and self.opening[self.at(day)]]
        return opening[min(int(share * len(opening)), len(opening) - 1)] if opening else period.first


def calendar(*, end: str, months: int) -> Calendar:
    """The ``months`` months that end with the month ``end`` (``YYYY-MM``).

    Raises ``UsageError`` when ``end`` is no month, or no year for which the holidays are known.
    """
    final = parse(end, "month")
    begin = final.shifted(1 - months)
    if begin.first.year < 2000 or final.first.year > 2090:
        raise UsageError(f"{end} lies outside the years 2000 to 2090 for which the calendar of Tết is known")
    periods = tuple(begin.shifted(step) for step in range(months))
    days = [day for period in periods for day in period.days()]
    closed = _closed({day.year for day in days})
    return Calendar(
        first=days[0], last=days[-1], months=periods,
        weekday=np.array([day.weekday() for day in days], dtype=np.int8),
        closed=np.array([day in closed for day in days]),
        month=np.array([place for place, period in enumerate(periods) for _ in period.days()], dtype=np.int64),
    )  # fmt: skip


def _closed(years: set[int]) -> set[date]:
    """Public holidays, and Tết without a break up to the Sunday when it ends on a Thursday or later."""
    public = holidays.country_holidays("VN", years=sorted(years), language="en_US")
    closed = set(public)
    for year in years:
        lunar = [day for day, name in public.items() if day.year == year and "Lunar" in name]
        if lunar:
            end = max(lunar)
            end += timedelta(days=SATURDAY - end.weekday()) if 3 <= end.weekday() < SATURDAY else timedelta()
            closed |= {min(lunar) + timedelta(days=offset) for offset in range((end - min(lunar)).days + 1)}
    return closed
