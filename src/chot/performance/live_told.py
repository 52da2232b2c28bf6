"""Waiting to be told of a move of the facts: a connection that listens, and a plain wait whenever there is none."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from django.db import connection

from chot.feed.actions import CHANNEL

_NEEDED = ("dbname", "user", "password", "host", "port", "sslmode", "service", "passfile")
CONNECT_S = 2


class Told:
    """One connection of the event loop on the channel of the facts, made when it is waited for and made anew when it is lost."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def wait(self, most_s: float) -> bool:
        """Wait until a move is told of, at most for so long; whether it was. What goes wrong with the database is only a longer wait."""
        loop = asyncio.get_running_loop()
        until, told = loop.time() + most_s, False
        try:
            listening = self._connection or await self._listen()
            async for _news in listening.notifies(timeout=most_s, stop_after=1):
                told = True
            return told
        except (psycopg.Error, OSError):
            await self.close()
        await asyncio.sleep(max(0.0, until - loop.time()))
        return False

    async def _listen(self) -> psycopg.AsyncConnection[Any]:
        given = {name: value for name, value in connection.get_connection_params().items() if name in _NEEDED}
        made = await psycopg.AsyncConnection.connect(autocommit=True, connect_timeout=CONNECT_S, **given)
        self._connection = made
        await made.execute(f"LISTEN {CHANNEL}")
        return made

    async def close(self) -> None:
        """Let the connection go."""
        held, self._connection = self._connection, None
        if held is not None:
            await held.close()
