"""Whoever speaks after another voice is heard and recorded: handed over, asked first, in a conference that the first one leaves, after music, after hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import soundfile

from chot.core.messages import CompleteTransfer, Confer, Dial, HangUp, Hold, Offer, Seat, Transfer
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station
from tests.telephony.test_queues import _call
from tests.telephony.tones import loudest_hertz

TONE, HIGH = Seat(agent_id="lan", phone="tone"), Seat(agent_id="mai", phone="high")
CALLS = 4
"""Where packets of a second phone begin to count is chance; with four calls of a kind the old fault showed in 15 of 16 runs."""


async def _handed_over(at: Station, call_id: str) -> None:
    await at.send(Transfer(call_id=call_id, to=HIGH))


async def _asked_first(at: Station, call_id: str) -> None:
    await at.send(Transfer(call_id=call_id, to=HIGH, attended=True))
    await at.told(call_id, "call_changed", phase="consulting", agents=["lan", "mai"])
    await asyncio.sleep(0.5)
    await at.send(CompleteTransfer(call_id=call_id))


async def _conference(at: Station, call_id: str) -> None:
    await at.send(Transfer(call_id=call_id, to=HIGH, attended=True))
    await at.told(call_id, "call_changed", phase="consulting", agents=["lan", "mai"])
    await at.send(Confer(call_id=call_id))
    await at.told(call_id, "call_changed", phase="talking", agents=["lan", "mai"])
    await asyncio.sleep(0.5)
    name = next(line.split("!")[0] for line in await _channels(at) if line.endswith(f"!{call_id}-a1"))
    await at.network.exchange.console(f"channel request hangup {name}")


async def _channels(at: Station) -> list[str]:
    return (await at.network.exchange.console("core show channels concise")).splitlines()


async def _story(at: Station, call_id: str, change: Callable[[Station, str], Awaitable[None]]) -> None:
    await at.send(Dial(call_id=call_id, seat=TONE, number="0912000020", caller_id="02471234567"))
    await at.told(call_id, "call_changed", phase="talking")
    await asyncio.sleep(1.0)
    await change(at, call_id)
    await at.told(call_id, "call_changed", phase="talking", agents=["mai"])
    legs = await _talks_on(at, call_id)
    assert abs(loudest_hertz(legs["agent"][1600:6400]) - 1000) < 20, (call_id, "the first agent")


async def _talks_on(at: Station, call_id: str) -> dict[str, Any]:
    """Two seconds more, in which the agent (1700 Hz) and the customer are on the recording: both legs of it."""
    await asyncio.sleep(2.0)
    await at.send(HangUp(call_id=call_id))
    stopped = await at.told(call_id, "recording_stopped")
    legs = {side: soundfile.read(stopped[side], dtype="int16")[0] for side in ("customer", "agent")}
    assert abs(len(legs["customer"]) - len(legs["agent"])) <= 160, "in step"
    for begin in range(-12000, -4000, 2000):
        assert abs(loudest_hertz(legs["agent"][begin : begin + 2000]) - 1700) < 20, (call_id, "the agent who spoke last", begin)
        assert abs(loudest_hertz(legs["customer"][begin : begin + 2000]) - 440) < 20, (call_id, "the customer", begin)
    return legs


async def _waited(at: Station, number: int) -> None:
    """A caller hears music until an agent is there."""
    call_id = await _call(at, "02471239999", f"09870008{number:02}", tone=True, talk_s=30)
    await asyncio.sleep(0.5)
    await at.send(Offer(call_id=call_id, seat=HIGH))
    await at.told(call_id, "call_changed", phase="talking")
    await _talks_on(at, call_id)


async def _held(at: Station, number: int) -> None:
    """A customer hears music between two parts of a conversation."""
    call_id = f"held-{number}"
    await at.send(Dial(call_id=call_id, seat=HIGH, number="0912000020", caller_id="02471234567"))
    await at.told(call_id, "call_changed", phase="talking")
    await at.send(Hold(call_id=call_id))
    await at.told(call_id, "call_changed", phase="held")
    await asyncio.sleep(1.0)
    await at.send(Hold(call_id=call_id, on=False))
    await _talks_on(at, call_id)


def test_second_agent_is_on_the_recording(asterisk: Installation, database: str) -> None:
    async def whole() -> None:
        async with station(asterisk, database) as at:
            for name, change in (("asked", _asked_first), ("handed", _handed_over), ("conference", _conference)):
                await asyncio.gather(*(_story(at, f"{name}-{number}", change) for number in range(CALLS)))
            assert await at.left_over() == (0, 0)


def test_an_agent_is_on_the_recording_after_music(asterisk: Installation, database: str) -> None:
    """The old fault showed in four of five callers, and in one of four who were held."""

    async def whole() -> None:
        async with station(asterisk, database) as at:
            at.node.controller.phones.clear()
            await asyncio.gather(*(_waited(at, number) for number in range(CALLS)), *(_held(at, number) for number in range(2 * CALLS)))
            assert await at.left_over() == (0, 0)

    asyncio.run(whole())
