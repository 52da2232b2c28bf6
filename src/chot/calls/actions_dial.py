"""Writes: an agent calls somebody. Whether that may be is asked first; the exchange does it."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_telephony import send_command
from chot.calls.models import AgentPhone
from chot.calls.queries_exchange import live_nodes
from chot.core.errors import InputError, Problem
from chot.core.messages import Dial, Seat
from chot.core.phones import bare, number_id
from chot.customers.calling import may_call
from chot.customers.models import Customer
from chot.customers.models_contact import Purpose
from chot.customers.queries import customers_of_number
from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import User


@transaction.atomic
def place_call(
    user: User, number: str, *, key: str, customer: Customer | None = None, campaign_id: str = "", purpose: str = Purpose.CARE,
    address: str | None = None,
) -> str:  # fmt: skip
    """Let the agent's phone ring and then the customer's; the id of the call. The same ``key`` calls once.

    Raises ``InputError``, in words, when the number may not be called, or when there is nothing to call with.
    """
    dialled = _dialled(number)
    known = customers_of_number(dialled, most=2) if customer is None else [customer]
    who = known[0] if len(known) == 1 else None
    if refused := may_call(number=dialled, purpose=purpose, customer=who):
        raise InputError(Problem(what=str(refused.text).rstrip(".")))
    nodes = live_nodes()
    if not nodes:
        raise InputError(Problem(what=_("There is no exchange now"), fix=_("Ask your administrator to start it: chot telephony run.")))
    if not AgentPhone.objects.filter(agent_id=user.agent_id).exists():
        raise InputError(Problem(what=_("Your phone is not connected"), fix=_("Wait until the bar below says that it is ready.")))
    wanted = Dial(
        call_id=str(uuid.uuid4()), seat=Seat(agent_id=user.agent_id, phone=user.agent_id), number=dialled,
        customer_id=who.customer_id if who else "", campaign_id=campaign_id,
    )  # fmt: skip
    sent = send_command(wanted, node=nodes[0].name, key=f"dial:{user.pk}:{key}"[:100], expires_s=10)
    call_id = str(sent.payload["call_id"])
    if call_id == wanted.call_id:
        noted = {"number": masked(dialled), "customer": wanted.customer_id}
        record("call.placed", f"call:{call_id}", by=user, address=address, after=noted)
    return call_id


def _dialled(number: str) -> str:
    """What is dialled: the number in E.164, else short numbers as they are."""
    found = number_id(bare(number))
    if len(found.lstrip("+")) < 3:
        fix = _("Write it as 0912 345 678 or +84 912 345 678.")
        raise InputError(Problem(what=_("This is no telephone number"), fix=fix))
    return found

