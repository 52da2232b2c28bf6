"""One call as a pure state machine: ``step(call, event)`` gives the next state and what is to be done to Asterisk.

An event changes what is known; ``call_settling`` then compares what should be true with what Asterisk was told. So events
may come in any order, twice, or late: each only adds knowledge, and a call ends exactly once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chot.core.flow_walk import Walk
from chot.core.flows import Flow
from chot.core.messages import Dial, DialAutomatically, Seat
from chot.telephony import call_events as events
from chot.telephony import call_flow, call_notice, call_pause, call_times
from chot.telephony.call_effects import Answer, Drop, Effect, Play, SendDigits, SetLimit, SetMute
from chot.telephony.call_events import CallEvent
from chot.telephony.call_settling import settle
from chot.telephony.call_state import Call, Leg


def agent_call(asked: Dial, at: datetime) -> events.Created:
    """An agent calls a customer: the agent's phone first."""
    call = Call(
        call_id=asked.call_id, first="agent", number=asked.number, line=asked.caller_id, trunk=asked.trunk, customer_id=asked.customer_id,
        campaign_id=asked.campaign_id, timeout_s=asked.timeout_s, started_at=at, brand=asked.brand, display_name=asked.display_name,
        max_talk_s=asked.max_talk_s,
    )  # fmt: skip
    call = call_notice.wanted(call, asked.notice)
    return events.Created(at=at, call=call.dialling_agent(asked.seat, at, at_once=True))


def automatic_call(asked: DialAutomatically, at: datetime) -> events.Created:
    """A customer is called first."""
    customer = Leg(channel=f"{asked.call_id}-c", role="customer", asked_at=at)
    call = Call(
        call_id=asked.call_id, first="customer", number=asked.number, line=asked.caller_id, trunk=asked.trunk, sound=asked.sound,
        customer_id=asked.customer_id, campaign_id=asked.campaign_id, timeout_s=asked.timeout_s, seats=asked.seats,
        wants_agent=bool(asked.seats), started_at=at, legs=(customer,), brand=asked.brand, display_name=asked.display_name,
        max_talk_s=asked.max_talk_s,
    )  # fmt: skip
    return events.Created(at=at, call=call_notice.wanted(call, asked.notice) if asked.seats else call)


def inbound_call(
    call_id: str, channel: str, *, number: str, line: str, at: datetime, flow: Flow | None = None, customer_id: str = ""
) -> events.Created:
    """A caller is handed to us by the dialplan; it goes through ``flow``, else waits with music until a seat is offered and answers."""
    customer = Leg(channel=channel, role="customer", asked_at=at, up_at=at, state="up", told=True)
    call = Call(
        call_id=call_id, first="caller", number=number, line=line, started_at=at, legs=(customer,), flow=flow, wants_agent=flow is None,
        customer_id=customer_id,
    )  # fmt: skip
    return events.Created(at=at, call=call)


def start(created: events.Created) -> tuple[Call, tuple[Effect, ...]]:
    """The first state of a call, and what is to be done."""
    begun, first = call_flow.begun(created.call, created.at)
    begun, _ = call_notice.follow(begun, created)
    call, effects = settle(call_times.noted(begun, created.at), created.at)
    here = [leg for leg in created.call.legs if leg.up]  # a caller, or an agent who has dialled at a desk phone
    answered = (Answer(channel=here[0].channel),) if here else ()
    return call, (*answered, *first, *effects)


def step(call: Call, event: CallEvent) -> tuple[Call, tuple[Effect, ...]]:
    """The next state after ``event``, and what is to be done, in order. A call that has ended stays as it is."""
    if call.ended:
        return call, ()
    known, effects = _learn(call, event)
    walked, flows = (known, ()) if call_notice.takes(known, event) else call_flow.follow(call, known, event)
    walked, silences = call_pause.follow(walked, event)
    walked, notices = call_notice.follow(walked, event)
    settled, more = settle(call_times.noted(walked, event.at), event.at)
    settled = call_notice.ended(call_times.noted(settled, event.at), event.at)
    return settled, (*effects, *flows, *silences, *notices, *more)


