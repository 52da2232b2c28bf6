"""Times of the facts against those of SIPp, which plays the customers and notes when each message passed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chot.core.messages import Dial, HangUp, Offer, Seat, SetTrunks, TrunkAccount
from chot.telephony.configuration import free_ports
from chot.telephony.elsewhere_checks import Refused, ask
from chot.telephony.installation import Installation
from tests.house.sources import ROOT
from tests.telephony import sipp
from tests.telephony.conftest import Station, station
from tests.telephony.test_calls import TONE

ADDRESS, LINE = "127.0.0.20", "02471234567"
NEAR = timedelta(milliseconds=100)
_REPLY = "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]C[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"
_CONTACT = "Contact: <sip:[local_ip]:[local_port]>\n"
_VOICE = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=customer 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
"""
_BYE = """BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: [$2];tag=[pid]C[call_number]
To: [$1]
[last_Call-ID:]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

"""
_END = "Content-Length: 0\n\n"


def _sent(text: str, retrans: str = "") -> str:
    return f"<send{retrans}><![CDATA[\n{text}\n]]></send>\n"


_INVITE = """<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/><ereg regexp=".*" search_in="hdr" header="To:" assign_to="2"/>
</action></recv>
"""
_CSEQ = '<ereg regexp="[0-9]+ INVITE" search_in="hdr" header="CSeq:" assign_to="3"/>'
_RINGING = _sent(f"SIP/2.0 180 Ringing\n{_REPLY}{_CONTACT}{_END}") + '<pause milliseconds="400"/>\n'
_ANSWER = _sent(f"SIP/2.0 200 OK\n{_REPLY}{_CONTACT}{_VOICE}", ' retrans="500"') + '<recv request="ACK"/>\n'
_OK = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n"


def _refusing(status: str) -> str:
    return _INVITE + _RINGING + _sent(f"SIP/2.0 {status}\n{_REPLY}{_END}", ' retrans="500"') + '<recv request="ACK"/>\n'


SCENARIOS = {
    "hangs-up": _INVITE + _RINGING + _ANSWER + '<pause milliseconds="1300"/>\n' + _sent(_BYE, ' retrans="500"') + '<recv response="200"/>\n',
    "stays": _INVITE + _RINGING + _ANSWER + '<recv request="BYE"/>\n' + _sent(_OK),
    "busy": _refusing("486 Busy Here"),
    "rejects": _refusing("603 Decline"),
    "rings": _INVITE.replace("</action>", _CSEQ + "</action>") + _sent(f"SIP/2.0 180 Ringing\n{_REPLY}{_CONTACT}{_END}") + '<recv request="CANCEL"/>\n' + _sent(_OK)
    + _sent(f"SIP/2.0 487 Request Terminated\n{_REPLY.replace('[last_CSeq:]', 'CSeq: [$3]')}{_END}", ' retrans="500"') + '<recv request="ACK"/>\n',
}  # fmt: skip
"""Customers, each on a trunk of its own."""

