"""What should be known about a person besides their history: apps to the right register what they have to say on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chot.people.models import User


@dataclass(frozen=True)
class Note:
    """One thing to look at, what to do about it, and where."""

    what: str
    advice: str
    link: str = ""


Say = Callable[[str, User], Iterable[Note]]
_SAYING: list[Say] = []


def register(say: Say) -> None:
    """``say(agent_id, reader)`` gives the notes about an agent that the reader may see."""
    if say not in _SAYING:
        _SAYING.append(say)


def notes_about(agent_id: str, reader: User) -> list[Note]:
    """Every note about the agent."""
    return [note for say in _SAYING for note in say(agent_id, reader)]
