"""A real Asterisk that Chốt does not start, driven by settings alone: what it lacks is said, then a call through it is a fact."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from chot.core.errors import InputError
from chot.core.messages import TRUNK_SECRET, Dial, Seat, SetTrunks, TrunkAccount, sip_digest
from chot.core.sealing import seal
from chot.telephony import elsewhere
from chot.telephony.configuration import Configuration, Phone, free_ports
from chot.telephony.elsewhere_checks import ask
from chot.telephony.elsewhere_exchange import FarExchange
from chot.telephony.installation import Installation
from chot.telephony.node import Node
from chot.telephony.places import from_settings
from chot.telephony.store import Store
from tests.telephony.conftest import Station, network
from tests.telephony.test_calls import _loudest_hz

LATE = "app_mixmonitor"
SECRET_KEY, PASSWORD = "of this test", "mật khẩu 7"


class Administrator:
    """Whoever keeps the other Asterisk: reads what Chốt printed, and changes files and modules as it says."""

    def __init__(self, installation: Installation, home: Path, port: int, printed: str) -> None:
        self.installation, self.home = installation, home
        self.includes = dict(re.findall(r"^ +(\S+\.conf): (#include .*)$", printed, re.MULTILINE))
        modules = [name for name in printed.rpartition("Modules:\n")[2].split() if (Path(installation.modules) / f"{name}.so").is_file()]
        for folder in ("etc", "lib/keys", "db", "run", "log", "spool/tmp", "spool/recording"):
            (home / folder).mkdir(parents=True)
        places = "".join(f"ast{name}dir => {home}/{folder}\n" for name, folder in (
            ("etc", "etc"), ("varlib", "lib"), ("db", "db"), ("key", "lib"), ("spool", "spool"), ("run", "run"), ("log", "log"),
        ))  # fmt: skip
        places += f"astmoddir => {installation.modules}\nastdatadir => {installation.data}\n"
        self.write("asterisk.conf", f"[directories]\n{places}[options]\nnofork = yes\n")
        self.write("http.conf", f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport={port}\n")
        self.write("modules.conf", "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in modules if name != LATE))
        self.write("ari.conf", "[general]\nenabled=yes\n")
        self.write("extensions.conf", "[general]\n[others]\nexten => s,1,Answer()\n same => n,Wait(600)\n")
        self.write("pjsip.conf", "[global]\ntype=global\n")
        self.write("musiconhold.conf", f"[default]\nmode=files\ndirectory={installation.data}/moh\n")
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, name: str, text: str) -> None:
        (self.home / "etc" / name).write_text(text)

    def take_over(self, name: str, *, copy: bool = False) -> None:
        """Add the printed line to a file, or in its place the text of today."""
        line = self.includes[name]
        text = Path(line.partition('"')[2].rstrip('"')).read_text() if copy else line
        before = (self.home / "etc" / name).read_text().partition("; of Chot\n")[0]
        self.write(name, f"{before}; of Chot\n{text}\n")

    def start(self) -> None:
        with (self.home / "log" / "out").open("ab") as out:
            command = self.installation.command("-C", str(self.home / "etc" / "asterisk.conf"), "-f", "-g")
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)

    def console(self, command: str) -> str:
        asked = self.installation.command("-C", str(self.home / "etc" / "asterisk.conf"), "-rx", command)
        return subprocess.run(asked, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stdout

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class FarStation(Station):
    """A node whose Asterisk is the administrator's."""

    made: Configuration

    def new_node(self) -> Node:
        return Node(Store(self.address, self.name, f"test:{self.name}"), FarExchange(self.made, self.name), offers=False)


async def _lacks(made: Configuration) -> list[str]:
    try:
        await FarExchange(made, "far").start()
    except InputError as error:
        return [problem.what for problem in error.problems]
    return []


async def _first_answer(made: Configuration, keeper: Administrator) -> list[str]:
    """What it lacks as soon as it answers at all."""
    async with asyncio.timeout(20):
        while "no Asterisk answers" in (found := await _lacks(made))[0] or "no ARI" in found[0]:
            await asyncio.sleep(0.1)
    keeper.console("core waitfullybooted")
    return await _lacks(made)


