"""The live board hears of a move at once, and goes on without the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from django.db import connection

from chot.feed.actions import tell
from chot.performance.live_told import Told
from tests.feed.rows import order


def _tell() -> None:
    try:
        tell("generation", 1)
    finally:
        connection.close()


def _break() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %%'")
    finally:
        connection.close()


def test_a_move_is_heard_of_and_a_lost_connection_is_made_anew(data: Path) -> None:
    """Told within the wait; when the connection breaks, a plain wait, and then it is told again."""
    order("o1")

    async def heard() -> list[bool]:
        told, found = Told(), []
        try:
            found.append(await told.wait(0.05))  # nobody has told anything
            waiting = asyncio.create_task(told.wait(60))
            await asyncio.to_thread(_tell)
            found.append(await waiting)
            await asyncio.to_thread(_break)
            found.append(await told.wait(0.05))
            found.append(await told.wait(0.05))  # listening again
            waiting = asyncio.create_task(told.wait(60))
            await asyncio.to_thread(_tell)
            found.append(await waiting)
        finally:
            await told.close()
        return found

    assert asyncio.run(heard()) == [False, True, False, False, True]
