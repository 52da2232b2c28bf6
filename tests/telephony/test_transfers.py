"""Calls handed to numbers outside and to queues over two real Asterisks: what the network sees, who hears what, and the one contact of it all."""

from __future__ import annotations

import asyncio
import hashlib
import io
import wave
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import numpy as np
import psycopg
import soundfile

from chot.core import clock
from chot.core.flows import Exit, Flow, Lead, Member, Queue, Routing, Sound, Step
from chot.core.hours import Hours
from chot.core.messages import CompleteTransfer, Dial, Forward, HangUp, Seat, SetRouting, Transfer, TransferToQueue, Way
from chot.telephony import carrier
from chot.telephony.configuration import APP
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station
from tests.telephony.test_calls import LINE, _loudest_hz

TONE, OTHER_LINE, AWAY, MESSAGES, FIRST = Seat(agent_id="lan", phone="tone"), "02471239999", "02471230005", "02471230006", "02471230007"
TWICE = "02471230008"
MUSIC_HZ = 600


def _music() -> bytes:
    """A note of 2 s, 8 kHz, mono, 16 bits."""
    note = (np.sin(np.arange(16000) * 2 * np.pi * MUSIC_HZ / 8000) * 9000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(note.tobytes())
    return file.getvalue()


async def _prepared(at: Station) -> None:
    """Queues with members and music, numbers that lead to them; Mai is ready at the echoing phone."""
    sound = _music()
    sha = hashlib.sha256(sound).hexdigest()
    routing = Routing(
        queues=(
            Queue(name="help", members=(Member(agent_id="echo"),), announce_s=0, music="song"),
            Queue(name="first", members=(Member(agent_id="high"),), announce_s=0),
            Queue(name="nobody", announce_s=0), Queue(name="closed", hours=Hours(name="never"), closed=Exit(kind="voicemail", text="Chào.")),
            Queue(name="away", max_wait_s=1, overflow=Exit(kind="number", target="+84912000021")),
        ),
        flows=(
            Flow(name="word", steps=(Step(name="word", kind="record", text="A lô."),)),
            Flow(name="twice", steps=(Step(name="first", kind="record", text="A lô."), Step(name="to", kind="transfer", agent="high"))),
        ),
        leads=(
            Lead(number=AWAY, kind="queue", target="away"), Lead(number=FIRST, kind="queue", target="first"),
            Lead(number=MESSAGES, kind="flow", target="word"), Lead(number=TWICE, kind="flow", target="twice"),
        ), sounds=(Sound(name="song", sha=sha),),
    )  # fmt: skip
    async with await psycopg.AsyncConnection.connect(at.address, autocommit=True) as database:
        await database.execute("DELETE FROM calls_agentstate")
        state = "INSERT INTO calls_agentstate (agent_id, state, reason, call_id, started_at) VALUES ('echo', 'meeting', '', '', %s)"
        await database.execute(state, (clock.instant() - timedelta(minutes=5),))
        await database.execute(state.replace("'echo', 'meeting'", "'high', 'ready'"), (clock.instant() - timedelta(minutes=5),))
        prompt = "INSERT INTO switchboard_prompt (name, title, text, spoken, sha, sound, duration_ms, is_music) VALUES ('song', '', '', false, %s, %s, 2000, false)"
        await database.execute(prompt, (sha, sound))
    assert await at.outcome(await at.send(SetRouting(version=1, routing=routing))) == "done"


async def _dialled(at: Station, call_id: str) -> None:
    await at.send(Dial(call_id=call_id, seat=TONE, number="0912000020", caller_id=LINE, trunk="carrier"))


async def _seen(at: Station, dialled: str) -> str:
    """Which number the carrier sees calling one of its subscribers."""
    made = at.network.carrier.configuration
    async with aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(APP, made.ari_password)}) as session:
        async with asyncio.timeout(10):
            while True:
                async with session.get(f"{made.ari}/channels") as answer:
                    for channel in await answer.json():
                        if channel["dialplan"]["exten"] in (dialled, dialled[-2:]) and channel["caller"]["number"] != LINE:
                            return str(channel["caller"]["number"])
                await asyncio.sleep(0.05)


def _moment(payload: dict, name: str) -> datetime:
    return datetime.fromisoformat(payload[name])


