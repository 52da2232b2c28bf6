"""Writes: business goals, their order and their tree."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.performance.models import Goal
from chot.performance.queries_goals import serves

Step = Literal["up", "down", "in", "out"]
_FIELDS = ("slug", "title", "horizon", "parent_id", "owner_id", "metric", "target", "starts", "due", "rank")


@transaction.atomic
def save_goal(goal: Goal, *, by: User, address: str | None = None) -> Goal:
    """Store a new or a changed goal; a new one, or one with another parent, stands last among its siblings.

    Raises ``InputError`` when the goal would serve itself.
    """
    _locked()
    before = Goal.objects.filter(pk=goal.pk).first() if goal.pk else None
    if goal.parent_id and goal.pk and goal.pk in _line_of(goal.parent_id):
        raise InputError(Problem(field="parent", what=_("a goal cannot serve itself"), fix=_("Choose another goal above it.")))
    if before is None or before.parent_id != goal.parent_id:
        goal.rank = Goal.objects.filter(parent_id=goal.parent_id).exclude(pk=goal.pk).count()
    if before is not None and _content(before) == _content(goal):
        return goal
    goal.save()
    record(
        "goal.changed" if before else "goal.added", f"goal:{goal.slug}", by=by, address=address,
        before=_content(before) if before else None, after=_content(goal),
    )  # fmt: skip
    return goal


@transaction.atomic
def move_goal(goal: Goal, step: Step, *, by: User, address: str | None = None) -> bool:
    """Move a goal one place up or down, under the goal above it, or out to its parent's level; whether it moved."""
    goals = _locked()
    goal = goals[goal.pk]
    before = {"parent": goal.parent_id, "rank": goal.rank}
    siblings = _ordered(goals, goal.parent_id)
    place = siblings.index(goal)
    if step == "up" and place:
        siblings[place - 1], siblings[place] = siblings[place], siblings[place - 1]
    elif step == "down" and place + 1 < len(siblings):
        siblings[place + 1], siblings[place] = siblings[place], siblings[place + 1]
    elif step == "in" and place:
        _under(goals, goal, siblings[place - 1].pk, at=None)
        siblings = _ordered(goals, goal.parent_id)
    elif step == "out" and goal.parent_id:
        above = goals[goal.parent_id]
        level = _ordered(goals, above.parent_id)
        _under(goals, goal, above.parent_id, at=level.index(above) + 1)
        siblings = _ordered(goals, goal.parent_id)
    else:
        return False
    _number(siblings)
    goal.refresh_from_db()
    record("goal.moved", f"goal:{goal.slug}", by=by, address=address, before=before, after={"parent": goal.parent_id, "rank": goal.rank})
    return True


@transaction.atomic
def place_goal(goal: Goal, *, parent_id: int | None, before_id: int | None, by: User, address: str | None = None) -> bool:
    """Put a goal under ``parent_id`` (None: the top) in front of ``before_id`` (None: last); whether it moved.

    Raises ``InputError`` when the goal would serve itself, or when others have changed the tree meanwhile so that the place
    is not there any more.
    """
    goals = _locked()
    before = goals.get(before_id) if before_id else None
    gone = goal.pk not in goals or (parent_id and parent_id not in goals)
    if gone or (before_id and (before is None or before.parent_id != parent_id)) or before_id == goal.pk:
        what = _("somebody has changed the goals meanwhile")
        raise InputError(Problem(what=what, fix=_("Look at them as they are now and move it again.")))
    goal = goals[goal.pk]
    if parent_id and goal.pk in _line_of(parent_id):
        raise InputError(Problem(field="parent", what=_("a goal cannot serve itself"), fix=_("Choose another goal above it.")))
    was = {"parent": goal.parent_id, "rank": goal.rank}
    left = [each for each in _ordered(goals, goal.parent_id) if each.pk != goal.pk]
    level = [each for each in _ordered(goals, parent_id) if each.pk != goal.pk]
    level.insert(level.index(before) if before else len(level), goal)
    if goal.parent_id != parent_id:
        goal.parent_id = parent_id
        goal.save(update_fields=["parent"])
        _number(left)
    _number(level)
    now = {"parent": goal.parent_id, "rank": goal.rank}
    if now == was:
        return False
    record("goal.moved", f"goal:{goal.slug}", by=by, address=address, before=was, after=now)
    return True


@transaction.atomic
def delete_goal(goal: Goal, *, by: User, address: str | None = None) -> None:
    """Delete a goal that nothing serves. Raises ``InputError`` with what does."""
    goals = _locked()
    if goal.pk not in goals:
        return
    kept = serves(goal)
    if kept:
        what = _("this goal is still served by: %(names)s") % {"names": ", ".join(kept)}
        raise InputError(Problem(what=what, fix=_("Give them another goal first.")))
    before = _content(goals[goal.pk])
    goals[goal.pk].delete()
    record("goal.deleted", f"goal:{goal.slug}", by=by, address=address, before=before)


def _locked() -> dict[int, Goal]:
    """Every goal, locked: the tree changes as a whole."""
    return {goal.pk: goal for goal in Goal.objects.order_by("pk").select_for_update()}


def _line_of(parent_id: int) -> set[int]:
    """A goal and every goal above it."""
    above = dict(Goal.objects.values_list("pk", "parent_id"))
    found: set[int] = set()
    here: int | None = parent_id
    while here is not None and here not in found:
        found.add(here)
        here = above.get(here)
    return found


def _ordered(goals: Mapping[int, Goal], parent_id: int | None) -> list[Goal]:
    return sorted((each for each in goals.values() if each.parent_id == parent_id), key=lambda each: (each.rank, each.pk))


def _under(goals: Mapping[int, Goal], goal: Goal, parent_id: int | None, *, at: int | None) -> None:
    level = [each for each in _ordered(goals, parent_id) if each.pk != goal.pk]
    goal.parent_id = parent_id
    level.insert(len(level) if at is None else at, goal)
    goal.save(update_fields=["parent"])
    _number(level)


def _number(siblings: list[Goal]) -> None:
    for rank, each in enumerate(siblings):
        each.rank = rank
    Goal.objects.bulk_update(siblings, ["rank"])


def _content(goal: Goal) -> dict[str, Any]:
    return {name: None if getattr(goal, name) is None else _said(getattr(goal, name)) for name in _FIELDS}


def _said(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, int | str) else str(value)
