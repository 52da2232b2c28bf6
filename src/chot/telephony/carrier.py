"""The demo carrier: a second Asterisk on a loopback address of its own that plays the telephone network over SIP and RTP.

The last two digits of the number called decide what its subscriber does; ``docs/telephony.md`` has the plan.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from chot.core.errors import InputError, Problem
from chot.core.spoken import spoken
from chot.telephony.configuration import APP, Configuration, Phone, Trunk, load, with_trunk

ADDRESS = "127.0.0.10"
EXCHANGE = "exchange"
"""The carrier's name for the line to our exchange."""

TRUNK = "carrier"
"""Our exchange's name for the line to the carrier."""

_SENTENCES = {
    "hello": "A lô, tôi nghe đây.",
    "yes": "Vâng, anh chị nói đi ạ.",
    "ask": "Sản phẩm này giá bao nhiêu vậy em?",
    "think": "Để tôi suy nghĩ thêm đã nhé.",
    "bye": "Cảm ơn em, tôi cúp máy đây.",
    "off": "Thuê bao quý khách vừa gọi hiện không liên lạc được. Xin quý khách vui lòng gọi lại sau.",
    "problem": "A lô, tôi muốn hỏi về đơn hàng của tôi.",
}
_BUNDLED = dict.fromkeys(_SENTENCES, "hello-world") | {"off": "im-sorry&pls-try-call-later", "bye": "vm-goodbye"}

_PLAN = """
[general]
static=yes
writeprotect=yes

[chot-from-trunk]
exten => _[+0-9].,1,Goto(subscriber,${EXTEN:-2},1)
exten => phone-tone,1,Answer()
 same => n,Playtones(1000)
 same => n,Wait(3600)
exten => phone-high,1,Answer()
 same => n,Playtones(1700)
 same => n,Wait(3600)
exten => phone-echo,1,Answer()
 same => n,Echo()

[subscriber]
exten => 00,1,Hangup(17)
exten => 01,1,Hangup(21)
exten => 02,1,Hangup(1)
exten => 03,1,Ringing()
 same => n,Wait(180)
 same => n,Hangup(19)
exten => 04,1,Hangup(34)
exten => 05,1,Progress()
 same => n,Playback(<off>,noanswer)
 same => n,Hangup(20)
exten => 06,1,Ringing()
 same => n,Wait(3)
 same => n,Hangup(17)
exten => _0[7-9],1,Hangup(19)
exten => _1X,1,Ringing()
 same => n,Wait(${EXTEN:-1})
 same => n,Answer()
 same => n,Echo()
 same => n,Hangup()
exten => _2X,1,Ringing()
 same => n,Wait(1)
 same => n,Answer()
 same => n,Playtones(440)
 same => n,Wait($[${EXTEN:-1} ? ${EXTEN:-1} :: 3600])
 same => n,Hangup()
exten => _3X,1,Ringing()
 same => n,Wait(1)
 same => n,Answer()
 same => n,Wait(1)
 same => n,SendDTMF(${EXTEN:-1})
 same => n,Echo()
 same => n,Hangup()
<people>
exten => _8X,1,Ringing()
 same => n,Wait(30)
 same => n,Hangup(19)
exten => _9X,1,Ringing()
 same => n,Wait(2)
 same => n,Hangup(17)

[caller]
exten => talk,1,Wait(1)
 same => n,Playback(<problem>)
 same => n,Wait(${TALK})
 same => n,Playback(<bye>)
 same => n,Hangup()
exten => press,1,Wait(${BEFORE})
 same => n,SendDTMF(${KEYS},400)
 same => n,Playtones(440)
 same => n,Wait(${TALK})
 same => n,Hangup()
exten => message,1,Playtones(440)
 same => n,Wait(${TALK})
 same => n,Playtones(0)
 same => n,Wait(60)
 same => n,Hangup()
exten => tone,1,Playtones(440)
 same => n,Wait(${TALK})
 same => n,Hangup()
"""


def configuration(var: Path, exchange: Configuration) -> Configuration:
    """The carrier of an installation, with the line to its exchange and what its subscribers say."""
    line = Trunk(name=EXCHANGE, host=exchange.address, port=exchange.ports.sip)
    made = with_trunk(known(var), line)
    return replace(made, dialplan=dialplan(_prompts(made.home / "sounds")))