async def _to_numbers_outside(at: Station) -> None:
    """At once: the far end sees the number of its own way and hangs up; after asking: cut at the second its money allows."""
    for call_id in ("blind", "asked"):
        await _dialled(at, call_id)
    for call_id in ("blind", "asked"):
        await at.told(call_id, "call_changed", phase="talking")
    way = Way(part_id="p1", agent_id="lan", trunk="carrier", caller_id=OTHER_LINE)
    await at.send(Transfer(call_id="blind", to=Seat(number="+84912000022", way=way)))
    assert await _seen(at, "0912000022") == OTHER_LINE
    way = Way(part_id="p2", agent_id="lan", trunk="carrier", caller_id=OTHER_LINE, max_talk_s=3)
    await at.send(Transfer(call_id="asked", to=Seat(number="+84912000020", way=way), attended=True))
    await at.told("asked", "part_changed", part_id="p2", state="answered")
    await at.send(CompleteTransfer(call_id="asked"))
    for call_id, part_id, by, lasted in (("blind", "p1", "agent", 2), ("asked", "p2", "system", 3)):
        told = await at.told(call_id, "call_ended")
        assert (told["outcome"], told["hangup_by"], told["agents"]) == ("answered", by, ["lan"])
        assert [(part["kind"], part["agent_id"], part["number"]) for part in told["parts"]] == [
            ("agent", "lan", ""), ("outside", "lan", f"+8491200002{2 if call_id == 'blind' else 0}"),
        ]  # fmt: skip
        part = await at.told(call_id, "part_changed", part_id=part_id, state="ended")
        assert (part["outcome"], part["line"]) == ("answered", OTHER_LINE)
        assert lasted - 0.2 < (_moment(part, "ended_at") - _moment(part, "answered_at")).total_seconds() < lasted + 0.7
        assert [payload["state"] for kind, payload in await at.journal(call_id) if kind == "part_changed"] == ["dialled", "answered", "ended"]


async def _to_a_queue(at: Station) -> None:
    """The customer hears the queue's own music until Mai is ready; the wait is wait, and both agents are of one contact."""
    await _dialled(at, "queue")
    await at.told("queue", "call_changed", phase="talking")
    assert await at.outcome(await at.send(TransferToQueue(call_id="queue", queue_id="nowhere"))) == "refused: there is no such queue"
    assert await at.outcome(await at.send(TransferToQueue(call_id="queue", queue_id="help"))) == "done"
    queued = await at.told("queue", "call_queued", queue_id="help")
    await asyncio.sleep(3)
    async with await psycopg.AsyncConnection.connect(at.address, autocommit=True) as database:
        await database.execute("UPDATE calls_agentstate SET state = 'ready' WHERE agent_id = 'echo'")
    await at.told("queue", "call_changed", phase="talking", agents=["echo"])
    await at.send(HangUp(call_id="queue"))
    told = await at.told("queue", "call_ended")
    assert (told["outcome"], told["agent_id"], told["agents"], told["queue_id"], told["hold_s"]) == ("answered", "lan", ["lan", "echo"], "help", 0)
    assert [(part["kind"], part["agent_id"] or part["queue_id"]) for part in told["parts"]] == [("agent", "lan"), ("queue", "help"), ("agent", "echo")]
    wait = told["parts"][1]
    assert wait["began_at"] == queued["queued_at"] and told["wait_s"] == int((_moment(wait, "answered_at") - _moment(wait, "began_at")).total_seconds()) >= 3
    recorded = await at.told("queue", "recording_stopped")
    assert abs(_loudest_hz(Path(recorded["agent"])) - MUSIC_HZ) < 2, "what the customer heard most of the time"


async def _called_and_given_up(at: Station) -> None:
    """Lan calls a customer and hands over to a queue where nobody is; the customer hangs up six seconds after answering."""
    await at.send(Dial(call_id="lost", seat=TONE, number="0912000026", caller_id=LINE, trunk="carrier"))
    await at.told("lost", "call_changed", phase="talking")
    await at.send(TransferToQueue(call_id="lost", queue_id="nobody"))
    queued = await at.told("lost", "call_queued", queue_id="nobody")
    told = await at.told("lost", "call_ended")
    assert (told["direction"], told["outcome"], told["hangup_by"], told["queue_id"]) == ("out", "answered", "customer", "nobody")
    agent, queue = told["parts"]
    assert (agent["kind"], agent["agent_id"], queue["kind"], queue["queue_id"]) == ("agent", "lan", "queue", "nobody")
    assert (queue["began_at"], queue["answered_at"], queue["ended_at"]) == (queued["queued_at"], None, told["ended_at"])


async def _given_up_in_the_second(at: Station) -> None:
    """Kim answers in the first queue and hands over to the second, where nobody is; the caller hangs up there."""
    call_id = await _arrives(at, FIRST, "0987000013", tone=True, talk_s=9)
    await at.told(call_id, "call_changed", phase="talking", agents=["high"])
    await at.send(TransferToQueue(call_id=call_id, queue_id="nobody"))
    await at.told(call_id, "call_queued", queue_id="nobody")
    told = await at.told(call_id, "call_ended")
    assert (told["outcome"], told["hangup_by"], told["queue_id"]) == ("answered", "customer", "nobody")
    first, agent, second = told["parts"]
    assert [(part["kind"], part["queue_id"]) for part in (first, agent, second)] == [("queue", "first"), ("agent", "first"), ("queue", "nobody")]
    assert first["answered_at"] == first["ended_at"] == agent["answered_at"]
    assert second["answered_at"] is None and second["ended_at"] == told["ended_at"], "how the wallboard knows"


