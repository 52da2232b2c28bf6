"""One course of everything with a customer; each app registers what it knows: ``register("call", _("Calls"), calls_of)``."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from chot.customers.models import Customer

PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: ``key`` is unique within its kind, ``tone`` good, bad, warn or empty."""

    at: datetime
    kind: str
    key: str
    title: Any
    detail: Any = ""
    tone: str = ""
    state: Any = ""
    agent_id: str = ""
    url: str = ""

    @property
    def place(self) -> tuple[datetime, str, str]:
        """Where it stands among all."""
        return self.at, self.kind, self.key


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose course: ``ids`` are all under which facts may name the customer (own, merged, numbers)."""

    customer: Customer
    ids: Sequence[str]


Source = Callable[[Subject, datetime | None, int], Iterable[Event]]
"""``source(subject, upto, most)``: the latest events at or before ``upto`` (None = all), latest first, at most ``most``."""

_SOURCES: dict[str, tuple[Any, Source]] = {}


def register(kind: str, label: Any, source: Source) -> None:
    """Say how events of a kind are found, and what the kind is called."""
    _SOURCES[kind] = (label, source)


def kinds() -> dict[str, Any]:
    """Every kind with its name."""
    return {kind: label for kind, (label, _source) in _SOURCES.items()}


def page(subject: Subject, *, only: str = "", after: str = "") -> tuple[list[Event], str]:
    """One page, latest first, and the mark of the next (empty = no more); ``after`` is such a mark."""
    at, last = _parsed(after)
    chosen = [only] if only in _SOURCES else list(_SOURCES)
    streams = [sorted(_SOURCES[kind][1](subject, at, PAGE + 2), key=lambda event: event.place, reverse=True) for kind in chosen]
    merged = heapq.merge(*streams, key=lambda event: event.place, reverse=True)
    rows = list(islice((event for event in merged if last is None or event.place < last), PAGE + 1))
    mark = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{mark.at.isoformat()}|{mark.kind}|{mark.key}" if mark else ""


def _parsed(after: str) -> tuple[datetime | None, tuple[datetime, str, str] | None]:
    parts = after.split("|", 2)
    try:
        at = datetime.fromisoformat(parts[0])
    except ValueError:
        return None, None
    return (at, (at, parts[1], parts[2])) if len(parts) == 3 and at.tzinfo else (None, None)
