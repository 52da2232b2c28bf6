"""Real calls: commands in, SIP and RTP between two Asterisks, the journal out; the contract's outcomes with their causes."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from pathlib import Path

import numpy as np
import pytest

from chot.core.messages import (
    CompleteTransfer,
    Confer,
    Dial,
    DialAutomatically,
    HangUp,
    Hold,
    Mute,
    Offer,
    Press,
    Seat,
    Transfer,
)
from chot.telephony import carrier, writing
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station
from tests.telephony.tones import loudest_hertz

TONE = Seat(agent_id="lan", phone="tone")
ECHO = Seat(agent_id="mai", phone="echo")
LINE = "02471234567"


def _run(asterisk: Installation, database: str, story) -> None:
    async def whole() -> None:
        async with station(asterisk, database) as at_work:
            await story(at_work)
            assert await at_work.left_over() == (0, 0)

    asyncio.run(whole())


async def _dial(at: Station, call_id: str, number: str, seat: Seat = TONE, timeout_s: int = 20) -> None:
    await at.send(Dial(call_id=call_id, seat=seat, number=number, caller_id=LINE, timeout_s=timeout_s))


def test_each_way_of_not_reaching_a_customer(asterisk: Installation, database: str) -> None:
    """At once, all of them: what the network says becomes the contract's outcome, and nothing stays behind."""
    expected = {  # number -> outcome, hangup_by, cause, sip
        "0912000000": ("busy", "system", 17, 486),
        "0912000001": ("no_answer", "customer", 21, 403),
        "0912000002": ("failed", "system", 1, 404),
        "0912000003": ("no_answer", "system", 19, 480),
        "0912000004": ("failed", "system", 34, 503),
        "0912000007": ("no_answer", "system", 19, 480),
    }

    async def story(at: Station) -> None:
        for number in expected:
            await _dial(at, f"k{number}", number, timeout_s=4)
        for number, (outcome, by, cause, sip) in expected.items():
            told = await at.told(f"k{number}", "call_ended")
            assert (told["outcome"], told["hangup_by"], told["talk_s"], told["agent_id"]) == (outcome, by, 0, "lan"), number
            assert told["cause"] == cause and (number[-2:] == "03" or told["sip_status"] == sip), number
            assert told["recorded"] is False
        assert (await at.told("k0912000003", "call_ended"))["ring_s"] == 4

    _run(asterisk, database, story)


def test_agents_phones_that_are_not_picked_up(asterisk: Installation, database: str) -> None:
    """The customer is not called."""

    async def story(at: Station) -> None:
        await _dial(at, "busy", "0912000010", Seat(agent_id="lan", phone="busy"))
        await _dial(at, "none", "0912000010", Seat(agent_id="lan", phone="nobody"))
        assert (await at.told("busy", "call_ended"))["outcome"] == "cancelled"
        told = await at.told("none", "call_ended")
        assert (told["outcome"], told["hangup_by"]) == ("failed", "system")
        assert not any(kind == "event:leg_ringing" and payload["channel"].endswith("-c") for kind, payload in await at.journal("busy"))

    _run(asterisk, database, story)


def _loudest_hz(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)[8000:].astype(float)
    return loudest_hertz(sound)


def test_answered_held_and_recorded_in_separate_legs(asterisk: Installation, database: str) -> None:
    """The customer (440 Hz) and the agent (1000 Hz) are each in a file of their own; the customer hangs up after 6 s."""

    async def story(at: Station) -> None:
        await _dial(at, "ok", "0912000026")
        await at.told("ok", "call_changed", phase="talking")
        told = await at.told("ok", "call_ended")
        assert (told["outcome"], told["hangup_by"], told["cause"]) == ("answered", "customer", 16)
        assert told["talk_s"] in (5, 6) and told["ring_s"] == 1 and told["number"] == "0912000026" and told["line"] == LINE
        recorded = await at.told("ok", "recording_stopped")
        assert abs(_loudest_hz(Path(recorded["customer"])) - 440) < 2
        assert abs(_loudest_hz(Path(recorded["agent"])) - 1000) < 2
        assert abs(recorded["duration_ms"] - 6000) < 600 and recorded["repaired"] is False
        assert [kind for kind, _ in await at.journal("ok")].count("call_ended") == 1

    _run(asterisk, database, story)


