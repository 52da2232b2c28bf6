"""Telling customers of the recording over two real Asterisks: heard whole before the agent, refused by a key, in a queue."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import soundfile

from chot.core.flows import Exit, Hours, Lead, Member, Notice, Queue, Routing, Sound
from chot.core.messages import Dial, HangUp, Seat, SetRouting, TransferToQueue
from chot.core.messages_recording import PauseRecording
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station
from tests.telephony.test_queues import NIGHT, SALES, _at_desk, _call

SHA, BROKEN, SECONDS, HERTZ = "c" * 64, "e" * 64, 1.5, 700
LAN = Seat(agent_id="lan", phone="tone")


async def _prompt(at: Station) -> None:
    sound = io.BytesIO()
    soundfile.write(sound, 0.5 * np.sin(2 * np.pi * HERTZ * np.arange(int(SECONDS * 8000)) / 8000), 8000, format="WAV", subtype="PCM_16")
    async with await psycopg.AsyncConnection.connect(at.address, autocommit=True) as database:
        columns = "name, title, text, spoken, is_music, sha, sound, duration_ms"
        sql = f"INSERT INTO switchboard_prompt ({columns}) VALUES ('told', 'Told', '', false, false, %s, %s, 1500)"
        await database.execute("DELETE FROM switchboard_prompt WHERE name IN ('told', 'broken')")
        await database.execute(sql, (SHA, sound.getvalue()))
        await database.execute(sql.replace("'told', 'Told'", "'broken', 'Broken'"), (BROKEN, b"RIFF of nothing"))


async def _dial(at: Station, call_id: str, number: str, notice: Notice) -> None:
    await at.send(Dial(call_id=call_id, seat=LAN, number=number, caller_id="02471234567", notice=notice))


def _share(sound: Any, hertz: int) -> float:
    """How much of the sound is a tone."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    place = round(hertz * len(sound) / 8000)
    return float(power[max(place - 25, 0) : place + 25].sum() / max(power.sum(), 1))


def _legs(recorded: dict[str, Any]) -> tuple[Any, Any]:
    customer, agent = (soundfile.read(Path(recorded[leg]), dtype="int16")[0] for leg in ("customer", "agent"))
    return customer, agent


def test_customers_are_told_before_an_agent_is_heard_and_may_refuse(asterisk: Installation, database: str) -> None:
    async def story(at: Station) -> None:
        await _prompt(at)
        queue = Queue(name="sales", members=(Member(agent_id="echo"),), ring_s=9, announce_s=0, notice=Notice(mode="announce", prompt="told"))
        lead = Lead(number=SALES, kind="queue", target="sales")
        routing = Routing(queues=(queue,), leads=(lead,), sounds=(Sound(name="told", sha=SHA),))
        assert await at.outcome(await at.send(SetRouting(version=1, routing=routing))) == "done"
        await _at_desk(at, "echo")
        queued = await _call(at, SALES, "0987000008", tone=True, talk_s=3)
        await _dial(at, "told", "0912000024", Notice(mode="announce", prompt=SHA, text="Ghi âm."))
        await _dial(at, "refused", "0912000037", Notice(mode="ask", prompt=SHA, key="7"))
        await _dial(at, "unsaid", "0912000022", Notice(mode="announce", prompt="d" * 64))
        await _dial(at, "unplayed", "0912000022", Notice(mode="announce", prompt=BROKEN))

        no = await at.told("refused", "recording_announced")
        assert (no["refused"], no["key"], no["prompt"]) == (True, "7", SHA)
        await at.told("refused", "call_changed", phase="talking")
        await asyncio.sleep(0.8)
        await at.send(HangUp(call_id="refused"))
        customer, agent = _legs(await at.told("refused", "recording_stopped"))
        after = (no["to_ms"] + 400) * 8
        assert agent[:8000].any() and len(agent) > after + 3000 and not agent[after:].any() and not customer[after:].any()

        yes = await at.told("told", "recording_announced")
        assert (yes["whole"], yes["refused"], yes["text"]) == (True, False, "Ghi âm.") and 1300 <= yes["to_ms"] - yes["from_ms"] <= 2200
        phases = [payload["phase"] for kind, payload in await at.journal("told") if kind == "call_changed"]
        assert [each for each in phases if each in ("announcing", "talking")] == ["announcing", "talking"]
        customer, agent = _legs(await at.told("told", "recording_stopped"))
        end = yes["to_ms"] * 8
        assert _share(agent[2000 : end - 4000], HERTZ) > 0.9 and _share(agent[2000 : end - 4000], 1000) < 0.01
        assert _share(agent[end + 4000 : end + 12000], 1000) > 0.9 and _share(customer[2000:], 440) > 0.9

        for call_id in ("unsaid", "unplayed"):
            untold = await at.told(call_id, "recording_announced")
            assert (untold["whole"], untold["failed"], untold["refused"]) == (False, True, False)
            assert (await at.told(call_id, "call_ended"))["talk_s"] >= 1
            customer, agent = _legs(await at.told(call_id, "recording_stopped"))
            assert len(agent) > 8000 and not agent.any() and not customer[8000:].any(), "both sides are silence"
        assert (await at.told(queued, "recording_announced"))["whole"] is True
        _, heard = _legs(await at.told(queued, "recording_stopped"))
        assert _share(heard[4000:10000], HERTZ) > 0.5 and (await at.told(queued, "call_ended"))["outcome"] == "answered"

    async def whole() -> None:
        async with station(asterisk, database) as at_work:
            await story(at_work)
            assert await at_work.left_over() == (0, 0)

    asyncio.run(whole())


