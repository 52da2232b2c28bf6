"""Reads about leave: who asked, what a year gives and what is left of it, which days count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import QuerySet

from chot.core import clock
from chot.people.models import AgentRow, Leave, LeaveAdjustment, LeaveKind, LeavePart, LeaveState, Person, PublicHoliday

DAYS_A_YEAR = 12
"""Days of annual leave in normal work (Labour Code 45/2019, Article 113), one more for each five years with the employer (Article 114)."""
_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Earned:
    """What a year gives: ``base`` days a year and ``seniority`` days, for ``months`` of twelve."""

    base: int = DAYS_A_YEAR
    seniority: int = 0
    months: int = 12

    @property
    def days(self) -> Fraction:
        """The days of the year, in proportion to the months (Decree 145/2020, Article 66)."""
        return Fraction((self.base + self.seniority) * self.months, 12)


@dataclass(frozen=True)
class Balance:
    """Annual leave of one year, in days; halves occur. ``coming`` is the part of ``taken`` that lies ahead."""

    earned: Earned
    taken: Fraction = Fraction(0)
    asked: Fraction = Fraction(0)
    coming: Fraction = Fraction(0)
    carried: Fraction = Fraction(0)
    until: date | None = None
    lapsed: Fraction = Fraction(0)
    corrected: Fraction = Fraction(0)

    @property
    def entitled(self) -> Fraction:
        """What the year gives."""
        return self.earned.days

    @property
    def left(self) -> Fraction:
        """What may still be asked for."""
        return self.entitled + self.carried - self.lapsed + self.corrected - self.taken - self.asked


def earned(hired: date | None, year: int, agreed: int | None = None, left: date | None = None) -> Earned:
    """What the law gives, or the agreed days a year, by the months of work in the year of joining or leaving.

    The day of seniority is given in the year in which five years are full.

    >>> earned(date(2026, 7, 1), 2026).days, earned(date(2019, 3, 1), 2026).days, earned(None, 2026, 15).days
    (Fraction(6, 1), Fraction(13, 1), Fraction(15, 1))
    >>> earned(date(2019, 3, 1), 2026, left=date(2026, 6, 30)).days, earned(date(2027, 1, 1), 2026).days
    (Fraction(13, 2), Fraction(0, 1))
    """
    base = DAYS_A_YEAR if agreed is None else agreed
    seniority = max(year - hired.year, 0) // 5 if hired else 0
    return Earned(base, seniority, sum(_counts(hired, left, year, month) for month in range(1, 13)))


def _counts(hired: date | None, left: date | None, year: int, month: int) -> bool:
    """Whether a month counts: at least half of its working days (Monday to Saturday) lie in the employment."""
    first = date(year, month, 1)
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return 2 * _working(max(first, hired or first), min(last, left or last)) >= _working(first, last)


def _working(first: date, last: date) -> int:
    """How many days of ``first`` to ``last``, both inclusive, are no Sunday.

    >>> sunday = date(2026, 11, 8)
    >>> _working(date(2026, 11, 1), date(2026, 11, 30)), _working(sunday, sunday), _working(date(2026, 11, 9), sunday)
    (25, 0, 0)
    """
    return max(_until(last) - _until(first - timedelta(days=1)), 0)


def _until(day: date) -> int:
    """Days that are no Sunday from the first Monday of the calendar to this one."""
    weeks, rest = divmod(day.toordinal(), 7)
    return 6 * weeks + rest


def balance_of(agent_id: str, year: int) -> Balance:
    """Where the agent's annual leave of a year stands."""
    return balances([agent_id], year)[agent_id]


