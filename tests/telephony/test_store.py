"""The journal's writer: calls side by side with few commits; what is bad, cancelled or cut off harms no other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import psycopg

from chot.core.messages import CallChanged, CallEnded, CallStarted, encode, kind_of
from chot.telephony.store import Row, Store

AT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
WORDS = 'it\'s 100% \\ "Nguyễn"'


def row(fact: object, call_id: str) -> Row:
    return Row(call_id=call_id, kind=kind_of(fact), payload=encode(fact), at=AT)


async def call(store: Store, call_id: str) -> None:
    """A call as the controller writes it; its end is told twice."""
    began = CallStarted(call_id=call_id, direction="out", number="0912345610", started_at=AT)
    created = Row(call_id=call_id, kind="event:created", payload={"words": WORDS}, at=AT)
    await store.append([created, row(began, call_id), row(CallChanged(call_id=call_id, phase="talking", changed_at=AT), call_id)])
    ended = CallEnded(call_id=call_id, direction="out", number="0912345610", started_at=AT, ended_at=AT, outcome="answered")
    for _ in range(2):
        await store.append([row(ended, call_id)])


def test_many_calls_at_once(database: str) -> None:
    async def whole() -> None:
        store = Store(database, "writer", "test")
        bad = store.append([Row(call_id="w-bad", kind="x", payload={"name": "a\0b"}, at=AT)])
        done = await asyncio.gather(*(call(store, f"w-{number}") for number in range(20)), bad, return_exceptions=True)
        assert [type(each) for each in done if each is not None] == [psycopg.errors.UntranslatableCharacter]
        tasks = [asyncio.create_task(call(store, f"w-{number}")) for number in range(20, 60)]
        await asyncio.sleep(0.005)
        for task in tasks[:10]:
            task.cancel()
        async with asyncio.timeout(20):
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(each is None for each in done[10:])
            assert await store.known(["w-1", "w-59", "w-bad"]) == {"w-1", "w-59"}
        await store.close()

    asyncio.run(whole())
    with psycopg.connect(database) as connection:
        kinds = "SELECT call_id, array_agg(kind ORDER BY seq), min(payload->>'words') FROM telephony_journal WHERE node = 'writer' GROUP BY 1"
        found = {call_id: (told, words) for call_id, told, words in connection.execute(kinds).fetchall()}
        whole_calls = [f"w-{number}" for number in (*range(20), *range(30, 60))]
        assert {call_id: found[call_id] for call_id in whole_calls} == dict.fromkeys(
            whole_calls, (["event:created", "call_started", "call_changed", "call_ended"], WORDS)
        )
        assert connection.execute("SELECT count(*) FROM telephony_call WHERE call_id = ANY(%s)", [whole_calls]).fetchall() == [(0,)]
