"""Writes of a hand-over: what a leaver has goes to colleagues, back again, and the account closes when nothing is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people import handover
from chot.people.actions_notifications import notify
from chot.people.actions_sessions import end_sessions
from chot.people.audit import record
from chot.people.handover import ACCOUNT, Holding, Leaver
from chot.people.models import AgentRow, HandOver, Role, User


def _lock(agent_id: str) -> Leaver:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"handover:{agent_id}"])
    return handover.leaver_of(agent_id)


@transaction.atomic
def give(agent_id: str, wanted: Mapping[str, Any], *, by: User, address: str | None) -> HandOver | None:
    """Each kind of ``wanted`` to its successor (an agent's number, an account's key); None when there was nothing to give.

    Successors are told once. Raises ``InputError`` for one who is not there to take it.
    """
    leaver = _lock(agent_id)
    moved: dict[str, dict[str, Any]] = {}
    for holding in handover.holdings():
        if holding.kind not in wanted or holding.to == handover.NOBODY:
            continue
        to = wanted[holding.kind]
        _check(leaver, holding, to)
        if ids := _moved(leaver, holding, to, by):
            moved[holding.kind] = {"to": to, "ids": ids}
    if not moved:
        return None
    made = HandOver.objects.create(agent_id=agent_id, moved=moved, by=by, at=clock.now())
    told = {kind: {"to": each["to"], "count": len(each["ids"])} for kind, each in moved.items()}
    record("handover.given", f"agent:{agent_id}", by=by, address=address, after=told)
    _tell(leaver, moved)
    return made


def _moved(leaver: Leaver, holding: Holding, to: Any, by: User) -> list[int]:
    rows = list(holding.rows(leaver).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        return []
    if holding.give:
        return holding.give(rows, leaver, to, by)
    ids = [row.pk for row in rows]
    type(rows[0])._default_manager.filter(pk__in=ids).update(**{holding.field: to, **holding.sets()})
    return ids


def _check(leaver: Leaver, holding: Holding, to: Any) -> None:
    if holding.to == ACCOUNT:
        found = User.objects.filter(pk=to, is_active=True).exclude(agent_id=leaver.agent_id)
        found = found.filter(role__in=holding.roles) if holding.roles else found
        there = found.exists()
    else:
        there = to != leaver.agent_id and to in {row.agent_id for row in AgentRow.objects.filter(agent_id=to, left_on=None)}
    if not there:
        raise InputError(Problem(
            field=holding.kind, what=_("%(what)s: this successor cannot take it") % {"what": holding.title},
            fix=_("Choose somebody who works here and does not leave."),
        ))  # fmt: skip


def _tell(leaver: Leaver, moved: Mapping[str, Mapping[str, Any]]) -> None:
    name = AgentRow.objects.filter(agent_id=leaver.agent_id).order_by("-valid_from").values_list("name", flat=True).first()
    numbers: dict[int, int] = {}
    for holding in handover.holdings():
        if holding.kind in moved:
            to, number = moved[holding.kind]["to"], len(moved[holding.kind]["ids"])
            accounts = User.objects.filter(pk=to) if holding.to == ACCOUNT else User.objects.filter(agent_id=to)
            for pk in accounts.values_list("pk", flat=True):
                numbers[pk] = numbers.get(pk, 0) + number
    for user in User.objects.filter(pk__in=numbers):
        notify([user], "handover.received", link="/", name=name or leaver.agent_id, count=numbers[user.pk])


@transaction.atomic
def undo(pk: int, *, by: User, address: str | None) -> int:
    """Give back whatever its receiver still has; how many rows. Raises ``InputError`` when it was undone already."""
    made = HandOver.objects.select_for_update().get(pk=pk)
    leaver = _lock(made.agent_id)
    if made.undone_at:
        raise InputError(Problem(what=_("This hand-over was undone already"), fix=_("Open the page again.")))
    given_back = 0
    for holding in handover.holdings():
        if holding.kind in made.moved:
            given_back += _back(leaver, holding, made.moved[holding.kind])
    made.undone_at, made.undone_by = clock.now(), by
    made.save(update_fields=["undone_at", "undone_by"])
    record("handover.undone", f"agent:{made.agent_id}", by=by, address=address, after={"hand_over": pk, "rows": given_back})
    return given_back


def _back(leaver: Leaver, holding: Holding, moved: Mapping[str, Any]) -> int:
    if holding.back:
        return holding.back(moved["ids"], leaver)
    own = leaver.key(holding.to)
    if own is None:
        return 0
    model = holding.rows(leaver).model
    still = model._default_manager.filter(pk__in=moved["ids"], **{holding.field: moved["to"]})
    return int(still.update(**{holding.field: own, **holding.sets()}))


@transaction.atomic
def close(agent_id: str, *, by: User, address: str | None) -> bool:
    """End the sessions and close the account, once its last day is noted and nothing is left. False: it was closed already."""
    leaver = _lock(agent_id)
    row = AgentRow.objects.filter(agent_id=agent_id).order_by("-valid_from", "-pk").first()
    if row is None or row.left_on is None:
        raise InputError(Problem(what=_("The last day of work is not noted yet"), fix=_("Note it on the person's page first.")))
    if left := handover.without_successor(leaver):
        titles = {each.kind: each.title for each in handover.holdings()}
        said = ", ".join(f"{titles[kind]} ({number})" for kind, number in left.items())
        raise InputError(Problem(what=_("Without a successor: %(what)s") % {"what": said}, fix=_("Choose a successor for each.")))
    if leaver.user and leaver.user.role == Role.ADMIN:
        raise InputError(Problem(what=_("This is an administrator's account"), fix=_("An administrator closes it under Accounts.")))
    handover.end_what_ends(leaver)
    if leaver.user is None or not leaver.user.is_active:
        return False
    leaver.user.is_active = False
    leaver.user.save(update_fields=["is_active"])
    record("account.closed", f"user:{leaver.user.username}", by=by, address=address, after={"is_active": False})
    end_sessions(leaver.user, by=by, address=address)
    return True
