"""The part of a call before an agent is there: what of its flow happens, and what a queue decides, as changes of the call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chot.core import flow_walk as fw
from chot.core.messages import Seat
from chot.telephony import call_events as events
from chot.telephony import call_notice
from chot.telephony.call_effects import Effect, Heed, Hush, SetTimer
from chot.telephony.call_state import Call, Choice, Forwarding, Speech

BEEP = "beep"
FORWARD_S = 10
"""So long a flow waits to be told how a number outside is called."""


def begun(call: Call, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """The flow of a new call begins."""
    return _walked(call, fw.Begin(), at) if call.flow else (call, ())


def follow(before: Call, call: Call, event: events.CallEvent) -> tuple[Call, tuple[Effect, ...]]:
    """What an event, already taken in, means for the flow of the call."""
    if call.flow is None or call.ending_at or call.walk.over:
        return call, ()
    if call.agents_up:
        return _answered(call, event.at)
    match event:
        case events.Spoken(playback=playback) if call.speech and call.speech.playback == playback:
            return _spoken(call, event.at)
        case events.Pressed(key=key):
            return _walked(call, fw.Pressed(key), event.at)
        case events.TimeUp(count=count) if call.forwarding and count == call.walk.count:
            return _walked(replace(call, wants_agent=False, forwarding=None), fw.Failed(), event.at)
        case events.TimeUp(count=count):
            return _walked(call, fw.TimeUp(count), event.at)
        case events.Talked():
            return _walked(call, fw.Talked(), event.at)
        case events.Silent():
            return _walked(call, fw.Silent(), event.at)
        case events.QueueAsked() if not call.walk.step:
            return _walked(call, fw.Begin(), event.at)
        case events.Forwarded() if call.forwarding and call.forwarding.part_id == event.part_id:
            return _forwarded(call, call.forwarding, event)
        case events.QueueLeft(why=why) if call.queue:
            return _walked(_nobody_rings(replace(call, left_at=event.at)), fw.Left(why), event.at)
        case events.Announced(text=text, prompt=prompt) if call.queue and not call.speech and not call.announcing:
            return _saying(replace(call, announced_at=event.at), text, prompt), ()
        case events.Rung(seats=seats, ring_s=ring_s) if call.queue and not any(leg.alive for leg in call.agents):
            return _ringing(call, seats, ring_s, event.at, call.queue), ()
        case events.LegGone() | events.PhoneLost() if _in_vain(before, call):
            return _walked(replace(call, wants_agent=False), fw.Failed(), event.at)
        case events.Recovered():
            return _resumed(call, event.at)
    return call, ()


def _answered(call: Call, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """An agent is there: the flow is over, the other phones stop ringing."""
    for leg in call.agents:
        if leg.alive and not leg.up:
            call = call.with_leg(leg.channel, state="leaving")
    call, hush = (call, ()) if call.announcing else _hushed(call)
    return replace(call, walk=replace(call.walk, over=True), forwarding=None), hush


def _forwarded(call: Call, asked: Forwarding, event: events.Forwarded) -> tuple[Call, tuple[Effect, ...]]:
    """The number is called as was said, or the flow goes on as if nobody had answered there."""
    call = replace(call, forwarding=None)
    if event.way is None:
        return _walked(replace(call, wants_agent=False), fw.Failed(), event.at)
    return _ringing(call, (Seat(number=asked.number, way=event.way),), asked.ring_s, event.at), ()


def _heed(call: Call, *, on: bool) -> tuple[Effect, ...]:
    return (Heed(channel=call.customer.channel, on=on),) if call.customer else ()


def _spoken(call: Call, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """What was said is over; after the tone nothing follows but the message itself."""
    tone = bool(call.speech and call.speech.sound == BEEP)
    call = replace(call, speech=None)
    if tone:
        return _message_begun(call, at), ()
    return (call, ()) if call.queue else _walked(call, fw.Said(), at)


def _message_begun(call: Call, at: datetime) -> Call:
    """Messages of one stay in the flow are one; after a talk with an agent another begins."""
    since = call.message_at
    talked = since is not None and any(leg.up_at and leg.up_at > since for leg in call.agents)
    return replace(call, message_at=at if talked else since or at, message_until=None)


def _in_vain(before: Call, call: Call) -> bool:
    """The phone of a transfer is gone without an answer."""
    tried = any(leg.alive for leg in before.agents) and not any(leg.alive for leg in call.agents)
    return tried and not call.queue and call.wants_agent


def _resumed(call: Call, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """A new controller: what was being said is said again; a message that was being left goes on until the caller hangs up."""
    call = replace(call, speech=None)
    if call.queue:
        return call, ()
    if call.walk.recording:
        step = call.flow.step(call.walk.step) if call.flow else None
        return call, (SetTimer(count=call.walk.count, after_s=step.most_s if step else 60),)
    if any(leg.alive for leg in call.agents):
        return call, ()
    return _walked(call, fw.Resume(), at)


def _walked(call: Call, given: fw.Input, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    """The flow walks on; its commands become changes of the call and effects, in order."""
    if call.flow is None:
        return call, ()
    walk, commands = fw.walk(call.flow, call.walk, given, fw.Known(at=at, caller=bool(call.customer_id)))
    call = replace(call, walk=walk)
    effects: tuple[Effect, ...] = ()
    for command in commands:
        call, more = _done(call, command, at)
        effects = (*effects, *more)
    return call, effects


def _done(call: Call, command: fw.Command, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    match command:
        case fw.Say(text=text, prompt=prompt):
            call, hush = _hushed(_nobody_rings(replace(call, queue="", wants_agent=False)))
            return _saying(call, text, prompt), hush
        case fw.Hush():
            return _hushed(call)
        case fw.Listen(seconds=seconds, count=count):
            return call, (SetTimer(count=count, after_s=seconds),)
        case fw.Record(seconds=seconds, count=count):
            return _saying(call, "", "", BEEP), (SetTimer(count=count, after_s=seconds), *_heed(call, on=True))
        case fw.RecordingOver():
            return replace(call, message_until=at), _heed(call, on=False)
        case fw.Enter(queue=queue, text=text, prompt=prompt, notice=notice):
            call, hush = _hushed(call_notice.wanted(_other_music(call, queue), notice))
            call = replace(call, queue=queue, queued_in=queue, queued_at=call.queued_at or at, queue_since=at, wants_agent=True)
            call = replace(call, announced_at=at, left_at=None)
            return (_saying(call, text, prompt) if text or prompt else call), hush
        case fw.Ring(agent=agent, number=number, seconds=seconds):
            call, hush = _hushed(replace(call, queue="", wants_agent=True))
            if number:
                asked = Forwarding(part_id=f"{call.call_id}-f{call.walk.count}", number=number, ring_s=seconds)
                return replace(call, forwarding=asked), (*hush, SetTimer(count=call.walk.count, after_s=FORWARD_S))
            return _ringing(call, (Seat(agent_id=agent, phone=agent),), seconds, at), hush
        case fw.CallBack(queue=queue):
            return replace(call, wants_callback=True, queued_in=call.queued_in or queue, left_at=call.left_at or at), ()
        case fw.Chosen(step=step, choice=choice):
            return replace(call, choices=(*call.choices, Choice(step=step, choice=choice))), ()
    return replace(call, ending_at=at, hangup_by="system"), ()


def _saying(call: Call, text: str, prompt: str, sound: str = "") -> Call:
    """Something is to be said; ``call_settling`` tells Asterisk, after it has stopped the music."""
    speech = Speech(playback=f"{call.call_id}-p{call.spoken + 1}", text=text, prompt=prompt, sound=sound)
    return replace(call, speech=speech, spoken=call.spoken + 1)


def _hushed(call: Call) -> tuple[Call, tuple[Effect, ...]]:
    if call.speech is None:
        return call, ()
    told = (Hush(playback=call.speech.playback),) if call.speech.told else ()
    return replace(call, speech=None), told


def _other_music(call: Call, queue: str) -> Call:
    """Each queue may have music of its own: it is to begin anew."""
    customer = call.customer
    return call.with_leg(customer.channel, music=False) if customer and customer.music and queue != call.queue else call


def _ringing(call: Call, seats: tuple[Seat, ...], ring_s: int, at: datetime, queue: str = "") -> Call:
    for seat in seats:
        call = call.dialling_agent(seat, at, ring_s=ring_s, queue=queue)
    return call


def _nobody_rings(call: Call) -> Call:
    """Phones that still ring are let go."""
    for leg in call.agents:
        if leg.alive and not leg.up:
            call = call.with_leg(leg.channel, state="leaving")
    return call
