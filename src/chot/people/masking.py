"""Telephone numbers on pages: masked, and shown whole to those who may, each look noted.

An app registers whose number it is once: ``register("person", find, may_see)``; templates then write ``{% masked phone "person" id %}``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from chot.people.models import User

Find = Callable[[str], str | None]
MaySee = Callable[[User, str], bool]


@dataclass(frozen=True)
class Holder:
    """Where the numbers of one kind of object are, and who may see one whole."""

    find: Find
    may_see: MaySee


_HOLDERS: dict[str, Holder] = {}
_MOVES: list[Callable[[str, date], str]] = []


def register(kind: str, find: Find, may_see: MaySee) -> None:
    """Say how to find the number of an object of this kind by its id, and who may see it."""
    _HOLDERS[kind] = Holder(find, may_see)


def holder_of(kind: str) -> Holder | None:
    """How numbers of that kind are found; None when no app has registered it."""
    return _HOLDERS.get(kind)


def moves_from(moved_to: Callable[[str, date], str]) -> None:
    """Say who knows the operator to whom a number had moved by a day (empty: none)."""
    _MOVES[:] = [moved_to]


def moved_to(phone: str, day: date) -> str:
    """The operator to whom a number in E.164 is known to have moved by that day; empty when none is known."""
    return _MOVES[0](phone, day) if _MOVES else ""


def masked(phone: str) -> str:
    """The number with its middle hidden: enough to recognise, too little to dial.

    >>> masked("+84912345678"), masked("0241"), masked("")
    ('091••••678', '••••', '')
    """
    national = f"0{phone[3:]}" if phone.startswith("+84") else phone
    if not national:
        return ""
    return f"{national[:3]}••••{national[-3:]}" if len(national) >= 9 else "•" * 4
