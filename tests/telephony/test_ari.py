"""The ARI client against a real Asterisk: requests, refusals, events, a lost lead and a killed Asterisk."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress

import pytest

from chot.telephony import ari_events as events
from chot.telephony.ari import Ari, AriError, Disconnected
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation
from tests.telephony.conftest import Network, client, network


@asynccontextmanager
async def _listening(ari: Ari):
    """Events arrive in the queue that is handed out."""
    await ari.connect()
    seen: asyncio.Queue[events.Event | None] = asyncio.Queue()

    async def read() -> None:
        async for event in ari.events():
            seen.put_nowait(event)
        seen.put_nowait(None)

    task = asyncio.create_task(read())
    try:
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Disconnected):
            await task
        await ari.close()


async def _until(seen: asyncio.Queue[events.Event | None], kind: type[events.Event]) -> events.Event:
    async with asyncio.timeout(15):
        while not isinstance(event := await seen.get(), kind):
            pass
    return event


def test_requests_refusals_and_causes(asterisk: Installation) -> None:
    """Answers are JSON, refusals say whether to retry, and the network's reasons arrive as Q.850 causes with the SIP status."""

    async def run(both: Network) -> None:
        ari = client(both.made)
        async with _listening(ari) as seen:
            assert (await ari.request("GET", "asterisk/info"))["system"]["version"].startswith("22.")
            with pytest.raises(AriError) as gone:
                await ari.request("GET", "channels/none")
            assert (gone.value.status, gone.value.again) == (404, False)
            for number, cause, sip in (("0900000000", 17, 486), ("0900000001", 21, 403), ("0900000002", 1, 404), ("0900000004", 34, 503)):
                await ari.request("POST", "channels", endpoint=f"PJSIP/{number}@carrier", app="chot", channelId=f"c{number}")
                destroyed = await _until(seen, events.Destroyed)
                assert isinstance(destroyed, events.Destroyed)
                assert (destroyed.channel, destroyed.cause, destroyed.sip) == (f"c{number}", cause, sip)

    _with_network(asterisk, run)


def test_a_second_client_takes_the_lead(asterisk: Installation) -> None:
    """The first is told that it is replaced."""

    async def run(both: Network) -> None:
        async with _listening(client(both.made)) as seen, _listening(client(both.made)):
            assert isinstance(await _until(seen, events.Replaced), events.Replaced)

    _with_network(asterisk, run)


def test_a_wrong_password_is_not_worth_a_retry(asterisk: Installation) -> None:
    """Waiting does not mend it, so the patient connection gives up at once."""

    async def run(both: Network) -> None:
        ari = Ari(both.made.ari, "chot", "wrong", "chot")
        with pytest.raises(AriError) as refused:
            await ari.connect_patiently()
        assert refused.value.again is False

    _with_network(asterisk, run)


def test_asterisk_killed_is_noticed_and_comes_back(asterisk: Installation) -> None:
    """The socket ends, requests fail as worth a retry, the exchange starts again and a client finds it."""

    async def run(both: Network) -> None:
        watch = asyncio.create_task(both.exchange.watch())
        ari = client(both.made)
        async with _listening(ari) as seen:
            first = both.exchange.pid
            os.kill(first, signal.SIGKILL)
            async with asyncio.timeout(5):
                while await seen.get() is not None:
                    pass
            with pytest.raises(Disconnected):
                await ari.request("GET", "asterisk/info")
        async with asyncio.timeout(20):
            await ari.connect_patiently()
        assert both.exchange.pid not in (None, first)
        await ari.close()
        watch.cancel()

    _with_network(asterisk, run)


def test_a_predecessors_asterisk_is_adopted_and_one_cares_for_it(asterisk: Installation) -> None:
    """A successor takes over the running process; meanwhile nobody else may."""
    from chot.core.errors import InputError

    async def run(both: Network) -> None:
        successor = Exchange(both.made, asterisk)
        with pytest.raises(InputError, match="already drives"):
            await successor.start()
        pid = both.exchange.pid
        await both.exchange.stop(leave_running=True)
        assert await successor.start() is True
        assert successor.pid == pid
        assert await successor.apply(both.made) == ""
        await successor.stop()
        assert not await successor.healthy()

    _with_network(asterisk, run)


def test_what_is_stopped_stays_stopped(asterisk: Installation) -> None:
    """The watch does not take the end for a death, not even of one that is just being started again."""

    async def run(both: Network) -> None:
        for pause_s in (0.0, 0.5):
            watch = asyncio.create_task(both.carrier.watch())
            await asyncio.sleep(0.3)
            if pause_s:
                os.kill(both.carrier.pid, signal.SIGKILL)
                await asyncio.sleep(0.35)
            await both.carrier.stop()
            await asyncio.wait_for(watch, 5)
            await asyncio.sleep(0.5)
            assert both.carrier.pid is None and not await both.carrier.healthy()
            both.carrier = Exchange(both.carrier.configuration, asterisk)
            await both.carrier.start()

    _with_network(asterisk, run)


def _with_network(asterisk: Installation, run) -> None:
    async def whole() -> None:
        async with network(asterisk) as both:
            await run(both)

    asyncio.run(whole())
