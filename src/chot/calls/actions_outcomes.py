"""Writes: what agents note of their calls, and callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from chot.calls.actions_outcome_rows import apply_outcomes
from chot.calls.actions_states import end_wrap_up, hold_agent
from chot.calls.holding import CALL, hold
from chot.calls.live import tell_desk
from chot.calls.models import Callback, CallOutcome, OpenCall, QueueTask, TelephonyJournal
from chot.calls.models_queues import TASK
from chot.core import clock
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import User


@dataclass(frozen=True, kw_only=True)
class Noted:
    """What an agent fills in; ``values`` of fields by their id, empty ones left out."""

    disposition: str
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    callback_at: datetime | None = None


@transaction.atomic
def save_outcome(user: User, call_id: str, noted: Noted, *, address: str | None = None) -> CallOutcome:
    """Keep what the agent noted of the own part of a call, and end the wrap-up.

    Saving again changes what was noted, never how long the wrap-up took.
    """
    hold_agent(user.agent_id)
    hold(CALL, [call_id])
    row, made = CallOutcome.objects.get_or_create(call_id=call_id, agent_id=user.agent_id)
    before = {"disposition": row.disposition, "fields": row.fields_collected}
    row.disposition, row.note = noted.disposition, noted.note
    row.values, row.fields_collected = dict(noted.values), len(noted.values)
    row.saved_at = row.saved_at or clock.instant()
    row.save()
    _set_callback(user, call_id, noted)
    end_wrap_up(user.agent_id, call_id)
    apply_outcomes([call_id])
    after = {"disposition": row.disposition, "fields": row.fields_collected}
    record("call.outcome_noted", f"call:{call_id}", by=user, address=address, before=None if made else before, after=after)
    tell_desk(user.agent_id)
    return row


def _set_callback(user: User, call_id: str, noted: Noted) -> None:
    """One callback for a call: set, moved, or dropped again while it is open."""
    mine = Callback.objects.filter(call_id=call_id, agent_id=user.agent_id)
    if noted.callback_at is None:
        mine.filter(done_at=None).delete()
        return
    number, customer, campaign = _party(call_id)
    if not number:
        return
    values = {
        "number": number, "customer_id": customer, "campaign_id": campaign, "note": noted.note[:300],
        "due_at": noted.callback_at, "reminded_at": None,
    }  # fmt: skip
    if not mine.filter(done_at=None).update(**values):
        Callback.objects.get_or_create(call_id=call_id, agent_id=user.agent_id, defaults={**values, "made_at": clock.instant()})


def _party(call_id: str) -> tuple[str, str, str]:
    """Number, customer and campaign of a call, as far as it has come."""
    going = OpenCall.objects.filter(call_id=call_id).values_list("number", "customer_id", "campaign_id").first()
    if going:
        return going
    told = TelephonyJournal.objects.filter(call_id=call_id, kind="call_started").values_list("payload", flat=True).first() or {}
    return told.get("number", ""), told.get("customer_id", ""), told.get("campaign_id", "")


@transaction.atomic
def finish_callback(pk: int, user: User, *, call_id: str = "", address: str | None = None) -> bool:
    """A callback is done (by a call), or dropped without one."""
    done = Callback.objects.filter(pk=pk, agent_id=user.agent_id, done_at=None).update(done_at=clock.instant(), done_call_id=call_id)
    if done:
        of_queue = Callback.objects.filter(pk=pk, call_id__startswith=TASK).values_list("call_id", flat=True).first()
        if of_queue and call_id:
            task = QueueTask.objects.filter(call_id=of_queue.removeprefix(TASK), done_at=None)
            task.update(done_at=clock.instant(), done_by=user)
    if done and not call_id:
        record("callback.dropped", f"callback:{pk}", by=user, address=address)
    if done:
        tell_desk(user.agent_id)
    return bool(done)


@transaction.atomic
def remind_of_callbacks() -> int:
    """Tell agents of callbacks whose time has come, once each; how many."""
    due = list(Callback.objects.select_for_update(skip_locked=True).filter(done_at=None, reminded_at=None, due_at__lte=clock.now())[:500])
    for row in due:
        notify_agents([row.agent_id], "callback.due", link="/desk", key=reminder(row), who=_who(row))
        row.reminded_at = clock.instant()
        row.save(update_fields=["reminded_at"])
        tell_desk(row.agent_id)
    return len(due)


def reminder(row: Callback) -> str:
    """The key of the notification that a callback's time has come."""
    return f"callback {row.pk} {row.due_at.isoformat()}"


def _who(row: Callback) -> str:
    from chot.customers.queries import customer_of
    from chot.people.masking import masked

    customer = customer_of(row.customer_id)
    return customer.name if customer else masked(row.number)
