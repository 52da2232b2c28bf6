"""Writes: outcome and fact of a call brought together. Either may be there first; whichever is second does it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from chot.calls.models import Call, CallOutcome
from chot.core import clock

_LOCK = 0x6F757463  # with the call's own number: outcome and fact are written one after the other


@transaction.atomic
def note_wrap_up(agent_id: str, call_id: str, seconds: int) -> None:
    """How long the wrap-up of a call took; the first length stays."""
    one_at_a_time(call_id)
    row, _made = CallOutcome.objects.get_or_create(call_id=call_id, defaults={"agent_id": agent_id})
    if row.wrap_s is None and row.agent_id == agent_id:
        row.wrap_s = seconds
        row.save(update_fields=["wrap_s"])
        apply_outcome(call_id)


def apply_outcome(call_id: str) -> int:
    """Write what was noted onto the call, when both are there; under ``one_at_a_time``. How many rows changed."""
    row = CallOutcome.objects.filter(call_id=call_id).first()
    return Call.objects.filter(call_id=call_id).update(**outcome_columns(row)) if row else 0


def outcome_columns(row: CallOutcome) -> dict[str, Any]:
    """The columns of ``calls`` that an outcome fills."""
    found: dict[str, Any] = {"written_at": clock.instant()}
    if row.wrap_s is not None:
        found["wrap_s"] = row.wrap_s
    if row.saved_at is not None:
        found |= {"disposition": row.disposition, "fields_collected": row.fields_collected, "wrap_s": row.wrap_s or 0}
    return found


def one_at_a_time(call_id: str) -> None:
    """Hold the call until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, call_id])
