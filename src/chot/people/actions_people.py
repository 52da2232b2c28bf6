"""Writes about a person's history: joining, changes from a day on, corrections, off-boarding, coming back.

The days of one person never overlap: every write locks the person's rows and leaves ``[valid_from, valid_to)`` in one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people import handover
from chot.people.actions_notifications import notify
from chot.people.actions_sessions import end_sessions
from chot.people.audit import record
from chot.people.models import AgentRow, Leave, LeaveState, Person, Role, Shift, User

DATED = ("name", "team_id", "plan_role", "base_pay_vnd", "wage_region")
"""What may differ from one row of a person to the next."""
_TOLD = (*DATED, "hired_on", "left_on", "valid_from", "valid_to")


def _state(row: AgentRow) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value := getattr(row, name), date) else value for name in _TOLD}


def rows_of(agent_id: str) -> list[AgentRow]:
    """The person's rows, the earliest first, locked; nobody else writes about the person before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"agent:{agent_id}"])
    rows = list(AgentRow.objects.select_for_update().filter(agent_id=agent_id))
    return sorted(rows, key=lambda row: row.valid_from or date.min)


def kept_here(agent_id: str) -> Person:
    """The person from now on is edited in Chốt: files that are imported do not replace the rows any more."""
    person, _made = Person.objects.get_or_create(agent_id=agent_id)
    if not person.managed_here:
        person.managed_here = True
        person.save(update_fields=["managed_here"])
    return person


@transaction.atomic
def join(agent_id: str, fields: Mapping[str, Any], first_day: date, *, by: User, address: str | None) -> AgentRow:
    """Somebody new: the first row, from the first day on."""
    if rows_of(agent_id):
        raise InputError(Problem(
            field="agent_id", what=_("There is somebody with the number %(agent)s already") % {"agent": agent_id},
            fix=_("Choose another number, or open that person to change what is known."),
        ))  # fmt: skip
    row = AgentRow.objects.create(agent_id=agent_id, hired_on=first_day, valid_from=first_day, **_dated(fields))
    kept_here(agent_id)
    record("people.joined", f"agent:{agent_id}", by=by, address=address, after=_state(row))
    return row


def _dated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in DATED if name in fields}


@transaction.atomic
def change_from(agent_id: str, day: date, fields: Mapping[str, Any], *, by: User, address: str | None) -> AgentRow | None:
    """From ``day`` on something else is true: the row of that day is closed and a new one begins; None when nothing differs.

    What a later row says stays: the new row ends where the next one begins.
    """
    held = _row_on(rows_of(agent_id), day)
    if held.valid_from == day:
        raise InputError(Problem(
            field="day", what=_("A row begins on %(day)s already") % {"day": f"{day:%d/%m/%Y}"},
            fix=_("Correct that row, or choose another day."),
        ))  # fmt: skip
    if held.left_on is not None and held.left_on < day:
        fix = _("Note the return first, or choose a day before the last one.")
        raise InputError(Problem(field="day", what=_("This person has left already"), fix=fix))
    wanted = _dated(fields)
    if all(getattr(held, name) == value for name, value in wanted.items()):
        return None
    kept_here(agent_id)
    before = _state(held)
    new = AgentRow(agent_id=agent_id, valid_from=day, valid_to=held.valid_to, hired_on=held.hired_on, left_on=held.left_on)
    for name in DATED:
        setattr(new, name, wanted.get(name, getattr(held, name)))
    AgentRow.objects.filter(pk=held.pk).update(valid_to=day)
    new.save(force_insert=True)
    record("people.changed", f"agent:{agent_id}", by=by, address=address, before=before, after=_state(new))
    return new


def _row_on(rows: list[AgentRow], day: date) -> AgentRow:
    held = next((row for row in rows if row.holds(day)), None)
    if held is None:
        raise InputError(Problem(
            field="day", what=_("Nothing is known of this person on %(day)s") % {"day": f"{day:%d/%m/%Y}"},
            fix=_("Choose a day of the history below."),
        ))  # fmt: skip
    return held


@transaction.atomic
def correct(row: AgentRow, fields: Mapping[str, Any], reason: str, *, by: User, address: str | None) -> bool:
    """Say that a row was wrong all along, and why; its days may change too, but never into another row's. False: nothing differs."""
    rows = rows_of(row.agent_id)
    held = next(each for each in rows if each.pk == row.pk)
    before = _state(held)
    for name in _TOLD:
        if name in fields:
            setattr(held, name, fields[name])
    if before == _state(held):
        return False
    _check_days(held, [each for each in rows if each.pk != held.pk])
    kept_here(held.agent_id)
    held.save()
    after = {**_state(held), "reason": reason}
    record("people.corrected", f"agent:{held.agent_id}", by=by, address=address, before=before, after=after)
    return True


def _check_days(row: AgentRow, others: list[AgentRow]) -> None:
    problems = []
    first, last = row.valid_from or date.min, row.valid_to or date.max
    if first >= last:
        problems.append(Problem(field="valid_to", what=_("The row ends before it begins"), fix=_("Give an end after the first day.")))
    if row.hired_on and row.left_on and row.left_on < row.hired_on:
        problems.append(Problem(field="left_on", what=_("The last day lies before the first day"), fix=_("Check both days.")))
    for other in others:
        if first < (other.valid_to or date.max) and (other.valid_from or date.min) < last:
            days = {"first": _said(other.valid_from, _("the beginning")), "last": _said(other.valid_to, _("further notice"))}
            what = _("These days overlap the row from %(first)s until before %(last)s") % days
            problems.append(Problem(field="valid_from", what=what, fix=_("Change the days of one of the two.")))
    if problems:
        raise InputError(problems)


