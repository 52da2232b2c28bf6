"""Writes: what an agent wants of a call that goes on."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.actions_telephony import send_command
from chot.calls.models import AgentPhone, OpenCall
from chot.calls.queries_states import rules
from chot.core import messages as m
from chot.core.errors import InputError, Problem
from chot.core.messages import Seat
from chot.core.messages_recording import PauseRecording, ResumeRecording
from chot.people.audit import record
from chot.people.models import User

WISHES = ("hold", "resume", "hang_up", "transfer", "ask_first", "complete", "cancel", "confer", "pause_recording", "resume_recording")


@transaction.atomic
def ask(user: User, call_id: str, wish: str, *, to: str = "", address: str | None = None) -> None:
    """Send one wish of WISHES for a call to its node; handing over (``to``, an agent) is audited."""
    call = OpenCall.objects.get(pk=call_id)
    command: Any
    match wish:
        case "hold" | "resume":
            command = m.Hold(call_id=call_id, on=wish == "hold")
        case "transfer" | "ask_first":
            command = m.Transfer(call_id=call_id, to=_seat(user, to), attended=wish == "ask_first")
            record("call.transferred", f"call:{call_id}", by=user, address=address, after={"to": to, "attended": command.attended})
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
        case _:
            command = m.HangUp(call_id=call_id)
    send_command(command, node=call.node, expires_s=10)


def _seat(user: User, to: str) -> Seat:
    """A colleague's phone."""
    if not to or to == user.agent_id or not AgentPhone.objects.filter(agent_id=to).exists():
        raise InputError(Problem(what=_("This colleague has no phone now"), fix=_("Choose somebody else.")))
    return Seat(agent_id=to, phone=to)
