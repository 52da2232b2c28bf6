"""What the web and the telephone side tell each other of desk phones."""

from __future__ import annotations

from datetime import datetime

from chot.core.message_kinds import command, fact


def desk_name(name: str) -> str:
    """The user name of an agent's desk phone; no agent id has a ~."""
    return f"{name}~desk"


@fact("phone_dialled")
class PhoneDialled:
    """A desk phone was lifted and has dialled ``number``; it waits on ``channel`` for the call, or for ``Decline``."""

    phone: str
    number: str
    channel: str
    dialled_at: datetime


@command("decline")
class Decline:
    """A desk phone that waits on ``channel`` may not call what it dialled."""

    channel: str