def balances(agents: Sequence[str], year: int) -> dict[str, Balance]:
    """The same for many, in a fixed number of queries."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    employed = dict.fromkeys(agents, (None, None)) | _employments(agents, last)
    agreed = dict(Person.objects.filter(agent_id__in=agents).values_list("agent_id", "annual_days"))
    holidays = set(PublicHoliday.objects.filter(day__range=(first, last)).values_list("day", flat=True))
    states = (LeaveState.APPROVED, LeaveState.ASKED)
    leaves: dict[str, list[Leave]] = {}
    found = Leave.objects.filter(agent_id__in=agents, kind=LeaveKind.ANNUAL, state__in=states, first_day__lte=last, last_day__gte=first)
    for leave in found:
        leaves.setdefault(leave.agent_id, []).append(leave)
    adjusted: dict[str, list[LeaveAdjustment]] = {}
    for each in LeaveAdjustment.objects.filter(agent_id__in=agents, year=year):
        adjusted.setdefault(each.agent_id, []).append(each)
    return {
        agent: _balance(
            earned(employed[agent][0], year, agreed.get(agent), employed[agent][1]),
            leaves.get(agent, []), adjusted.get(agent, []), holidays, (first, last),
        )
        for agent in agents
    }  # fmt: skip


def _employments(agents: Sequence[str], last: date) -> dict[str, tuple[date | None, date | None]]:
    """First and last day of the employment that the year ends in, or the latest before it; somebody of next year's only from then."""
    found: dict[str, tuple[date | None, date | None]] = {}
    for row in AgentRow.objects.filter(agent_id__in=agents).order_by("agent_id", "valid_from", "pk"):
        known = found.get(row.agent_id)
        if known is None or row.hired_on is None or row.hired_on <= last:
            found[row.agent_id] = (row.hired_on or (known[0] if known else None), row.left_on)
    return found


def _balance(
    gives: Earned, leaves: Iterable[Leave], adjusted: Iterable[LeaveAdjustment], holidays: set[date], year: tuple[date, date]
) -> Balance:
    today = clock.today()
    used = {LeaveState.APPROVED: Fraction(0), LeaveState.ASKED: Fraction(0)}
    kept, coming, corrected = list(leaves), Fraction(0), Fraction(0)
    carried: LeaveAdjustment | None = None
    for leave in kept:
        used[LeaveState(leave.state)] += counted_days(leave, holidays, *year)
        if leave.state == LeaveState.APPROVED:
            coming += counted_days(leave, holidays, max(today + timedelta(days=1), year[0]), year[1])
    for each in adjusted:
        if each.kind == LeaveAdjustment.Kind.CARRIED:
            carried = each
        else:
            corrected += each.days
    lapsed = Fraction(0)
    if carried and carried.until and carried.until < today:
        used_in_time = sum((counted_days(leave, holidays, year[0], carried.until) for leave in kept), Fraction(0))
        lapsed = max(carried.days - used_in_time, Fraction(0))
    return Balance(
        gives, used[LeaveState.APPROVED], used[LeaveState.ASKED], coming, carried.days if carried else Fraction(0),
        carried.until if carried else None, lapsed, corrected,
    )  # fmt: skip


def counted_days(leave: Leave, holidays: Iterable[date], first: date = date.min, last: date = date.max) -> Fraction:
    """The days that a leave takes from the balance: no Sundays, no public holidays, a half for half a day."""
    off = set(holidays)
    days = (leave.first_day + timedelta(days=place) for place in range((leave.last_day - leave.first_day).days + 1))
    counted = sum(1 for day in days if first <= day <= last and day.weekday() != 6 and day not in off)
    return Fraction(counted) if leave.part == LeavePart.DAY else counted * _HALF


def leaves_of(agents: Iterable[str] | None, *, waiting: bool) -> QuerySet[Leave]:
    """Requests of these agents (None: of everyone): those that wait, the earliest first, or the latest that were answered."""
    found = Leave.objects.select_related("decided_by", "asked_by")
    found = found if agents is None else found.filter(agent_id__in=list(agents))
    return found.filter(state=LeaveState.ASKED).order_by("first_day", "pk") if waiting else found.exclude(state=LeaveState.ASKED)[:100]


def adjustments_of(agent_id: str, year: int) -> QuerySet[LeaveAdjustment]:
    """What a year of the agent has more or less."""
    return LeaveAdjustment.objects.select_related("by").filter(agent_id=agent_id, year=year)
