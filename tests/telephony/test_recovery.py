"""The controller is killed in the middle of calls; its successor finds them, ends what has ended, and goes on with the rest."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from chot.core.messages import Dial, HangUp, Hold, Seat
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station


def _controller(at: Station) -> subprocess.Popen[bytes]:
    """``chot telephony run`` as a process of its own, on the folder of this network."""
    var = at.network.made.home.parent
    if not (var / "asterisk").exists():
        root = Path(at.network.exchange.installation.prefix)
        assert root.name == "root", "an Asterisk of our own"
        (var / "asterisk").symlink_to(root.parent)
    command = [sys.executable, "-m", "chot", "telephony", "run", "--var", str(var), "--node", at.name, "--leave"]
    return subprocess.Popen(command, env=os.environ | {"DATABASE_URL": at.address}, stdout=subprocess.DEVNULL)


def test_killed_in_the_middle_of_calls(asterisk: Installation, database: str) -> None:
    """One call goes on over the gap, one customer hung up in it, one was being dialled; each ends once and truthfully."""
    if not asterisk.prefix:
        import pytest

        pytest.skip("the system's own Asterisk is in use")

    async def whole() -> None:
        async with station(asterisk, database, start=False) as at:
            process = _controller(at)
            for call_id, number in (("long", "0912000020"), ("short", "0912000023"), ("ringing", "0912000003")):
                await at.send(Dial(call_id=call_id, seat=Seat(agent_id="lan", phone="tone"), number=number, timeout_s=60))
            await at.told("long", "call_changed", phase="talking")
            await at.told("short", "call_changed", phase="talking")
            process.kill()
            process.wait()
            await asyncio.sleep(4)

            process = _controller(at)
            short = await at.told("short", "call_ended")
            assert short["outcome"] == "answered" and short["talk_s"] <= 3
            assert datetime.fromisoformat(short["ended_at"]) >= datetime.fromisoformat(short["answered_at"])
            assert (await at.told("short", "recording_stopped"))["duration_ms"] > 2000
            await at.told("long", "event:recovered")
            await at.send(Hold(call_id="long"))
            await at.told("long", "call_changed", phase="held")
            await at.send(HangUp(call_id="long"))
            long = await at.told("long", "call_ended")
            assert (long["outcome"], long["hangup_by"]) == ("answered", "agent") and long["talk_s"] >= 4
            await at.send(HangUp(call_id="ringing"))
            assert (await at.told("ringing", "call_ended"))["outcome"] == "cancelled"
            assert await at.left_over() == (0, 0)
            for call_id in ("long", "short", "ringing"):
                assert [kind for kind, _ in await at.journal(call_id)].count("call_ended") == 1

            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            left = Exchange(at.network.made, asterisk)
            assert await left.start() is True, "--leave left Asterisk running"
            await left.stop()

    asyncio.run(whole())


def test_a_second_controller_waits_for_the_lease(asterisk: Installation, database: str) -> None:
    """Two owners never drive one node."""
    from chot.core import clock
    from chot.telephony.store import LEASE, Store

    async def whole() -> None:
        one, other = Store(database, "leased", "one"), Store(database, "leased", "other")
        now = clock.instant()
        assert await one.lease(now, "22") and not await other.lease(now, "22")
        assert await one.lease(now + LEASE / 2, "22") and not await other.lease(now + LEASE, "22")
        assert await other.lease(now + LEASE * 2, "22") and not await one.lease(now + LEASE * 2, "22")
        await one.close()
        await other.close()

    asyncio.run(whole())
