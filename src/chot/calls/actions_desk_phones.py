"""Writes: hardware phones on desks. An administrator gives them; the agent chooses where to be called; they dial by themselves."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_dial import place_call
from chot.calls.actions_phones import GivenPhone, checked_name, one_at_a_time, tell_exchanges
from chot.calls.actions_states import choose_state
from chot.calls.actions_telephony import send_command
from chot.calls.live import tell_desk
from chot.calls.models import DeskPhone, DeskState, OpenCall
from chot.calls.queries_exchange import live_nodes
from chot.calls.queries_phones import desk_phone_used
from chot.calls.queries_states import open_state
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.messages import sip_digest
from chot.core.messages_phones import Decline, PhoneDialled, desk_name
from chot.people.actions_notifications import notify
from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import User

_MARKS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look alike: somebody types them into a phone
_LENGTH = 20
_TOO_LATE = timedelta(seconds=6)
"""The phone that has dialled waits little longer."""


@transaction.atomic
def give_desk_phone(agent: User, *, by: User, address: str | None = None) -> GivenPhone:
    """An account for the agent's desk phone, in the place of an earlier one; the password is told this once and kept nowhere.

    From now on the agent is called there. Raises ``InputError`` for an agent id that no phone can have.
    """
    checked_name(agent)
    one_at_a_time()
    password = "".join(secrets.choice(_MARKS) for _mark in range(_LENGTH))
    name = desk_name(agent.agent_id)
    given = {"digest": sip_digest(name, password), "used": True, "given_at": clock.now(), "given_by": by}
    _row, first = DeskPhone.objects.update_or_create(agent_id=agent.agent_id, defaults=given)
    record("desk_phone.given" if first else "desk_phone.password", f"agent:{agent.agent_id}", by=by, address=address)
    _changed(agent.agent_id)
    return GivenPhone(name=name, password=password)


@transaction.atomic
def take_desk_phone(agent_id: str, *, by: User | None = None, address: str | None = None) -> bool:
    """The desk phone can no longer register, and the agent is called in the browser; False when there is none."""
    one_at_a_time()
    if not DeskPhone.objects.filter(agent_id=agent_id).delete()[0]:
        return False
    record("desk_phone.taken", f"agent:{agent_id}", by=by, address=address)
    _changed(agent_id)
    return True


@transaction.atomic
def use_desk_phone(agent_id: str, *, used: bool) -> None:
    """The agent is called at the desk phone from now on, or in the browser. Raises ``InputError`` without one, and in a call."""
    one_at_a_time()
    row = DeskPhone.objects.filter(agent_id=agent_id).first()
    if row is None:
        raise InputError(Problem(what=_("You have no desk phone"), fix=_("Ask your administrator for one.")))
    if row.used == used:
        return
    if OpenCall.objects.filter(agents__contains=[agent_id]).exists():
        raise InputError(Problem(what=_("A call goes on"), fix=_("Change the phone when it is over.")))
    row.used = used
    row.save(update_fields=["used"])
    _changed(agent_id)


def leave_desk_phone(user: User) -> None:
    """Who signs out is offline: the phone on the desk stays online, and would be rung."""
    if desk_phone_used(user.agent_id) is not None and open_state(user.agent_id) is not None:
        choose_state(user.agent_id, DeskState.OFFLINE, by=user)


def call_from_desk(told: PhoneDialled) -> None:
    """Call the number that was dialled on a desk phone's keys, by the rules of every call; else send the phone away and say why."""
    if clock.instant() - told.dialled_at > _TOO_LATE:
        return
    user = User.objects.filter(agent_id=told.phone, is_active=True).first()
    try:
        if user is None:
            raise InputError(Problem(what=_("This agent has no account")))
        with transaction.atomic():
            place_call(user, told.number, key=told.channel, channel=told.channel)
    except InputError as error:
        for node in live_nodes():
            send_command(Decline(channel=told.channel), node=node.name, key=f"decline:{node.name}:{told.channel}", expires_s=10)
        if user is not None:
            reason = " ".join(str(each) for each in error.problems)
            notify([user], "desk_phone.declined", key=f"declined {told.channel}", number=masked(told.number), reason=reason)


def _changed(agent_id: str) -> None:
    tell_exchanges()
    tell_desk(agent_id)
