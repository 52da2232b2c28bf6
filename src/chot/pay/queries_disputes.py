"""Reads: questions about pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from chot.pay.models import Dispute, PayEntry, PayRun
from chot.pay.queries import Visible, line_label, visible_agents
from chot.people.models import Role, User
from chot.performance.models import PlanVersion, Result
from chot.performance.workplace import read_plan


def own_lines(plan: PlanVersion, period: str, agent_id: str) -> list[Mapping[str, Any]]:
    """The lines of one agent's pay; as they were closed, else as they were last computed."""
    entry = PayEntry.objects.filter(run__plan=plan, run__period=period, agent_id=agent_id).first()
    found = entry or Result.objects.filter(run__plan=plan, run__period=period, agent_id=agent_id).first()
    return list(found.lines) if found else []


def disputes_for(user: User) -> QuerySet[Dispute]:
    """The questions that ``user`` may read, open ones first by the day they are due, then the last answered."""
    own = Q(agent_id=user.agent_id) if user.agent_id else Q(pk=None)
    if user.role in {Role.PAYROLL, Role.MANAGER, Role.AUDITOR}:
        own = Q()
    elif user.role == Role.LEADER and user.sees_pay:
        own |= Q(agent_id__in=visible_agents(user) or ())
    return Dispute.objects.filter(own).select_related("plan", "answered_by")


def open_disputes(run: PayRun, visible: Visible) -> int:
    """How many questions about this run's pay wait for their answer."""
    found = Dispute.objects.filter(plan=run.plan_id, period=run.period, state=Dispute.State.OPEN)
    return (found if visible is None else found.filter(agent_id__in=visible)).count()


def payable_with(dispute: Dispute) -> PayRun | None:
    """The open run that an adjustment about the question can be paid with: of its plan, else of another one that pays the agent by now."""
    pays = Result.objects.filter(run__plan=OuterRef("plan"), run__period=OuterRef("period"), agent_id=dispute.agent_id)
    same, states = dispute.plan.plan_id, (PayRun.State.DRAFT, PayRun.State.REVIEW)
    found = PayRun.objects.select_related("plan").filter(Q(plan__plan_id=same) | Exists(pays), state__in=states)
    return min(found, key=lambda run: (run.plan.plan_id != same, run.period, run.pk), default=None)


def labelled(found: Sequence[Dispute]) -> list[tuple[Dispute, str]]:
    """Each question with the name of the line that it is about; every plan is read once."""
    plans = {each.plan_id: read_plan(each.plan.text) for each in {dispute.plan_id: dispute for dispute in found}.values()}
    return [(each, line_label(plans[each.plan_id], each.line)) for each in found]
