"""Reads: what an agent's desk shows."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from chot.calls.models import OpenCall, TelephonyCommand
from chot.calls.queries_exchange import phones_address
from chot.customers.queries import customer_of, customers_of_number
from chot.people.masking import masked
from chot.people.models import User
from chot.people.queries import agent_names


def open_call(agent_id: str) -> OpenCall | None:
    """The call in which the agent's phone takes part or rings, the latest when there are several."""
    return OpenCall.objects.filter(agents__contains=[agent_id]).order_by("-started_at").first()


def takes_part(agent_id: str, call_id: str) -> bool:
    """Whether the agent is one of the call's."""
    return bool(agent_id) and OpenCall.objects.filter(call_id=call_id, agents__contains=[agent_id]).exists()


def dial_outcome(call_id: str, agent_id: str) -> str:
    """What became of the agent's wish to call: empty while it waits."""
    rows = TelephonyCommand.objects.filter(kind="dial", payload__call_id=call_id, payload__seat__agent_id=agent_id)
    return rows.values_list("outcome", flat=True).first() or ""


def desk_state(user: User) -> dict[str, Any]:
    """Everything that the phone in the page shows and that changes by itself, as JSON."""
    call = open_call(user.agent_id)
    return {"exchange": phones_address(), "call": shown_call(call, user) if call else None}


def shown_call(call: OpenCall, user: User) -> dict[str, Any]:
    """A call as its agent sees it: the customer's name where it is known, the number masked."""
    customer = customer_of(call.customer_id) if call.customer_id else next(iter(customers_of_number(call.number, most=1)), None)
    names = agent_names() if len(call.agents) > 1 else {}
    return {
        "id": call.call_id, "direction": call.direction, "phase": call.phase, "hold": call.on_hold, "number": masked(call.number),
        "who": customer.name if customer else "", "page": reverse("customers:customer", args=[customer.pk]) if customer else "",
        "since": call.started_at.isoformat(), "answered": call.answered_at.isoformat() if call.answered_at else "",
        "others": [names.get(each, each) for each in call.agents if each != user.agent_id],
    }  # fmt: skip
