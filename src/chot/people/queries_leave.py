"""Reads about leave: who asked, what is left of the year, which days count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import QuerySet

from chot.people.models import AgentRow, Leave, LeaveKind, LeavePart, LeaveState, Person, PublicHoliday

DAYS_A_YEAR = 12
"""Days of annual leave in normal work (Labour Code 45/2019, Article 113), one more for each five years with the employer (Article 114)."""
_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Balance:
    """Annual leave of one year, in days; halves occur."""

    entitled: Fraction
    taken: Fraction
    asked: Fraction

    @property
    def left(self) -> Fraction:
        """What may still be asked for."""
        return self.entitled - self.taken - self.asked


def entitlement(hired: date | None, year: int, given: int | None = None) -> Fraction:
    """Days of the year: what was agreed, else the law's, by whole months in the year of joining.

    >>> entitlement(date(2026, 7, 1), 2026), entitlement(date(2019, 3, 1), 2026), entitlement(None, 2026, 15)
    (Fraction(6, 1), Fraction(13, 1), Fraction(15, 1))
    """
    if given is not None:
        return Fraction(given)
    if hired is None:
        return Fraction(DAYS_A_YEAR)
    if hired.year > year:
        return Fraction(0)
    if hired.year == year:
        months = 12 - hired.month + (1 if hired.day <= 15 else 0)
        return Fraction(DAYS_A_YEAR * months, 12)
    return Fraction(DAYS_A_YEAR + (year - hired.year) // 5)


def balance_of(agent_id: str, year: int) -> Balance:
    """Where the agent's annual leave of a year stands."""
    rows = AgentRow.objects.filter(agent_id=agent_id).exclude(hired_on=None).order_by("-hired_on")
    hired = rows.values_list("hired_on", flat=True).first()
    given = Person.objects.filter(agent_id=agent_id).values_list("annual_days", flat=True).first()
    first, last = date(year, 1, 1), date(year, 12, 31)
    holidays = set(PublicHoliday.objects.filter(day__range=(first, last)).values_list("day", flat=True))
    used = {LeaveState.APPROVED: Fraction(0), LeaveState.ASKED: Fraction(0)}
    leaves = Leave.objects.filter(agent_id=agent_id, kind=LeaveKind.ANNUAL, state__in=used, first_day__lte=last, last_day__gte=first)
    for leave in leaves:
        used[LeaveState(leave.state)] += counted_days(leave, holidays, first, last)
    return Balance(entitlement(hired, year, given), used[LeaveState.APPROVED], used[LeaveState.ASKED])


def counted_days(leave: Leave, holidays: Iterable[date], first: date = date.min, last: date = date.max) -> Fraction:
    """The days that a leave takes from the balance: no Sundays, no public holidays, a half for half a day."""
    off = set(holidays)
    days = (leave.first_day + timedelta(days=place) for place in range((leave.last_day - leave.first_day).days + 1))
    counted = sum(1 for day in days if first <= day <= last and day.weekday() != 6 and day not in off)
    return Fraction(counted) if leave.part == LeavePart.DAY else counted * _HALF


def leaves_of(agents: Iterable[str] | None, *, waiting: bool) -> QuerySet[Leave]:
    """Requests of these agents (None: of everyone): those that wait, the earliest first, or the latest that were answered."""
    found = Leave.objects.select_related("decided_by")
    found = found if agents is None else found.filter(agent_id__in=list(agents))
    return found.filter(state=LeaveState.ASKED).order_by("first_day", "pk") if waiting else found.exclude(state=LeaveState.ASKED)[:100]
