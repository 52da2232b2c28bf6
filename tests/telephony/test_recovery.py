"""The controller is killed in the middle of calls; its successor finds them, ends what has ended, and goes on with the rest."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import aiohttp
import psycopg
import pytest

from chot.core import clock
from chot.core.messages import Dial, DialAutomatically, HangUp, Hold, Seat, SetRouting, encode
from chot.telephony import carrier, telling
from chot.telephony.call_events import LegGone
from chot.telephony.call_machine import agent_call
from chot.telephony.configuration import APP
from chot.telephony.controller import fact_row
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation
from chot.telephony.store import LEASE, Row, Store
from tests.telephony.conftest import Station, station
from tests.telephony.test_calls import _loudest_hz
from tests.telephony.test_queues import ROUTING, SALES, _at_desk, _moment


def _controller(at: Station) -> subprocess.Popen[bytes]:
    """``chot telephony run`` as a process of its own, on the folder of this network."""
    var = at.network.made.home.parent
    if not (var / "asterisk").exists():
        root = Path(at.network.exchange.installation.prefix)
        assert root.name == "root", "an Asterisk of our own"
        (var / "asterisk").symlink_to(root.parent)
    command = [sys.executable, "-m", "chot", "telephony", "run", "--var", str(var), "--node", at.name, "--leave"]
    made = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": at.address}, stdout=subprocess.DEVNULL)
    weakref.finalize(at, _ended, made)
    return made


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Of a story that failed no controller is left."""
    process.kill()
    process.wait()


async def _ask(at: Station, sql: str, *values: object) -> list[tuple]:
    async with await psycopg.AsyncConnection.connect(at.address, autocommit=True) as connection:
        return await (await connection.execute(sql, values)).fetchall()


async def _ready(at: Station) -> subprocess.Popen[bytes]:
    """A controller that takes calls."""
    before = (await _ask(at, "SELECT coalesce(max(seq), 0) FROM telephony_journal"))[0][0]
    process = _controller(at)
    up = "SELECT 1 FROM telephony_journal WHERE node = %s AND seq > %s AND kind = 'node_changed' AND payload->>'state' = 'up'"
    async with asyncio.timeout(40):
        while not await _ask(at, up, at.name, before):
            await asyncio.sleep(0.05)
    await at.met()
    return process


async def _caller(at: Station, caller: str, to: str = SALES, **how: object) -> str:
    """Somebody calls us; the channel at the carrier."""
    return await carrier.call(at.network.carrier.configuration, caller=caller, dialled=to, **({"tone": True, "talk_s": 60} | how))


async def _call_of(at: Station, caller: str) -> str:
    """The call of a caller once it has begun."""
    async with asyncio.timeout(20):
        while not (found := await _ask(at, "SELECT call_id FROM telephony_journal WHERE kind = 'call_started' AND payload->>'number' = %s", caller)):
            await asyncio.sleep(0.05)
    return str(found[0][0])


async def _routed(at: Station) -> None:
    assert await at.outcome(await at.send(SetRouting(version=1, routing=ROUTING))) == "done"
    await _at_desk(at)


def _asterisk(at: Station) -> int:
    return int((at.network.made.home / "run" / "asterisk.pid").read_text())


def _loud(told: dict, side: str) -> float:
    return _loudest_hz(Path(told[side]))


async def _nothing_left(at: Station, calls: Iterable[str]) -> None:
    """Each has ended once, none is open, and Asterisk holds nothing."""
    assert await at.left_over() == (0, 0)
    for call_id in calls:
        assert [kind for kind, _ in await at.journal(call_id)].count("call_ended") == 1, call_id
    assert await _ask(at, "SELECT call_id FROM telephony_call WHERE node = %s", at.name) == []


def _run(asterisk: Installation, database: str, story: Callable[[Station, subprocess.Popen[bytes]], Awaitable[subprocess.Popen[bytes]]]) -> None:
    """A story whose controller is a process of its own; it gives back the last one."""
    if not asterisk.prefix:
        pytest.skip("the system's own Asterisk is in use")

    async def whole() -> None:
        async with station(asterisk, database, start=False) as at:
            process = await story(at, await _ready(at))
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            left = Exchange(at.network.made, asterisk)
            assert await left.start() is True, "--leave left Asterisk running"
            await left.stop()

    asyncio.run(whole())


AGENT = Seat(agent_id="lan", phone="tone")
GAVE_UP, ASKED, CAME, WAITED = "0987000104", "0987000102", "0987000103", "0987000101"


