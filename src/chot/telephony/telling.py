"""What readers of the journal are told of a call's change; written in one transaction with the event that made it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chot.core.messages import CallChanged, CallQueued, MenuChosen
from chot.telephony.call_state import Call


def shown(call: Call, at: datetime) -> CallChanged:
    """The call as pages show it."""
    agents = tuple(leg.seat.agent_id for leg in call.agents if leg.alive and leg.seat.agent_id)
    return CallChanged(call_id=call.call_id, phase=call.phase, agents=agents, on_hold=call.on_hold, changed_at=at)


def changes(before: Call | None, call: Call, at: datetime) -> list[Any]:
    """The facts of the step from ``before``."""
    told: list[Any] = []
    if call.queue_since and (before is None or before.queue_since != call.queue_since):
        told.append(CallQueued(call_id=call.call_id, queue_id=call.queue, queued_at=call.queue_since))
    for chosen in call.choices[len(before.choices) if before else 0 :]:
        flow = call.flow.name if call.flow else ""
        told.append(MenuChosen(call_id=call.call_id, flow=flow, step=chosen.step, choice=chosen.choice, chosen_at=at))
    now = shown(call, at)
    if before is None or _differs(now, shown(before, at)):
        told.append(now)
    return told


def _differs(one: CallChanged, other: CallChanged) -> bool:
    return (one.phase, one.agents, one.on_hold) != (other.phase, other.agents, other.on_hold)
