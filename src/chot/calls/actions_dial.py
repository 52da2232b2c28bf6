"""Writes: an agent calls somebody. Whether that may be is asked first; the exchange does it."""

from __future__ import annotations

import uuid
from dataclasses import fields
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_telephony import send_command
from chot.calls.models import TelephonyCommand
from chot.calls.queries_exchange import live_nodes
from chot.calls.queries_notices import notice_for
from chot.calls.queries_phones import has_phone
from chot.charges.actions import CallRefused, not_begun, prepare_call, release
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
from chot.switchboard.models import Trunk

_CALLS = uuid.UUID("6f1d3f0e-5c5b-4d7e-9a55-0c1b0f9d2a11")  # the space of names in which wishes to call become ids of calls


def place_call(
    user: User, number: str, *, key: str, customer: Customer | None = None, campaign_id: str = "", purpose: str = Purpose.CARE,
    address: str | None = None, channel: str = "",
) -> str:  # fmt: skip
    """Let the agent's phone ring and then the customer's; the id of the call. The same ``key`` calls once.

    A desk phone that has dialled waits on ``channel`` and need not ring. Raises ``InputError``, in words, when the number may not be
    called, or when there is nothing to call with.
    """
    number = dialled(number)
    known = customers_of_number(number, most=2) if customer is None else [customer]
    who = known[0] if len(known) == 1 else None
    if refused := may_call(number=number, purpose=purpose, customer=who):
        raise InputError(Problem(what=str(refused.text).rstrip(".")))
    nodes = live_nodes()
    if not nodes:
        raise InputError(Problem(what=_("There is no exchange now"), fix=_("Ask your administrator to start it: chot telephony run.")))
    if not has_phone(user.agent_id):
        raise InputError(Problem(what=_("Your phone is not connected"), fix=_("Wait until the bar below says that it is ready.")))
    call_id = str(uuid.uuid5(_CALLS, f"{user.pk} {key}"))
    wanted = Dial(
        call_id=call_id, seat=Seat(agent_id=user.agent_id, phone=user.agent_id, channel=channel), number=number,
        customer_id=who.customer_id if who else "", campaign_id=campaign_id, notice=notice_for(campaign_id, number),
        **_route(user.agent_id, number, purpose, campaign_id, call_id),
    )  # fmt: skip
    try:
        _send(wanted, nodes[0].name, user, address)
    except BaseException:
        release(call_id)
        raise
    return call_id


def release_undialled() -> int:
    """Free at once what calls and parts have set aside that the exchange did not begin: too late, or refused; how many."""
    keys = {f"{kind}:{call_id}": call_id for call_id in not_begun() for kind in ("dial", "part")}
    ended = TelephonyCommand.objects.filter(idempotency_key__in=keys, done_at__isnull=False).exclude(outcome__in=("done", "already"))
    return sum(release(keys[key]) for key in ended.values_list("idempotency_key", flat=True) if key)


def _route(agent_id: str, number: str, purpose: str, campaign_id: str, call_id: str) -> dict[str, Any]:
    """How the call is to be dialled, its price set aside; nothing where no lines are managed here and the exchange uses its own."""
    if not Trunk.objects.exists():
        return {}
    try:
        route = prepare_call(agent_id, number, purpose, campaign_id, call_id)
    except CallRefused as refused:
        raise InputError(Problem(what=str(refused.reason).rstrip("."))) from None
    names = {each.name for each in fields(Dial)} & {each.name for each in fields(route)}
    return {name: getattr(route, name) for name in names}


@transaction.atomic
def _send(wanted: Dial, node: str, user: User, address: str | None) -> None:
    key = f"dial:{wanted.call_id}"
    if TelephonyCommand.objects.filter(idempotency_key=key).exists():
        return
    send_command(wanted, node=node, key=key, expires_s=10)
    noted = {"number": masked(wanted.number), "customer": wanted.customer_id}
    record("call.placed", f"call:{wanted.call_id}", by=user, address=address, after=noted)


def dialled(number: str) -> str:
    """What is dialled: the number in E.164, else short numbers as they are. Raises ``InputError`` for what is no number."""
    found = number_id(bare(number))
    if len(found.lstrip("+")) < 3:
        fix = _("Write it as 0912 345 678 or +84 912 345 678.")
        raise InputError(Problem(what=_("This is no telephone number"), fix=fix))
    return found

