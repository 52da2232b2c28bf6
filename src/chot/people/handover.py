"""What a person who leaves has in hand: every app registers its own kinds once, and none of them is forgotten.

A kind is given to a colleague (``to`` is AGENT or ACCOUNT), or it is NOBODY's to take: then ``ends`` runs when the account closes,
and ``note`` says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from chot.people.models import User

AGENT, ACCOUNT, NOBODY = "agent", "account", "nobody"


@dataclass(frozen=True)
class Leaver:
    """Who leaves: the agent of the facts, and the account if there is one."""

    agent_id: str
    user: User | None

    def key(self, to: str) -> Any:
        """What rows of this kind name the person by; None without an account."""
        return self.agent_id if to != ACCOUNT else self.user.pk if self.user else None


Rows = Callable[[Leaver], QuerySet[Any]]
Give = Callable[[Sequence[Any], Leaver, Any, User], list[int]]
Back = Callable[[Sequence[int], Leaver], int]


def _nothing() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One kind: ``rows`` are the leaver's open ones; ``field`` of a row names the holder, ``sets`` is written along with it.

    ``give`` and ``back`` replace the plain change of ``field`` where a hand-over means something else.
    """

    kind: str
    title: Any
    rows: Rows
    to: str = AGENT
    field: str = "agent_id"
    sets: Callable[[], Mapping[str, Any]] = _nothing
    note: Any = ""
    roles: frozenset[str] = frozenset()
    give: Give | None = None
    back: Back | None = None
    ends: Callable[[Leaver], object] | None = None
    link: Callable[[Leaver], str] | None = None

    def count(self, leaver: Leaver) -> int:
        """How many the leaver still has."""
        return self.rows(leaver).count() if self.to != ACCOUNT or leaver.user else 0


_HOLDINGS: dict[str, Holding] = {}


def register(*holdings: Holding) -> None:
    """Say what a person may have in hand."""
    _HOLDINGS.update({each.kind: each for each in holdings})


def holdings() -> list[Holding]:
    """Every kind, in the order of the apps."""
    return list(_HOLDINGS.values())


def leaver_of(agent_id: str) -> Leaver:
    """The agent and the account behind it."""
    return Leaver(agent_id, User.objects.filter(agent_id=agent_id).first() if agent_id else None)


def without_successor(leaver: Leaver) -> dict[str, int]:
    """How many of each kind still wait for a colleague."""
    found = {each.kind: each.count(leaver) for each in holdings() if each.to != NOBODY}
    return {kind: number for kind, number in found.items() if number}


def end_what_ends(leaver: Leaver) -> None:
    """The phone, places in queues and whatever else ends with the account."""
    for each in holdings():
        if each.ends:
            each.ends(leaver)
