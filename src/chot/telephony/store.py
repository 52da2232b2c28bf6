"""The tables that the telephony side shares with the web: what happened, what goes on, what to do, and who drives which node."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
import psycopg
import structlog
from psycopg.types.json import Jsonb

log = structlog.get_logger()
Answer = TypeVar("Answer")
COMMAND_CHANNEL = "chot_telephony_command"
LEASE = timedelta(seconds=10)
CLAIMED_AT_ONCE = 100
_POLL_S = 1.0
_NOW = {
    "call_started": """
        INSERT INTO telephony_call (call_id, node, direction, number, line, agent_id, customer_id, campaign_id, started_at, changed_at)
        SELECT call_id, %(node)s, direction, left(number, 64), left(line, 64), agent_id, customer_id, campaign_id, started_at, started_at
        FROM jsonb_to_record(%(payload)s) AS told(call_id text, direction text, number text, line text, agent_id text, customer_id text,
            campaign_id text, started_at timestamptz)
        ON CONFLICT DO NOTHING""",
    "call_changed": """
        UPDATE telephony_call SET phase = told.phase, agents = told.agents, ringing = coalesce(told.ringing, '[]'),
            outside = coalesce(told.outside, '[]'), on_hold = told.on_hold, changed_at = told.changed_at,
            answered_at = coalesce(answered_at, CASE WHEN told.phase = 'talking' THEN told.changed_at END)
        FROM jsonb_to_record(%(payload)s)
            AS told(call_id text, phase text, agents jsonb, ringing jsonb, outside jsonb, on_hold boolean, changed_at timestamptz)
        WHERE telephony_call.call_id = told.call_id""",
    "call_queued": """
        UPDATE telephony_call SET queue_id = told.queue_id, changed_at = told.queued_at, queued_at =
            CASE WHEN answered_at IS NULL THEN coalesce(telephony_call.queued_at, told.queued_at) ELSE told.queued_at END
        FROM jsonb_to_record(%(payload)s) AS told(call_id text, queue_id text, queued_at timestamptz)
        WHERE telephony_call.call_id = told.call_id""",
    "recording_paused": """
        UPDATE telephony_call SET paused_at = told.paused_at, paused_until = told.until, pause_failed_at = NULL
        FROM jsonb_to_record(%(payload)s) AS told(call_id text, paused_at timestamptz, until timestamptz)
        WHERE telephony_call.call_id = told.call_id""",
    "recording_resumed": "UPDATE telephony_call SET paused_at = NULL, paused_until = NULL WHERE call_id = %(id)s",
    "recording_not_paused": """
        UPDATE telephony_call SET paused_at = NULL, paused_until = NULL, pause_failed_at = told.told_at
        FROM jsonb_to_record(%(payload)s) AS told(call_id text, told_at timestamptz) WHERE telephony_call.call_id = told.call_id""",
    "call_missed": """
        INSERT INTO telephony_miss (agent_id, in_a_row, miss_limit, missed_at)
        SELECT agent_id, in_a_row, "limit", missed_at FROM jsonb_to_record(%(payload)s)
            AS told(agent_id text, in_a_row int, "limit" int, missed_at timestamptz)
        ON CONFLICT (agent_id) DO UPDATE
            SET in_a_row = excluded.in_a_row, miss_limit = excluded.miss_limit, missed_at = excluded.missed_at""",
    "misses_over": "DELETE FROM telephony_miss WHERE agent_id = %(payload)s->>'agent_id'",
    "recording_announced": """
        UPDATE telephony_call SET recording_refused = told.refused, recording_untold = coalesce(told.failed, false)
        FROM jsonb_to_record(%(payload)s) AS told(call_id text, refused boolean, failed boolean)
        WHERE telephony_call.call_id = told.call_id""",
    "supervision_changed": """
        UPDATE telephony_supervision SET mode = told.mode, reason = told.reason,
            started_at = coalesce(started_at, CASE WHEN told.state = 'on' THEN told.changed_at END),
            ended_at = coalesce(ended_at, CASE WHEN told.state = 'ended' THEN told.changed_at END)
        FROM jsonb_to_record(%(payload)s) AS told(watch_id text, mode text, state text, reason text, changed_at timestamptz)
        WHERE telephony_supervision.watch_id = told.watch_id""",
    "call_ended": "DELETE FROM telephony_call WHERE call_id = %(id)s",
}
"""What goes on now, kept in one transaction with the journal."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the journal before it has its number."""

    call_id: str
    kind: str
    payload: Any
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CommandRow:
    """A command that this node has claimed."""

    id: int
    kind: str
    payload: Any
    expired: bool