def _said(day: date | None, otherwise: str) -> str:
    return f"{day:%d/%m/%Y}" if day else otherwise


@transaction.atomic
def off_board(agent_id: str, last_day: date, *, by: User, address: str | None) -> Person:
    """Note the last day: rows, shifts and waiting leave after it go; the account closes when the day is over (now, if it is).

    Personal data beside the facts is deleted ``CHOT_STAFF_RETENTION_DAYS`` later (Law 91/2025, Article 25).
    """
    rows = [row for row in rows_of(agent_id) if row.left_on is None or row.left_on > last_day]
    if not rows:
        raise InputError(Problem(field="last_day", what=_("This person has left already"), fix=_("Correct the row if the day is wrong.")))
    if (hired := max((row.hired_on for row in rows if row.hired_on), default=None)) and last_day < hired:
        raise InputError(Problem(field="last_day", what=_("The last day lies before the first day"), fix=_("Check both days.")))
    before = _state(rows[-1])
    later = [row for row in rows if row.valid_from and row.valid_from > last_day and len(rows) > 1]
    AgentRow.objects.filter(pk__in=[row.pk for row in later]).delete()
    kept = [row for row in rows if row not in later]
    AgentRow.objects.filter(pk__in=[row.pk for row in kept]).update(left_on=last_day)
    AgentRow.objects.filter(pk=kept[-1].pk).update(valid_to=None)
    shifts, _by_model = Shift.objects.filter(agent_id=agent_id, day__gt=last_day).delete()
    Leave.objects.filter(agent_id=agent_id, state=LeaveState.ASKED, first_day__gt=last_day).update(state=LeaveState.WITHDRAWN)
    person = kept_here(agent_id)
    person.purge_on = last_day + timedelta(days=settings.STAFF_RETENTION_DAYS)
    person.save(update_fields=["purge_on"])
    after = {"left_on": last_day.isoformat(), "purge_on": person.purge_on.isoformat(), "shifts_removed": shifts, "rows_removed": len(later)}
    record("people.off_boarded", f"agent:{agent_id}", by=by, address=address, before=before, after=after)
    close_accounts_of_left(by=by, address=address, agent_id=agent_id)
    return person


@transaction.atomic
def close_accounts_of_left(*, by: User | None = None, address: str | None = None, agent_id: str = "") -> int:
    """Lock the accounts of those whose last day is over and end their sessions; how many. The last administrator stays."""
    today = clock.today()
    gone = _left_before(today, agent_id)
    accounts = User.objects.select_for_update().filter(agent_id__in=gone, is_active=True).exclude(role=Role.ADMIN).order_by("pk")
    closed = 0
    for account in accounts:
        account.is_active = False
        account.save(update_fields=["is_active"])
        record("account.closed", f"user:{account.username}", by=by, address=address, after={"is_active": False})
        end_sessions(account, by=by, address=address)
        _handed_over(account)
        closed += 1
    return closed


def _handed_over(account: User) -> None:
    """End what ends with the account, and tell managers of what nobody has taken over."""
    leaver = handover.Leaver(account.agent_id, account)
    handover.end_what_ends(leaver)
    if left := sum(handover.without_successor(leaver).values()):
        link = reverse("people:person_hand_over", args=[account.agent_id])
        managers = User.objects.filter(role=Role.MANAGER, is_active=True)
        notify(managers, "handover.open", link=link, key=f"handover:{account.agent_id}:{clock.today()}", name=account.name, count=left)


def _left_before(today: date, agent_id: str) -> list[str]:
    rows = AgentRow.objects.filter(agent_id=agent_id) if agent_id else AgentRow.objects.all()
    latest = rows.order_by("agent_id", "-valid_from", "-pk").distinct("agent_id")
    return [row.agent_id for row in latest if row.left_on is not None and row.left_on < today]


@transaction.atomic
def rehire(agent_id: str, day: date, fields: Mapping[str, Any], *, by: User, address: str | None) -> AgentRow:
    """Somebody who had left comes back: a new employment from ``day`` on, nothing of the former one changes."""
    rows = rows_of(agent_id)
    last = rows[-1]
    if last.left_on is None or last.left_on >= day:
        raise InputError(Problem(
            field="day", what=_("This person is still employed on %(day)s") % {"day": f"{day:%d/%m/%Y}"},
            fix=_("A return begins after the last day of the former employment."),
        ))  # fmt: skip
    AgentRow.objects.filter(pk=last.pk).update(valid_to=day)
    row = AgentRow(agent_id=agent_id, hired_on=day, valid_from=day)
    for name in DATED:
        setattr(row, name, fields.get(name, getattr(last, name)))
    row.save(force_insert=True)
    person = kept_here(agent_id)
    person.purge_on = None
    person.save(update_fields=["purge_on"])
    record("people.rehired", f"agent:{agent_id}", by=by, address=address, before=_state(last), after=_state(row))
    return row
