"""What somebody who leaves has in hand among people: the teams that are led."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.people.actions_teams import set_team
from chot.people.handover import Holding, Leaver, register
from chot.people.models import AgentRow, Team, User


def _give(rows: Sequence[Team], leaver: Leaver, to: Any, by: User) -> list[int]:
    """Led by the successor from the day after the last one."""
    last = AgentRow.objects.filter(agent_id=leaver.agent_id).aggregate(last=Max("left_on"))["last"]
    day: date = max(clock.today(), last + timedelta(days=1)) if last else clock.today()
    for row in rows:
        set_team(row.team_id, day, row.name, to, by=by, address=None)
    teams = [row.team_id for row in rows]
    return list(Team.objects.filter(team_id__in=teams, valid_to=None).values_list("pk", flat=True))


def _back(ids: Sequence[int], leaver: Leaver) -> int:
    return Team.objects.filter(pk__in=ids).update(leader_id=leaver.agent_id)


def register_all() -> None:
    """Said once, when the application starts."""
    register(Holding(
        kind="teams", title=_("Teams that are led"), field="leader_id", give=_give, back=_back,
        rows=lambda leaver: Team.objects.filter(leader_id=leaver.agent_id, valid_to=None), link=lambda _leaver: "/people/teams",
    ))  # fmt: skip