async def _put_right(made: Configuration, keeper: Administrator, aside: Path) -> None:
    """Everything that can be missing is said, and only that."""
    assert "no Asterisk answers" in (await _lacks(made))[0]
    keeper.start()
    assert await _first_answer(made, keeper) == ["it refuses the user chot: the password is wrong, or there is no such user"]
    keeper.take_over("ari.conf")
    keeper.console("module reload res_ari.so")
    lacks = await _lacks(made)
    assert lacks == [f"modules are not loaded: {LATE}", "the dialplan has no context chot-check"], lacks
    keeper.console(f"module load {LATE}.so")
    keeper.take_over("extensions.conf")
    assert await _lacks(made) == []
    assert made.elsewhere
    moved = replace(made, elsewhere=replace(made.elsewhere, folder=aside), recordings=aside / "recordings")
    assert await _lacks(moved) == [f"what Asterisk writes to {made.recordings} does not appear here"]
    keeper.take_over("extensions.conf", copy=True)
    text = (keeper.home / "etc" / "extensions.conf").read_text()
    keeper.write("extensions.conf", text.replace(elsewhere.plan(made), "of-yesterday"))
    assert await _lacks(made) == ["the dialplan is that of an earlier version, or of another folder"]
    keeper.write("extensions.conf", text)
    assert await _lacks(made) == []


async def _fact(database: str, call_id: str) -> tuple[str, int]:
    """The call among the facts, after the worker's reader has run."""
    code = "import django; django.setup(); from chot.calls.actions_journal import take_in_calls as take; take()"
    run = [sys.executable, "-c", code]
    done = await asyncio.create_subprocess_exec(*run, env=os.environ | {"DATABASE_URL": database})
    assert await done.wait() == 0
    async with await psycopg.AsyncConnection.connect(database) as connection:
        sql = "SELECT outcome, talk_s FROM calls_call WHERE call_id = %s"
        return (await (await connection.execute(sql, (call_id,))).fetchone()) or ("", 0)


async def _call_is_a_fact(at: FarStation, trunk: TrunkAccount) -> None:
    """The agent is reached at a number outside, so that the Asterisk needs nothing but its trunk."""
    assert await at.outcome(await at.send(SetTrunks(version=1, trunks=(trunk,)))) == "done"
    await at.told("", "trunks_set", version=1, problem="", node=at.name)
    call_id = at.name
    await at.send(Dial(call_id=call_id, seat=Seat(agent_id="lan", number="0912000010"), number="0912000022", caller_id="02471234567"))
    told = await at.told(call_id, "call_ended")
    assert (told["outcome"], told["hangup_by"], told["talk_s"] in (1, 2)) == ("answered", "customer", True)
    recorded = await at.told(call_id, "recording_stopped")
    assert Path(recorded["customer"]).parent == at.made.recordings and abs(_loudest_hz(Path(recorded["customer"])) - 440) < 3
    assert await _fact(at.address, call_id) == ("answered", told["talk_s"])


async def _registration_is_seen(at: FarStation, keeper: Administrator, trunk: TrunkAccount) -> None:
    """Without the manager interface of that Asterisk it is reachable; with it, registered or rejected."""
    lines = at.network.carrier.configuration
    account = Phone(name="cong-ty", digest=sip_digest("cong-ty", PASSWORD), webrtc=False)
    await at.network.carrier.apply(replace(lines, phones=(*lines.phones, account)))
    at.node.controller.secret_key = SECRET_KEY
    wrong, right = (
        replace(trunk, registers=True, username="cong-ty", secret=seal(word, SECRET_KEY, purpose=TRUNK_SECRET)) for word in ("no", PASSWORD)
    )
    await at.send(SetTrunks(version=2, trunks=(right,)))
    await at.told("", "trunks_set", version=2, problem="", node=at.name)
    async with asyncio.timeout(40):
        await asyncio.sleep(4)
        while (states := await _trunk_states(at))[-1] != "reachable":
            await asyncio.sleep(0.5)
    assert set(states) <= {"reachable", "unreachable"}
    keeper.write("manager.conf", "[general]\nenabled=yes\nwebenabled=yes\nbindaddr=127.0.0.1\nport=0\n")
    keeper.take_over("manager.conf")
    keeper.console("module reload manager")
    await at.told("", "trunk_changed", trunk="carrier", state="registered")
    await at.send(SetTrunks(version=3, trunks=(replace(wrong, name="other"),)))
    await at.told("", "trunk_changed", trunk="other", state="rejected")


async def _trunk_states(at: FarStation) -> list[str]:
    return [told["state"] for kind, told in await at.journal("") if kind == "trunk_changed" and told["trunk"] == "carrier"]


