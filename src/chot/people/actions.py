"""Writes about people."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from chot.kpi.source import AgentRow as FactRow
from chot.people.audit import record
from chot.people.models import AgentRow, Person, User


@transaction.atomic
def copy_agents(rows: Iterable[FactRow], *, by: User | None, address: str | None = None) -> int:
    """Make the database's agents those of the facts, but for those who are edited in Chốt; the number of rows."""
    own = set(Person.objects.filter(managed_here=True).values_list("agent_id", flat=True))
    AgentRow.objects.exclude(agent_id__in=own).delete()
    made = AgentRow.objects.bulk_create(
        AgentRow(
            agent_id=row.agent_id, name=row.name, team_id=row.team_id, plan_role=row.role, hired_on=row.hired_on, left_on=row.left_on,
            base_pay_vnd=row.base_pay_vnd, wage_region=row.wage_region, valid_from=row.valid_from, valid_to=row.valid_to,
        )
        for row in rows
        if row.agent_id not in own
    )  # fmt: skip
    record("people.agents_copied", "agents", by=by, address=address, after={"rows": len(made), "edited_here": len(own)})
    return len(made)