def test_hold_mute_and_hanging_up_on_the_page(asterisk: Installation, database: str) -> None:
    """Two seconds of hold are two seconds of hold; the agent hangs up."""

    async def story(at: Station) -> None:
        await _dial(at, "h", "0912000020")
        await at.told("h", "call_changed", phase="talking")
        await at.send(Hold(call_id="h"))
        await at.told("h", "call_changed", phase="held")
        await asyncio.sleep(2.2)
        await at.send(Hold(call_id="h", on=False))
        await at.send(Mute(call_id="h", agent_id="lan"))
        await at.told("h", "event:mute_asked")
        await asyncio.sleep(0.5)
        assert await at.outcome(await at.send(HangUp(call_id="h"))) == "done"
        told = await at.told("h", "call_ended")
        assert (told["outcome"], told["hangup_by"], told["hold_s"]) == ("answered", "agent", 2)
        assert await at.outcome(await at.send(HangUp(call_id="h"))) == "no such call"

    _run(asterisk, database, story)


def test_cancelled_while_it_rings(asterisk: Installation, database: str) -> None:
    """The agent gives up; the customer's phone stops ringing."""

    async def story(at: Station) -> None:
        await _dial(at, "c", "0912000003")
        await at.told("c", "event:leg_ringing", channel="c-c")
        await at.send(HangUp(call_id="c"))
        told = await at.told("c", "call_ended")
        assert (told["outcome"], told["hangup_by"], told["answered_at"]) == ("cancelled", "agent", None)

    _run(asterisk, database, story)


def test_digits_both_ways(asterisk: Installation, database: str) -> None:
    """A key of the customer arrives; keys that we press arrive at an echoing customer and come back."""

    async def story(at: Station) -> None:
        await _dial(at, "d", "0912000037")
        assert (await at.told("d", "digit_pressed"))["digit"] == "7"
        await asyncio.sleep(1)  # the customer's phone is done with its own key
        await at.send(Press(call_id="d", digits="52"))
        await at.told("d", "digit_pressed", digit="5", by="customer")
        await at.told("d", "digit_pressed", digit="2", by="customer")
        await at.send(HangUp(call_id="d"))
        await at.told("d", "call_ended")

    _run(asterisk, database, story)


def test_transfers_and_a_conference(asterisk: Installation, database: str) -> None:
    """Attended to Mai, a conference of three; and a blind transfer that nobody answers comes back to Lan."""

    async def story(at: Station) -> None:
        await _dial(at, "t", "0912000020")
        await at.told("t", "call_changed", phase="talking")
        await at.send(Transfer(call_id="t", to=ECHO, attended=True))
        await at.told("t", "call_changed", phase="consulting", agents=["lan", "mai"])
        await at.told("t", "event:leg_up", channel="t-a2")
        await at.send(Confer(call_id="t"))
        await asyncio.sleep(1)
        await at.send(Transfer(call_id="t", to=Seat(agent_id="hoa", phone="tone"), attended=True))
        await at.told("t", "event:leg_up", channel="t-a3")
        await at.send(CompleteTransfer(call_id="t"))
        await at.told("t", "call_changed", phase="talking", agents=["hoa"])
        await at.send(HangUp(call_id="t"))
        told = await at.told("t", "call_ended")
        assert (told["agent_id"], told["agents"], told["outcome"]) == ("lan", ["lan", "mai", "hoa"], "answered")

        await _dial(at, "b", "0912000020")
        await at.told("b", "call_changed", phase="talking")
        await at.send(Transfer(call_id="b", to=Seat(agent_id="hoa", phone="busy")))
        await at.told("b", "event:leg_up", channel="b-a3")
        await at.send(HangUp(call_id="b"))
        assert (await at.told("b", "call_ended"))["outcome"] == "answered"

    _run(asterisk, database, story)


def test_inbound_and_automatic(asterisk: Installation, database: str) -> None:
    """A caller waits, is offered, talks, hangs up; an automatic call finds an agent, or is abandoned by us."""

    async def story(at: Station) -> None:
        await carrier.call(at.network.carrier.configuration, caller="0987654321", dialled=LINE, talk_s=3, tone=True)
        async with asyncio.timeout(10):
            while not at.node.controller.calls:
                await asyncio.sleep(0.05)
        call = at.node.controller.calls[0]
        assert (call.number, call.line, call.direction) == ("0987654321", LINE, "in")
        await at.send(Offer(call_id=call.call_id, seat=TONE))
        told = await at.told(call.call_id, "call_ended")
        assert (told["outcome"], told["hangup_by"], told["agent_id"]) == ("answered", "customer", "lan")
        recorded = await at.told(call.call_id, "recording_stopped")
        assert abs(_loudest_hz(Path(recorded["customer"])) - 440) < 2

        await at.send(DialAutomatically(call_id="a", number="0912000022", seats=(Seat(agent_id="x", phone="busy"), TONE), caller_id=LINE))
        told = await at.told("a", "call_ended")
        assert (told["outcome"], told["hangup_by"], told["agent_id"]) == ("answered", "customer", "lan")
        await at.send(DialAutomatically(call_id="n", number="0912000020", seats=(Seat(agent_id="x", phone="busy"),), caller_id=LINE))
        assert (await at.told("n", "call_ended"))["outcome"] == "abandoned"

    _run(asterisk, database, story)


