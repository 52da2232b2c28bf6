"""Reads for the annual leave of a team's year, and for its calendar of leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chot.people.models import Leave, LeaveState, PublicHoliday, User
from chot.people.queries import rows_between
from chot.people.queries_leave import Balance, balances
from chot.people.queries_people import given_name_first
from chot.people.queries_roster import teams_to_roster


@dataclass(frozen=True)
class YearOf:
    """One person's annual leave of a year."""

    agent_id: str
    name: str
    team_id: str
    balance: Balance


@dataclass(frozen=True)
class DayOff:
    """One person's day in the calendar; without ``leave`` it is worked, free or a holiday."""

    day: date
    leave: Leave | None
    employed: bool


@dataclass(frozen=True)
class CalendarLine:
    """One person's month."""

    agent_id: str
    name: str
    cells: Sequence[DayOff]


@dataclass(frozen=True)
class Calendar:
    """A month of leave: who is away when, and how many on each day."""

    days: Sequence[date]
    lines: Sequence[CalendarLine]
    away: Sequence[int]
    holidays: dict[date, str]


def people_of(user: User, first: date, last: date, team: str = "") -> dict[str, tuple[str, str]]:
    """Name and team of everyone of the user's teams who is employed on a day of these, by given name."""
    known = [team] if team else teams_to_roster(user)
    found: dict[str, tuple[str, str]] = {}
    for row in rows_between(first, last).filter(team_id__in=known).order_by("agent_id", "valid_from"):
        if (row.hired_on is None or row.hired_on <= last) and (row.left_on is None or row.left_on >= first):
            found[row.agent_id] = (row.name, row.team_id)
    return dict(sorted(found.items(), key=lambda each: (given_name_first(each[1][0]), each[0])))


def year_of(people: Mapping[str, tuple[str, str]], year: int) -> list[YearOf]:
    """The annual leave of the year of these people (``people_of``), in their order."""
    stand = balances(list(people), year)
    return [YearOf(agent, name, its_team, stand[agent]) for agent, (name, its_team) in people.items()]


def calendar_of(user: User, month: date, team: str = "") -> Calendar:
    """The month that begins on ``month``."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    days = [month + timedelta(days=place) for place in range((last - month).days + 1)]
    people = people_of(user, month, last, team)
    off = _off(people, month, last)
    rows = rows_between(month, last).filter(agent_id__in=people)
    spans: dict[str, list[tuple[date, date]]] = {}
    for row in rows:
        begins = max(row.valid_from or month, row.hired_on or month)
        ends = min((row.valid_to or date.max) - timedelta(days=1), row.left_on or date.max)
        spans.setdefault(row.agent_id, []).append((begins, ends))
    lines = [
        CalendarLine(
            agent, name,
            [DayOff(day, off.get((agent, day)), any(first <= day <= end for first, end in spans.get(agent, []))) for day in days],
        )
        for agent, (name, _team) in people.items()
    ]  # fmt: skip
    away = [sum(1 for line in lines if (leave := line.cells[place].leave) and leave.state == "approved") for place in range(len(days))]
    holidays = dict(PublicHoliday.objects.filter(day__range=(month, last)).values_list("day", "name"))
    return Calendar(days, lines, away, holidays)


def _off(agents: Iterable[str], first: date, last: date) -> dict[tuple[str, date], Leave]:
    states = (LeaveState.ASKED, LeaveState.APPROVED)
    found: dict[tuple[str, date], Leave] = {}
    leaves = Leave.objects.filter(agent_id__in=list(agents), state__in=states, first_day__lte=last, last_day__gte=first)
    for leave in leaves.order_by("-state", "pk"):
        day = max(leave.first_day, first)
        while day <= min(leave.last_day, last):
            found[leave.agent_id, day] = leave
            day += timedelta(days=1)
    return found
