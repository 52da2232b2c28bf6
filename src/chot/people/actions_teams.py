"""Writes about teams: a new one, and a name or leader from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import AgentRow, Team, User


def _state(row: Team) -> dict[str, Any]:
    return {"name": row.name, "leader_id": row.leader_id, "valid_from": str(row.valid_from or ""), "valid_to": str(row.valid_to or "")}


@transaction.atomic
def set_team(team_id: str, day: date, name: str, leader_id: str, *, by: User, address: str | None) -> bool:
    """From ``day`` on the team is called and led so; a new team begins then. False when that is so already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"team:{team_id}"])
    if leader_id and not AgentRow.objects.filter(agent_id=leader_id).exists():
        raise InputError(
            Problem(field="leader_id", what=_("There is no agent %(agent)s") % {"agent": leader_id}, fix=_("Choose one of the list."))
        )
    rows = sorted(Team.objects.select_for_update().filter(team_id=team_id), key=lambda row: row.valid_from or date.min)
    held = next((row for row in reversed(rows) if (row.valid_from or date.min) <= day), None)
    if held and (held.name, held.leader_id) == (name, leader_id):
        return False
    before = _state(held) if held else None
    if held and held.valid_from == day:
        held.name, held.leader_id = name, leader_id
        held.save(update_fields=["name", "leader_id"])
        made = held
    else:
        following = next((row for row in rows if (row.valid_from or date.min) > day), None)
        if held:
            Team.objects.filter(pk=held.pk).update(valid_to=day)
        made = Team.objects.create(
            team_id=team_id, name=name, leader_id=leader_id, valid_from=day, valid_to=following.valid_from if following else None
        )
    record("team.set", f"team:{team_id}", by=by, address=address, before=before, after=_state(made))
    return True