async def _message_begun(at: Station, call_id: str) -> int:
    """Waits for the tone to be over; where in the recording that is (ms)."""
    async with asyncio.timeout(30):
        while not (found := [call for call in at.node.controller.calls if call.call_id == call_id and call.message_at]):
            await asyncio.sleep(0.02)
    return found[0].offset_ms(found[0].message_at)  # type: ignore[arg-type]


def test_a_message_is_recorded_although_nothing_of_a_conversation_may_be(asterisk: Installation, database: str) -> None:
    """After a talk of which the customer could not be told, handed to a queue that is closed; after a refusal by key; in a pause for a card."""

    async def story(at: Station) -> None:
        await _prompt(at)
        ask = Notice(mode="ask", prompt="told", key="7")
        word = Exit(kind="voicemail", text="Chào.")
        queues = (Queue(name="night", hours=Hours(name="never"), closed=word), Queue(name="ask", announce_s=0, notice=ask, max_wait_s=2, overflow=word))
        routing = Routing(queues=queues, leads=(Lead(number=NIGHT, kind="queue", target="ask"),), sounds=(Sound(name="told", sha=SHA),))
        assert await at.outcome(await at.send(SetRouting(version=1, routing=routing))) == "done"
        await at.told("", "routing_set", version=1)
        await _at_desk(at)
        await _dial(at, "word", "0912000020", Notice(mode="announce", prompt=BROKEN))
        await at.send(Dial(call_id="card", seat=LAN, number="0912000020", caller_id="02471234567"))
        refused = await _call(at, NIGHT, "0987000009", keys="7", before_s=1, talk_s=40)
        for call_id in ("word", "card"):
            await at.told(call_id, "call_changed", phase="talking")
        await asyncio.sleep(1)
        await at.send(PauseRecording(call_id="card", agent_id="lan", most_s=120))
        paused = await at.told("card", "recording_paused")
        await asyncio.sleep(1)
        for call_id in ("word", "card"):
            assert await at.outcome(await at.send(TransferToQueue(call_id=call_id, queue_id="night"))) == "done"
        resumed = await at.told("card", "recording_resumed", why="queue")
        begun = {call_id: await _message_begun(at, call_id) for call_id in ("word", "card", refused)}
        await asyncio.sleep(2.5)
        for call_id, from_ms in begun.items():
            await at.send(HangUp(call_id=call_id))
            told = await at.told(call_id, "call_ended")
            assert told["message_from_s"] == from_ms // 1000 and told["message_s"] >= 2
            customer, agent = _legs(await at.told(call_id, "recording_stopped"))
            said = customer[from_ms * 8 + 2000 : from_ms * 8 + 16000]
            assert len(said) == 14000 and _share(said, 440) > 0.9, "the message is there"
            assert not agent[from_ms * 8 + 4000 : from_ms * 8 + 16000].any(), "no music is played into a message"
            if call_id == "card":
                silent = slice(paused["at_ms"] * 8 + 3000, resumed["at_ms"] * 8 - 3000)
                assert len(customer[silent]) > 2000 and not customer[silent].any() and customer[silent.stop + 6000 : from_ms * 8].any()
                continue
            assert not customer[(3 * 8000 if call_id == refused else 12000) : from_ms * 8 - 8000].any(), "what came before it is not"
            assert not agent[12000 : from_ms * 8 - 8000].any() or call_id == refused
        assert (await at.told(refused, "recording_announced"))["refused"] is True

    async def whole() -> None:
        async with station(asterisk, database) as at_work:
            await story(at_work)
            assert await at_work.left_over() == (0, 0)

    asyncio.run(whole())
