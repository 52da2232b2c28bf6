"""What became of a call, in the contract's words and whole seconds."""

from __future__ import annotations

from datetime import datetime

from chot.core.messages import CallEnded, Part
from chot.telephony.call_state import Call, Leg

CAUSES = {
    17: "busy",
    16: "no_answer",
    18: "no_answer",  # no user responding
    19: "no_answer",
    20: "no_answer",  # subscriber absent: the phone is off
    21: "no_answer",  # call rejected
    31: "no_answer",  # normal, unspecified
}
"""Q.850 causes of a customer who was called and did not answer; every other cause is a failure of the network or the number."""

_NOBODY, _TIME_OUT, _TIMER_S = (18, 19), 408, 0.5


def outcome(call: Call) -> str:
    """The contract's outcome of a call that has ended."""
    customer = call.customer
    if call.direction == "in":
        return _of_caller(call)
    heard = call.announcement is not None or not (customer and customer.dropping)
    went = call.first == "agent" and heard  # the customer answered, and went before an agent was heard
    if call.connected_at or (customer and customer.up_at and (went or not call.wants_agent)):
        return "answered"
    if customer and customer.up_at and call.first == "customer":
        return "failed" if call.lost else "abandoned"  # the customer answered, and no agent was there
    if call.lost:
        return "failed"
    if customer is None:
        return "cancelled" if call.hangup_by == "agent" else "failed"
    if customer.dropping or customer.up_at:
        return "cancelled"
    return _unanswered(customer, call.timeout_s)


def leg_outcome(leg: Leg) -> str:
    """The same of a number outside."""
    if leg.up_at:
        return "answered"
    return "cancelled" if leg.dropping else _unanswered(leg, leg.ring_s)


def _unanswered(leg: Leg, most_s: int) -> str:
    """By the cause; but of a network that said nothing until the time was over nobody knows that a phone rang."""
    lasted = (leg.gone_at - leg.asked_at).total_seconds() if leg.gone_at else 0
    dumb = not leg.rang and (leg.sip == _TIME_OUT or lasted > most_s - _TIMER_S)
    return "failed" if dumb and leg.cause in _NOBODY else CAUSES.get(leg.cause, "failed")


def _of_caller(call: Call) -> str:
    """A message, a wish to be called back, or an announcement after the queue had given up are no abandoned call."""
    if call.connected_at:
        return "answered"
    if call.lost:
        return "failed"
    if message_s(call):
        return "voicemail"
    gave_up = call.hangup_by == "customer" and not call.left_at
    return "abandoned" if gave_up else "no_answer"


def message_s(call: Call) -> int:
    """The whole seconds of the message that the caller left."""
    return _seconds(call.message_at, call.message_until or call.ending_at or call.message_at or call.started_at)


def ended(call: Call) -> CallEnded:
    """The call as the facts count it. Each duration is in whole seconds that have passed, as telephone bills are."""
    customer = call.customer
    ending = call.ending_at or call.started_at
    end = max(ending, call.started_at)
    connected = call.connected_at
    talking = connected or (customer.up_at if customer and call.direction == "out" and not call.wants_agent else None)
    own = call.agents[:1] if call.first == "agent" else ()
    agents = tuple(dict.fromkeys(leg.seat.agent_id for leg in call.agents if leg.seat.agent_id and (leg.up_at or leg in own)))
    gone = customer if customer and customer.gone_at else next((leg for leg in call.agents if leg.gone_at), None)
    return CallEnded(
        call_id=call.call_id, direction=call.direction, number=call.number, line=call.line, customer_id=call.customer_id,
        campaign_id=call.campaign_id, agent_id=agents[0] if agents else "", agents=agents, started_at=call.started_at,
        answered_at=connected if call.direction == "in" else customer.up_at if customer and outcome(call) == "answered" else None,
        ended_at=end, ring_s=_ring_s(call, end), wait_s=_wait_s(call, end),
        talk_s=max(0, _seconds(talking, end) - call.held_ms // 1000 - _away_s(call)) if talking else 0, hold_s=call.held_ms // 1000,
        outcome=outcome(call), hangup_by=call.hangup_by, cause=gone.cause if gone else 0, sip_status=gone.sip if gone else 0,
        recorded=bool(customer and customer.up_at), queue_id=call.queued_in, wants_callback=call.wants_callback,
        message_from_s=call.offset_ms(call.message_at) // 1000 if call.message_at else 0, message_s=message_s(call),
        parts=_parts(call, end),
    )  # fmt: skip


def _ring_s(call: Call, end: datetime) -> int:
    """How long the phone that mattered rang: the customer's when we called, the answering or last agent's when the customer did."""
    customer = call.customer
    if call.direction == "out":
        return _seconds(customer.asked_at, customer.up_at or customer.gone_at or end) if customer else 0
    rung = next((leg for leg in call.agents if leg.up_at), call.agents[-1] if call.agents else None)
    return _seconds(rung.asked_at, rung.up_at or rung.gone_at or end) if rung else 0


def _wait_s(call: Call, end: datetime) -> int:
    """How long a customer waited for the first agent, from the first queue on where there was one, and later in queues."""
    return _first_wait_s(call, end) + _away_s(call, queues=True)


def _first_wait_s(call: Call, end: datetime) -> int:
    customer = call.customer
    if call.flow and call.queued_at and not (call.connected_at and call.queued_at >= call.connected_at):
        return _seconds(call.queued_at, call.connected_at or call.left_at or end)
    if call.first == "agent" or not customer or not customer.up_at or not call.wants_agent:
        return 0
    return _seconds(customer.up_at, call.connected_at or end)


def _away_s(call: Call, *, queues: bool = False) -> int:
    """Whole seconds after the first conversation in which queues (or also flows) had the customer."""
    later = [each for each in call.away if call.connected_at and each.since >= call.connected_at and (each.queue or not queues)]
    return int(sum(((each.until or each.since) - each.since).total_seconds() for each in later))


def _parts(call: Call, end: datetime) -> tuple[Part, ...]:
    """Agents who answered, numbers outside, and queues, in the order in which they began."""
    found = [_part_of(leg, end) for leg in call.agents if leg.up_at or leg.way]
    for each in call.away:
        if each.queue:
            until = each.until or end
            taken = any(leg.up_at == until for leg in call.agents)
            found.append(Part(kind="queue", queue_id=each.queue, began_at=each.since, answered_at=until if taken else None, ended_at=until))
    return tuple(sorted(found, key=lambda part: part.began_at))


def _part_of(leg: Leg, end: datetime) -> Part:
    way = leg.way
    return Part(
        kind="outside" if way else "agent", agent_id=way.agent_id if way else leg.seat.agent_id, number=leg.seat.number,
        queue_id=leg.queue, began_at=leg.asked_at, answered_at=leg.up_at, ended_at=min(leg.gone_at or end, end),
    )  # fmt: skip


def _seconds(begin: datetime | None, end: datetime) -> int:
    return max(0, int((end - begin).total_seconds())) if begin else 0
