"""A leader beside a call: the machine by itself, and over a real Asterisk with a tone for each of the three."""

from __future__ import annotations

import asyncio
import time
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np

from chot.core.messages import Dial, HangUp, Seat
from chot.core.messages_supervision import Supervise
from chot.telephony import call_events as events
from chot.telephony import supervision as s
from chot.telephony.ari import Ari
from chot.telephony.call_effects import Drop, Join
from chot.telephony.call_machine import step
from chot.telephony.call_outcomes import ended
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station
from tests.telephony.test_call_machine import ANSWERED, MAI, at, dial, gone, run, up

LEADER = Seat(agent_id="hoa", phone="hoa")
WATCH = s.Watch(watch_id="w", call_id="k", seat=LEADER, mode="listen", asked_at=at(10))
TALKING = s.CallIs(at=at(10), call=run(dial(), *ANSWERED))


def watch(*happened: s.Event, mode: str = "listen") -> tuple[s.Watch, tuple[s.Effect, ...]]:
    """The watch after the events, and what the last one asked for."""
    state, effects = replace(WATCH, mode=mode), ()
    for event in happened:
        state, effects = s.step(state, event)
    return state, effects


BESIDE = (TALKING, s.LeaderUp(at=at(11)), s.SnoopUp(at=at(12), channel="w-s1"))


def test_who_listens_is_in_a_room_with_a_snoop_that_cannot_be_heard() -> None:
    assert watch(TALKING)[1] == (s.RingLeader(channel="w-l"),)
    _, todo = watch(*BESIDE[:2])
    assert todo == (s.MakeSnoop(channel="w-s1", of="k-a1", whispers=False), s.MakeRoom(), s.Enter(channel="w-l", place="room"))
    state, todo = watch(*BESIDE)
    assert todo == (s.Enter(channel="w-s1", place="room"),) and state.hears == "listen"


def test_another_mode_is_another_snoop_and_the_time_in_each_is_counted() -> None:
    state, todo = watch(*BESIDE, s.ModeAsked(at=at(20), mode="whisper"))
    assert todo == (s.Drop(channel="w-s1"), s.MakeSnoop(channel="w-s2", of="k-a1", whispers=True)) and state.hears == ""
    more = (*BESIDE, s.ModeAsked(at=at(20), mode="whisper"), s.SnoopUp(at=at(21), channel="w-s2"), s.ModeAsked(at=at(24), mode="barge"))
    state, todo = watch(*more)
    assert todo == (s.Drop(channel="w-s2"), s.Exit(channel="w-l", place="room"), s.DropRoom(), s.Enter(channel="w-l", place="call"))
    state, todo = watch(*more, s.ModeAsked(at=at(30), mode="listen"))
    assert todo[0] == s.Exit(channel="w-l", place="call") and s.MakeSnoop(channel="w-s3", of="k-a1", whispers=False) in todo
    state, todo = watch(*more, s.StopAsked(at=at(31)))
    assert todo == (s.Drop(channel="w-l"),) and (state.reason, state.ended_at) == ("left", at(31))
    assert dict(state.spent_ms) == {"listen": 8000, "whisper": 3000, "barge": 7000}
    assert s.step(state, s.ModeAsked(at=at(40), mode="listen")) == (state, ())


def test_the_leader_hears_whoever_has_the_customer() -> None:
    """A transfer moves the ear along; a snoop that Asterisk refuses is not tried again and again."""
    mai = run(dial(), *ANSWERED, *_handed_to_mai())
    state, todo = watch(*BESIDE, s.CallIs(at=at(30), call=mai))
    assert todo == (s.Drop(channel="w-s1"), s.MakeSnoop(channel="w-s2", of="k-a2", whispers=False)) and state.target_agent == "mai"
    state, todo = watch(*BESIDE[:2], s.ChannelGone(at=at(12), channel="w-s1", cause=20))
    assert todo == () and state.snoop is None
    assert s.step(state, s.CallIs(at=at(30), call=mai))[1] == (s.MakeSnoop(channel="w-s2", of="k-a2", whispers=False),)


def _handed_to_mai() -> tuple[events.CallEvent, ...]:
    return (events.TransferAsked(at=at(20), to=MAI, attended=False), gone("k-a1", 20), up("k-a2", 25))


def test_it_ends_with_the_call_and_with_the_leaders_phone() -> None:
    over = run(dial(), *ANSWERED, gone("k-c", 60))
    state, todo = watch(*BESIDE, s.CallIs(at=at(60), call=over))
    assert todo == (s.Drop(channel="w-s1"), s.Drop(channel="w-l"), s.DropRoom()) and state.reason == "call_ended"
    state, todo = watch(*BESIDE, s.ChannelGone(at=at(60), channel="w-l", cause=16))
    assert todo == (s.Drop(channel="w-s1"), s.DropRoom()) and state.reason == "left"
    assert watch(TALKING, s.ChannelGone(at=at(12), channel="w-l", cause=17))[0].reason == "busy"
    assert watch(TALKING, s.ChannelGone(at=at(12), channel="w-l", cause=20))[0].reason == "no_phone"


def test_who_takes_over_is_the_agent_and_there_is_one_fact() -> None:
    state, todo = watch(*BESIDE, s.ModeAsked(at=at(20), mode="take_over"))
    assert todo[-1] == s.GiveCall(channel="w-l", joined=False) and state.reason == "taken_over" and state.ended_at == at(20)
    assert watch(TALKING, s.LeaderUp(at=at(11)), mode="take_over")[1] == (s.GiveCall(channel="w-l", joined=False),)
    taken = events.TakenOver(at=at(20), channel="w-l", seat=LEADER, joined=False)
    call = run(dial(), *ANSWERED)
    call, todo = step(call, taken)
    assert Drop(channel="k-a1") in todo and Join(channel="w-l") in todo and call.phase == "talking"
    for event in (gone("k-a1", 20), gone("k-c", 47.5), gone("w-l", 48)):
        call, _ = step(call, event)
    told = ended(call)
    assert call.ended and (told.agent_id, told.agents, told.outcome, told.hangup_by, told.talk_s) == ("lan", ("lan", "hoa"), "answered", "customer", 40)
    late, todo = step(run(dial(), *ANSWERED, gone("k-c", 19)), taken)
    assert todo == (Drop(channel="w-l"),) and late.leg("w-l") is None


