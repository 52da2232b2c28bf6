"""Trunks over real SIP: set while calls go on, registered, refused; what the carrier is told of the caller; calls that may last so long."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp

from chot.core.messages import TRUNK_SECRET, Dial, HangUp, LimitTalk, Seat, SetTrunks, TrunkAccount, encode, sip_digest
from chot.core.sealing import seal
from chot.core.sip import header_problem
from chot.telephony.configuration import APP, Phone
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station

TONE = Seat(agent_id="lan", phone="tone")
LINE = "02471234567"
SECRET_KEY = "of this test"
_PASSWORD = "gạch-nối 7"


def _account(at: Station, name: str = "carrier", **changed: object) -> TrunkAccount:
    lines = at.network.carrier.configuration
    return TrunkAccount(name=name, host=lines.address, port=lines.ports.sip, **changed)


async def _codec(at: Station, channel: str) -> str:
    """What a channel of the exchange speaks on its trunk."""
    made = at.network.made
    async with aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(APP, made.ari_password)}) as session:
        asked = {"variable": "CHANNEL(audionativeformat)"}
        async with session.get(f"{made.ari}/channels/{channel}/variable", params=asked) as answer:
            return str((await answer.json())["value"])


def _run(asterisk: Installation, database: str, story, **changes: object) -> None:
    async def whole() -> None:
        async with station(asterisk, database, start=False) as at:
            lines = at.network.carrier.configuration
            if changes:
                at.network.carrier.configuration = replace(lines, **changes)
                await at.network.carrier.apply(at.network.carrier.configuration)
            await at.start()
            at.node.controller.secret_key = SECRET_KEY
            await story(at)
            assert await at.left_over() == (0, 0)

    asyncio.run(whole())


def test_a_trunk_that_is_added_carries_a_call_and_changing_it_drops_nothing(asterisk: Installation, database: str) -> None:
    """A call goes on over the old trunk while all are replaced; the next one takes the new one."""

    async def story(at: Station) -> None:
        assert await at.outcome(await at.send(SetTrunks(version=1, trunks=(_account(at, "first"),)))) == "done"
        await at.told("", "trunks_set", version=1, problem="")
        await at.told("", "trunk_changed", trunk="first", state="reachable")
        await at.send(Dial(call_id="t1", seat=TONE, number="0912000020", caller_id=LINE, trunk="first"))
        await at.told("t1", "call_changed", phase="talking")
        changed = _account(at, "second", number_form="e164", codecs="ulaw")
        assert await at.outcome(await at.send(SetTrunks(version=2, trunks=(changed,)))) == "done"
        await asyncio.sleep(1.5)
        assert [call.phase for call in at.node.controller.calls] == ["talking"]
        await at.send(Dial(call_id="t2", seat=TONE, number="0912000022", caller_id=LINE))
        await at.told("t2", "call_changed", phase="talking")
        assert [await _codec(at, channel) for channel in ("t1-c", "t2-c")] == ["(alaw)", "(ulaw)"]
        assert (await at.told("t2", "call_ended"))["outcome"] == "answered"
        gone = Dial(call_id="t3", seat=TONE, number="0912000021", trunk="first")
        await at.send(gone)
        assert (await at.told("t3", "call_ended"))["outcome"] == "failed"
        assert [call.call_id for call in at.node.controller.calls] == ["t1"]
        await at.send(HangUp(call_id="t1"))
        assert (await at.told("t1", "call_ended"))["outcome"] == "answered"

    _run(asterisk, database, story)


def test_registering_with_a_sealed_password(asterisk: Installation, database: str) -> None:
    """Right: registered. Wrong: rejected. Unreadable or evil: refused in words without the secret, and the earlier trunks stay."""
    account = Phone(name="cong-ty", digest=sip_digest("cong-ty", _PASSWORD), webrtc=False)

    async def story(at: Station) -> None:
        def register(password: str, key: str = SECRET_KEY) -> TrunkAccount:
            secret = seal(password, key, purpose=TRUNK_SECRET)
            return _account(at, registers=True, username="cong-ty", secret=secret)

        assert await at.outcome(await at.send(SetTrunks(version=3, trunks=(register(_PASSWORD),)))) == "done"
        await at.told("", "trunk_changed", trunk="carrier", state="registered")
        await at.send(SetTrunks(version=4, trunks=(register("wrong"),)))
        await at.told("", "trunk_changed", trunk="carrier", state="rejected")
        for version, bad in ((5, register(_PASSWORD, "another key")), (6, register("x;evil")), (7, _account(at, registers=True))):
            outcome = await at.outcome(await at.send(SetTrunks(version=version, trunks=(bad,))))
            assert outcome.startswith("refused: ") and "evil" not in outcome and _PASSWORD not in outcome
            assert (await at.told("", "trunks_set", version=version))["problem"] == outcome.removeprefix("refused: ")
        assert at.node.controller.configuration.trunks[0].password == "wrong"

    _run(asterisk, database, story, phones=(account,))


def test_the_carrier_is_told_number_and_brand(asterisk: Installation, database: str) -> None:
    """In From, in P-Asserted-Identity, and in the trunk's own header, as the trunk wants numbers written; nothing escapes its quotes."""

    async def story(at: Station) -> None:
        carrier_console = at.network.carrier.console
        await carrier_console("pjsip set logger on")
        await carrier_console("pjsip set logger verbose on")
        await carrier_console("logger add channel sip.log verbose(1)")
        log = at.network.carrier.configuration.home / "log" / "sip.log"
        wanted = _account(at, number_form="bare", from_domain="chot.example", headers=("X-Brand: {brand};call={call_id}", "X-None: {display_name}x"))
        await at.send(SetTrunks(version=8, trunks=(wanted,)))
        await at.told("", "trunks_set", version=8)
        dial = Dial(call_id="b1", seat=TONE, number="0912000021", caller_id=LINE, brand="CHOT SHOP", display_name='CHOT "SHOP" <evil>')
        await at.send(dial)
        await at.told("b1", "call_ended")
        text = log.read_text(errors="replace")
        invite = text[text.index("INVITE sip:84912000021@") :][:1500]
        assert 'From: "CHOT SHOP evil" <sip:842471234567@chot.example>' in invite
        assert 'P-Asserted-Identity: "CHOT SHOP evil" <sip:842471234567@chot.example>' in invite
        assert "X-Brand: CHOT SHOP;call=b1" in invite
        own = _account(at, headers=('P-Asserted-Identity: "{brand}" <sip:{e164}@{domain}>',))
        await at.send(SetTrunks(version=9, trunks=(own,)))
        await at.told("", "trunks_set", version=9)
        await at.send(Dial(call_id="b2", seat=TONE, number="0912000021", caller_id=LINE, brand="CHOT"))
        await at.told("b2", "call_ended")
        text = log.read_text(errors="replace")
        invite = text[text.index("INVITE sip:0912000021@") :][:1500]
        assert invite.count("P-Asserted-Identity") == 1 and '"CHOT" <sip:+842471234567@127.0.0.10>' in invite
        assert "From: <sip:02471234567@" in invite

    _run(asterisk, database, story)


