"""Writes: targets of a draft changed by hand, in bulk or from a file, and made part of the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text
from chot.kpi.ability import sensible
from chot.kpi.plan import Item
from chot.people.audit import record
from chot.people.models import User
from chot.performance import actions_plans
from chot.performance.models import PlanVersion, TargetChange
from chot.performance.plan_editing import with_value
from chot.performance.queries_targets import Cell, Grid, grid
from chot.performance.target_sets import csv_of, keep
from chot.performance.workplace import read_plan

SHOWN = 200  # changes of one write that its audit entry spells out


@transaction.atomic
def change_targets(
    saved: PlanVersion, wanted: Mapping[tuple[str, str], Fraction | None], *, reason: str, by: User, address: str | None = None
) -> int:
    """Give people of a draft other targets, by (agent, metric); None is back to the proposal. How many really changed.

    Raises ``InputError`` without a reason, for an announced plan, and for targets that cannot be; then nothing has changed.
    """
    saved = _draft(saved)
    found = grid(saved, read_plan(saved.text))
    changes, problems = list[TargetChange](), list[Problem]()
    for (agent_id, metric), target in wanted.items():
        column = found.column(metric)
        cell = column.cells.get(agent_id) if column else None
        if column is None or cell is None:
            problems.append(Problem(field=agent_id, what=_("the plan has no such person or KPI")))
        elif target is not None and not _possible(target, column.item):
            problems.append(Problem(field=agent_id, what=_("a target must be above 0")))
        elif (cell.proposed if target is None else target) != cell.target:
            changes.append(_change(saved, cell, target, reason=reason.strip(), by=by))
    if changes and not reason.strip():
        problems.append(Problem(field="reason", what=_("say why the targets change"), fix=_("The reason is kept and shown to the people.")))
    if problems:
        raise InputError(problems)
    TargetChange.objects.bulk_create(changes)
    if changes:
        told = {f"{each.agent_id} {each.metric}": [_text(each.before), _text(each.target)] for each in changes[:SHOWN]}
        record(
            "targets.changed", f"plan:{saved.plan_id}:{saved.version}", by=by, address=address,
            after={"reason": reason.strip(), "changed": len(changes), "targets": told},
        )  # fmt: skip
    return len(changes)


def scaled(found: Grid, metric: str, agents: Sequence[str], factor: Fraction) -> dict[tuple[str, str], Fraction | None]:
    """The targets of one item multiplied for these people, rounded as people remember them."""
    column = found.column(metric)
    if column is None:
        return {}
    return {(agent, metric): sensible(column.cells[agent].target * factor, column.item) for agent in agents if agent in column.cells}


@transaction.atomic
def publish_targets(saved: PlanVersion, metrics: Sequence[str], *, by: User, address: str | None = None) -> PlanVersion:
    """Make everyone's targets of these items part of the draft: its document names the stored set, and its version covers it.

    Raises ``InputError`` when nothing is chosen or the plan is announced.
    """
    saved = _draft(saved)
    plan = read_plan(saved.text)
    found = grid(saved, plan)
    chosen = [column for column in found.columns if column.item.metric.id in metrics]
    if not chosen:
        raise InputError(Problem(field="metrics", what=_("no KPI is chosen"), fix=_("Tick the KPIs whose targets go into the plan.")))
    cells = [cell for column in chosen for cell in column.cells.values()]
    text = csv_of((cell.agent_id, cell.metric, cell.target) for cell in cells)
    why = {column.item.metric.id: {cell.agent_id: _why(cell) for cell in column.cells.values()} for column in chosen}
    kept = keep(text, plan_id=plan.id, by=by, why=why)
    document = saved.text
    for place, item in enumerate(plan.items):
        if item.metric.id in why:
            document = with_value(document, ("items", place, "target"), f"{{per_agent: {kept.name}}}")
    saved = actions_plans.change_draft(saved, document, by=by, address=address)
    record(
        "targets.published", f"plan:{saved.plan_id}:{saved.version}", by=by, address=address,
        after={"set": kept.name, "metrics": sorted(why), "people": len({cell.agent_id for cell in cells})},
    )  # fmt: skip
    return saved


def _draft(saved: PlanVersion) -> PlanVersion:
    saved = PlanVersion.objects.select_for_update().get(pk=saved.pk)
    if saved.state != PlanVersion.State.DRAFT:
        raise InputError(Problem(what=_("an announced plan never changes"), fix=_("Make a new version of it.")))
    return saved


def _possible(target: Fraction, item: Item) -> bool:
    return target > 0 or (target == 0 and item.direction == "lower")


def _change(saved: PlanVersion, cell: Cell, target: Fraction | None, *, reason: str, by: User) -> TargetChange:
    return TargetChange(
        plan=saved, agent_id=cell.agent_id, metric=cell.metric, before=_decimal(cell.target), reason=reason[:500], by=by, at=clock.now(),
        target=None if target is None else _decimal(target),
    )  # fmt: skip


def _decimal(value: Fraction) -> Decimal:
    return Decimal(decimal_text(value, 6))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _why(cell: Cell) -> dict[str, Any]:
    """Where a target comes from, as it was when it became part of the plan."""
    return {
        "proposed": str(cell.proposed), "usual": None if cell.usual is None else str(cell.usual), "periods": len(cell.past),
        "probability": None if cell.probability is None else round(cell.probability, 2), "origin": cell.origin,
        "reason": cell.change.reason if cell.change and cell.change.target is not None else "",
    }  # fmt: skip
