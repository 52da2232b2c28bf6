"""A hardware phone: it registers over SIP beside the browser's, is rung where its agent wants to be called, and dials by itself."""

from __future__ import annotations

import asyncio
import wave
from dataclasses import replace
from pathlib import Path

import aiohttp
import numpy as np

from chot.core.messages import Dial, HangUp, PhoneAccount, Press, Seat, SetPhones, sip_digest
from chot.core.messages_phones import Decline, desk_name
from chot.telephony import carrier
from chot.telephony.configuration import APP
from chot.telephony.installation import Installation
from chot.telephony.offering import Offering
from tests.telephony.conftest import Station, station
from tests.telephony.plugged import plugged_in
from tests.telephony.tones import loudest_hertz

AGENT = "to-lan"
SEAT = Seat(agent_id=AGENT, phone=AGENT)
PASSWORD = "p7kx-on-the-desk"


def account(*, at_desk: bool, password: str = PASSWORD) -> SetPhones:
    """The list of phones that the web sends."""
    desk = sip_digest(desk_name(AGENT), password)
    return SetPhones(phones=(PhoneAccount(name=AGENT, digest=sip_digest(AGENT, "browser"), desk_digest=desk, at_desk=at_desk),))


async def plug_in(at: Station) -> None:
    """The carrier plays the phone, too: it registers with the agent's account."""
    lines = at.network.carrier.configuration
    at.network.carrier.configuration = plugged_in(lines, at.network.made, desk_name(AGENT), PASSWORD)
    await at.network.carrier.apply(at.network.carrier.configuration)
    await at.network.carrier.console("dialplan reload")


async def lift_and_dial(at: Station, number: str, *, trunk: str = "desk") -> str:
    """The phone's keys; the channel on the phone's side."""
    lines = at.network.carrier.configuration
    query = {"endpoint": f"PJSIP/{number}@{trunk}", "timeout": "30", "context": "caller", "extension": "tone", "priority": "1"}
    headers = {"Authorization": aiohttp.encode_basic_auth(APP, lines.ari_password)}
    asked = {"params": query, "json": {"variables": {"TALK": "30"}}}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(f"{lines.ari}/channels", **asked) as answer:
        return str((await answer.json())["id"])


