"""Reads: what agents are doing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from chot.calls.models import AgentState, DeskRules, DeskState
from chot.core import clock
from chot.people.models import User
from chot.people.queries import team_of, working_on
from chot.people.rules import sees_company


def rules() -> DeskRules:
    """What holds at every desk."""
    return DeskRules.objects.first() or DeskRules()


def open_state(agent_id: str) -> AgentState | None:
    """The state that holds now; None for somebody who never was at a desk."""
    return AgentState.objects.filter(agent_id=agent_id, ended_at=None).first()


def states_on(agent_id: str, day: date) -> dict[str, int]:
    """Seconds of each state of one agent within a local day, up to now."""
    return _spent(AgentState.objects.filter(agent_id=agent_id), day).get(agent_id, {})


def states_of_day(day: date) -> dict[str, dict[str, int]]:
    """The same of everybody, by agent."""
    return _spent(AgentState.objects.all(), day)


def _spent(rows: QuerySet[AgentState], day: date) -> dict[str, dict[str, int]]:
    first = datetime.combine(day, time(), clock.ZONE)
    last = min(first + timedelta(days=1), clock.instant())
    found: dict[str, dict[str, int]] = {}
    for row in rows.filter(started_at__lt=last).exclude(ended_at__lte=first):
        seconds = int((min(row.ended_at or last, last) - max(row.started_at, first)).total_seconds())
        of_agent = found.setdefault(row.agent_id, {})
        of_agent[row.state] = of_agent.get(row.state, 0) + max(seconds, 0)
    return found


def team_states(user: User) -> list[dict[str, Any]]:
    """Everybody whom the person leads, with the state that holds."""
    rows = working_on(clock.today()).order_by("team_id", "name")
    if not sees_company(user):
        rows = rows.filter(team_id=team_of(user.agent_id) or "-")
    people = list(rows.values("agent_id", "name", "team_id"))
    states = {row.agent_id: row for row in AgentState.objects.filter(ended_at=None)}
    offline = AgentState(state=DeskState.OFFLINE)
    return [{**person, "state": states.get(person["agent_id"], offline)} for person in people]
