"""Pauses of a recording over two real Asterisks: by time, by press, over a restart and a transfer, to the end; no digit is kept meanwhile."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import soundfile

from chot.core.flows import Lead, Member, Queue, Routing
from chot.core.messages import Dial, HangUp, Press, Seat, SetRouting, Transfer
from chot.core.messages_recording import PauseRecording, ResumeRecording
from chot.recordings import encoding, pauses
from chot.telephony.installation import Installation
from chot.telephony.manager_interface import Manager, ManagerError
from tests.telephony.conftest import Station, station
from tests.telephony.test_queues import SALES, _at_desk, _call, _start
from tests.telephony.tones import loudest_hertz

TONE, HIGH = Seat(agent_id="lan", phone="tone"), Seat(agent_id="mai", phone="high")
CARD = "4716"


async def _paused(at: Station, call_id: str, pause: int, *, most_s: int = 60, by: str = "lan") -> None:
    await at.send(PauseRecording(call_id=call_id, agent_id=by, most_s=most_s))
    await _told(at, call_id, "recording_paused", pause)


async def _told(at: Station, call_id: str, kind: str, times: int) -> None:
    async with asyncio.timeout(15):
        while [found for found, _ in await at.journal(call_id)].count(kind) < times:
            await asyncio.sleep(0.05)


async def _paused_four_ways(at: Station) -> None:
    """To its time; over a restart and a transfer until it is resumed; to the end of the call."""
    await at.send(Dial(call_id="paused", seat=TONE, number="0912000020", caller_id="02471234567"))
    await at.told("paused", "call_changed", phase="talking")
    await asyncio.sleep(1.0)
    await _paused(at, "paused", 1, most_s=1)
    await _told(at, "paused", "recording_resumed", 1)
    await asyncio.sleep(1.0)
    await _paused(at, "paused", 2)
    await at.stop()
    await asyncio.sleep(0.4)
    await _start(at)
    await at.told("paused", "event:recovered")
    await at.send(Press(call_id="paused", digits=CARD))
    await at.send(Transfer(call_id="paused", to=HIGH))
    await at.told("paused", "call_changed", phase="talking", agents=["mai"])
    await asyncio.sleep(0.6)
    await at.send(ResumeRecording(call_id="paused", agent_id="mai"))
    await _told(at, "paused", "recording_resumed", 2)
    await asyncio.sleep(1.0)
    await _paused(at, "paused", 3, by="mai")
    await asyncio.sleep(0.6)
    await at.send(HangUp(call_id="paused"))
    await at.told("paused", "recording_stopped")


async def _types_a_card_number(at: Station) -> None:
    """A caller of a queue presses keys during a pause."""
    call = await _call(at, SALES, "0987000007", keys=CARD, before_s=3, talk_s=3)
    await at.told(call, "call_changed", phase="talking", agents=["echo"])
    await _paused(at, call, 1, by="echo")
    await at.told(call, "call_ended")
    kinds = {kind for kind, _ in await at.journal(call)}
    assert "recording_paused" in kinds and not kinds & {"digit_pressed", "event:pressed", "menu_chosen"}


def test_pauses_are_silence_on_both_sides_and_nothing_else_is(asterisk: Installation, database: str) -> None:
    async def story(at: Station) -> None:
        lead = Lead(number=SALES, kind="queue", target="sales")
        routing = Routing(queues=(Queue(name="sales", members=(Member(agent_id="echo"),), ring_s=9, announce_s=0),), leads=(lead,))
        assert await at.outcome(await at.send(SetRouting(version=1, routing=routing))) == "done"
        await _at_desk(at, "echo")
        await asyncio.gather(_types_a_card_number(at), _begin_later(at))
        journal = await at.journal("paused")
        assert CARD not in json.dumps([payload for kind, payload in journal if kind == "event:digits_asked"])
        assert "DTMF" not in "".join(path.read_text() for path in (at.network.made.home / "log").glob("messages*"))
        _heard(dict(journal)["recording_stopped"], journal)
        async with await psycopg.AsyncConnection.connect(at.address) as connection:
            assert await (await connection.execute("SELECT 1 FROM telephony_call WHERE call_id = 'paused'")).fetchone() is None
        with pytest.raises(ManagerError, match="Login"):
            await Manager(at.network.made.ari.removesuffix("/ari"), "chot", "wrong").silence("paused-c", on=True)

    async def whole() -> None:
        async with station(asterisk, database, start=False) as at_work:
            await _start(at_work)
            await story(at_work)
            assert await at_work.left_over() == (0, 0)

    asyncio.run(whole())


async def _begin_later(at: Station) -> None:
    """Calls and controllers of both stories do not meet: the second begins when the first has nothing left to say but its end."""
    async with asyncio.timeout(20):
        while not [call for call in at.node.controller.calls if call.pause and call.pause.silent_at]:
            await asyncio.sleep(0.05)
    await _paused_four_ways(at)


def _heard(stopped: dict[str, Any], journal: list[tuple[str, dict[str, Any]]]) -> None:
    """440 Hz of the customer, 1000 Hz of the first agent, then 1700 of the second; exact zeros in the three pauses."""
    customer, agent = Path(stopped["customer"]), Path(stopped["agent"])
    legs = [soundfile.read(path, dtype="int16")[0] for path in (customer, agent)]
    assert abs(len(legs[0]) - len(legs[1])) <= 160, "in step"
    began = [payload["at_ms"] for kind, payload in journal if kind == "recording_paused"]
    over = [payload["at_ms"] for kind, payload in journal if kind == "recording_resumed"]
    told = [{"from_ms": begin, "to_ms": end} for begin, end in zip(began, [*over, None], strict=True)]
    spans = pauses.spans(told, customer, agent)
    for each, (begin, end) in zip(told, spans, strict=True):
        assert abs(begin / 8 - each["from_ms"]) < 400 and (each["to_ms"] is None or abs(end / 8 - each["to_ms"]) < 400)
        assert not any(leg[begin:end].any() for leg in legs)
    assert 7000 < spans[0][1] - spans[0][0] < 12000 and spans[2][1] == max(map(len, legs))
    sound = soundfile.read(io.BytesIO(encoding.encode(customer, agent, spans).data), dtype="int16", always_2d=True)[0]
    edges = [0, *(edge for span in spans for edge in span)]
    for place, agent in enumerate((1000, 1000, 1700)):
        part = sound[edges[2 * place] + 800 : edges[2 * place + 1] - 800]
        assert len(part) > 5000
        assert abs(loudest_hertz(part[:, 0]) - 440) < 20, place
        assert abs(loudest_hertz(part[:, 1]) - agent) < 20, place
