"""Reads about people."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from chot.core import clock
from chot.people.asked_once import once_a_request
from chot.people.models import AgentRow


def rows_on(day: date) -> QuerySet[AgentRow]:
    """Every agent's row of that day, those who left before it too."""
    return AgentRow.objects.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day))


def rows_between(first: date, last: date) -> QuerySet[AgentRow]:
    """The rows that hold on a day between two, both inclusive."""
    return AgentRow.objects.filter(Q(valid_from=None) | Q(valid_from__lte=last), Q(valid_to=None) | Q(valid_to__gt=first))


def working_on(day: date) -> QuerySet[AgentRow]:
    """The rows of those who are employed on that day."""
    return rows_on(day).filter(Q(hired_on=None) | Q(hired_on__lte=day), Q(left_on=None) | Q(left_on__gte=day))


@once_a_request
def team_of(agent_id: str, day: date | None = None) -> str:
    """The agent's team on a day (today), empty without one."""
    if not agent_id:
        return ""
    return rows_on(day or clock.today()).filter(agent_id=agent_id).values_list("team_id", flat=True).first() or ""


def agent_names() -> dict[str, str]:
    """The name of every agent, the latest that is known."""
    return dict(AgentRow.objects.order_by("agent_id", "valid_from").values_list("agent_id", "name"))
