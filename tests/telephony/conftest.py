"""A real Asterisk as the exchange and another as the carrier; without one the tests say why they are skipped."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from chot.core import clock
from chot.core.messages import encode, kind_of
from chot.telephony import carrier
from chot.telephony.ari import Ari
from chot.telephony.configuration import APP, Configuration, load, save
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation, find
from chot.telephony.node import Node
from chot.telephony.store import Store
from tests.house.sources import ROOT
from tests.made_once import copied, migrated, running, shared


@pytest.fixture(scope="session")
def asterisk() -> Installation:
    """The Asterisk that ``make test`` fetched."""
    found = find(Path(os.environ.get("CHOT_TEST_TELEPHONY", ROOT / ".venv" / "telephony")))
    if not found:
        pytest.skip("no Asterisk: `make test` fetches one where apt offers it (chot telephony install --var .venv/telephony)")
    return found


@dataclass
class Network:
    """Two Asterisks with a SIP line between them."""

    exchange: Exchange
    carrier: Exchange

    @property
    def made(self) -> Configuration:
        """The exchange's configuration."""
        return self.exchange.configuration


@asynccontextmanager
async def network(asterisk: Installation, *, exchange: bool = True) -> AsyncIterator[Network]:
    """An exchange with phones (``tone`` 1000 Hz, ``high`` 1700 Hz, ``echo``, ``busy``, ``silent``: rings and is never answered) and the carrier, for one test."""
    with tempfile.TemporaryDirectory(prefix="chot-") as folder:
        var = Path(folder)
        made = load(var / "exchange", var / "recordings" / "incoming")
        lines, made = carrier.configuration(var, made), carrier.linked(var, made)
        phones = (
            carrier.desk_phone(lines, "tone", "tone"),
            carrier.desk_phone(lines, "high", "high"),
            carrier.desk_phone(lines, "echo", "echo"),
            carrier.desk_phone(lines, "silent", "0900000003"),
            carrier.desk_phone(lines, "busy", "0900000000"),
        )
        both = Network(Exchange(replace(made, phones=phones), asterisk), Exchange(lines, asterisk))
        save(both.made)
        try:
            await both.carrier.start()
            if exchange:
                await both.exchange.start()
            yield both
        finally:
            await both.exchange.stop()
            await both.carrier.stop()


def client(made: Configuration, app: str = APP) -> Ari:
    """An ARI client of an exchange."""
    return Ari(made.ari, APP, made.ari_password, app)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL with the application's tables."""
    with running(copied(migrated(shared(tmp_path_factory)), tmp_path_factory.mktemp("pg") / "var")) as address:
        yield address


class Station:
    """A node at work on a network, and what its tables say."""

    def __init__(self, both: Network, address: str, name: str) -> None:
        self.network, self.address, self.name = both, address, name
        self.node = self.new_node()
        self.task: asyncio.Task[None] | None = None

    def new_node(self) -> Node:
        """A controller of the same node, as after a restart."""
        exchange = Exchange(self.network.made, self.network.exchange.installation)
        return Node(Store(self.address, self.name, f"test:{self.name}"), exchange, offers=False)

    async def start(self) -> None:
        """Start the node and wait until it is ready."""
        self.task = asyncio.create_task(self.node.run())
        async with asyncio.timeout(40):
            ready = asyncio.create_task(self.node.ready.wait())
            await asyncio.wait({self.task, ready}, return_when=asyncio.FIRST_COMPLETED)
            if self.task.done():
                ready.cancel()
                self.task.result()
        await self.met()

    async def met(self) -> None:
        """The carrier finds the exchange now: it may have looked before that was up, and looks again after half a minute."""
        await self.network.carrier.console("pjsip qualify exchange")

    async def stop(self) -> None:
        """Stop the node and its Asterisk."""
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def send(self, command: object) -> int:
        """Put a command into the table, as the web does."""
        async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as connection:
            sql = "INSERT INTO telephony_command (node, kind, payload, created_at) VALUES (%s, %s, %s, %s) RETURNING id"
            values = (self.name, kind_of(command), Jsonb(encode(command)), clock.instant())
            return (await (await connection.execute(sql, values)).fetchone())[0]

    async def journal(self, call_id: str) -> list[tuple[str, dict]]:
        """The kinds and payloads of a call's rows."""
        async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as connection:
            sql = "SELECT kind, payload FROM telephony_journal WHERE call_id = %s ORDER BY seq"
            return await (await connection.execute(sql, (call_id,))).fetchall()

    async def told(self, call_id: str, kind: str, within_s: float = 30, **fields: object) -> dict:
        """Wait for a row of a kind whose payload has these fields."""
        async with asyncio.timeout(within_s):
            while True:
                for found, payload in await self.journal(call_id):
                    if found == kind and fields.items() <= payload.items():
                        return payload
                await asyncio.sleep(0.05)

    async def outcome(self, command: int) -> str:
        """What became of a command."""
        async with asyncio.timeout(15), await psycopg.AsyncConnection.connect(self.address, autocommit=True) as connection:
            while True:
                sql = "SELECT outcome FROM telephony_command WHERE id = %s AND done_at IS NOT NULL"
                if row := await (await connection.execute(sql, (command,))).fetchone():
                    return row[0]
                await asyncio.sleep(0.05)

    async def left_over(self) -> tuple[int, int]:
        """Channels and bridges that Asterisk still holds; waits a little for the last ones to go."""
        ari = client(self.network.made, "looking")
        await ari.connect()
        reading = asyncio.create_task(_read(ari))
        try:
            for _ in range(40):
                found = len(await ari.request("GET", "channels")), len(await ari.request("GET", "bridges"))
                if found == (0, 0):
                    break
                await asyncio.sleep(0.1)
            return found
        finally:
            await ari.close()
            await asyncio.gather(reading, return_exceptions=True)


async def _read(ari: Ari) -> None:
    async for _ in ari.events():
        pass


@asynccontextmanager
async def station(asterisk: Installation, database: str, *, start: bool = True) -> AsyncIterator[Station]:
    """A network whose exchange a node drives, or one that waits for a controller of its own."""
    async with network(asterisk, exchange=False) as both:
        at_work = Station(both, database, f"n{os.urandom(4).hex()}")
        try:
            if start:
                await at_work.start()
            yield at_work
        finally:
            await at_work.stop()
