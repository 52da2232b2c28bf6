"""Reads: what an agent is told of the money of a call that goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from chot.charges.models import CallCharge
from chot.charges.refusals import rules


def money_of(call_id: str, answered_at: datetime | None) -> dict[str, str]:
    """``ends``: when the call is cut because the quota is used up; ``over``: it goes on beyond the quota. Empty while there is enough."""
    row = CallCharge.objects.filter(call_id=call_id, exhausted_at__isnull=False).first() if answered_at else None
    if row is None or answered_at is None:
        return {"ends": "", "over": ""}
    held = rules()
    if not held.cut_calls or row.max_talk_s >= held.longest_call_s:
        return {"ends": "", "over": "yes"}
    return {"ends": (answered_at + timedelta(seconds=row.max_talk_s)).isoformat(), "over": ""}
