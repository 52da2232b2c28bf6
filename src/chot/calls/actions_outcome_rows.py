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
    row, _made = CallOutcome.objects.get_or_create(call_id=call_id, agent_id=agent_id)
    if row.wrap_s is None:
        row.wrap_s = seconds
        row.save(update_fields=["wrap_s"])
        apply_outcome(call_id)


def apply_outcome(call_id: str) -> int:
    """Write what was noted onto the call, when both are there; under ``one_at_a_time``. How many rows changed."""
    call, rows = Call.objects.filter(call_id=call_id).only("agent_id").first(), list(CallOutcome.objects.filter(call_id=call_id))
    return Call.objects.filter(pk=call.pk).update(**outcome_columns(call.agent_id, rows)) if call and rows else 0


def outcome_columns(agent_id: str, rows: list[CallOutcome]) -> dict[str, Any]:
    """The columns of ``calls`` that outcomes fill: wrap-up of the call's own agent; what that agent noted, else who noted first."""
    found: dict[str, Any] = {"written_at": clock.instant()}
    own = next((row for row in rows if row.agent_id == agent_id), None)
    if own and own.wrap_s is not None:
        found["wrap_s"] = own.wrap_s
    saved = [(row is not own, row.saved_at, row.pk, row) for row in rows if row.saved_at]
    if saved:
        noted = min(saved)[-1]
        wrap_s = (own.wrap_s if own else None) or 0
        found |= {"disposition": noted.disposition, "fields_collected": noted.fields_collected, "wrap_s": wrap_s}
    return found


def one_at_a_time(call_id: str) -> None:
    """Hold the call until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, call_id])
