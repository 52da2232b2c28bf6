"""Writes: what an agent wants of a call that goes on."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_dial import dialled
from chot.calls.actions_parts import outside
from chot.calls.actions_telephony import send_command
from chot.calls.models import OpenCall
from chot.calls.queries_phones import has_phone
from chot.calls.queries_states import rules
from chot.charges.actions import release
from chot.core import messages as m
from chot.core.errors import InputError, Problem
from chot.core.messages import Seat
from chot.core.messages_recording import PauseRecording, ResumeRecording
from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import User
from chot.switchboard.models import CallQueue

WISHES = (
    "hold", "resume", "hang_up", "transfer", "ask_first", "complete", "cancel", "confer", "pause_recording", "resume_recording", "press",
)  # fmt: skip
_DIGITS = 40


def ask(user: User, call_id: str, wish: str, *, to: str = "", key: str = "", address: str | None = None) -> None:
    """Send one wish of WISHES for a call to its node. Handing over is audited; ``to`` is ``agent:…``, ``queue:…`` or ``number:…``,
    for ``press`` the keys.

    A number outside is called once for the same ``key``. Raises ``InputError``, in words, for a place that cannot be reached.
    """
    call = OpenCall.objects.get(pk=call_id)
    command: Any
    match wish:
        case "hold" | "resume":
            command = m.Hold(call_id=call_id, on=wish == "hold")
        case "transfer" | "ask_first":
            _hand_over(user, call, to, attended=wish == "ask_first", key=key, address=address)
            return
        case "pause_recording":
            command = PauseRecording(call_id=call_id, agent_id=user.agent_id, most_s=rules().pause_limit_s)
            record("call.recording_paused", f"call:{call_id}", by=user, address=address, after={"most_s": command.most_s})
        case "resume_recording":
            command = ResumeRecording(call_id=call_id, agent_id=user.agent_id)
            record("call.recording_resumed", f"call:{call_id}", by=user, address=address)
        case "complete":
            command = m.CompleteTransfer(call_id=call_id)
        case "cancel":
            command = m.CancelTransfer(call_id=call_id)
        case "confer":
            command = m.Confer(call_id=call_id)
        case "press":
            command = m.Press(call_id=call_id, digits=_digits(to))
        case _:
            command = m.HangUp(call_id=call_id)
    send_command(command, node=call.node, expires_s=10)


def _digits(typed: str) -> str:
    if len(typed) > _DIGITS or not typed or set(typed) - set("0123456789*#"):
        raise InputError(Problem(what=_("These are no keys of a telephone")))
    return typed


def _hand_over(user: User, call: OpenCall, to: str, *, attended: bool, key: str, address: str | None) -> None:
    """To a colleague, a queue, or a number outside, whose price is set aside before."""
    kind, _colon, name = to.partition(":")
    told, part = name, ""
    command: Any
    if kind == "queue":
        command = _to_queue(call, name, attended=attended)
    elif kind == "number":
        number = dialled(name)
        seat = outside(user, call, number, key)
        told, part = masked(number), seat.way.part_id if seat.way else ""
        command = m.Transfer(call_id=call.pk, to=seat, attended=attended)
    else:
        command = m.Transfer(call_id=call.pk, to=_seat(user, name), attended=attended)
    try:
        with transaction.atomic():
            send_command(command, node=call.node, key=f"part:{part}" if part else None, expires_s=10)
            record("call.transferred", f"call:{call.pk}", by=user, address=address, after={"to": f"{kind}:{told}", "attended": attended})
    except BaseException:
        release(part)
        raise


def _to_queue(call: OpenCall, name: str, *, attended: bool) -> m.TransferToQueue:
    if attended:
        raise InputError(Problem(what=_("A queue cannot be asked first"), fix=_("Transfer at once, or ask a colleague of the queue.")))
    if not CallQueue.objects.filter(name=name, enabled=True).exists():
        raise InputError(Problem(what=_("This queue is not in use"), fix=_("Choose another one.")))
    return m.TransferToQueue(call_id=call.pk, queue_id=name)


def _seat(user: User, to: str) -> Seat:
    """A colleague's phone."""
    if not to or to == user.agent_id or not has_phone(to):
        raise InputError(Problem(what=_("This colleague has no phone now"), fix=_("Choose somebody else.")))
    return Seat(agent_id=to, phone=to)