CALLER = "0987111108"
_HEADERS = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:CALLER@[local_ip]:[local_port]>;tag=[pid]C[call_number]
To: <sip:LINE@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
Max-Forwards: 70
Contact: <sip:CALLER@[local_ip]:[local_port]>
""".replace("CALLER", CALLER).replace("LINE", LINE)
_CALLING = (
    _sent(f"INVITE sip:{LINE}@[remote_ip]:[remote_port] SIP/2.0\n{_HEADERS}CSeq: 1 INVITE\n{_VOICE}", ' retrans="500"')
    + '<recv response="100" optional="true"/>\n<recv response="180" optional="true"/>\n<recv response="183" optional="true"/>\n<recv response="200" rrs="true"/>\n'
    + _sent(f"ACK [next_url] SIP/2.0\n{_HEADERS}CSeq: 1 ACK\n{_END}") + '<pause milliseconds="3000"/>\n'
    + _sent(f"BYE [next_url] SIP/2.0\n{_HEADERS}CSeq: 2 BYE\n{_END}", ' retrans="500"') + '<recv response="200"/>\n'
)  # fmt: skip
"""A customer who calls us, and hangs up 3 s after we answered."""


@contextmanager
def _customers(folder: Path) -> Iterator[dict[str, int]]:
    """A SIPp for each scenario; its port."""
    ports: dict[str, int] = {}
    running = []
    for name, text in SCENARIOS.items():
        ports[name] = free_ports(ADDRESS).sip
        used = "".join(f'<Reference variables="{each}"/>\n' for each in ("1,2",) if "[$1]" not in text)
        (folder / f"{name}.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="{name}">\n{text}{used}</scenario>\n')
        command = sipp.command(
            "-sf", str(folder / f"{name}.xml"), "-i", ADDRESS, "-p", str(ports[name]), "-mi", ADDRESS, "-min_rtp_port", str(20000 + 100 * len(ports)),
            "-max_rtp_port", str(20090 + 100 * len(ports)), "-trace_msg", "-message_file", str(folder / f"{name}.log"), "-nostdin",
        )  # fmt: skip
        assert command
        own = os.environ | {"TZ": "UTC", "TERM": "dumb"}
        with (folder / f"{name}.out").open("wb") as out:
            running.append(subprocess.Popen(command, cwd=folder, env=own, stdin=subprocess.DEVNULL, stdout=out, stderr=out))
    try:
        yield ports
    finally:
        for each in running:
            each.terminate()
            each.wait()


def _near(noted: datetime, told: object, what: str) -> None:
    away = datetime.fromisoformat(str(told)) - noted
    assert abs(away) <= NEAR, f"{what}: {away.total_seconds() * 1000:.0f} ms away"


async def _called(at: Station, name: str, number: str) -> str:
    call_id = f"{at.name}-{number}"
    seat = Seat(agent_id="mai", phone="echo") if int(number) % 2 else TONE
    await at.send(Dial(call_id=call_id, seat=seat, number=number, caller_id=LINE, trunk=f"sipp-{name}", timeout_s=2))
    return call_id


async def _caller(at: Station, folder: Path, port: int) -> tuple[str, sipp.Spoken]:
    """The call of a customer who calls from the trunk of this port, and what SIPp noted of it; an agent is offered it after a second."""
    (folder / "calls.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="calls">\n{_CALLING}</scenario>\n')
    command = sipp.command(
        f"127.0.0.1:{at.network.made.ports.sip}", "-sf", str(folder / "calls.xml"), "-m", "1", "-i", ADDRESS, "-p", str(port), "-mi", ADDRESS,
        "-min_rtp_port", "21000", "-max_rtp_port", "21090", "-trace_msg", "-message_file", str(folder / "calls.log"), "-nostdin",
    )  # fmt: skip
    assert command
    at.node.controller.phones.clear()
    calling = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=os.environ | {"TZ": "UTC", "TERM": "dumb"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(10):
        while not (found := [call.call_id for call in at.node.controller.calls if call.number == CALLER]):
            await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    await at.send(Offer(call_id=found[0], seat=TONE))
    await at.told(found[0], "call_ended")
    assert await calling.wait() == 0
    return found[0], sipp.read(folder / "calls.log")[LINE]


def _facts(at: Station, calls: Iterable[str]) -> dict[str, dict[str, object]]:
    """The rows that the calls became: one each, however often the journal is read."""
    run = [sys.executable, "-m", "tests.telephony.facts", *calls]
    own = os.environ | {"DATABASE_URL": at.address, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
    return dict(json.loads(subprocess.run(run, env=own, capture_output=True, text=True, check=True).stdout))


async def _loaded(at: Station, name: str) -> bool:
    try:
        return bool(await ask(at.network.made, "GET", f"endpoints/PJSIP/{name}"))
    except Refused:
        return False


def test_answers_and_ends_are_within_100_ms_of_the_customers_own_notes(asterisk: Installation, database: str, tmp_path: Path) -> None:
    """Eight calls: answered and hung up by either side, busy, rejected, not answered, and one of a customer who calls us; by the rows of the facts."""
    if not sipp.command():
        pytest.skip("no SIPp: `make test` fetches one where apt offers it (python -m tests.telephony.sipp)")
    wanted = {  # number: trunk, outcome, who hung up, what SIPp notes at the answer and at the end
        "0912111101": ("hangs-up", "answered", "customer", ("sent", "SIP/2.0 200"), ("sent", "BYE")),
        "0912111102": ("hangs-up", "answered", "customer", ("sent", "SIP/2.0 200"), ("sent", "BYE")),
        "0912111103": ("stays", "answered", "agent", ("sent", "SIP/2.0 200"), ("received", "BYE")),
        "0912111104": ("stays", "answered", "agent", ("sent", "SIP/2.0 200"), ("received", "BYE")),
        "0912111105": ("busy", "busy", "system", None, ("sent", "SIP/2.0 486")),
        "0912111106": ("rejects", "no_answer", "customer", None, ("sent", "SIP/2.0 603")),
        "0912111107": ("rings", "no_answer", "system", None, ("received", "CANCEL")),
    }

    async def story(at: Station, ports: dict[str, int]) -> None:
        trunks = tuple(TrunkAccount(name=f"sipp-{name}", host=ADDRESS, port=port) for name, port in ports.items())
        assert await at.outcome(await at.send(SetTrunks(version=1, trunks=trunks))) == "done"
        async with asyncio.timeout(10):
            while not await _loaded(at, f"sipp-{next(reversed(ports))}"):
                await asyncio.sleep(0.05)
        calls = {number: await _called(at, row[0], number) for number, row in wanted.items()}
        for number, row in wanted.items():
            if row[0] == "stays":
                await at.told(calls[number], "call_changed", phase="talking")
                await at.send(HangUp(call_id=calls[number]))
        for call_id in calls.values():
            await at.told(call_id, "call_ended")
        came, said = await _caller(at, tmp_path, free_ports(ADDRESS).sip)
        await asyncio.sleep(0.2)  # SIPp writes its log
        rows = _facts(at, [*calls.values(), came])
        ended = {number: rows[call_id] for number, call_id in calls.items()}
        _near(said.at("sent", "INVITE"), rows[came]["started_at"], "a caller began")
        _near(said.at("sent", "BYE"), rows[came]["ended_at"], "a caller ended")
        assert [rows[came][name] for name in ("direction", "outcome", "hangup_by", "agent_id", "wait_s")] == ["in", "answered", "customer", "lan", 1]
        for number, (name, outcome, by, answer, end) in wanted.items():
            noted, told = sipp.read(tmp_path / f"{name}.log")[number], ended[number]
            assert (told["outcome"], told["hangup_by"]) == (outcome, by), (number, told)
            if answer:
                _near(noted.at(*answer), told["answered_at"], f"{number} answered")
            _near(noted.at(*end), told["ended_at"], f"{number} ended")

    async def whole() -> None:
        with _customers(tmp_path) as ports:
            async with station(asterisk, database) as at:
                await story(at, ports)

    asyncio.run(whole())
