"""SIPp scenarios for one customer or one phone, written from a few words, and what their traces saw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

SDP = """v=0
o=user 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
"""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls whom, and what they do.

    ``act``: ``talk`` (hang up ``seconds`` after the answer), ``listen`` (until the other side hangs up),
    ``cancel`` (give up after ``seconds`` of ringing), ``refused`` (expects a refusal), ``key`` (press
    ``digits`` after ``seconds``, then listen).
    """

    number: str
    to: str
    act: str
    seconds: float = 0
    digits: str = ""
    name: str = ""
    delay: float = 0


@dataclass(frozen=True, kw_only=True)
class Phone:
    """How a phone takes a call.

    ``act``: ``answer`` (after ``ring`` seconds, then until the other side hangs up), ``talk`` (answer, hang
    up after ``seconds``), ``ring`` (never answers), ``reject`` (``code``), ``refer`` (answer, blind transfer
    to ``target`` after ``seconds``), ``keys`` (answer, press ``digits`` after ``seconds``, hang up after
    ``then`` more).
    """

    act: str
    ring: float = 0.5
    seconds: float = 0
    code: int = 486
    target: str = ""
    digits: str = ""
    then: float = 0


def _send(text: str) -> str:
    return f'<send retrans="500"><![CDATA[\n{text}\n]]></send>\n'


def _pause(seconds: float) -> str:
    return f'<pause milliseconds="{int(seconds * 1000)}"/>\n'


def _request(
    method: str, uri: str, ours: str, theirs: str, cseq: int, *, branch: str = "[branch]", body: str = "", kind: str = "", extra: str = ""
) -> str:
    head = (
        f"{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch={branch}\n{ours}\n{theirs}\nCall-ID: [call_id]\n"
        f"CSeq: {cseq} {method.replace('ACK', 'ACK')}\nContact: <sip:[local_ip]:[local_port]>\nMax-Forwards: 70\n{extra}"
    )
    return head + (f"Content-Type: {kind}\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n")


