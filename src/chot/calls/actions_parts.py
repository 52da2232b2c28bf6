"""Writes: numbers outside within a call, called through the outbound rules and priced like calls of their own."""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import timedelta

from django.utils.translation import gettext as _

from chot.calls.actions_telephony import send_command
from chot.calls.models import Call, OpenCall
from chot.charges.actions import CallRefused, prepare_part
from chot.charges.actions_settle import calls_began, charge_of, part_answered, settle
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.messages import CallEnded, Forward, ForwardAsked, PartChanged, Seat, Way
from chot.core.phones import number_id
from chot.customers.calling import may_call
from chot.customers.models_contact import Purpose
from chot.customers.queries import customers_of_number
from chot.people.models import User
from chot.switchboard.models import CallQueue, Trunk

_PARTS = uuid.UUID("d3f3c1f0-94ad-4a19-8f0a-3f1f7e0f6c55")  # the space of names in which wishes become ids of parts
_TOO_LATE = timedelta(seconds=15)
"""The flow that asked has gone on by then."""


def outside(user: User, call: OpenCall, number: str, key: str) -> Seat:
    """A number outside as a place to hand a call over to, its price set aside. Raises ``InputError``, in words."""
    if number == number_id(call.number):
        raise InputError(Problem(what=_("This is the number of the customer on the line"), fix=_("Choose another number.")))
    known = customers_of_number(number, most=2)
    if refused := may_call(number=number, purpose=Purpose.CARE, customer=known[0] if len(known) == 1 else None):
        raise InputError(Problem(what=str(refused.text).rstrip(".")))
    part_id = str(uuid.uuid5(_PARTS, f"{call.pk} {user.pk} {key}"))
    try:
        way = _way(user.agent_id, number, part_id, call.pk, campaign_id=call.campaign_id)
    except CallRefused as refusal:
        raise InputError(Problem(what=str(refusal.reason).rstrip("."))) from None
    return Seat(number=number, way=way)


def answer_forward(told: ForwardAsked) -> bool:
    """Say how a number is called that a flow leads to, or that it may not be; False when it is too late for that."""
    if clock.instant() - told.asked_at > _TOO_LATE:
        return False
    call = OpenCall.objects.filter(pk=told.call_id).first()
    if call is None:
        return False
    answer = Forward(call_id=told.call_id, part_id=told.part_id)
    try:
        way = _way("", number_id(told.number), told.part_id, told.call_id, team_id=_team(told.step))
        answer = Forward(call_id=told.call_id, part_id=told.part_id, way=way)
    except CallRefused as refusal:
        answer = Forward(call_id=told.call_id, part_id=told.part_id, refused=refusal.code)
    send_command(answer, node=call.node, key=f"part:{told.part_id}", expires_s=10)
    return True


def take_in_part(told: PartChanged) -> None:
    """What became of a number outside: its money runs from the answer on, and is settled at the end."""
    calls_began([told.part_id])
    if told.answered_at:
        part_answered(told.part_id, told.answered_at)
    if told.ended_at is None:
        return
    ended = CallEnded(
        call_id=told.part_id, direction="out", number=told.number, line=told.line, agent_id=told.agent_id, started_at=told.began_at,
        answered_at=told.answered_at, ended_at=told.ended_at, outcome=told.outcome, sip_status=told.sip_status,
    )  # fmt: skip
    settle(ended, part_of=told.call_id)
    row = Call.objects.select_for_update().filter(call_id=told.call_id).first()
    if row is not None:  # this part was read again later than its call
        row.charge_vnd = charge_of(row.call_id)
        row.save(update_fields=["charge_vnd"])


def _way(agent_id: str, number: str, part_id: str, call_id: str, *, campaign_id: str = "", team_id: str = "") -> Way:
    """How the number is called; nothing but its id where no lines are managed here and the exchange uses its own."""
    if not Trunk.objects.exists():
        return Way(part_id=part_id, agent_id=agent_id)
    route = prepare_part(agent_id, number, part_id, call_id, campaign_id=campaign_id, team_id=team_id)
    names = {each.name for each in fields(Way)} & {each.name for each in fields(route)}
    return Way(part_id=part_id, agent_id=agent_id, **{name: getattr(route, name) for name in names})


def _team(step: str) -> str:
    """The team that looks after the queue whose way out this is; empty for a flow."""
    kind, _colon, rest = step.partition(":")
    name = rest.partition("/")[0] if kind == "queue" else ""
    return CallQueue.objects.filter(name=name).values_list("team_id", flat=True).first() or ""
