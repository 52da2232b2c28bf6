"""What changes at desks, pushed to the pages that show it.

One task of each process listens to the database; what it hears wakes the desks that it concerns, and each is sent its state
when that differs from what it was sent before.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
import structlog
from django.db import connection
from django.utils import translation

from chot.calls.models import TelephonyJournal
from chot.calls.queries_desk import desk_state
from chot.people.models import User
from chot.people.watching import Windows, own_connection, viewer

log = structlog.get_logger()
HEARTBEAT_S, TOGETHER_S = 15.0, 0.05
CHANNELS = ("chot_telephony_journal", "chot_desk")
EVERYBODY = "*"
"""Counts what changes for anybody."""

_KINDS = (
    "call_started", "call_changed", "call_ended", "node_changed", "supervision_changed", "recording_paused", "recording_resumed",
    "recording_not_paused", "recording_announced",
)  # fmt: skip
windows = Windows(most=6)


@dataclass
class Listener:
    """What this process has heard: a count for each agent that grows with every change."""

    everyone: int = 0
    total: int = 0
    heard: Counter[str] = field(default_factory=Counter)
    viewers: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None
    seq: int = 0
    parties: dict[str, set[str]] = field(default_factory=dict)

    def count(self, agent_id: str) -> int:
        """How often something has changed for the agent."""
        return self.total if agent_id == EVERYBODY else self.everyone + self.heard[agent_id]

    async def listen(self, address: dict[str, Any]) -> None:
        """Listen for as long as anybody watches."""
        while self.viewers:
            try:
                async with await psycopg.AsyncConnection.connect(**address, autocommit=True) as database:
                    for channel in CHANNELS:
                        await database.execute(f"LISTEN {channel}".encode())
                    await self._tell({""})
                    await self._hear(database)
            except psycopg.OperationalError as error:
                log.warning("desks cannot listen", reason=str(error).strip())
                await asyncio.sleep(1)

    async def _hear(self, database: psycopg.AsyncConnection[Any]) -> None:
        while self.viewers:
            told = [notice async for notice in database.notifies(timeout=HEARTBEAT_S, stop_after=1)]
            if told:
                await asyncio.sleep(TOGETHER_S)
                told += [notice async for notice in database.notifies(timeout=0)]
            concerned = {notice.payload for notice in told if notice.channel == CHANNELS[1]}
            if any(notice.channel == CHANNELS[0] for notice in told):
                concerned |= await asyncio.to_thread(self._concerned)
            if concerned:
                await self._tell(concerned)

    async def _tell(self, concerned: set[str]) -> None:
        async with self.changed:
            self.everyone += "" in concerned
            self.total += 1
            self.heard.update(concerned - {""})
            self.changed.notify_all()

    def _concerned(self) -> set[str]:
        """The agents of the calls that the journal has told of since; ``""`` is everyone."""
        with own_connection():
            rows = TelephonyJournal.objects.filter(kind__in=_KINDS)
            if not self.seq:
                self.seq = max((rows.order_by("-seq").values_list("seq", flat=True).first() or 0) - 50, 0)
            found: set[str] = set()
            fresh = rows.filter(seq__gt=self.seq).order_by("seq").values_list("seq", "call_id", "kind", "payload")[:2000]
            for seq, call_id, kind, payload in fresh:
                self.seq = seq
                if kind == "node_changed":
                    found.add("")
                    continue
                if kind == "supervision_changed":
                    found.add(payload.get("agent_id", ""))
                    continue
                here = {*payload.get("agents", ()), payload.get("agent_id", "")} - {""}
                found |= here | self.parties.get(call_id, set())
                self.parties[call_id] = here | (self.parties.get(call_id, set()) if kind == "call_changed" else set())
                if kind == "call_ended":
                    self.parties.pop(call_id, None)
            return found

    async def after(self, agent_id: str, seen: int, within_s: float = HEARTBEAT_S) -> int:
        """The count after the one seen, or the same one when a heartbeat is due."""
        try:
            async with asyncio.timeout(within_s), self.changed:
                await self.changed.wait_for(lambda: self.count(agent_id) != seen)
        except TimeoutError:
            pass
        return self.count(agent_id)


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, Listener] = WeakKeyDictionary()


@contextmanager
def listening() -> Iterator[Listener]:
    """This event loop's listener, listening for as long as somebody watches."""
    listener = _listeners.setdefault(asyncio.get_running_loop(), Listener())
    listener.viewers += 1
    if listener.task is None or listener.task.done():
        given = connection.get_connection_params()
        address = {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
        listener.task = asyncio.create_task(listener.listen(address))
    try:
        yield listener
    finally:
        listener.viewers -= 1


def tell_desk(agent_id: str) -> None:
    """Wake the agent's desk when this transaction is committed; an empty id wakes all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNELS[1], agent_id])


async def stream(user: User, session: str, language: str) -> AsyncIterator[bytes]:
    """Server-sent events: the desk's state whenever it has changed; an end when the person is no longer signed in."""
    seen, known = -1, ""
    with listening() as listener, windows.one(user):
        yield b"retry: 1000\n\n"
        while True:
            count = listener.count(user.agent_id) if seen < 0 else await listener.after(user.agent_id, seen)
            told = await asyncio.to_thread(_now, user.pk, session, language)
            if told is None:
                yield b"event: over\ndata: {}\n\n"
                return
            yield f"event: desk\ndata: {told}\n\n".encode() if told != known else b": alive\n\n"
            seen, known = count, told


def _now(pk: int, session: str, language: str) -> str | None:
    """The desk's state as JSON; None for somebody who is no longer signed in as an agent."""
    with own_connection(), translation.override(language):
        user = viewer(pk, session, lambda user: bool(user.agent_id))
        return json.dumps(desk_state(user), ensure_ascii=False) if user else None