def test_killed_in_the_middle_of_calls(asterisk: Installation, database: str) -> None:
    """Calls go on over the gap, customers answer, hang up and call in it; each ends once and truthfully."""

    async def story(at: Station, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        await _busy(at)
        note = await _gap(at, process)
        process = await _ready(at)
        short, unheard = await at.told("short", "call_ended"), await at.told("unheard", "call_ended")
        assert (short["outcome"], short["hangup_by"], short["talk_s"] in (2, 3)) == ("answered", "customer", True)
        assert (await at.told("short", "recording_stopped"))["duration_ms"] > 2000
        assert (unheard["outcome"], unheard["hangup_by"], unheard["talk_s"]) == ("answered", "customer", 0)
        await at.told("unheard", "recording_stopped")
        await at.told("stays", "call_changed", phase="talking", agents=["lan"])
        await at.send(HangUp(call_id="stays"))
        for call_id in ("unheard", "stays"):
            rang, told = await at.told(call_id, "event:leg_ringing", channel=f"{call_id}-c"), await at.told(call_id, "call_ended")
            assert 0.9 < (_moment(told, "answered_at") - _moment(rang)).total_seconds() < 2.1, "in the gap, not after it"
        left = await at.told(await _call_of(at, GAVE_UP), "call_ended")
        assert (left["outcome"], left["hangup_by"], left["line"], left["direction"], left["recorded"]) == ("failed", "system", SALES, "in", True)
        assert left["wait_s"] in (1, 2) and not note.exists(), "until the caller hung up"
        assert (await at.told(f"{at.name}-torn", "call_ended"))["outcome"] == "failed", "Asterisk died while it wrote the note"
        await _steps_are_done_once(at)
        callers = await _callers_find_agents(at)
        await at.told("long", "event:recovered")
        await at.send(Hold(call_id="long"))
        await at.told("long", "call_changed", phase="held")
        for call_id, outcome in (("long", "answered"), ("ringing", "cancelled"), ("auto", "abandoned")):
            await at.send(HangUp(call_id=call_id))
            told = await at.told(call_id, "call_ended")
            assert (told["outcome"], told["hangup_by"]) == (outcome, "agent")
        recorded = await at.told("long", "recording_stopped")
        assert (await at.told("long", "call_ended"))["talk_s"] >= 4 and recorded["duration_ms"] > 4000
        assert [round(_loud(recorded, side)) for side in ("customer", "agent")] == [440, 1000]
        await _nothing_left(at, ("long", "short", "ringing", "auto", "unheard", "stays", "before", "unsent", "unended", *callers))
        return process

    _run(asterisk, database, story)


async def _busy(at: Station) -> None:
    """Calls of every kind: in a queue, in conversation, an automatic one, one that rings and one that is just about to be answered."""
    await _routed(at)
    await _caller(at, WAITED)
    await at.told(await _call_of(at, WAITED), "call_queued", queue_id="sales")
    await at.send(Dial(call_id="before", seat=AGENT, number="0912000021"))
    await at.told("before", "recording_stopped")
    for call_id, number in (("long", "0912000020"), ("short", "0912000023"), ("ringing", "0912000003")):
        await at.send(Dial(call_id=call_id, seat=AGENT, number=number, timeout_s=60))
    await at.send(DialAutomatically(call_id="auto", number="0912000020", seats=(Seat(agent_id="x", phone="silent"),)))
    for call_id, phase in (("long", "talking"), ("short", "talking"), ("auto", "waiting")):
        await at.told(call_id, "call_changed", phase=phase)
    for call_id, number in (("stays", "0912000020"), ("unheard", "0912000021")):
        await at.send(Dial(call_id=call_id, seat=AGENT, number=number))
    for call_id in ("unheard", "stays"):
        await at.told(call_id, "event:leg_ringing", channel=f"{call_id}-c")


async def _gap(at: Station, process: subprocess.Popen[bytes]) -> Path:
    """One calls whom the controller has not written down when it is killed, two while there is none, of whom one gives up: the note of that one."""
    process.send_signal(signal.SIGSTOP)
    await _caller(at, ASKED)
    await asyncio.sleep(0.3)
    process.kill()
    process.wait()
    await _caller(at, CAME)
    leaves = await _caller(at, GAVE_UP)
    await asyncio.sleep(1)
    await _hung_up(at, leaves)
    await asyncio.sleep(2)
    (note,) = [each for each in at.network.made.recordings.glob("*.missed") if each.read_text().startswith(GAVE_UP)]
    torn = note.with_name(f"{at.name}-torn.missed")
    torn.write_text("")
    for each in (note, torn):
        os.utime(each, (time.time() - 60,) * 2)
    await _killed_between_steps(at)
    return note


async def _killed_between_steps(at: Station) -> None:
    """As if it had been killed after a call was written down and not yet dialled, before its end was, before its recording or its command's end was."""
    store, now = Store(at.address, at.name, "test"), clock.instant()
    for call_id in ("unsent", "unended"):
        created = agent_call(Dial(call_id=call_id, seat=AGENT, number="0912000020"), now)
        row = Row(call_id=call_id, kind="event:created", payload=encode(created), at=now)
        await store.append([row, fact_row(call_id, now, telling.begun(created.call))])
    gone = encode(LegGone(at=now, channel="unended-a1", cause=19))
    await store.append([Row(call_id="unended", kind="event:leg_gone", payload=gone, at=now)])
    await store.close()
    await _ask(at, "DELETE FROM telephony_journal WHERE call_id = 'before' AND kind = 'recording_stopped' RETURNING seq")
    await _ask(at, "UPDATE telephony_command SET done_at = NULL WHERE payload->>'call_id' = 'long' RETURNING id")


async def _steps_are_done_once(at: Station) -> None:
    unsent, unended = await at.told("unsent", "call_ended"), await at.told("unended", "call_ended")
    assert [(told["outcome"], told["hangup_by"]) for told in (unsent, unended)] == [("failed", "system"), ("cancelled", "agent")]
    assert (await at.told("before", "recording_stopped"))["duration_ms"] > 800
    ((command,),) = await _ask(at, "SELECT id FROM telephony_command WHERE kind = 'dial' AND payload->>'call_id' = 'long' AND node = %s", at.name)
    assert await at.outcome(command) == "already"


async def _callers_find_agents(at: Station) -> list[str]:
    """Those of the gap wait as if nothing had been, and each is answered; nobody has lost a place in the queue."""
    calls = [await _call_of(at, caller) for caller in (WAITED, ASKED, CAME)]
    for call_id in calls:
        await at.told(call_id, "call_changed", phase="waiting")
    await _at_desk(at, "tone", "echo")
    await at.told(calls[0], "call_changed", phase="talking", agents=["tone"])
    for call_id in calls:
        await at.told(call_id, "call_changed", phase="talking")
        await at.send(HangUp(call_id=call_id))
        ended = await at.told(call_id, "call_ended")
        assert (ended["outcome"], ended["hangup_by"], ended["queue_id"]) == ("answered", "agent", "sales")
        assert ended["wait_s"] >= 3, "the time without a controller was waited, too"
    return calls


async def _hung_up(at: Station, channel: str) -> None:
    """A subscriber gives up."""
    lines = at.network.carrier.configuration
    async with aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(APP, lines.ari_password)}) as session:
        (await session.delete(f"{lines.ari}/channels/{channel}")).raise_for_status()


