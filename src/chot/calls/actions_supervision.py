"""Writes: a leader beside a call that goes on. Each use is audited when it begins, and again with its length when it is over."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_states import hold_agent
from chot.calls.actions_telephony import send_command
from chot.calls.live import tell_desk
from chot.calls.models import OpenCall, Supervision
from chot.calls.queries_phones import has_phone
from chot.calls.rules import supervises
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.messages import Seat
from chot.core.messages_supervision import StopSupervising, Supervise, SupervisionChanged
from chot.people.audit import record
from chot.people.models import User

ACTIONS = {"listen": "call.listened", "whisper": "call.whispered", "barge": "call.joined", "take_over": "call.taken_over"}


@transaction.atomic
def supervise(user: User, of_agent: str, mode: str, *, address: str | None = None) -> Supervision:
    """Let the leader's phone into the call of an agent, or change how the leader is in it. Who may is asked before.

    Raises ``InputError`` when there is no call, no phone, or the leader is in a call of the own.
    """
    assert supervises(user, of_agent, mode)
    now = hold_agent(user.agent_id)
    call = OpenCall.objects.filter(agents__contains=[of_agent]).order_by("-started_at").first()
    if call is None:
        raise InputError(Problem(what=_("This call is over")))
    if not has_phone(user.agent_id):
        raise InputError(Problem(what=_("Your phone is not connected"), fix=_("Wait until the bar below says that it is ready.")))
    if OpenCall.objects.filter(agents__contains=[user.agent_id]).exists():
        raise InputError(Problem(what=_("You are in a call yourself"), fix=_("End it first.")))
    open_now = Supervision.objects.select_for_update().filter(agent_id=user.agent_id, ended_at=None)
    row = open_now.filter(call_id=call.call_id).first()
    if row is None:
        open_now.update(ended_at=now, reason="left")
        row = Supervision(watch_id=str(uuid.uuid4()), call_id=call.call_id, node=call.node, user=user, agent_id=user.agent_id, asked_at=now)
    row.of_agent, row.mode = of_agent, mode
    row.save()
    record(ACTIONS[mode], f"call:{call.call_id}", by=user, address=address, after={"agent": of_agent})
    seat = Seat(agent_id=user.agent_id, phone=user.agent_id)
    wanted = Supervise(watch_id=row.watch_id, call_id=call.call_id, seat=seat, mode=mode, agent_id=of_agent)
    send_command(wanted, node=call.node, expires_s=10)
    tell_desk(user.agent_id)
    return row


@transaction.atomic
def stop(user: User) -> None:
    """The leader leaves the call; it goes on."""
    now = hold_agent(user.agent_id)
    for row in Supervision.objects.select_for_update().filter(agent_id=user.agent_id, ended_at=None):
        send_command(StopSupervising(watch_id=row.watch_id), node=row.node, expires_s=10)
        Supervision.objects.filter(pk=row.pk).update(ended_at=now, reason="left")
    tell_desk(user.agent_id)


def note_end(told: SupervisionChanged) -> None:
    """The length of a supervision goes into the audit trail, once."""
    row = Supervision.objects.filter(pk=told.watch_id).select_related("user").first()
    if told.state != "ended" or row is None:
        return
    Supervision.objects.filter(pk=row.pk, ended_at=None).update(ended_at=clock.instant(), reason=told.reason)
    spent = {name: getattr(told, name) for name in ("listen_s", "whisper_s", "barge_s")}
    after = {"agent": told.of or row.of_agent, **spent, "end": told.reason}
    record("call.supervision_ended", f"call:{row.call_id}", by=row.user, after=after)
