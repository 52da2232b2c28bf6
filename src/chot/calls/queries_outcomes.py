"""Reads: what is asked after a call, what was noted, and who is to be called again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from chot.calls.models import Call, Callback, CallOutcome, Disposition, OpenCall, OutcomeField, TelephonyJournal
from chot.core import clock
from chot.core.messages import CallEnded, decode
from chot.customers.models import Customer
from chot.customers.queries import customer_of, customers_of_number


@dataclass(frozen=True, kw_only=True)
class Party:
    """A call as its outcome form needs it; ``ended_at`` is None while it goes on."""

    call_id: str
    direction: str
    number: str
    campaign_id: str
    queue_id: str
    customer: Customer | None
    started_at: datetime
    ended_at: datetime | None
    outcome: str = ""


def party_of(call_id: str, agent_id: str) -> Party | None:
    """A call in which the agent takes or took part, wherever it is by now: going on, in the journal, or a fact."""
    going = OpenCall.objects.filter(call_id=call_id).first()
    if going and (agent_id in going.agents or part_of(call_id, agent_id)):
        customer = known_customer(going.customer_id, going.number)
        return Party(
            call_id=call_id, direction=going.direction, number=going.number, campaign_id=going.campaign_id,
            queue_id=going.queue_id, customer=customer,
            started_at=going.started_at, ended_at=None,
        )  # fmt: skip
    ended = ended_call(call_id)
    if ended and agent_id in ended.agents:
        customer = known_customer(ended.customer_id, ended.number)
        return Party(
            call_id=call_id, direction=ended.direction, number=ended.number, campaign_id=ended.campaign_id,
            queue_id=ended.queue_id, customer=customer,
            started_at=ended.started_at, ended_at=ended.ended_at, outcome=ended.outcome,
        )  # fmt: skip
    fact = Call.objects.filter(call_id=call_id, agent_id=agent_id).first()
    if fact is None:
        return None
    return Party(
        call_id=call_id, direction=fact.direction, number="", campaign_id=fact.campaign_id, queue_id=fact.queue_id,
        customer=customer_of(fact.customer_id), started_at=fact.started_at, ended_at=fact.ended_at, outcome=fact.outcome,
    )  # fmt: skip


def part_of(call_id: str, agent_id: str) -> datetime | None:
    """When the agent's part in a call was over, by leaving it or by its end; None while it goes on, and for others."""
    ended = ended_call(call_id)
    if ended:
        return ended.ended_at if agent_id in ended.agents else None
    told = TelephonyJournal.objects.filter(call_id=call_id, kind="call_changed").order_by("seq").values_list("payload", "at")
    there, left = False, None
    for payload, at in told:
        here = agent_id in payload.get("agents", ())
        left = at if there and not here else None if here else left
        there = here
    return left


def ended_call(call_id: str) -> CallEnded | None:
    """How a call ended, as the telephone side told."""
    told = TelephonyJournal.objects.filter(call_id=call_id, kind="call_ended").values_list("payload", flat=True).first()
    return decode(CallEnded, told) if told else None


def known_customer(customer_id: str, number: str) -> Customer | None:
    """The customer of a call: the one it was begun with, else the only or first one who has the number."""
    return customer_of(customer_id) or next(iter(customers_of_number(number, most=1)), None)


def dispositions_for(campaign_id: str, queue_id: str) -> list[Disposition]:
    """What may have come of a call of that campaign or queue; those of the campaign itself instead of the general ones, if any."""
    rows = list(Disposition.objects.filter(_scope(campaign_id, queue_id), is_active=True))
    own = [row for row in rows if row.campaign_id or row.queue_id]
    return own or rows


def fields_for(campaign_id: str, queue_id: str) -> list[OutcomeField]:
    """What is to be found out: the general fields and those of the campaign or queue."""
    return list(OutcomeField.objects.filter(_scope(campaign_id, queue_id), is_active=True))


def _scope(campaign_id: str, queue_id: str) -> Q:
    found = Q(campaign_id="", queue_id="")
    if campaign_id:
        found |= Q(campaign_id=campaign_id)
    if queue_id:
        found |= Q(queue_id=queue_id)
    return found


def outcome_of(call_id: str, agent_id: str) -> CallOutcome | None:
    """What an agent noted."""
    return CallOutcome.objects.filter(call_id=call_id, agent_id=agent_id).first()


def open_callbacks(agent_id: str, most: int = 50) -> list[Callback]:
    """The agent's callbacks, the earliest first."""
    return list(Callback.objects.filter(agent_id=agent_id, done_at=None)[:most])


def due_count(agent_id: str) -> int:
    """How many of them are due now."""
    return Callback.objects.filter(agent_id=agent_id, done_at=None, due_at__lte=clock.now()).count()


def last_calls(agent_id: str, most: int = 10) -> list[Call]:
    """The agent's latest calls, those of a colleague in which the agent had a part included."""
    parts = list(CallOutcome.objects.filter(agent_id=agent_id).order_by("-pk").values_list("call_id", flat=True)[:most])
    return list(Call.objects.filter(Q(agent_id=agent_id) | Q(call_id__in=parts)).order_by("-started_at")[:most])