def _hertz(path: Path) -> float:
    """The loudest frequency of a recorded side."""
    with wave.open(str(path)) as sound:
        return loudest_hertz(np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2"))


def test_a_desk_phone_from_registration_to_the_calls_it_dials(asterisk: Installation, database: str) -> None:
    """Rung instead of the browser, answers the own calls by itself, is not told numbers; what is dialled waits for the web's word."""

    async def whole() -> None:
        async with station(asterisk, database) as at:
            assert await at.outcome(await at.send(account(at_desk=True))) == "done"
            await plug_in(at)
            await at.told("", "phone_changed", phone=AGENT, online=True)
            for command in ("pjsip set logger on", "pjsip set logger verbose on", "logger add channel sip.log verbose(1)"):
                await at.network.carrier.console(command)
            for part in (_calls_from_the_page, _is_rung_for_a_caller, _dials_by_its_keys, _is_left_for_the_browser, _has_a_new_password):
                await part(at)
                assert await at.left_over() == (0, 0), part.__name__

    asyncio.run(whole())


def _sip(at: Station) -> str:
    return (at.network.carrier.configuration.home / "log" / "sip.log").read_text(errors="replace")


async def _calls_from_the_page(at: Station) -> None:
    await at.send(Dial(call_id="d1", seat=SEAT, number="0912000020", caller_id="02471234567"))
    first = await at.told("d1", "call_changed", phase="ringing_agent")
    assert (first["agents"], first["ringing"]) == ([AGENT], [AGENT])
    await at.told("d1", "call_changed", phase="talking", ringing=[])
    await asyncio.sleep(1)
    said = _sip(at)
    invite = said[said.index(f"INVITE sip:{desk_name(AGENT)}@") :][:1500]
    assert "Call-Info: <sip:chot>;answer-after=0" in invite and "info=alert-autoanswer" in invite and "912000020" not in invite
    assert await at.outcome(await at.send(Press(call_id="d1", digits="5"))) == "done"
    await at.send(HangUp(call_id="d1"))
    assert (await at.told("d1", "call_ended"))["outcome"] == "answered"
    recorded = await at.told("d1", "recording_stopped")
    assert [round(_hertz(Path(recorded[side])), -1) for side in ("customer", "agent")] == [440, 1000]


async def _is_rung_for_a_caller(at: Station) -> None:
    """Like any phone: it is not asked to answer by itself."""
    controller = at.node.controller
    controller.phones &= {AGENT}
    await carrier.call(at.network.carrier.configuration, caller="0987654321", dialled="02471234567", talk_s=6, tone=True)
    async with asyncio.timeout(10):
        while not controller.calls:
            await asyncio.sleep(0.05)
    inbound = controller.calls[0].call_id
    Offering(controller).look()
    assert (await at.told(inbound, "call_changed", agents=[AGENT]))["ringing"] == [AGENT]
    await at.told(inbound, "call_changed", phase="talking", ringing=[])
    said = _sip(at)
    invite = said[said.rindex(f"INVITE sip:{desk_name(AGENT)}@") :][:1500]
    assert "answer-after" not in invite and "autoanswer" not in invite and "987654321" not in invite
    await at.send(HangUp(call_id=inbound))
    await at.told(inbound, "call_ended")


async def _dials_by_its_keys(at: Station) -> None:
    """The call has the phone that waits; without the web's word nothing is called, nor when the phone has gone meanwhile."""
    await lift_and_dial(at, "0912000020")
    asked = await at.told("", "phone_dialled", phone=AGENT, number="0912000020")
    await at.send(Dial(call_id="d2", seat=replace(SEAT, channel=asked["channel"]), number="0912000020", caller_id="02471234567"))
    await at.told("d2", "call_changed", phase="ringing_customer", ringing=[])
    await at.told("d2", "call_changed", phase="talking")
    assert await at.outcome(await at.send(Decline(channel=asked["channel"]))) == "refused: a call has it"
    assert [call.phase for call in at.node.controller.calls] == ["talking"]
    await at.send(HangUp(call_id="d2"))
    ended = await at.told("d2", "call_ended")
    assert (ended["agent_id"], ended["outcome"], ended["direction"]) == (AGENT, "answered", "out")

    await lift_and_dial(at, "0912000021")
    asked = await at.told("", "phone_dialled", phone=AGENT, number="0912000021")
    assert await at.outcome(await at.send(Decline(channel=asked["channel"]))) == "done"
    assert await at.left_over() == (0, 0)
    await at.send(Dial(call_id="d3", seat=replace(SEAT, channel=asked["channel"]), number="0912000021"))
    assert (await at.told("d3", "call_ended"))["outcome"] == "cancelled"
    assert "INVITE sip:0912000020@" in _sip(at) and "INVITE sip:0912000021@127.0.0.10" not in _sip(at)


async def _is_left_for_the_browser(at: Station) -> None:
    """The phone stays registered, is neither rung nor heard, and is there at once when it is chosen again."""
    controller = at.node.controller
    assert await at.outcome(await at.send(account(at_desk=False))) == "done"
    await at.told("", "phone_changed", phone=AGENT, online=False)
    assert AGENT not in controller.phones
    await lift_and_dial(at, "0912000021")
    await asyncio.sleep(1)
    assert not controller.calls and await at.left_over() == (0, 0)
    assert await at.outcome(await at.send(account(at_desk=True))) == "done"
    async with asyncio.timeout(5):
        while AGENT not in controller.phones:
            await asyncio.sleep(0.05)


async def _has_a_new_password(at: Station) -> None:
    assert await at.outcome(await at.send(account(at_desk=True, password="another"))) == "done"
    before = [payload for kind, payload in await at.journal("") if kind == "phone_dialled" and payload["phone"] == AGENT]
    await lift_and_dial(at, "0912000022")
    await asyncio.sleep(1)
    assert before == [payload for kind, payload in await at.journal("") if kind == "phone_dialled" and payload["phone"] == AGENT]
    assert [payload["number"] for payload in before] == ["0912000020", "0912000021"]