async def _arrives(at: Station, dialled: str, caller: str, **how: object) -> str:
    await carrier.call(at.network.carrier.configuration, caller=caller, dialled=dialled, **how)
    async with asyncio.timeout(10):
        while not (found := [call.call_id for call in at.node.controller.calls if call.number == caller]):
            await asyncio.sleep(0.02)
    return found[0]


async def _forwarded(at: Station) -> None:
    """The way out of a queue is asked for, and goes where the answer says."""
    call_id = await _arrives(at, AWAY, "0987000011", tone=True, talk_s=30)
    asked = await at.told(call_id, "forward_asked")
    assert (asked["number"], asked["step"]) == ("+84912000021", "queue:away/overflow/number")
    way = Way(part_id=asked["part_id"], trunk="carrier", caller_id=OTHER_LINE)
    await at.send(Forward(call_id=call_id, part_id=asked["part_id"], way=way))
    assert await _seen(at, "0912000021") == OTHER_LINE
    told = await at.told(call_id, "call_ended")
    assert (told["outcome"], told["hangup_by"], told["agent_id"], told["queue_id"]) == ("answered", "agent", "", "away")
    assert [part["kind"] for part in told["parts"]] == ["queue", "outside"] and told["wait_s"] in (1, 2)


async def _falls_silent(at: Station) -> None:
    """A message ends four seconds after the caller has said the last word."""
    call_id = await _arrives(at, MESSAGES, "0987000012", message_s=4)
    told = await at.told(call_id, "call_ended")
    kinds = [kind for kind, _ in await at.journal(call_id)]
    assert "event:talked" in kinds and "event:silent" in kinds
    assert (told["outcome"], told["hangup_by"]) == ("voicemail", "system") and told["message_s"] >= 4


async def _message_at(at: Station, call_id: str, unlike: datetime | None = None) -> datetime:
    """When the caller was heard beginning a message; one that is ``unlike`` an earlier one."""
    async with asyncio.timeout(30):
        while True:
            for call in at.node.controller.calls:
                if call.call_id == call_id and call.message_at not in (None, unlike) and call.message_until is None:
                    return call.message_at
            await asyncio.sleep(0.02)


async def _leaves_another_message(at: Station) -> None:
    """A message, ended by a key; a talk with the agent to whom the flow leads; handed to a queue that is closed, a message again: that one counts.

    The caller's phone sends nothing for the first seven seconds.
    """
    call_id = await _arrives(at, TWICE, "0987000014", keys="#", before_s=7, talk_s=60)
    began = await _message_at(at, call_id)
    await at.told(call_id, "call_changed", phase="talking", agents=["high"])
    await asyncio.sleep(1)
    await at.send(TransferToQueue(call_id=call_id, queue_id="closed"))
    again = await _message_at(at, call_id, unlike=began)
    (call,) = [each for each in at.node.controller.calls if each.call_id == call_id]
    await asyncio.sleep(3)
    await at.send(HangUp(call_id=call_id))
    told = await at.told(call_id, "call_ended")
    assert (told["outcome"], told["agents"], told["queue_id"]) == ("answered", ["high"], "closed")
    assert (told["message_from_s"], told["message_s"]) == (call.offset_ms(again) // 1000, int((_moment(told, "ended_at") - again).total_seconds()))
    assert again - began > timedelta(seconds=5) and told["message_s"] >= 2
    assert [part["kind"] for part in told["parts"]] == ["agent", "queue"]
    recorded = await at.told(call_id, "recording_stopped")
    begins = call.offset_ms(again) * 8
    customer, heard = (soundfile.read(recorded[leg], dtype="int16")[0][begins:] for leg in ("customer", "agent"))
    assert 12000 < len(customer) < 26000, "the recording did not stand still in the seven seconds in which the caller sent nothing"
    assert customer.any() and not heard.any(), "no music is played into a message"


def test_handed_over_to_numbers_and_queues(asterisk: Installation, database: str) -> None:
    """All at once."""

    async def whole() -> None:
        async with station(asterisk, database) as at_work:
            await _prepared(at_work)
            await asyncio.gather(*(story(at_work) for story in (_to_numbers_outside, _to_a_queue, _forwarded, _falls_silent, _called_and_given_up, _given_up_in_the_second, _leaves_another_message)))
            assert await at_work.left_over() == (0, 0)

    asyncio.run(whole())