HZ = {"customer": 440, "agent": 1000, "leader": 1700}
TONE, HIGH = Seat(agent_id="lan", phone="tone"), Seat(agent_id="hoa", phone="high")


class Ears:
    """What arrives at phones of the carrier, by recordings of its channels."""

    def __init__(self, ari: Ari, folder: Path) -> None:
        self.ari, self.folder, self.count = ari, folder, 0

    async def hear(self, **phones: str) -> dict[str, set[str]]:
        """For half a second: who is heard at each phone; ``phones`` are words in the names of the carrier's channels."""
        self.count += 1
        channels = await self.ari.request("GET", "channels")
        for who, extension in phones.items():
            found = [each["id"] for each in channels if each["dialplan"]["exten"] == extension and each["state"] == "Up"]
            snoop = f"ear-{self.count}-{who}"
            await self.ari.request("POST", f"channels/{found[-1]}/snoop/{snoop}", spy="in", app="ears")
        await asyncio.sleep(0.2)
        for who in phones:
            snoop = f"ear-{self.count}-{who}"
            await self.ari.request("POST", f"channels/{snoop}/record", name=snoop, format="wav")
        await asyncio.sleep(0.6)
        for who in phones:
            await self.ari.request("DELETE", f"channels/ear-{self.count}-{who}")
        await asyncio.sleep(0.2)
        return {who: _tones(_samples(next(self.folder.rglob(f"ear-{self.count}-{who}.wav")))) for who in phones}


def _samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(float)


def _tones(sound: np.ndarray) -> set[str]:
    """Who is heard in a sound of 8 kHz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) / max(len(sound), 1)
    loud = {who: spectrum[round((hz - 15) * len(sound) / 8000) : round((hz + 15) * len(sound) / 8000) + 1].max() for who, hz in HZ.items()}
    return {who for who, value in loud.items() if value > 40}


async def _read(ari: Ari) -> None:
    async for _ in ari.events():
        pass


def test_listen_whisper_barge_and_take_over(asterisk: Installation, database: str) -> None:
    """One call: who hears whom in each mode, what the recording holds, and one fact in the end."""

    async def story(at_work: Station) -> None:
        lines = at_work.network.carrier.configuration
        ari = Ari(lines.ari, "chot", lines.ari_password, "ears")
        await ari.connect()
        reading = asyncio.create_task(_read(ari))
        ears = Ears(ari, lines.home)
        places = {"customer": "20", "agent": "phone-tone", "leader": "phone-high"}
        try:
            await at_work.send(Dial(call_id="s", seat=TONE, number="0912000020", caller_id="02471234567", timeout_s=20))
            await at_work.told("s", "call_changed", phase="talking")
            began = time.monotonic()
            asked = Supervise(watch_id="w", call_id="s", seat=HIGH, mode="listen")
            assert await at_work.outcome(await at_work.send(asked)) == "done"
            told = await at_work.told("s", "supervision_changed", state="on", mode="listen")
            assert (told["agent_id"], told["of"]) == ("hoa", "lan")
            assert await ears.hear(**places) == {"customer": {"agent"}, "agent": {"customer"}, "leader": {"customer", "agent"}}
            await at_work.send(replace(asked, mode="whisper"))
            await at_work.told("s", "supervision_changed", state="on", mode="whisper")
            assert await ears.hear(**places) == {"customer": {"agent"}, "agent": {"customer", "leader"}, "leader": {"customer", "agent"}}
            quiet_s = time.monotonic() - began - 0.3
            await at_work.send(replace(asked, mode="barge"))
            await at_work.told("s", "supervision_changed", state="on", mode="barge")
            assert await ears.hear(**places) == {"customer": {"agent", "leader"}, "agent": {"customer", "leader"}, "leader": {"customer", "agent"}}
            await at_work.send(replace(asked, mode="take_over"))
            over = await at_work.told("s", "supervision_changed", state="ended")
            assert over["reason"] == "taken_over" and min(over["listen_s"], over["whisper_s"], over["barge_s"]) >= 0
            await at_work.told("s", "call_changed", phase="talking", agents=["hoa"])
            del places["agent"]
            assert await ears.hear(**places) == {"customer": {"leader"}, "leader": {"customer"}}
            await at_work.send(HangUp(call_id="s"))
            fact = await at_work.told("s", "call_ended")
            assert (fact["agent_id"], fact["agents"], fact["outcome"]) == ("lan", ["lan", "hoa"], "answered")
            recorded = await at_work.told("s", "recording_stopped")
            heard, quiet = _samples(Path(recorded["agent"])), int(quiet_s * 8000)
            assert "leader" not in _tones(heard[:quiet]), "neither who listens nor who whispers is in the recording"
            assert "leader" in _tones(heard[quiet:])
            assert [kind for kind, _ in await at_work.journal("s")].count("call_ended") == 1
        finally:
            await ari.close()
            await asyncio.gather(reading, return_exceptions=True)

    async def whole() -> None:
        async with station(asterisk, database) as at_work:
            await story(at_work)
            assert await at_work.left_over() == (0, 0)

    asyncio.run(whole())
