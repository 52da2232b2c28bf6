"""Who worked when: effective-dated agent rows, employment, spans under a plan, and shares of a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from chot.core.periods import Period
from chot.kpi.measures import Outside
from chot.kpi.plan import Plan, Proration
from chot.kpi.source import AgentRow, Workday

_WEEKDAYS = {"mon-sat": 6, "roster": 6, "mon-fri": 5}
ALWAYS = (date.min, date.max)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A working day that does not count in full: why (``join``, ``other plan`` or the leave), and how much counts."""

    date: date
    reason: str
    for_target: Fraction
    for_bonus: Fraction


@dataclass(frozen=True, kw_only=True)
class Span:
    """One agent's days of one period under one plan, and the shares that follow from them."""

    agent_id: str
    days: tuple[date, ...]
    working_days: int
    target_share: Fraction
    bonus_share: Fraction
    team_id: str  # of the last day of the span
    reduced: tuple[Day, ...] = ()

    @property
    def target_days(self) -> Fraction:
        """The working days that count for targets."""
        return self.target_share * self.working_days

    @property
    def bonus_days(self) -> Fraction:
        """The working days that count for the bonus."""
        return self.bonus_share * self.working_days


class People:
    """Agent rows, asked by day."""

    def __init__(self, rows: Sequence[AgentRow]) -> None:
        self._rows: dict[str, list[AgentRow]] = {}
        for row in rows:
            self._rows.setdefault(row.agent_id, []).append(row)

    @property
    def ids(self) -> list[str]:
        """Every agent id, in order."""
        return sorted(self._rows)

    def rows(self, agent_id: str) -> Sequence[AgentRow]:
        """The agent's rows; empty for an unknown agent."""
        return self._rows.get(agent_id, ())

    def on(self, agent_id: str, day: date) -> AgentRow | None:
        """The agent's row of that day."""
        for row in self.rows(agent_id):
            if (row.valid_from or date.min) <= day and (row.valid_to is None or day < row.valid_to):
                return row
        return None

    def employed(self, agent_id: str, day: date) -> AgentRow | None:
        """The agent's row of that day when the day lies between hiring and leaving, both inclusive."""
        row = self.on(agent_id, day)
        return row if row and is_employed(row, day) else None

    def employed_days(self, agent_id: str, period: Period) -> Sequence[tuple[Sequence[date], AgentRow]]:
        """The days of the period on which the agent was employed, in stretches of one row each."""
        days = period.all_days
        found = []
        for row in self.rows(agent_id):
            first = max(row.valid_from or date.min, row.hired_on or date.min, period.first)
            last = min(row.valid_to - timedelta(days=1) if row.valid_to else date.max, row.left_on or date.max, period.last)
            if first <= last:
                found.append((days[(first - period.first).days : (last - period.first).days + 1], row))
        return found

    def employed_throughout(self, agent_id: str, period: Period, days: Iterable[date]) -> bool:
        """Whether the agent was employed on every one of ``days`` of the period."""
        employed = {day for stretch, _ in self.employed_days(agent_id, period) for day in stretch}
        return employed.issuperset(days)


def is_employed(row: AgentRow, day: date) -> bool:
    """Whether the day lies between the row's first and last day worked."""
    return (row.hired_on or date.min) <= day <= (row.left_on or date.max)


def outside_days(people: People, plan: Plan) -> list[Outside]:
    """The days of every agent whose row names a role or team that the plan does not."""
    return [
        Outside(
            agent_id=agent_id,
            first=(row.valid_from or date.min).isoformat(),
            last=(row.valid_to - timedelta(days=1) if row.valid_to else date.max).isoformat(),
        )
        for agent_id in people.ids
        for row in people.rows(agent_id)
        if not plan.names(role=row.role, team_id=row.team_id)
    ]


def working_days(proration: Proration, period: Period) -> list[date]:
    """The working days of the calendar; for ``roster`` those that hold outside employment (Monday to Saturday)."""
    if isinstance(proration.calendar, tuple):
        listed = set(proration.calendar)
        return [day for day in period.days() if day in listed]
    return [day for day in period.days() if day.weekday() < _WEEKDAYS[proration.calendar]]


def spans(plan: Plan, period: Period, people: People, workdays: Sequence[Workday]) -> list[Span]:
    """One span for every agent whom the plan names on an employed day of the period, by agent_id."""
    by_agent: dict[str, dict[date, Workday]] = {}
    for workday in workdays:
        by_agent.setdefault(workday.agent_id, {})[workday.date] = workday
    calendar = working_days(plan.proration, period)
    found = (_span(plan, agent_id, people.employed_days(agent_id, period), calendar, by_agent.get(agent_id, {})) for agent_id in people.ids)
    return [span for span in found if span]


def _span(
    plan: Plan, agent_id: str, employed: Sequence[tuple[Sequence[date], AgentRow]], calendar: Sequence[date], roster: Mapping[date, Workday]
) -> Span | None:
    named = {day: row for stretch, row in employed if plan.names(role=row.role, team_id=row.team_id) for day in stretch}
    if not named:
        return None
    days = tuple(sorted(named))
    everyday = {day for stretch, _ in employed for day in stretch}
    if plan.proration.calendar == "roster":
        rostered = {day for day, workday in roster.items() if (workday.scheduled_s or 0) > 0}
        calendar = sorted((rostered & everyday) | {day for day in calendar if day not in everyday})
    listed = (*plan.proration.targets, *plan.proration.bonus)
    asked = {day for day, workday in roster.items() if workday.leave in listed}
    reduced = tuple(
        each for day in calendar if (day in asked or day not in named) and (each := _reduced(plan.proration, day, named, everyday, roster))
    )
    full = len(calendar) - len(reduced)
    return Span(
        agent_id=agent_id,
        days=days,
        working_days=len(calendar),
        team_id=named[days[-1]].team_id,
        reduced=reduced,
        target_share=_share(full + sum((each.for_target for each in reduced), Fraction(0)), len(calendar)),
        bonus_share=_share(full + sum((each.for_bonus for each in reduced), Fraction(0)), len(calendar)),
    )


def _share(days: Fraction, of: int) -> Fraction:
    return days / of if of else Fraction(0)


def _reduced(
    proration: Proration, day: date, named: Mapping[date, AgentRow], employed: set[date], roster: Mapping[date, Workday]
) -> Day | None:
    """The working day when it does not count in full; None when it does."""
    nothing = Fraction(0)
    if day in employed and day not in named:
        return Day(date=day, reason="other plan", for_target=nothing, for_bonus=nothing)
    if day not in named and proration.joins:
        return Day(date=day, reason="join", for_target=nothing, for_bonus=nothing)
    workday = roster.get(day)
    if workday is None or workday.leave not in (*proration.targets, *proration.bonus):
        return None
    part = _present(workday)
    target = part if workday.leave in proration.targets else Fraction(1)
    bonus = part if workday.leave in proration.bonus else Fraction(1)
    return None if target == bonus == 1 else Day(date=day, reason=workday.leave, for_target=target, for_bonus=bonus)


def _present(workday: Workday) -> Fraction:
    """The part of a leave day that was worked all the same."""
    if not workday.scheduled_s:
        return Fraction(0)
    return min(Fraction(workday.worked_s or 0, workday.scheduled_s), Fraction(1))