def _reply(status: str, *, tag: bool = False, body: str = "") -> str:
    to = "[last_To:]" + (";tag=[pid]R[call_number]" if tag else "")
    head = f"SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n{to}\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:[local_ip]:[local_port]>\n"
    return head + (f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n")


def _scenario(steps: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="capture">\n{steps}</scenario>\n'


def _info(digit: str, uri: str, ours: str, theirs: str, cseq: int) -> str:
    body = f"Signal={digit}\nDuration=160\n"
    return _send(_request("INFO", uri, ours, theirs, cseq, body=body, kind="application/dtmf-relay")) + '<recv response="200"/>\n'


def caller_scenario(caller: Caller) -> str:
    """The XML of a customer (or of an agent who dials out)."""
    shown = '"' + caller.name.replace('"', '\\"') + '" ' if caller.name else ""
    uri = f"sip:{caller.to}@[remote_ip]:[remote_port]"
    ours = f"From: {shown}<sip:{caller.number}@[local_ip]:[local_port]>;tag=[pid]C[call_number]"
    theirs = f"To: <{uri}>"
    first = "z9hG4bK-first-[pid]-[call_number]"
    steps = _send(_request("INVITE", uri, ours, theirs, 1, branch=first, body=SDP, kind="application/sdp"))
    steps += "".join(f'<recv response="{code}" optional="true"/>\n' for code in (100, 183))
    steps += f'<recv response="180" optional="{str(caller.act != "cancel").lower()}"/>\n'
    if caller.act == "cancel":
        steps += _pause(caller.seconds) + _send(_request("CANCEL", uri, ours, theirs, 1, branch=first))
        steps += '<recv response="200"/>\n<recv response="487"/>\n'
        return _scenario(steps + _send(_request("ACK", uri, ours, "[last_To:]", 1, branch=first)).replace(' retrans="500"', ""))
    if caller.act == "refused":
        steps += "".join(f'<recv response="{code}" optional="true" next="1"/>\n' for code in (404, 480, 486, 500, 503, 603))
        steps += '<recv response="487"/>\n<label id="1"/>\n'
        return _scenario(steps + _send(_request("ACK", uri, ours, "[last_To:]", 1, branch=first)).replace(' retrans="500"', ""))
    steps += '<recv response="200" rrs="true"/>\n' + _send(_request("ACK", uri, ours, "[last_To:]", 1)).replace(' retrans="500"', "")
    cseq = 2
    if caller.act == "key":
        steps += _pause(caller.seconds)
        for digit in caller.digits:
            steps += _info(digit, uri, ours, "[last_To:]", cseq) + _pause(0.3)
            cseq += 1
    if caller.act == "talk":
        steps += _pause(caller.seconds) + _send(_request("BYE", uri, ours, "[last_To:]", cseq)) + '<recv response="200"/>\n'
    else:
        steps += '<recv request="BYE"/>\n' + _send(_reply("200 OK")).replace(' retrans="500"', "")
    return _scenario(steps)


def phone_scenario(phone: Phone) -> str:
    """The XML of an agent's phone, or of a customer who is called."""
    save = "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{name}:" assign_to="{place}"/>' for place, name in enumerate(("From", "To"), 1)
    )
    # the contact of the other side, for requests inside the dialog
    save += '<ereg regexp="sip:[^>;]*" search_in="hdr" header="Contact:" assign_to="3"/>'
    unused = '<nop><action><log message="[$1] [$2] [$3]"/></action></nop>\n'
    steps = f'<recv request="INVITE"><action>{save}</action></recv>\n'
    if phone.act == "reject":
        return _scenario(steps + _send(_reply(f"{phone.code} No", tag=True)) + '<recv request="ACK"/>\n' + unused)
    steps += _send(_reply("180 Ringing", tag=True)).replace(' retrans="500"', "")
    cancelled = _send(_reply("200 OK")).replace(' retrans="500"', "")
    gone = (
        _reply("487 Gone")
        .replace("[last_CSeq:]", "CSeq: [last_cseq_number] INVITE")
        .replace("[last_To:]", "[last_To:];tag=[pid]R[call_number]")
    )
    cancelled += _send(gone) + '<recv request="ACK"/>\n'
    if phone.act == "ring":
        return _scenario(steps + '<recv request="CANCEL"/>\n' + cancelled + unused)
    # the caller may give up before this phone answers
    steps += f'<recv request="CANCEL" timeout="{int(phone.ring * 1000)}" ontimeout="9"/>\n' + cancelled
    steps += '<nop next="8"/>\n<label id="9"/>\n' + _send(_reply("200 OK", tag=True, body=SDP)) + '<recv request="ACK"/>\n' + unused
    return _scenario(steps + _after_answer(phone) + '<label id="8"/>\n')


def _after_answer(phone: Phone) -> str:
    ours, theirs, uri = "From:[$2];tag=[pid]R[call_number]", "To:[$1]", "[$3]"
    hung_up = '<recv request="BYE"/>\n' + _send(_reply("200 OK")).replace(' retrans="500"', "")
    bye = _send(_request("BYE", uri, ours, theirs, 50)) + '<recv response="200"/>\n'
    if phone.act == "talk":
        return _pause(phone.seconds) + bye
    if phone.act == "refer":
        extra = f"Refer-To: <sip:{phone.target}@[remote_ip]:[remote_port]>\nReferred-By: <sip:[local_ip]>\n"
        steps = _pause(phone.seconds) + _send(_request("REFER", uri, ours, theirs, 1, extra=extra)) + '<recv response="202"/>\n'
        steps += '<label id="1"/>\n<recv request="NOTIFY" optional="true" next="2"/>\n<recv request="BYE" next="3"/>\n'
        steps += '<label id="2"/>\n' + _send(_reply("200 OK")).replace('<send retrans="500"', '<send next="1"')
        return steps + '<label id="3"/>\n' + _send(_reply("200 OK")).replace(' retrans="500"', "")
    if phone.act == "keys":
        steps = _pause(phone.seconds)
        for cseq, digit in enumerate(phone.digits, 1):
            steps += _info(digit, uri, ours, theirs, cseq) + _pause(0.3)
        return steps + _pause(phone.then) + bye
    return hung_up


@dataclass(kw_only=True)
class Leg:
    """One dialog as a SIPp process saw it; times are the machine's clock, ``by_us`` who ended it."""

    who: str
    sip_id: str
    caller: str
    called: str
    incoming: bool
    invited: datetime
    answered: datetime | None = None
    ended: datetime | None = None
    by_us: bool | None = None
    codes: list[int] = field(default_factory=list)


_HEAD = re.compile(r"-{20,} (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+)\s*\nUDP message (sent|received)[^\n]*\n\n", re.M)  # one traced message


def _messages(path: Path) -> Iterator[tuple[datetime, bool, str]]:
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r", "")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends[: len(heads)], strict=True):
        body = text[head.end() : end]
        yield datetime.fromisoformat(head[1].replace("T", " ")), head[2] == "sent", body


def _user(message: str, header: str) -> str:
    found = re.search(rf"^{header}:.*?sip:([^@>]*)@", message, re.M)
    return found[1] if found else ""


def legs(who: str, path: Path) -> list[Leg]:
    """The dialogs in one ``-trace_msg`` file, in order."""
    found: dict[str, Leg] = {}
    for moment, ours, message in _messages(path):
        sip_id = re.search(r"^Call-ID: *(\S+)", message, re.M)
        start, cseq = message.split("\n", 1)[0], re.search(r"^CSeq: *\d+ (\w+)", message, re.M)
        if not sip_id or not cseq:
            continue
        leg = found.get(sip_id[1])
        if leg is None:
            if not start.startswith("INVITE"):
                continue
            leg = found[sip_id[1]] = Leg(
                who=who, sip_id=sip_id[1], caller=_user(message, "From"), called=_user(message, "To"), incoming=not ours, invited=moment
            )
        if start.startswith("SIP/2.0") and cseq[1] == "INVITE":
            code = int(start.split()[1])
            leg.codes += [code] if code not in leg.codes else []
            if code == 200:
                leg.answered = leg.answered or moment
            elif code >= 300:
                leg.ended, leg.by_us = leg.ended or moment, ours if leg.by_us is None else leg.by_us
        elif start.startswith(("BYE", "CANCEL")) and leg.ended is None:
            leg.ended, leg.by_us = moment, ours
    return list(found.values())