def test_asterisk_killed_in_the_middle_of_calls(asterisk: Installation, database: str) -> None:
    """Every call is closed truthfully, whatever it was doing; recordings are mended, and the exchange takes calls again."""

    async def story(at: Station) -> None:
        await at.send(DialAutomatically(call_id="xa", number="0912000020", seats=(Seat(agent_id="x", phone="silent"),), caller_id=LINE))
        await _dial(at, "x", "0912000020")
        await _dial(at, "xr", "0912000003", ECHO)
        at.node.controller.phones.clear()
        await carrier.call(at.network.carrier.configuration, caller="0987654322", dialled=LINE, talk_s=60, tone=True)
        await at.told("x", "call_changed", phase="talking")
        begun = asyncio.get_running_loop().time()
        await at.told("xr", "event:leg_ringing", channel="xr-c")
        (caller,) = [call.call_id for call in at.node.controller.calls if call.direction == "in"]
        await asyncio.sleep(5)
        os.kill(at.node.exchange.pid, signal.SIGKILL)
        lasted_s = asyncio.get_running_loop().time() - begun
        ended = {call_id: await at.told(call_id, "call_ended") for call_id in ("x", "xa", "xr", caller)}
        assert {told["hangup_by"] for told in ended.values()} == {"system"}
        assert {call_id: told["outcome"] for call_id, told in ended.items()} == {"x": "answered", "xa": "failed", "xr": "failed", caller: "failed"}
        assert lasted_s - 1.5 < ended["x"]["talk_s"] < lasted_s + 0.5
        recorded = {call_id: await at.told(call_id, "recording_stopped") for call_id in ("x", caller)}
        assert all(told["repaired"] and told["duration_ms"] > 2900 for told in recorded.values()), "of five seconds at most the last two are lost"
        assert abs(_loudest_hz(Path(recorded["x"]["customer"])) - 440) < 2 and abs(_loudest_hz(Path(recorded["x"]["agent"])) - 1000) < 2
        async with asyncio.timeout(20):
            await asyncio.sleep(0.5)
            await at.node.ready.wait()
        await _dial(at, "y", "0912000000")
        assert (await at.told("y", "call_ended"))["outcome"] == "busy"
        for call_id in ended:
            assert [kind for kind, _ in await at.journal(call_id)].count("call_ended") == 1

    _run(asterisk, database, story)


def test_an_asterisk_that_does_not_answer_for_a_while_keeps_its_calls(asterisk: Installation, database: str) -> None:
    """It lives: nobody is cut off, and nothing is said to have ended."""

    async def story(at: Station) -> None:
        await _dial(at, "z", "0912000020")
        await at.told("z", "call_changed", phase="talking")
        pid = at.node.exchange.pid
        os.kill(pid, signal.SIGSTOP)
        await at.node._ari.close()
        await at.told("", "node_changed", node=at.name, state="down", within_s=10)
        os.kill(pid, signal.SIGCONT)
        await at.told("z", "event:recovered")
        await at.send(HangUp(call_id="z"))
        told = await at.told("z", "call_ended")
        assert (told["outcome"], told["hangup_by"], at.node.exchange.pid) == ("answered", "agent", pid) and told["talk_s"] >= 5

    _run(asterisk, database, story)


def test_the_carrier_dies(asterisk: Installation, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who talks is cut off by the system when nothing more is heard; who rang did not answer; of the next call nobody knows that it rang."""
    monkeypatch.setattr(writing, "_TRUNK", writing._TRUNK.replace("rtp_timeout=30", "rtp_timeout=3"))

    async def story(at: Station) -> None:
        for call_id, number in (("v", "0912000020"), ("w", "0912000003")):
            await at.send(DialAutomatically(call_id=call_id, number=number, seats=(TONE,), caller_id=LINE, timeout_s=5))
        await at.told("v", "call_changed", phase="talking")
        await at.told("w", "event:leg_ringing", channel="w-c")
        os.kill(at.network.carrier.pid, signal.SIGKILL)
        await at.send(DialAutomatically(call_id="u", number="0912000020", seats=(TONE,), caller_id=LINE, timeout_s=2))
        ended = {call_id: await at.told(call_id, "call_ended") for call_id in ("u", "v", "w")}
        assert {call_id: (told["outcome"], told["hangup_by"], told["cause"]) for call_id, told in ended.items()} == {
            "u": ("failed", "system", 19), "v": ("answered", "system", 44), "w": ("no_answer", "system", 19),
        }  # fmt: skip
        assert ended["v"]["talk_s"] in (2, 3, 4) and (await at.told("v", "recording_stopped"))["repaired"] is False

    _run(asterisk, database, story)
