"""Who works under an announced plan without a target of the person's own that the plan asks for: without it no pay can be computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import ChotError
from chot.core.periods import Period
from chot.kpi.plan import PerAgentTargets, Plan
from chot.people.models import AgentRow, User
from chot.people.person_notes import Note
from chot.people.queries import rows_between
from chot.people.rules import sees_plans
from chot.performance.models import PlanVersion
from chot.performance.plan_reading import said
from chot.performance.workplace import read_plan


@dataclass(frozen=True)
class Missing:
    """One person, from which day under the plan, and the KPIs without a target."""

    agent_id: str
    name: str
    since: date
    metrics: tuple[str, ...]


def missing_targets(plan: Plan, first: date, last: date, agents: Iterable[str] | None = None) -> list[Missing]:
    """Who is under the plan on a day of these and lacks a target of a file of targets; by name."""
    files = [
        (item.title or said(item.metric.title), item.target.by_agent) for item in plan.items if isinstance(item.target, PerAgentTargets)
    ]
    first, last = max(first, plan.starts), min(last, plan.ends)
    if not files or first > last:
        return []
    rows = rows_between(first, last)
    found: dict[str, Missing] = {}
    for row in (rows if agents is None else rows.filter(agent_id__in=list(agents))).order_by("valid_from", "pk"):
        span = _under(plan, row, first, last)
        lacking = tuple(title for title, targets in files if row.agent_id not in targets)
        if span and lacking:
            found.setdefault(row.agent_id, Missing(row.agent_id, row.name, span, lacking))
    return sorted(found.values(), key=lambda each: (each.name, each.agent_id))


def _under(plan: Plan, row: AgentRow, first: date, last: date) -> date | None:
    """The first of the days on which the row is employed under the plan."""
    if not plan.names(role=row.plan_role, team_id=row.team_id):
        return None
    begins = max(first, row.valid_from or first, row.hired_on or first)
    ends_before = row.valid_to is not None and row.valid_to <= begins
    return begins if begins <= last and not ends_before and (row.left_on is None or row.left_on >= begins) else None


def in_period(plan: Plan, period: Period) -> list[Missing]:
    """Those of one period of pay."""
    return missing_targets(plan, period.first, period.last)


def still_missing(saved: PlanVersion, plan: Plan) -> list[Missing]:
    """Those of an announced plan from this month on."""
    today = clock.today()
    return missing_targets(plan, today.replace(day=1), plan.ends) if saved.state == PlanVersion.State.ANNOUNCED else []


def notes(agent_id: str, reader: User) -> list[Note]:
    """For the person's page: each announced plan that lacks the person's target."""
    today, found = clock.today(), []
    for saved in PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED, ends__gte=today):
        try:
            plan = read_plan(saved.text)
        except ChotError:  # its page says what is wrong with it
            continue
        for each in missing_targets(plan, today.replace(day=1), plan.ends, [agent_id]):
            link = f"/plans/{saved.pk}" if sees_plans(reader) else ""
            found.append(Note(words(each, saved.title), _("Set the target in a new version of the plan"), link))
    return found


def words(missing: Missing, title: str) -> str:
    """The finding in a sentence."""
    told = {"plan": title, "metrics": ", ".join(missing.metrics), "day": f"{missing.since:%d/%m/%Y}", "name": missing.name}
    return _("%(name)s is under “%(plan)s” from %(day)s and has no target for: %(metrics)s") % told
