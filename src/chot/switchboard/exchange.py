"""The way from here to the exchange: the app that keeps the table of commands puts its own function in."""

from __future__ import annotations

from collections.abc import Callable

Send = Callable[[object, str], int]

_senders: list[Send] = []


def register(send: Send) -> None:
    """``send(command, key)`` asks every node whose exchange is up, once for each key, and says how many were asked."""
    _senders[:] = [send]


def send(command: object, key: str) -> int:
    """Ask every node whose exchange is up; how many were asked."""
    return sum(each(command, key) for each in _senders)
