"""Writes: unforeseen events, and a plan's next version drafted from a review."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text
from chot.core.periods import Period
from chot.kpi.ability import sensible
from chot.kpi.plan import Item, PerAgentTargets, Plan
from chot.kpi.review_changes import Suggestion, by_id
from chot.people.audit import record
from chot.people.models import User
from chot.performance import actions
from chot.performance.models import Event, PlanVersion
from chot.performance.plan_editing import with_value
from chot.performance.queries_review import following, review_of, suggested
from chot.performance.target_sets import csv_of, keep, reasons_of
from chot.performance.workplace import read_plan


@transaction.atomic
def record_event(
    *, team_id: str, first: date | None, last: date | None, note: str, by: User, address: str | None = None
) -> Event:  # fmt: skip
    """Record something unforeseen. Raises ``InputError`` without days or words."""
    if first is None or last is None or last < first:
        raise InputError(Problem(field="first", what=_("the first and the last day are needed, in order")))
    if not note.strip():
        raise InputError(Problem(field="note", what=_("say what happened")))
    event = Event.objects.create(team_id=team_id, first=first, last=last, note=note.strip()[:300], by=by, at=clock.now())
    record("event.recorded", f"event:{event.pk}", by=by, address=address, after=_told(event))
    return event


@transaction.atomic
def remove_event(pk: int, *, by: User, address: str | None = None) -> bool:
    """Take an event back; whether there was one."""
    event = Event.objects.select_for_update().filter(pk=pk).first()
    if event is None:
        return False
    record("event.removed", f"event:{pk}", by=by, address=address, before=_told(event))
    event.delete()
    return True


def _told(event: Event) -> dict[str, Any]:
    return {"team": event.team_id, "first": event.first.isoformat(), "last": event.last.isoformat(), "note": event.note}


@transaction.atomic
def draft_next(saved: PlanVersion, period: Period, chosen: Collection[str], *, by: User, address: str | None = None) -> PlanVersion:
    """A draft of the plan's next version with the chosen changes, each kept with its reason. The same again is the same draft.

    Raises ``InputError`` when the document that comes out is no plan.
    """
    plan = read_plan(saved.text)
    changes = by_id(suggested(plan, review_of(plan, period)), chosen)
    text = following(saved, period)
    for each in changes:
        text = _applied(text, plan, each, by)
    after = read_plan(text)
    there = PlanVersion.objects.filter(plan_id=after.id, version=after.version).first()
    if there:
        return there
    draft = actions.save_plan(text, by=by, address=address)
    draft.follows = saved
    draft.changes = [{**each.document(), "period": str(period)} for each in changes]
    draft.save(update_fields=["follows", "changes"])
    record(
        "plan.drafted_from_review", f"plan:{draft.plan_id}:{draft.version}", by=by, address=address,
        after={"follows": f"{saved.plan_id}:{saved.version}", "period": str(period), "changes": [each.id for each in changes]},
    )  # fmt: skip
    return draft


def _applied(text: str, plan: Plan, change: Suggestion, by: User) -> str:
    place = next(number for number, item in enumerate(plan.items) if item.metric.id == change.metric)
    item = plan.items[place]
    if change.kind == "weight":
        return with_value(text, ("items", place, "weight"), decimal_text(change.after))
    return with_value(text, ("items", place, "target"), _target(plan, item, change, by))


def _target(plan: Plan, item: Item, change: Suggestion, by: User) -> str:
    if change.kind == "ability":
        return f"{{ability: {decimal_text(change.after, 4)}}}"
    if change.kind == "people" and isinstance(item.target, PerAgentTargets):
        rows = [(agent, item.metric.id, sensible(value * change.after, item)) for agent, value in item.target.by_agent.items()]
        before = reasons_of(item.target.path).get(item.metric.id, {})
        scaled = {"probability": None, "reason": change.why.vi}
        why = {item.metric.id: {agent: {**before.get(agent, {}), **scaled} for agent in item.target.by_agent}}
        return f"{{per_agent: {keep(csv_of(rows), plan_id=plan.id, by=by, why=why).name}}}"
    if item.metric.unit == "ratio":
        return f"{decimal_text(change.after * 100, 4)}%"
    return decimal_text(Fraction(change.after), 6)

