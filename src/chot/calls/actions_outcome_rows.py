"""Writes: outcome and fact of a call brought together. Either may be there first; whichever is second does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from chot.calls.holding import CALL, hold
from chot.calls.models import Call, CallOutcome
from chot.core import clock


@transaction.atomic
def note_wrap_up(agent_id: str, call_id: str, seconds: int) -> None:
    """How long the wrap-up of a call took; the first length stays."""
    hold(CALL, [call_id])
    row, _made = CallOutcome.objects.get_or_create(call_id=call_id, agent_id=agent_id)
    if row.wrap_s is None:
        row.wrap_s = seconds
        row.save(update_fields=["wrap_s"])
        apply_outcomes([call_id])


def apply_outcomes(call_ids: Sequence[str]) -> int:
    """Write what was noted onto the calls, where both are there; under ``holding.CALL``. How many rows changed."""
    noted: dict[str, list[CallOutcome]] = {}
    for row in CallOutcome.objects.filter(call_id__in=call_ids):
        noted.setdefault(row.call_id, []).append(row)
    calls = Call.objects.filter(call_id__in=noted).only("call_id", "agent_id")
    return sum(Call.objects.filter(pk=call.pk).update(**outcome_columns(call.agent_id, noted[call.call_id])) for call in calls)


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