def _learn(call: Call, event: CallEvent) -> tuple[Call, tuple[Effect, ...]]:
    match event:
        case events.LegRinging(channel=channel):
            leg = call.leg(channel)
            return (call.with_leg(channel, state="ringing", rang=True) if leg and leg.state == "dialling" else call), ()
        case events.LegUp(channel=channel):
            return _up(call, channel, event.at)
        case events.LegGone():
            return _gone(call, event), ()
        case events.PhoneHeld(channel=channel, on=on):
            return call.with_leg(channel, phone_holds=on), ()
        case events.PhoneLost(phone=phone):
            return _phone_lost(call, phone, event.at), ()
        case events.PhoneBack(phone=phone):
            return _phone_back(call, phone, event.at), ()
        case events.HangupAsked(by=by):
            return _end(call, by, event.at), ()
        case events.NodeLost():
            return _node_lost(call, event.at), ()
        case events.Recovered():
            return _recovered(call, event), ()
        case events.TakenOver():
            return _taken_over(call, event)
        case events.TalkLimited(max_talk_s=max_talk_s, part_id=part_id):
            return _part_limited(call, part_id, max_talk_s, event.at) if part_id else _limited(call, max_talk_s, event.at)
        case events.MuteAsked(agent_id=agent_id, on=on):
            return _mute(call, agent_id, on=on)
        case events.DigitsAsked(digits=digits):
            customer = call.customer
            return call, (SendDigits(channel=customer.channel, digits=digits),) if customer and customer.up else ()
    return _conversation(call, event)


def _conversation(call: Call, event: CallEvent) -> tuple[Call, tuple[Effect, ...]]:
    """What agents decide among themselves; a wish that does not fit the state changes nothing."""
    customer, agents = call.customer, call.agents_up
    here = bool(customer and customer.up and agents and not call.ending_at)
    match event:
        case events.Offered(seat=seat) if customer and customer.up and not call.ending_at and not any(leg.alive for leg in call.agents):
            return call.dialling_agent(seat, event.at), ()
        case events.HoldAsked(on=on) if here:
            return replace(call, hold=on), ()
        case events.TransferAsked(to=seat, attended=attended) if here and not call.consult:
            asked = call.dialling_agent(seat, event.at)
            if attended:
                return replace(asked, consult=asked.agents[-1].channel, hold=False), ()
            return _without(replace(asked, recall=agents[0].seat, hold=False), *agents), ()
        case events.QueueAsked(flow=flow) if here and not call.consult:
            walk = Walk(count=call.walk.count + 1)  # timers of an earlier flow are none of this one's
            return _without(replace(call, flow=flow, walk=walk, hold=False, recall=None), *(leg for leg in call.agents if leg.alive)), ()
        case events.TransferCompleted() if here and call.consult:
            others = tuple(leg for leg in agents if leg.channel != call.consult)
            return _without(_handed_over(call, others[0].seat if others else None), *others), ()
        case events.TransferCancelled() if call.consult:
            asked_leg = call.leg(call.consult)
            return _without(replace(call, consult=""), *((asked_leg,) if asked_leg else ())), ()
        case events.Merged() if here:
            return replace(call, consult="", hold=False), ()
    return call, ()


