"""Agents whose phones went away in the middle of a call get back into it as soon as they are there again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from chot.core import clock
from chot.telephony.call_events import HangupAsked, PhoneBack
from chot.telephony.call_state import Call
from chot.telephony.controller import Controller

PATIENCE = timedelta(seconds=30)
"""How long a customer hears music for an agent who does not come back."""

_LOOK_S = 0.25
_AGAIN = timedelta(seconds=2)


async def run(controller: Controller) -> None:
    """Look after calls that await their agent, for ever."""
    while True:
        look(controller)
        await asyncio.sleep(_LOOK_S)


def look(controller: Controller) -> None:
    """Ring each awaited phone that is back; end the calls that have waited too long."""
    now = clock.instant()
    for call in controller.calls:
        if call.awaited is None or call.ending_at:
            continue
        if call.awaited_since and now - call.awaited_since > PATIENCE:
            controller.tell(call.call_id, HangupAsked(at=now, by="system"))
        elif call.awaited.phone in controller.phones and _may_ring(call, now):
            controller.tell(call.call_id, PhoneBack(at=now, phone=call.awaited.phone))


def _may_ring(call: Call, now: datetime) -> bool:
    """Nobody rings yet, and a phone that could not be rung just now is left alone for a moment."""
    last = call.agents[-1]
    tried = bool(call.awaited_since and last.asked_at > call.awaited_since)
    return not any(leg.alive for leg in call.agents) and not (tried and last.gone_at and now - last.gone_at < _AGAIN)