def linked(var: Path, exchange: Configuration) -> Configuration:
    """The exchange with its line to the carrier, whether that runs or not."""
    return with_trunk(exchange, Trunk(name=TRUNK, host=ADDRESS, port=known(var).ports.sip))


def known(var: Path) -> Configuration:
    """The carrier's addresses and secrets, made when they are first asked for."""
    home = var.absolute() / "carrier"
    return load(home, home / "recordings", address=ADDRESS)


def desk_phone(carrier: Configuration, name: str, behaviour: str) -> Phone:
    """A phone of the exchange that the carrier answers, for demonstrations and tests: ``behaviour`` is
    ``tone`` (1000 Hz), ``high`` (1700 Hz), ``echo`` or a number.
    """
    user = f"phone-{behaviour}" if not behaviour.isdigit() else behaviour
    return Phone(name=name, contact=f"sip:{user}@{carrier.address}:{carrier.ports.sip}")


async def call(
    carrier: Configuration, *, caller: str, dialled: str, talk_s: int = 20, tone: bool = False, keys: str = "", before_s: float = 3,
    message_s: int = 0,
) -> str:  # fmt: skip
    """Let a subscriber call our exchange, who presses ``keys`` after a while or is silent after ``message_s``; the carrier's channel id.

    Raises ``InputError`` when the carrier does not run.
    """
    query = {
        "endpoint": f"PJSIP/{dialled}@{EXCHANGE}", "callerId": f"<{caller}>", "timeout": "60",
        "context": "caller", "extension": "press" if keys else "message" if message_s else "tone" if tone else "talk", "priority": "1",
    }  # fmt: skip
    headers = {"Authorization": aiohttp.encode_basic_auth(APP, carrier.ari_password)}
    body: dict[str, Any] = {"variables": {"TALK": str(message_s or talk_s), "KEYS": keys, "BEFORE": str(before_s)}}
    try:
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{carrier.ari}/channels", params=query, json=body) as answer,
        ):
            answer.raise_for_status()
            return str((await answer.json())["id"])
    except (aiohttp.ClientError, OSError) as error:
        fix = "Start it with: chot telephony carrier"
        raise InputError(Problem(what=f"the demo carrier does not take the call ({error})", fix=fix)) from None


def dialplan(prompts: dict[str, str]) -> str:
    """The carrier's extensions.conf; ``prompts`` name what its subscribers say."""
    people = "\n".join(_person(prompts, pattern, ring_s) for pattern, ring_s in (("_4X", 1), ("_5X", 2), ("_6X", 4), ("_7X", 6)))
    text = _PLAN.replace("<people>", people)
    for name in ("off", "problem", "bye"):
        text = text.replace(f"<{name}>", prompts[name])
    return text


def _person(prompts: dict[str, str], pattern: str, ring_s: int) -> str:
    """Someone who answers, talks, listens for 5 s and four times the last digit, and hangs up."""
    return f"""exten => {pattern},1,Ringing()
 same => n,Wait({ring_s})
 same => n,Answer()
 same => n,Wait(1)
 same => n,Playback({prompts["hello"]})
 same => n,Wait(4)
 same => n,Playback({prompts["yes"]})
 same => n,Wait($[1 + ${{EXTEN:-1}} * 2])
 same => n,Playback({prompts["ask"]})
 same => n,Wait($[${{EXTEN:-1}} * 2])
 same => n,Playback({prompts["think"]}&{prompts["bye"]})
 same => n,Hangup()"""


def _prompts(folder: Path) -> dict[str, str]:
    """Where each sentence is to be heard: spoken by espeak-ng when this machine has it, else prompts that come with Asterisk."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sentence in _SENTENCES.items():
        target = folder / f"{name}.wav"
        if target.is_file():
            continue
        sound = spoken(sentence)
        if sound is None:
            return _BUNDLED
        draft = target.with_suffix(".new")
        draft.write_bytes(sound)
        draft.replace(target)
    return {name: str(folder / name) for name in _SENTENCES}