def _up(call: Call, channel: str, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    leg = call.leg(channel)
    if leg is None or leg.state in ("up", "leaving", "gone"):
        return call, ()
    call = call.with_leg(channel, state="up", up_at=leg.up_at or at, told=True)
    if leg.role == "agent" and not leg.dropping:
        call = replace(call, recall=None, awaited=None, awaited_since=None)
    sound = leg.role == "customer" and call.first == "customer" and call.sound and not call.ending_at
    return call, (Play(channel=channel, sound=call.sound),) if sound else ()


def _gone(call: Call, event: events.LegGone) -> Call:
    leg = call.leg(event.channel)
    if leg is None or leg.state == "gone":
        return call
    gone = {"state": "gone", "gone_at": event.at, "cause": event.cause, "sip": event.sip}
    call = call.with_leg(event.channel, **gone, joined=False, music=False, quiet=False, tone=False)
    if leg.channel == call.consult:
        return replace(call, consult="")
    if leg.role == "agent" and call.consult and not any(each.channel != call.consult for each in call.agents_up):
        return _handed_over(call, leg.seat)  # the agent who asked has hung up
    return call


def _phone_lost(call: Call, phone: str, at: datetime) -> Call:
    """The phone's leg is let go, one that still rings too; when nobody else is with the customer, the agent is awaited."""
    lost = tuple(leg for leg in call.agents if leg.alive and leg.seat.phone == phone)
    if not lost or call.ending_at:
        return call
    talked = tuple(leg for leg in lost if leg.up)
    alone = bool(talked) and len(talked) == len(call.agents_up)
    call = _without(call, *lost)
    return replace(call, awaited=talked[0].seat, awaited_since=at) if alone else call


def _phone_back(call: Call, phone: str, at: datetime) -> Call:
    """The agent is awaited and rung again, once at a time."""
    if call.ending_at or call.awaited is None or call.awaited.phone != phone or any(leg.alive for leg in call.agents):
        return call
    return call.dialling_agent(call.awaited, at, at_once=True)


def _handed_over(call: Call, asker: Seat | None) -> Call:
    """The seat that was asked has the call; until it answers, the one who asked can be rung again."""
    asked = call.leg(call.consult)
    return replace(call, consult="", recall=None if asked and asked.up else asker)


def _without(call: Call, *legs: Leg) -> Call:
    """Those legs are to be dropped; ``call_settling`` does it."""
    for leg in legs:
        call = call.with_leg(leg.channel, state=leg.state if leg.state == "gone" else "leaving")
    return call


def _end(call: Call, by: str, at: datetime) -> Call:
    return call if call.ending_at else replace(call, ending_at=at, hangup_by=by)


def _node_lost(call: Call, at: datetime) -> Call:
    call = _end(replace(call, bridge=False, lost=not call.ending_at), "system", at)
    for leg in call.legs:
        if leg.state != "gone":
            call = call.with_leg(leg.channel, state="gone", gone_at=at, joined=False, music=False, quiet=False, tone=False)
    return call


def _recovered(call: Call, event: events.Recovered) -> Call:
    """What Asterisk was told is taken from Asterisk; what is not known to have been done is done again."""
    call = replace(call, bridge=event.bridge)
    for leg in call.legs:
        answered_at = leg.up_at or (event.answered_at if leg.role == "customer" else None)
        if leg.state != "gone" and leg.channel not in event.channels:
            call = _gone(call.with_leg(leg.channel, up_at=answered_at), events.LegGone(at=event.alive_until, channel=leg.channel))
        elif leg.state != "gone":
            up = leg.channel in event.up and leg.state != "leaving"
            state, up_at = ("up", answered_at or event.at) if up else (leg.state, answered_at)
            known = {"state": state, "up_at": up_at, "rang": True, "joined": leg.channel in event.members, "dropping": False}
            call = call.with_leg(leg.channel, **known, music=False, quiet=False, tone=False)
    return call


def _taken_over(call: Call, event: events.TakenOver) -> tuple[Call, tuple[Effect, ...]]:
    """The agents leave, the leader stays with the customer; without a customer on the line the leader's phone is let go."""
    customer = call.customer
    if call.leg(event.channel):
        return call, ()
    if not customer or not customer.up or call.ending_at:
        return call, (Drop(channel=event.channel),)
    leader = Leg(
        channel=event.channel, role="agent", seat=event.seat, state="up", told=True, asked_at=event.at, up_at=event.at, joined=event.joined,
    )  # fmt: skip
    call = _without(call, *(leg for leg in call.agents if leg.alive))
    return replace(call, legs=(*call.legs, leader), consult="", hold=False, recall=None, awaited=None, awaited_since=None), ()


def _mute(call: Call, agent_id: str, *, on: bool) -> tuple[Call, tuple[Effect, ...]]:
    legs = [leg for leg in call.agents_up if leg.seat.agent_id == agent_id and leg.muted != on]
    for leg in legs:
        call = call.with_leg(leg.channel, muted=on)
    return call, tuple(SetMute(channel=leg.channel, on=on) for leg in legs)


def _limited(call: Call, max_talk_s: int, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    call, customer = replace(call, max_talk_s=max_talk_s), call.customer
    return call, _limit(customer, max_talk_s, at) if customer else ()


def _part_limited(call: Call, part_id: str, max_talk_s: int, at: datetime) -> tuple[Call, tuple[Effect, ...]]:
    for leg in call.agents:
        if leg.way and leg.way.part_id == part_id:
            seat = replace(leg.seat, way=replace(leg.way, max_talk_s=max_talk_s))
            return call.with_leg(leg.channel, seat=seat), _limit(leg, max_talk_s, at)
    return call, ()


def _limit(leg: Leg, max_talk_s: int, at: datetime) -> tuple[Effect, ...]:
    if not leg.told or not leg.alive:
        return ()  # it is told when the phone is called, or too late
    lasted = int((at - leg.up_at).total_seconds()) if leg.up_at else 0
    return (SetLimit(channel=leg.channel, after_s=max(1, max_talk_s - lasted), up=leg.up),)