def test_controller_and_asterisk_killed_together(asterisk: Installation, database: str) -> None:
    """As when the power is cut: nobody hung up, so nobody is said to have; recordings are there but for their last two seconds."""

    async def story(at: Station, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        await _routed(at)
        await at.send(Dial(call_id="cut", seat=AGENT, number="0912000020"))
        await at.told("cut", "call_changed", phase="talking")
        talked_at = time.monotonic()
        await at.send(Dial(call_id="cut-ringing", seat=Seat(agent_id="mai", phone="echo"), number="0912000003"))
        await at.send(DialAutomatically(call_id="cut-auto", number="0912000020", seats=(Seat(agent_id="x", phone="silent"),)))
        await _caller(at, "0987000111")
        talks = await _call_of(at, "0987000111")
        await _caller(at, "0987000112")
        waits = await _call_of(at, "0987000112")
        await at.told(waits, "call_queued")
        await at.told("cut-ringing", "event:leg_ringing", channel="cut-ringing-c")
        await at.told("cut-auto", "call_changed", phase="waiting")
        await _at_desk(at, "tone")
        await at.told(talks, "call_changed", phase="talking", agents=["tone"])
        await asyncio.sleep(max(0, talked_at + 4.5 - time.monotonic()))
        process.kill()
        os.kill(_asterisk(at), signal.SIGKILL)
        lasted_s = time.monotonic() - talked_at
        process.wait()

        process = await _ready(at)
        ended = {call_id: await at.told(call_id, "call_ended") for call_id in ("cut", "cut-ringing", "cut-auto", waits, talks)}
        assert {call_id: (told["outcome"], told["hangup_by"]) for call_id, told in ended.items()} == {
            "cut": ("answered", "system"), talks: ("answered", "system"), "cut-ringing": ("failed", "system"), "cut-auto": ("failed", "system"),
            waits: ("failed", "system"),
        }  # fmt: skip
        assert lasted_s - 3 < ended["cut"]["talk_s"] <= lasted_s
        kept = {call_id: await at.told(call_id, "recording_stopped") for call_id in ("cut", talks, waits, "cut-auto")}
        assert kept["cut"]["repaired"] is True and kept["cut"]["duration_ms"] > (lasted_s - 2.1) * 1000
        assert [round(_loud(kept["cut"], side)) for side in ("customer", "agent")] == [440, 1000]
        await _nothing_left(at, ended)
        await at.send(Dial(call_id="cut-next", seat=AGENT, number="0912000000"))
        assert (await at.told("cut-next", "call_ended"))["outcome"] == "busy", "the next call can be made"
        return process

    _run(asterisk, database, story)


def test_a_second_controller_waits_for_the_lease(asterisk: Installation, database: str) -> None:
    """Two owners never drive one node."""

    async def whole() -> None:
        one, other = Store(database, "leased", "one"), Store(database, "leased", "other")
        now = clock.instant()
        assert await one.lease(now, "22") and not await other.lease(now, "22")
        assert await one.lease(now + LEASE / 2, "22") and not await other.lease(now + LEASE, "22")
        assert await other.lease(now + LEASE * 2, "22") and not await one.lease(now + LEASE * 2, "22")
        await one.close()
        await other.close()

    asyncio.run(whole())
