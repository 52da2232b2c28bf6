"""What readers of the journal are told of a call's change; written in one transaction with the event that made it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from chot.core.messages import CallChanged, CallQueued, CallStarted, ForwardAsked, MenuChosen, PartChanged
from chot.telephony.call_outcomes import leg_outcome
from chot.telephony.call_state import Call, Leg


def begun(call: Call) -> CallStarted:
    """The call as it begins."""
    return CallStarted(
        call_id=call.call_id, direction=call.direction, number=call.number, line=call.line,
        agent_id=call.agents[0].seat.agent_id if call.agents else "", customer_id=call.customer_id, campaign_id=call.campaign_id,
        started_at=call.started_at,
    )  # fmt: skip


def shown(call: Call, at: datetime) -> CallChanged:
    """The call as pages show it."""
    agents = tuple(leg.seat.agent_id for leg in call.agents if leg.alive and leg.seat.agent_id)
    ringing = tuple(leg.seat.agent_id for leg in call.agents if leg.alive and leg.seat.agent_id and not leg.up)
    outside = tuple(leg.seat.number for leg in call.agents if leg.alive and leg.seat.number)
    return CallChanged(
        call_id=call.call_id, phase=call.phase, agents=agents, ringing=ringing, outside=outside, on_hold=call.on_hold, changed_at=at,
    )  # fmt: skip


def changes(before: Call | None, call: Call, at: datetime) -> list[Any]:
    """The facts of the step from ``before``."""
    told: list[Any] = []
    if call.queue_since and (before is None or before.queue_since != call.queue_since):
        told.append(CallQueued(call_id=call.call_id, queue_id=call.queue, queued_at=call.queue_since))
    for chosen in call.choices[len(before.choices) if before else 0 :]:
        flow = call.flow.name if call.flow else ""
        told.append(MenuChosen(call_id=call.call_id, flow=flow, step=chosen.step, choice=chosen.choice, chosen_at=at))
    told += _outside(before, call, at)
    now = shown(call, at)
    if before is None or _differs(now, shown(before, at)):
        told.append(now)
    return told


def _outside(before: Call | None, call: Call, at: datetime) -> list[Any]:
    """Numbers outside: that a flow leads to one, and what becomes of those that are called."""
    asked, told = call.forwarding, list[Any]()
    if asked and (before is None or before.forwarding != asked):
        told.append(ForwardAsked(call_id=call.call_id, part_id=asked.part_id, number=asked.number, step=call.walk.step, asked_at=at))
    for leg in call.agents:
        was = before.leg(leg.channel) if before else None
        if leg.way and leg.told and _state(leg) != (_state(was) if was and was.told else ""):
            told.append(_part(call, leg))
    return told


def _state(leg: Leg) -> str:
    return "ended" if leg.state == "gone" else "answered" if leg.up_at else "dialled"


def _part(call: Call, leg: Leg) -> PartChanged:
    way = leg.way
    assert way is not None
    return PartChanged(
        call_id=call.call_id, part_id=way.part_id, state=_state(leg), number=leg.seat.number, agent_id=way.agent_id,
        line=way.caller_id or call.line, began_at=leg.asked_at, answered_at=leg.up_at, ended_at=leg.gone_at,
        outcome=leg_outcome(leg) if leg.gone_at else "", sip_status=leg.sip,
    )  # fmt: skip


def _differs(one: CallChanged, other: CallChanged) -> bool:
    return replace(one, changed_at=other.changed_at) != other
