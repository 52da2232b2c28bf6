"""The exchange together with the application: a quota that is extended and used up, a customer who is known, prompts that were uploaded."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from chot.telephony.installation import Installation
from tests.house.sources import ROOT
from tests.telephony.conftest import Station, station
from tests.telephony.test_calls import _loudest_hz
from tests.telephony.test_queues import _call

DIALLED, CALLER, STRANGER = "02471230099", "0987000099", "0987000098"


async def _heard(at: Station, caller: str) -> float:
    """The pitch of what a caller heard."""
    call_id = await _call(at, DIALLED, caller, tone=True, talk_s=8)
    assert (await at.told(call_id, "call_ended"))["outcome"] in ("answered", "no_answer", "abandoned")
    return _loudest_hz(Path((await at.told(call_id, "recording_stopped"))["agent"]))


def test_a_long_call_is_cut_where_its_quota_ends_and_a_flow_knows_its_customers(asterisk: Installation, database: str) -> None:
    """Four seconds were set aside; the call goes on over them and is cut at the seventh, when 70 ₫ are used. Meanwhile two people call in."""

    async def whole() -> None:
        async with station(asterisk, database) as at:
            run = [sys.executable, "-m", "tests.telephony.desk", at.name, f"+84{DIALLED[1:]}", f"+84{CALLER[1:]}", "+84912000020"]
            own = os.environ | {"DATABASE_URL": database, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
            desk = await asyncio.create_subprocess_exec(*run, env=own, stdout=asyncio.subprocess.PIPE)
            await at.told("", "routing_set", node=at.name)
            await at.told(f"{at.name}-quota", "call_started", within_s=60)
            known, stranger = await asyncio.gather(_heard(at, CALLER), _heard(at, STRANGER))
            said, _ = await desk.communicate()
            assert desk.returncode == 0
            told = json.loads(said)
            assert (told["first_s"], told["limits"][-1], told["by"]) == (4, 7, "system")
            assert 6.9 < told["lasted"] < 8, told
            assert (told["charge_vnd"], told["used_vnd"], told["reserved_vnd"]) == (70, 70, 0)
            assert abs(known - 700) < 3 and abs(stranger - 1300) < 3

    asyncio.run(whole())
