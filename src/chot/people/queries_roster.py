"""Reads of the roster: a team's week as people by days, what does not fit in it, and one agent's coming shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from chot.people.models import AgentRow, Leave, LeaveState, PublicHoliday, Role, Shift, ShiftPattern, User
from chot.people.queries import rows_between, team_of
from chot.people.queries_people import given_name_first, teams

_REST_S = 12 * 3600
_WEEK_S = 48 * 3600
"""At least 12 hours between two shifts, at most 48 hours of normal work a week (Labour Code 45/2019, Articles 105 and 110)."""


@dataclass
class Cell:
    """One agent's day: ``code`` is the pattern's, ``*`` for hours of their own."""

    day: date
    code: str = ""
    shifts: list[Shift] = field(default_factory=list)
    leave: Leave | None = None
    employed: bool = True

    @property
    def name(self) -> str:
        """The name of its field is made of the agent and the day."""
        return self.day.isoformat()


@dataclass
class Line:
    """One agent's week."""

    agent_id: str
    name: str
    cells: list[Cell]

    @property
    def scheduled_s(self) -> int:
        """Seconds of the week."""
        return sum(shift.scheduled_s for cell in self.cells for shift in cell.shifts)

    @property
    def hours(self) -> Fraction:
        """The same in hours."""
        return Fraction(self.scheduled_s, 3600)


@dataclass(frozen=True)
class Week:
    """A team's week."""

    days: Sequence[date]
    lines: Sequence[Line]
    holidays: Mapping[date, str]
    conflicts: Sequence[str]


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def teams_to_roster(user: User) -> list[str]:
    """The teams whose roster the person may open: a leader's own, everyone else's all."""
    if user.role == Role.LEADER:
        own = team_of(user.agent_id)
        return [own] if own else []
    return teams()


def patterns() -> list[ShiftPattern]:
    """The shifts that may be planned."""
    return list(ShiftPattern.objects.filter(is_active=True))


def week_of(team: str, monday: date) -> Week:
    """Everyone who is in the team on a day of the week, by given name; the same number of queries for any number of people."""
    days = [monday + timedelta(days=place) for place in range(7)]
    names: dict[str, str] = {}
    present: dict[date, set[str]] = {}
    of_the_week = list(rows_between(days[0], days[-1]).filter(team_id=team))
    for day in days:
        rows = [row for row in of_the_week if row.holds(day) and _employed(row, day)]
        present[day] = {row.agent_id for row in rows}
        names |= {row.agent_id: row.name for row in rows}
    lines = {agent: Line(agent, name, [Cell(day, employed=agent in present[day]) for day in days]) for agent, name in names.items()}
    for shift in Shift.objects.select_related("pattern").filter(agent_id__in=names, day__range=(days[0], days[-1])):
        cell = lines[shift.agent_id].cells[(shift.day - monday).days]
        cell.code = "*" if cell.shifts or shift.pattern is None else shift.pattern.code
        cell.shifts.append(shift)
    states = (LeaveState.ASKED, LeaveState.APPROVED)
    for leave in Leave.objects.filter(agent_id__in=names, state__in=states, first_day__lte=days[-1], last_day__gte=days[0]):
        for cell in lines[leave.agent_id].cells:
            if leave.first_day <= cell.day <= leave.last_day:
                cell.leave = leave
    holidays = dict(PublicHoliday.objects.filter(day__range=(days[0], days[-1])).values_list("day", "name"))
    ordered = sorted(lines.values(), key=lambda line: (given_name_first(line.name), line.agent_id))
    return Week(days, ordered, holidays, [said for line in ordered for said in _conflicts(line)])


def _employed(row: AgentRow, day: date) -> bool:
    return (row.hired_on is None or row.hired_on <= day) and (row.left_on is None or day <= row.left_on)


def _conflicts(line: Line) -> list[str]:
    said = []
    for cell in line.cells:
        told = {"name": line.name, "day": f"{cell.day:%d/%m}"}
        if cell.shifts and cell.leave and cell.leave.part == "day" and cell.leave.state == LeaveState.APPROVED:
            said.append(_("%(name)s has approved leave on %(day)s and a shift") % told)
        if cell.shifts and not cell.employed:
            said.append(_("%(name)s is not in this team on %(day)s and has a shift") % told)
    shifts = sorted((shift for cell in line.cells for shift in cell.shifts), key=lambda shift: shift.starts_at)
    for one, two in pairwise(shifts):
        if one.day != two.day and (two.starts_at - one.ends_at).total_seconds() < _REST_S:
            said.append(_("%(name)s rests less than 12 hours before the shift of %(day)s") % {"name": line.name, "day": f"{two.day:%d/%m}"})
    if line.scheduled_s > _WEEK_S:
        said.append(_("%(name)s is planned for more than 48 hours this week") % {"name": line.name})
    return said


def shifts_of(agent_id: str, first: date, days: int) -> list[Cell]:
    """One agent's days with shifts, leave and holidays, for the telephone."""
    last = first + timedelta(days=days - 1)
    cells = {first + timedelta(days=place): Cell(first + timedelta(days=place)) for place in range(days)}
    for shift in Shift.objects.filter(agent_id=agent_id, day__range=(first, last)):
        cells[shift.day].shifts.append(shift)
    states = (LeaveState.ASKED, LeaveState.APPROVED)
    for leave in Leave.objects.filter(agent_id=agent_id, state__in=states, first_day__lte=last, last_day__gte=first):
        for day, cell in cells.items():
            if leave.first_day <= day <= leave.last_day:
                cell.leave = leave
    return list(cells.values())


def holidays_between(first: date, last: date) -> dict[date, str]:
    """The public holidays by day."""
    return dict(PublicHoliday.objects.filter(day__range=(first, last)).values_list("day", "name"))
