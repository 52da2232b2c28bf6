"""Writes of people from a file: each row through the action that a page would take, so that a second time changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.people import actions_people as people
from chot.people.actions_accounts import create_account
from chot.people.audit import record
from chot.people.forms_people import ImportedForm
from chot.people.models import AgentRow, Role, User

_FIELDS = {"name": "name", "team_id": "team_id", "role": "plan_role", "base_pay_vnd": "base_pay_vnd", "wage_region": "wage_region"}


@dataclass(frozen=True, kw_only=True)
class Given:
    """One person of a file; an empty cell says nothing."""

    line: int
    agent_id: str
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a row does: ``new``, ``changed``, ``left``, ``same`` or ``wrong``; ``changes`` are (field, before, after)."""

    line: int
    agent_id: str
    name: str
    does: str
    changes: tuple[tuple[str, Any, Any], ...] = ()
    problems: tuple[Problem, ...] = ()


def plan_steps(given: Iterable[Given], day: date, *, pay: bool) -> list[Step]:
    """What the rows would do from ``day`` on, without doing it; base pay is left alone without ``pay``."""
    given, held = list(given), dict[str, list[AgentRow]]()
    for row in AgentRow.objects.filter(agent_id__in=[each.agent_id for each in given]).order_by("valid_from"):
        held.setdefault(row.agent_id, []).append(row)
    return [_step(each, held.get(each.agent_id, []), day, pay=pay)[0] for each in given]


def _step(given: Given, rows: list[AgentRow], day: date, *, pay: bool) -> tuple[Step, dict[str, Any]]:
    cells = {_FIELDS.get(name, name): text for name, text in given.cells.items() if pay or name != "base_pay_vnd"}
    form = ImportedForm(cells, pay=pay)
    name = cells.get("name") or (rows[-1].name if rows else "")
    if not form.is_valid():
        problems = tuple(Problem(line=given.line, field=where, what=str(what)) for where, whats in form.errors.items() for what in whats)
        return Step(line=given.line, agent_id=given.agent_id, name=name, does="wrong", problems=problems), {}
    wanted = {key: form.cleaned_data[key] for key in form.fields if cells.get(key)}
    if not rows:
        changes = tuple((key, None, value) for key, value in wanted.items() if key not in ("agent_id", "name"))
        return Step(line=given.line, agent_id=given.agent_id, name=name, does="new", changes=changes), wanted
    return _known(given, rows, day, wanted), wanted


def _known(given: Given, rows: list[AgentRow], day: date, wanted: Mapping[str, Any]) -> Step:
    held = next((row for row in rows if row.holds(day)), None)
    if held is None:
        return _wrong(given, rows[-1].name, "", _("nothing is known of this person on that day"), _("Choose a later day."))
    names = (*people.DATED, "left_on")
    changes = tuple((name, getattr(held, name), wanted[name]) for name in names if name in wanted and wanted[name] != getattr(held, name))
    if "hired_on" in wanted and held.hired_on and wanted["hired_on"] != held.hired_on:
        fix = _("Correct it on the person's page.")
        return _wrong(given, held.name, "hired_on", _("another first day is known: %(day)s") % {"day": f"{held.hired_on:%d/%m/%Y}"}, fix)
    if changes and held.left_on is not None:
        return _wrong(given, held.name, "left_on", _("this person has left, and the file says something else"), _("Note the return first."))
    does = "same" if not changes else "left" if changes[-1][0] == "left_on" else "changed"
    return Step(line=given.line, agent_id=given.agent_id, name=held.name, does=does, changes=changes)


def _wrong(given: Given, name: str, field: str, what: str, fix: str) -> Step:
    problem = Problem(line=given.line, field=field, what=what, fix=fix)
    return Step(line=given.line, agent_id=given.agent_id, name=name, does="wrong", problems=(problem,))


def apply_people(given: Iterable[Given], day: date, *, source: str, pay: bool, by: User, address: str | None) -> list[Step]:
    """Write every row that can be written, each whole or not at all; what each did. A row that is refused says why."""
    done = []
    for each in given:
        try:
            done.append(_apply(each, day, source=source, pay=pay, by=by, address=address))
        except InputError as error:
            problems = tuple(Problem(line=each.line, field=found.field, what=found.what, fix=found.fix) for found in error.problems)
            name = each.cells.get("name", "")
            done.append(Step(line=each.line, agent_id=each.agent_id, name=name, does="wrong", problems=problems))
    numbers = {does: sum(step.does == does for step in done) for does in ("new", "changed", "left", "same", "wrong")}
    record("people.imported", "people", by=by, address=address, after={"file": source, "day": day.isoformat(), **numbers})
    return done


@transaction.atomic
def _apply(given: Given, day: date, *, source: str, pay: bool, by: User, address: str | None) -> Step:
    rows = people.rows_of(given.agent_id)
    step, wanted = _step(given, rows, day, pay=pay)
    if step.does in ("same", "wrong"):
        return step
    if step.does == "new":
        people.join(given.agent_id, wanted, wanted.get("hired_on") or day, by=by, address=address)
    else:
        fields = {name: after for name, _before, after in step.changes if name != "left_on"}
        held = next(row for row in rows if row.holds(day))
        if fields and held.valid_from == day:
            people.correct(held, fields, _("Imported from %(file)s") % {"file": source}, by=by, address=address)
        elif fields:
            people.change_from(given.agent_id, day, fields, by=by, address=address)
    if wanted.get("left_on"):
        people.off_board(given.agent_id, wanted["left_on"], by=by, address=address)
    return step


@transaction.atomic
def open_accounts(agent_ids: Iterable[str], *, by: User, address: str | None) -> list[tuple[User, str]]:
    """An agent's account for everyone of these who has none, with the password to be changed at the first sign-in.

    The sign-in name is the agent number; whoever's is taken is left out.
    """
    wanted = list(agent_ids)
    taken = set(User.objects.values_list("agent_id", flat=True)) | set(User.objects.values_list("username", flat=True))
    made = []
    for row in AgentRow.objects.filter(agent_id__in=wanted, valid_to=None, left_on=None).order_by("agent_id"):
        if row.agent_id in taken or row.agent_id.lower() in taken:
            continue
        fields = {
            "username": row.agent_id.lower(), "name": row.name, "role": Role.AGENT, "agent_id": row.agent_id, "sees_pay": False,
            "is_active": True,
        }  # fmt: skip
        made.append(create_account(fields, by=by, address=address))
    return made
