"""Writes about leave: asked for, decided by somebody else, entered for somebody, withdrawn; approved leave reaches the days of work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.actions_notifications import notify_agents
from chot.people.actions_workdays import refresh_workdays
from chot.people.audit import record
from chot.people.models import Leave, LeavePart, LeaveState, User
from chot.people.queries_teams import leaders_of

_LONGEST = 400
_COUNTS = (LeaveState.ASKED, LeaveState.APPROVED)


def _told(leave: Leave) -> dict[str, Any]:
    return {
        "kind": leave.kind,
        "first_day": str(leave.first_day),
        "last_day": str(leave.last_day),
        "part": leave.part,
        "state": leave.state,
    }


def days_of(leave: Leave) -> list[date]:
    """Every day of a leave."""
    return [leave.first_day + timedelta(days=place) for place in range((leave.last_day - leave.first_day).days + 1)]


@transaction.atomic
def ask(agent_id: str, kind: str, first: date, last: date, part: str, note: str, *, by: User, address: str | None) -> Leave:
    """Ask for days off. Raises ``InputError`` for days that run backwards or that leave was asked for already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"leave:{agent_id}"])
    problems = []
    if last < first or (last - first).days > _LONGEST:
        problems.append(Problem(field="last_day", what=_("The last day does not fit the first day"), fix=_("Check both days.")))
    if part != LeavePart.DAY and last != first:
        problems.append(Problem(field="part", what=_("Half a day is one day"), fix=_("Choose the same first and last day.")))
    for other in Leave.objects.filter(agent_id=agent_id, state__in=_COUNTS, first_day__lte=last, last_day__gte=first):
        if {part, other.part} != {LeavePart.MORNING, LeavePart.AFTERNOON}:
            days = {"first": f"{other.first_day:%d/%m/%Y}", "last": f"{other.last_day:%d/%m/%Y}"}
            what = _("Leave from %(first)s to %(last)s was asked for already") % days
            problems.append(Problem(field="first_day", what=what, fix=_("Withdraw that one first, or choose other days.")))
    if problems:
        raise InputError(problems)
    leave = Leave.objects.create(
        agent_id=agent_id, kind=kind, first_day=first, last_day=last, part=part, note=note, asked_by=by, asked_at=clock.now()
    )
    record("leave.asked", f"agent:{agent_id}", by=by, address=address, after=_told(leave))
    if by.agent_id == agent_id:
        notify_agents(leaders_of(agent_id) - {agent_id}, "leave.asked", link="/leave", name=by.name, **_days(leave))
    return leave


def _days(leave: Leave) -> dict[str, str]:
    return {"first": leave.first_day.isoformat(), "last": leave.last_day.isoformat()}


@transaction.atomic
def enter(agent_id: str, kind: str, first: date, last: date, part: str, reason: str, *, by: User, address: str | None) -> Leave:
    """Leave that a leader or manager enters for somebody else, approved at once; the person is told. Raises as ``ask``."""
    leave = ask(agent_id, kind, first, last, part, reason, by=by, address=address)
    return decide(leave, reason, approve=True, by=by, address=address)


@transaction.atomic
def decide(leave: Leave, answer: str, *, approve: bool, by: User, address: str | None) -> Leave:
    """Approve or refuse a request; raises ``InputError`` when it was decided or withdrawn meanwhile, or is one's own."""
    leave = Leave.objects.select_for_update().get(pk=leave.pk)
    if leave.state != LeaveState.ASKED:
        raise InputError(Problem(what=_("This request waits no more"), fix=_("Open the list again to see who decided.")))
    if by.agent_id and by.agent_id == leave.agent_id:
        raise InputError(Problem(what=_("Nobody approves the own leave"), fix=_("Your manager decides.")))
    before = _told(leave)
    leave.state = LeaveState.APPROVED if approve else LeaveState.REFUSED
    leave.decided_by, leave.decided_at, leave.answer = by, clock.now(), answer
    leave.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    refresh_workdays(((leave.agent_id, day) for day in days_of(leave)), rostered=False)
    record(
        "leave.approved" if approve else "leave.refused",
        f"agent:{leave.agent_id}",
        by=by,
        address=address,
        before=before,
        after=_told(leave) | {"reason": answer},
    )
    entered = approve and leave.asked_by_id == by.pk
    kind = "leave.entered" if entered else "leave.approved" if approve else "leave.refused"
    notify_agents([leave.agent_id], kind, link="/my-shifts", by=by.name, **_days(leave))
    return leave


@transaction.atomic
def take_back(leave: Leave, reason: str, *, by: User, address: str | None) -> Leave:
    """Somebody else's approved days off no longer count, and why; the person is told."""
    leave = Leave.objects.select_for_update().get(pk=leave.pk)
    if leave.state != LeaveState.APPROVED:
        raise InputError(Problem(what=_("This leave is not approved any more"), fix=_("Open the list again to see who decided.")))
    if not reason:
        raise InputError(Problem(field="reason", what=_("A reason is missing"), fix=_("Say in a few words why the days are taken back.")))
    before = _told(leave)
    leave.state, leave.answer = LeaveState.WITHDRAWN, reason
    leave.save(update_fields=["state", "answer"])
    refresh_workdays(((leave.agent_id, day) for day in days_of(leave)), rostered=False)
    after = _told(leave) | {"reason": reason}
    record("leave.taken_back", f"agent:{leave.agent_id}", by=by, address=address, before=before, after=after)
    notify_agents([leave.agent_id], "leave.taken_back", link="/my-shifts", by=by.name, **_days(leave))
    return leave


@transaction.atomic
def withdraw(leave: Leave, *, by: User, address: str | None) -> Leave:
    """Take the own request back, or approved days off that have not begun."""
    leave = Leave.objects.select_for_update().get(pk=leave.pk)
    begun = leave.state == LeaveState.APPROVED and leave.first_day <= clock.today() and by.agent_id == leave.agent_id
    if leave.state not in _COUNTS or begun:
        raise InputError(Problem(what=_("This leave cannot be withdrawn any more"), fix=_("Ask your team leader.")))
    before = _told(leave)
    leave.state = LeaveState.WITHDRAWN
    leave.save(update_fields=["state"])
    refresh_workdays(((leave.agent_id, day) for day in days_of(leave)), rostered=False)
    record("leave.withdrawn", f"agent:{leave.agent_id}", by=by, address=address, before=before, after=_told(leave))
    return leave