async def _copied_by_hand(at: FarStation, keeper: Administrator, trunk: TrunkAccount) -> None:
    """Where files are copied, what is not in force yet is said until it is."""
    keeper.take_over("pjsip.conf", copy=True)
    outcome = await at.outcome(await at.send(SetTrunks(version=4, trunks=(trunk, replace(trunk, name="second")))))
    assert outcome == f"done; its administrator takes over {at.made.elsewhere.there}/etc/chot_pjsip.conf"
    await at.told("", "node_waits", node=at.name, file=f"{at.made.elsewhere.there}/etc/chot_pjsip.conf")
    assert not [each for each in await at.journal("") if each[0] == "trunks_set" and each[1]["version"] == 4 and each[1]["node"] == at.name]
    keeper.take_over("pjsip.conf", copy=True)
    keeper.console("module reload res_pjsip.so")
    await at.told("", "trunks_set", version=4, problem="", node=at.name)


async def _away_and_back(at: FarStation, keeper: Administrator) -> None:
    """It is killed: said; it comes back without a module: unready, and why; with it: up, by itself."""
    keeper.kill()
    await at.told("", "node_changed", node=at.name, state="down", problem=f"no connection to {at.made.ari}")
    keeper.start()
    async with asyncio.timeout(30):
        while "unready" not in [state for state, problem in await _states(at) if LATE in problem]:
            await asyncio.sleep(0.1)
    assert not at.node.ready.is_set()
    keeper.console(f"module load {LATE}.so")
    async with asyncio.timeout(30):
        await at.node.ready.wait()
    assert [state for state, _ in await _states(at)][-2:] == ["unready", "up"]


async def _states(at: FarStation) -> list[tuple[str, str]]:
    told = [payload for kind, payload in await at.journal("") if kind == "node_changed" and payload["node"] == at.name]
    return [(each["state"], each["problem"]) for each in told]


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield


def test_an_asterisk_of_somebody_else(asterisk: Installation, database: str, tmp_path: Path) -> None:
    """From what the command prints; calls of other people on it are left alone."""

    async def whole() -> None:
        async with network(asterisk, exchange=False) as both:
            var, port = both.made.home.parent, free_ports("127.0.0.1").http
            shared = var / "shared"
            shared.mkdir()
            settings = {
                "CHOT_ASTERISK_ARI": f"http://127.0.0.1:{port}/ari", "CHOT_ASTERISK_FOLDER": str(shared),
                "CHOT_SIP_ADDRESS": "127.0.0.1", "CHOT_SIP_PORT": str(both.made.ports.sip),
            }  # fmt: skip
            name = f"far{os.urandom(3).hex()}"
            with _environment(**settings):
                command = [sys.executable, "-m", "chot", "telephony", "configuration", "--for-node", name, "--var", str(var)]
                printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                FarStation.made = elsewhere.configuration(var, name, elsewhere.from_settings(), from_settings())
            keeper = Administrator(asterisk, var / "far", port, printed)
            at = FarStation(both, database, name)
            try:
                keeper.take_over("pjsip.conf")
                await _put_right(at.made, keeper, tmp_path)
                await ask(at.made, "POST", "channels", endpoint="Local/s@others/n", context="others", extension="s", priority="1")
                await at.start()
                lines = both.carrier.configuration
                trunk = TrunkAccount(name="carrier", host=lines.address, port=lines.ports.sip)
                await _call_is_a_fact(at, trunk)
                assert "s@others" in keeper.console("core show channels concise")
                await _registration_is_seen(at, keeper, trunk)
                await _copied_by_hand(at, keeper, trunk)
                await _away_and_back(at, keeper)
            finally:
                await at.stop()
                keeper.kill()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"CHOT_ASTERISK_ARI": "10.0.0.5:8088"}, "CHOT_ASTERISK_ARI: “10.0.0.5:8088” is no address of ARI"),
        ({"CHOT_ASTERISK_ARI": "http://h:8088/ari"}, "CHOT_ASTERISK_FOLDER: it is not set"),
        ({"CHOT_ASTERISK_ARI": "http://h/ari", "CHOT_ASTERISK_FOLDER": "/nowhere"}, "CHOT_ASTERISK_FOLDER: “/nowhere” is no folder"),
        ({"CHOT_ASTERISK_ARI": "http://h/ari", "CHOT_ASTERISK_FOLDER": "/tmp", "CHOT_ASTERISK_FOLDER_THERE": "/a,b"}, "CHOT_ASTERISK_FOLDER_THERE: “/a,b” is no path"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named(settings: dict[str, str], said: str) -> None:
    assert elsewhere.from_settings({}) is None
    with pytest.raises(InputError) as caught:
        elsewhere.from_settings(settings)
    assert caught.value.problems[0].what == said and caught.value.problems[0].fix
