"""A phone registers over the WebSocket as a browser does, with the digest that the web sent; a waiting call finds it, without the number."""

from __future__ import annotations

import asyncio
import hashlib
import re

import aiohttp

from chot.core.messages import REALM, PhoneAccount, SetPhones, sip_digest
from chot.telephony import carrier
from chot.telephony.installation import Installation
from chot.telephony.offering import Offering
from tests.telephony.conftest import station


def _register(number: int, authorization: str = "") -> str:
    lines = [
        "REGISTER sip:chot SIP/2.0", f"Via: SIP/2.0/WS phone.invalid;branch=z9hG4bK{number}", "Max-Forwards: 70",
        "To: <sip:lan@chot>", "From: <sip:lan@chot>;tag=t", "Call-ID: c1", f"CSeq: {number} REGISTER",
        "Contact: <sip:lan@phone.invalid;transport=ws>;expires=120", *([authorization] if authorization else []), "Content-Length: 0",
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n\r\n"


def _authorization(challenge: str, password: str) -> str:
    nonce = re.search(r'nonce="([^"]+)"', challenge)[1]
    opaque = re.search(r'opaque="([^"]*)"', challenge)
    second = hashlib.md5(b"REGISTER:sip:chot").hexdigest()
    response = hashlib.md5(f"{sip_digest('lan', password)}:{nonce}:00000001:cn:auth:{second}".encode()).hexdigest()
    return (
        f'Authorization: Digest username="lan", realm="{REALM}", nonce="{nonce}", uri="sip:chot", response="{response}", algorithm=MD5, '
        f'qop=auth, nc=00000001, cnonce="cn"' + (f', opaque="{opaque[1]}"' if opaque else "")
    )


async def _answer(socket: aiohttp.ClientWebSocketResponse) -> str:
    while True:
        message = await socket.receive(10)
        text = message.data if isinstance(message.data, str) else message.data.decode()
        if text.startswith("SIP/2.0"):
            return text


def test_a_phone_registers_and_is_offered_a_call(asterisk: Installation, database: str) -> None:
    """The wrong password is refused; the right one makes the phone online; it goes when its socket closes."""

    async def whole() -> None:
        async with station(asterisk, database) as at, aiohttp.ClientSession() as session:
            account = PhoneAccount(name="lan", digest=sip_digest("lan", "quê hương"))
            assert await at.outcome(await at.send(SetPhones(phones=(account,)))) == "done"
            url = f"ws://127.0.0.1:{at.network.made.ports.http}/ws"
            async with session.ws_connect(url, protocols=("sip",), timeout=aiohttp.ClientWSTimeout(ws_close=0.5)) as socket:
                await socket.send_str(_register(1))
                challenge = await _answer(socket)
                assert " 401 " in challenge and f'realm="{REALM}"' in challenge
                await socket.send_str(_register(2, _authorization(challenge, "wrong")))
                refused = await _answer(socket)
                assert " 401 " in refused
                await socket.send_str(_register(3, _authorization(refused, "quê hương")))
                assert " 200 " in await _answer(socket)
                await at.told("", "phone_changed", phone="lan", online=True)
                at.node.controller.phones &= {"lan"}  # the desk phones of the carrier are somebody else's
                await carrier.call(at.network.carrier.configuration, caller="0987654321", dialled="02471234567", talk_s=5, tone=True)
                async with asyncio.timeout(10):
                    while not at.node.controller.calls:
                        await asyncio.sleep(0.05)
                Offering(at.node.controller).look()
                async with asyncio.timeout(10):
                    while not (invite := (await socket.receive()).data).startswith("INVITE"):
                        pass
                call_id = at.node.controller.calls[0].call_id
                assert "987654321" not in invite and "X-Answer" not in invite and f"X-Call: {call_id}" in invite
            await at.told("", "phone_changed", phone="lan", online=False)
            await at.told(call_id, "event:leg_gone", within_s=3, channel=f"{call_id}-a1")
            assert at.node.controller.calls[0].phase == "waiting", "the next phone is rung without waiting for this one"

    asyncio.run(whole())
