"""What should be true of a call, compared with what Asterisk was told, and the difference as effects."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chot.telephony.call_effects import (
    CallCustomer,
    Drop,
    DropBridge,
    Effect,
    Hush,
    Join,
    Leave,
    MakeBridge,
    Music,
    Quiet,
    RingAgent,
    Speak,
    Tone,
)
from chot.telephony.call_state import Call, Leg

_REJECTED = 21  # Q.850: call rejected
_NO_PHONE = (0, 3, 20, 27)  # Q.850: nothing known, no route, subscriber absent, destination out of order


def settle(call: Call, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """Decide whether the call goes on, then dial, let talk, let wait, drop: whatever is missing."""
    effects: list[Effect] = []
    call = _decided(call, at)
    call = _dropped(call, effects)
    if call.ending_at:
        call = _bridge_removed(call, effects)
        ended = all(leg.state == "gone" for leg in call.legs) and not call.bridge
        return replace(call, ended=ended), tuple(effects)
    call = _dialled(call, at, effects)
    call = _arranged(call, effects)
    customer = call.customer
    if customer and customer.joined and call.connected_at is None:
        call = replace(call, connected_at=at)
    return call, tuple(effects)


def _decided(call: Call, at: datetime) -> Call:
    """End the call when nobody is left who could talk; ring the next seat when there is one."""
    customer = call.customer
    if call.ending_at:
        return call
    if customer and customer.state == "gone":
        reached = _who(customer, "customer") if customer.up_at else "customer" if customer.cause == _REJECTED else "system"
        by = "system" if call.cut else reached
        return replace(call, ending_at=customer.gone_at or at, hangup_by=by)
    if any(leg.alive for leg in call.agents) or (customer and not customer.up and call.first == "customer"):
        return call
    if call.in_flow and customer and customer.up:
        return call  # a queue, or what the flow says, has the customer
    if call.awaited:
        return call
    if call.recall:
        return replace(call, recall=None).dialling_agent(call.recall, at)
    if call.connected_at is None and call.first != "agent":
        if call.seats:
            return replace(call, seats=call.seats[1:]).dialling_agent(call.seats[0], at)
        if call.first == "caller" or not call.wants_agent:
            return call  # it waits for a seat, or for the end of its announcement
        return replace(call, ending_at=at, hangup_by="system")
    last = max(call.agents, key=lambda leg: leg.gone_at or at)
    by = "system" if last.cut else _who(last, "agent") if last.up_at else "system" if last.cause in _NO_PHONE else "agent"
    return replace(call, ending_at=at, hangup_by=by)


def _who(leg: Leg, role: str) -> str:
    """A phone that hung up says so; one that fell silent or broke did not."""
    return role if leg.cause in (0, 16, 17, 21, 31) else "system"


def _dropped(call: Call, effects: list[Effect]) -> Call:
    """Every leg that is to go is told so once."""
    for leg in call.legs:
        if leg.state != "gone" and not leg.dropping and (call.ending_at or leg.state == "leaving"):
            effects.append(Drop(channel=leg.channel))
            call = call.with_leg(leg.channel, dropping=True)
    return call


def _bridge_removed(call: Call, effects: list[Effect]) -> Call:
    if call.bridge:
        effects.append(DropBridge(bridge=call.bridge_id))
    return replace(call, bridge=False)


def _dialled(call: Call, at: datetime, effects: list[Effect]) -> Call:
    """Every phone that is to ring is told so once; an agent's own call reaches for the customer when the agent is there."""
    if call.first == "agent" and not call.customer and call.agents_up:
        call = replace(call, legs=(*call.legs, Leg(channel=f"{call.call_id}-c", role="customer", asked_at=at)))
    for leg in call.legs:
        if leg.told or not leg.alive:
            continue
        if leg.role == "customer":
            effects.append(CallCustomer(channel=leg.channel, timeout_s=call.timeout_s))
        else:
            effects.append(RingAgent(channel=leg.channel, seat=leg.seat, caller=call.number, timeout_s=leg.ring_s, at_once=leg.at_once))
        call = call.with_leg(leg.channel, told=True)
    return call


def _arranged(call: Call, effects: list[Effect]) -> Call:
    """Who hears whom: the bridge, music for a customer who waits, silence for one who is listened to, the tone for an agent who waits."""
    customer = call.customer
    agents = {leg.channel for leg in call.agents_up}
    reached = customer is not None and customer.up
    told = call.announcing
    waits = reached and (call.hold or bool(call.consult) or not agents)
    rings = call.consult not in agents and bool(call.consult) and len(agents) == 1  # nobody to talk to yet
    talking = agents if reached and not rings and not told else set()
    if customer and talking and not waits:
        talking = agents | {customer.channel}
    expects = call.wants_agent or (call.connected_at is not None and not call.in_flow)  # not at a menu, nor while leaving a message
    music = waits and expects and call.speech is None and not told
    listens = reached and not talking and not music and call.speech is None and (call.in_flow or told)
    for leg in call.legs:
        if leg.joined and leg.channel not in talking and leg.state == "up":
            effects.append(Leave(channel=leg.channel, bridge=call.bridge_id))
            call = call.with_leg(leg.channel, joined=False)
    for leg in call.legs:
        if not leg.up:
            continue
        wanted, quiet = (music, listens) if leg.role == "customer" else (False, False)
        if leg.music != wanted:
            effects.append(Music(channel=leg.channel, on=wanted))
            call = replace(call, played=True)
        if leg.quiet != quiet:
            effects.append(Quiet(channel=leg.channel, on=quiet))
        tone = leg.role == "agent" and (not reached or rings or told)
        if leg.tone != tone:
            effects.append(Tone(channel=leg.channel, on=tone))
        call = call.with_leg(leg.channel, music=wanted, quiet=quiet, tone=tone)
    call = _spoken_to(call, talking, effects)
    before = call
    if talking:
        call = _bridge_made(call, talking, effects)
    for leg in call.legs:
        if leg.channel in talking and not leg.joined:
            effects.append(Join(channel=leg.channel))
            call = call.with_leg(leg.channel, joined=True)
    if before.bridge and before.bridge_id != call.bridge_id:
        effects.append(DropBridge(bridge=before.bridge_id))
    return call


def _bridge_made(call: Call, talking: set[str], effects: list[Effect]) -> Call:
    """The bridge that fits: one that mixes once the customer hears a second voice (docs/decisions/0015-a-second-voice.md says why)."""
    customer, mixed = call.customer, call.mixes
    if customer and customer.channel in talking:
        for channel in talking - {customer.channel}:
            call = call.with_leg(channel, heard=True)
        call = replace(call, voiced=call.played)
    if call.bridge and call.mixes == mixed:
        return call
    effects.append(MakeBridge())
    for leg in call.legs:
        call = call.with_leg(leg.channel, joined=False)
    return replace(call, bridge=True)


def _spoken_to(call: Call, talking: set[str], effects: list[Effect]) -> Call:
    """What is to be said is said, after the music has stopped; never into a conversation."""
    customer, speech = call.customer, call.speech
    if speech is None or customer is None or not customer.up:
        return call
    if customer.channel in talking:
        if speech.told:
            effects.append(Hush(playback=speech.playback))
        return replace(call, speech=None)
    if not speech.told:
        said = {"text": speech.text, "prompt": speech.prompt, "sound": speech.sound}
        effects.append(Speak(channel=customer.channel, playback=speech.playback, notice=speech.notice, **said))
        call = replace(call, played=True)
    return replace(call, speech=replace(speech, told=True))