class Store:
    """A connection that comes back by itself. Every method waits until the database does."""

    def __init__(self, address: str, node: str, owner: str) -> None:
        self._address, self.node, self.owner = address, node, owner
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._pending: list[tuple[Sequence[Row], asyncio.Future[None]]] = []

    async def append(self, rows: Sequence[Row]) -> None:
        """Write rows of the journal, all or none; back when they are there. What waits meanwhile is written with one commit."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append((rows, written))
        async with self._one_at_a_time:
            if not written.done():
                await self._write_pending()
        await written

    async def _write_pending(self) -> None:
        """Write everything that waits, together; when the database refuses that, each alone, so that only the bad one fails."""
        waiting, self._pending = self._pending, []
        try:
            await self._insist(lambda connection: self._write(connection, [row for rows, _ in waiting for row in rows]))
        except psycopg.Error:
            for rows, written in waiting:
                try:
                    await self._insist(lambda connection, rows=rows: self._write(connection, rows))  # type: ignore[misc]
                    _settle(written)
                except psycopg.Error as error:
                    _settle(written, error)
        except BaseException:  # cancelled in the middle: those who still wait write it
            self._pending = [each for each in waiting if not each[1].done()] + self._pending
            raise
        for _, written in waiting:
            _settle(written)

    async def _write(self, connection: psycopg.AsyncConnection[Any], rows: Sequence[Row]) -> None:
        """Everything as one message to the server, which makes it one transaction: the answer is the commit."""
        cursor = psycopg.AsyncClientCursor(connection)
        values = [(self.node, row.call_id, row.kind, Jsonb(row.payload, dumps=orjson.dumps), row.at) for row in rows]
        told = ", ".join(cursor.mogrify("(%s, %s, %s, %s, %s)", each) for each in values)
        parts = [f"INSERT INTO telephony_journal (node, call_id, kind, payload, at) VALUES {told} ON CONFLICT DO NOTHING"]
        for row in (each for each in rows if each.kind in _NOW):
            named = {"node": self.node, "payload": Jsonb(row.payload, dumps=orjson.dumps), "id": row.call_id}
            parts.append(cursor.mogrify(_NOW[row.kind], named))
        await cursor.execute("; ".join(parts).encode(connection.info.encoding))

    async def open_calls(self) -> dict[str, list[Row]]:
        """The journal of every call of this node that began and has not ended, by call, in order."""
        sql = """
            SELECT j.call_id, j.kind, j.payload, j.at FROM telephony_journal j
            WHERE j.kind LIKE 'event:%%' AND j.call_id IN (SELECT call_id FROM telephony_call WHERE node = %(node)s)
            ORDER BY j.seq"""
        calls: dict[str, list[Row]] = {}
        for call_id, kind, payload, at in await self._rows(sql, {"node": self.node}):
            calls.setdefault(call_id, []).append(Row(call_id=call_id, kind=kind, payload=payload, at=at))
        return calls

    async def recordings_untold(self, call_ids: Sequence[str]) -> list[str]:
        """Which of these calls of this node have ended with a recording that was never told of."""
        sql = """
            SELECT e.call_id FROM telephony_journal e
            WHERE e.call_id = ANY(%s) AND e.node = %s AND e.kind = 'call_ended' AND (e.payload->>'recorded')::boolean AND NOT EXISTS (
                SELECT FROM telephony_journal r WHERE r.call_id = e.call_id AND r.kind = 'recording_stopped')"""
        return [row[0] for row in await self._rows(sql, (list(call_ids), self.node))]

    async def known(self, call_ids: Sequence[str]) -> set[str]:
        """Which of these calls have begun at any time."""
        sql = "SELECT DISTINCT call_id FROM telephony_journal WHERE call_id = ANY(%s) AND kind = 'event:created'"
        return {row[0] for row in await self._rows(sql, (list(call_ids),))} if call_ids else set()

    async def claim(self, at: datetime) -> list[CommandRow]:
        """Take the commands for this node that nobody has taken, oldest first; those a killed predecessor took and left, too."""
        sql = """
            UPDATE telephony_command SET claimed_at = %(at)s, claimed_by = %(owner)s WHERE id IN (
                SELECT id FROM telephony_command
                WHERE node IN (%(node)s, '') AND done_at IS NULL AND (claimed_at IS NULL OR claimed_at < %(stale)s)
                ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
            RETURNING id, kind, payload, coalesce(expires_at < %(at)s, false)"""
        values = {"at": at, "owner": self.owner, "node": self.node, "stale": at - timedelta(seconds=30), "most": CLAIMED_AT_ONCE}
        rows = await self._rows(sql, values)
        return [CommandRow(id=number, kind=kind, payload=payload, expired=expired) for number, kind, payload, expired in sorted(rows)]

    async def release(self) -> None:
        """Give back what a killed predecessor of this owner claimed and did not finish."""
        sql = "UPDATE telephony_command SET claimed_at = NULL WHERE claimed_by = %s AND done_at IS NULL RETURNING id"
        await self._rows(sql, (self.owner,))

    async def done(self, outcomes: Mapping[int, str], at: datetime) -> None:
        """Write what became of commands."""
        sql = """
            UPDATE telephony_command c SET done_at = %s, outcome = left(told.outcome, 200)
            FROM unnest(%s::bigint[], %s::text[]) AS told(id, outcome) WHERE c.id = told.id AND c.done_at IS NULL RETURNING c.id"""
        await self._rows(sql, (at, list(outcomes), list(outcomes.values())))

    async def away(self) -> set[str]:
        """Agents who are at a desk and not ready for calls."""
        rows = await self._rows("SELECT agent_id FROM calls_agentstate WHERE ended_at IS NULL AND state <> 'ready'", ())
        return {row[0] for row in rows}

    async def desks(self) -> dict[str, tuple[str, datetime]]:
        """What each agent at a desk is doing, and since when."""
        rows = await self._rows("SELECT agent_id, state, started_at FROM calls_agentstate WHERE ended_at IS NULL", ())
        return {agent: (state, since) for agent, state, since in rows}

    async def misses(self) -> list[tuple[str, int, int, datetime]]:
        """Agents whose rings were missed: how many in a row, how many may be, and when the last one was."""
        return await self._rows("SELECT agent_id, in_a_row, miss_limit, missed_at FROM telephony_miss", ())

    async def customer_of(self, number: str) -> str:
        """The customer who alone has a number (E.164), else empty."""
        sql = """
            SELECT min(c.customer_id) FROM customers_customerphone p JOIN customers_customer c ON c.id = p.customer_id
            WHERE p.phone = %s AND c.erased_at IS NULL HAVING count(DISTINCT c.id) = 1"""
        rows = await self._rows(sql, (number,))
        return str(rows[0][0]) if rows else ""

    async def sound_of(self, sha: str) -> bytes | None:
        """The sound of a prompt."""
        rows = await self._rows("SELECT sound FROM switchboard_prompt WHERE sha = %s LIMIT 1", (sha,))
        return bytes(rows[0][0]) if rows else None

    async def open_watches(self) -> list[tuple[str, str, str, str]]:
        """Leaders beside calls of this node as far as is known: watch, call, leader, mode."""
        sql = "SELECT watch_id, call_id, agent_id, mode FROM telephony_supervision WHERE node = %s AND ended_at IS NULL"
        return await self._rows(sql, (self.node,))

    async def lease(self, at: datetime, version: str) -> bool:
        """Take or renew the lease of the node; False while another owner holds it."""
        sql = """
            INSERT INTO telephony_node (name, owner, lease_until, version, renewed_at)
            VALUES (%(node)s, %(owner)s, %(until)s, %(version)s, %(at)s)
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until, version = excluded.version,
                renewed_at = excluded.renewed_at
            WHERE telephony_node.owner = excluded.owner OR telephony_node.lease_until < %(at)s
            RETURNING name"""
        values = {"node": self.node, "owner": self.owner, "until": at + LEASE, "version": version[:80], "at": at}
        return bool(await self._rows(sql, values))

    async def last_renewal(self) -> datetime | None:
        """When a controller of this node was last seen alive."""
        rows = await self._rows("SELECT renewed_at FROM telephony_node WHERE name = %s", (self.node,))
        return rows[0][0] if rows else None

    async def give_up(self, at: datetime) -> None:
        """End the lease, if it is ours."""
        sql = "UPDATE telephony_node SET lease_until = %s WHERE name = %s AND owner = %s RETURNING name"
        await self._rows(sql, (at, self.node, self.owner))

    async def bells(self) -> AsyncIterator[None]:
        """One item whenever there may be commands: at once when the database says so, else every second."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {COMMAND_CHANNEL}")
                    while True:
                        yield None
                        async for _ in connection.notifies(timeout=_POLL_S, stop_after=1):
                            pass
            except psycopg.OperationalError as error:
                log.warning("database not reachable", reason=str(error).strip())
                await asyncio.sleep(_POLL_S)

    async def close(self) -> None:
        """Close the connection."""
        if self._connection:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()

    async def _rows(self, sql: str, values: Any) -> list[Any]:
        async def ask(connection: psycopg.AsyncConnection[Any]) -> list[Any]:
            return await (await connection.execute(sql, values)).fetchall()

        return await self._patiently(ask)

    async def _patiently(self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[Answer]]) -> Answer:
        async with self._one_at_a_time:
            return await self._insist(work)

    async def _insist(self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[Answer]]) -> Answer:
        """Do ``work`` until the database was there for it."""
        wait_s = 0.1
        while True:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
                return await work(self._connection)
            except psycopg.OperationalError as error:
                log.warning("database not reachable", reason=str(error).strip(), again_in_s=wait_s)
                await self.close()
                self._connection = None
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, 5.0)


def _settle(written: asyncio.Future[None], error: Exception | None = None) -> None:
    if not written.done():
        written.set_exception(error) if error else written.set_result(None)
