"""What runs while a call goes on: how long its customer is held, and how long a flow or a queue has the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chot.telephony.call_state import Away, Call


def noted(call: Call, at: datetime) -> Call:
    """Both clocks, started or stopped as the call is now."""
    return _held(_away(call, at), at)


def _held(call: Call, at: datetime) -> Call:
    """Hold time runs while the customer waits although agents are there, after the first conversation began; not in a queue."""
    customer = call.customer
    waits = bool(
        call.connected_at and customer and customer.up and not call.ending_at and not call.in_flow
        and (call.on_hold or call.consult or not call.agents_up)
    )  # fmt: skip
    if waits and call.held_since is None:
        return replace(call, held_since=at)
    if not waits and call.held_since is not None:
        lasted = (_until(call, call.held_since, at) - call.held_since).total_seconds()
        return replace(call, held_since=None, held_ms=call.held_ms + round(lasted * 1000))
    return call


def _away(call: Call, at: datetime) -> Call:
    """One stretch for each queue, and one for what the flow says or asks between them."""
    customer = call.customer
    here = bool(call.in_flow and customer and customer.up and not call.ending_at and not call.agents_up)
    last = call.away[-1] if call.away else None
    if last and last.until is None and not (here and last.queue == call.queue):
        call = replace(call, away=(*call.away[:-1], replace(last, until=_until(call, last.since, at))))
        last = None
    if here and (last is None or last.until is not None):
        call = replace(call, away=(*call.away, Away(queue=call.queue, since=at)))
    return call


def _until(call: Call, since: datetime, at: datetime) -> datetime:
    return max(since, min(at, call.ending_at or at))
