"""What the web and the telephone side tell each other of somebody who listens to a call, whispers, joins it or takes it over."""

from __future__ import annotations

from datetime import datetime

from chot.core.message_kinds import command, fact
from chot.core.messages import Seat


@command("supervise")
class Supervise:
    """Ring the leader's phone and let it into a call; the same ``watch_id`` again changes the mode.

    ``mode`` is ``listen`` (nobody hears the leader), ``whisper`` (only the agent does), ``barge`` (everybody does), or
    ``take_over`` (the agents leave, the leader has the customer). ``agent_id`` is whose side is heard; empty: the first agent.
    """

    watch_id: str
    call_id: str
    seat: Seat
    mode: str = "listen"
    agent_id: str = ""


@command("stop_supervising")
class StopSupervising:
    """The leader leaves; the call goes on."""

    watch_id: str


@fact("supervision_changed")
class SupervisionChanged:
    """A leader is let in (``on``), is in another mode, or is out (``ended``, with the whole seconds spent in each mode).

    ``agent_id`` is the leader, ``of`` the agent. ``reason`` of an end: left, call_ended, taken_over, no_phone, refused, busy, or lost.
    """

    watch_id: str
    call_id: str
    agent_id: str
    of: str = ""
    mode: str
    state: str
    reason: str = ""
    listen_s: int = 0
    whisper_s: int = 0
    barge_s: int = 0
    changed_at: datetime