def test_the_exchange_hangs_up_when_the_call_may_not_last_longer(asterisk: Installation, database: str) -> None:
    """At that second, by system; a limit that is raised meanwhile counts from the answer; recovery keeps it."""

    async def story(at: Station) -> None:
        await at.send(Dial(call_id="m1", seat=TONE, number="0912000020", caller_id=LINE, max_talk_s=3))
        await at.send(Dial(call_id="m2", seat=Seat(agent_id="mai", phone="echo"), number="0912000020", caller_id=LINE, max_talk_s=3))
        await at.told("m2", "call_changed", phase="talking")
        assert await at.outcome(await at.send(LimitTalk(call_id="m2", max_talk_s=6))) == "done"
        for call_id, most in (("m1", 3), ("m2", 6)):
            told = await at.told(call_id, "call_ended")
            assert (told["outcome"], told["hangup_by"]) == ("answered", "system"), call_id
            assert told["talk_s"] in (most - 1, most)

    _run(asterisk, database, story)


def test_what_may_not_stand_in_a_header() -> None:
    assert [header_problem(line) for line in ("X-Brand: {brand}", "Contact: me", "nothing", "X: a\nb")] == ["", "Contact", "nothing", "X: a\nb"]
    assert "password" not in str(encode(TrunkAccount(name="t", host="h", secret="sealed")))
