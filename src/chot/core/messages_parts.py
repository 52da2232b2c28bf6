"""Messages about the parts of a call beside its customer: numbers outside, queues it was handed to; part of ``messages``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chot.core.message_kinds import command, fact


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a number outside is called from within a call, as the outbound rules say; its price is set aside as ``part_id``.

    ``agent_id`` is who hands over, empty for a flow. The exchange hangs up ``max_talk_s`` seconds after the answer; 0: never.
    """

    part_id: str
    agent_id: str = ""
    trunk: str = ""
    caller_id: str = ""
    brand: str = ""
    display_name: str = ""
    max_talk_s: int = 0


@dataclass(frozen=True, kw_only=True)
class Part:
    """One stretch of a contact: an ``agent``, a ``queue``, or a number ``outside`` (``agent_id``: who handed over to it).

    ``answered_at`` of a queue is when an agent took the customer out of it.
    """

    kind: str
    agent_id: str = ""
    queue_id: str = ""
    number: str = ""
    began_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime


@command("transfer_to_queue")
class TransferToQueue:
    """The agents leave, the customer waits in a queue."""

    call_id: str
    queue_id: str


@command("forward")
class Forward:
    """The answer to ``ForwardAsked``: how to call, or (``refused``) why not."""

    call_id: str
    part_id: str
    way: Way | None = None
    refused: str = ""


@fact("forward_asked")
class ForwardAsked:
    """A flow, or the way out of a queue, leads to a number outside: ``step`` is where in the graph. Answered by ``Forward``."""

    call_id: str
    part_id: str
    number: str
    step: str
    asked_at: datetime


@fact("part_changed")
class PartChanged:
    """A number outside within a call: ``dialled``, ``answered`` or ``ended``; ended, it is priced like a call of its own."""

    call_id: str
    part_id: str
    state: str
    number: str
    agent_id: str = ""
    line: str = ""
    began_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    sip_status: int = 0
