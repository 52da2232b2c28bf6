"""Run a real Asterisk through the scripted calls and keep what it wrote. Usage: capture.py PREFIX WORK OUT.

PREFIX is an unpacked Asterisk 22 (no root needed), WORK an empty folder for its state, OUT takes
Master.csv, Custom.csv, Linked.csv, cel.csv, cel_text.csv, queue_log and sip_legs.csv (what SIPp saw).
"""

from __future__ import annotations

import csv
import os
import shutil
import string
import subprocess
import sys
import time
from pathlib import Path

from sipp import Caller, Leg, Phone, caller_scenario, legs, phone_scenario
from steps import STEPS, Step

HERE = Path(__file__).parent
AGENTS = ("1001", "1002", "1003", "1004", "1005", "1006", "1007")
PORTS = {agent: 5200 + 10 * place for place, agent in enumerate(AGENTS)}
KEPT = {
    "cdr-csv/Master.csv": "Master.csv",
    "cdr-custom/Custom.csv": "Custom.csv",
    "cdr-custom/Linked.csv": "Linked.csv",
    "cel-custom/Master.csv": "cel.csv",
    "cel-custom/Text.csv": "cel_text.csv",
    "queue_log": "queue_log",
}


def write_configuration(prefix: Path, work: Path) -> None:
    """Fill the templates and make the folders that Asterisk expects."""
    endpoint = '[{0}](agent)\naors={0}\ncallerid="Agent {0}" <{0}>\n[{0}]\ntype=aor\ncontact=sip:{0}@127.0.0.1:{1}\n'
    agents = "".join(endpoint.format(agent, PORTS[agent]) for agent in AGENTS)
    places = {"PREFIX": str(prefix), "ETC": str(work / "etc"), "VAR": str(work / "var"), "AGENTS": agents}
    for folder in (
        "etc",
        "var/lib/keys",
        "var/db",
        "var/run",
        "var/moh",
        "var/spool/outgoing",
        "var/spool/tmp",
        "var/spool/monitor",
        "var/log/cdr-csv",
        "var/log/cdr-custom",
        "var/log/cel-custom",
        "sip",
    ):
        (work / folder).mkdir(parents=True, exist_ok=True)
    for template in (HERE / "etc").iterdir():
        text = template.read_text(encoding="utf-8")
        if template.name in ("asterisk.conf", "pjsip.conf", "musiconhold.conf"):
            text = string.Template(text).substitute(places)
        (work / "etc" / template.name).write_text(text, encoding="utf-8")


class Pbx:
    """A running Asterisk and its command line."""

    def __init__(self, prefix: Path, work: Path) -> None:
        libraries = prefix / "usr/lib/x86_64-linux-gnu"
        loader = str(prefix / "usr/lib64/ld-linux-x86-64.so.2")
        self.command = [
            loader,
            "--library-path",
            f"{libraries}:{libraries}/pulseaudio",
            str(prefix / "usr/sbin/asterisk"),
            "-C",
            str(work / "etc/asterisk.conf"),
        ]
        self.env = {**os.environ, "TZ": "UTC"}
        self.process = subprocess.Popen([*self.command, "-f", "-g"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def cli(self, line: str) -> str:
        """The answer to one command."""
        return subprocess.run([*self.command, "-rx", line], env=self.env, capture_output=True, text=True, timeout=20, check=False).stdout

    def wait(self) -> None:
        """Return when the system is fully booted."""
        for _ in range(100):
            if "fully booted" in self.cli("core waitfullybooted"):
                return
            time.sleep(0.2)
        raise SystemExit("Asterisk did not start")


def start_sipp(work: Path, title: str, xml: str, arguments: list[str]) -> tuple[subprocess.Popen[bytes], Path]:
    """One SIPp process and the file of its traced messages."""
    scenario, trace = work / "sip" / f"{title}.xml", work / "sip" / f"{title}.msg"
    scenario.write_text(xml, encoding="utf-8")
    command = [
        "sipp",
        "-sf",
        str(scenario),
        "-trace_msg",
        "-message_file",
        str(trace),
        "-trace_err",
        "-error_file",
        str(trace) + ".err",
        "-nostdin",
        *arguments,
        "127.0.0.1:5160",
    ]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=work / "sip"
    ), trace


def start_phone(work: Path, number: int, who: str, phone: Phone) -> tuple[subprocess.Popen[bytes], Path]:
    """A phone that answers any number of calls until it is stopped."""
    address, port = ("127.0.0.10", 5070) if who == "trunk" else ("127.0.0.1", PORTS[who])
    return start_sipp(work, f"{number:02d}-{who}", phone_scenario(phone), ["-i", address, "-p", str(port), "-mp", str(port + 20000)])


def start_caller(work: Path, number: int, place: int, caller: Caller) -> tuple[subprocess.Popen[bytes], Path]:
    """A customer on the carrier's address, or an agent on the agents', who makes one call."""
    address = "127.0.0.1" if caller.number in AGENTS else "127.0.0.10"
    port = 5400 + 10 * place
    return start_sipp(
        work,
        f"{number:02d}-{caller.number}",
        caller_scenario(caller),
        ["-i", address, "-p", str(port), "-mp", str(port + 20000), "-m", "1", "-timeout", "45s"],
    )


def play(pbx: Pbx, work: Path, number: int, step: Step) -> list[Leg]:
    """Play one step; the dialogs that its SIPp processes saw."""
    for line in step.before:
        pbx.cli(line)
    phones = {who: start_phone(work, number, who, phone) for who, phone in step.phones.items()}
    time.sleep(0.4)
    started = time.monotonic()
    callers: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}
    pending = sorted(
        [(caller.delay, "call", place, caller.number) for place, caller in enumerate(step.calls)]
        + [(delay, "cli", place, line) for place, (delay, line) in enumerate(step.during)]
    )
    for delay, kind, place, line in pending:
        time.sleep(max(0.0, started + delay - time.monotonic()))
        if kind == "cli":
            pbx.cli(line)
        else:
            callers[line] = start_caller(work, number, place, step.calls[place])
    failures = [who for who, (process, _) in callers.items() if process.wait(60)]
    time.sleep(1.2)
    for process, _ in phones.values():
        process.terminate()
        process.wait(10)
    for line in step.after:
        pbx.cli(line)
    print(f"{number:2d} {step.title}: {'FAILED ' + ', '.join(failures) if failures else 'ok'}", flush=True)
    return [leg for who, (_, trace) in {**callers, **phones}.items() if trace.exists() for leg in legs(who, trace)]


def keep(work: Path, out: Path, seen: list[tuple[int, str, Leg]]) -> None:
    """Copy the logs and write the SIP side beside them."""
    out.mkdir(parents=True, exist_ok=True)
    for source, name in KEPT.items():
        shutil.copyfile(work / "var/log" / source, out / name)
    with (out / "sip_legs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "title", "phone", "role", "caller", "called", "invited", "answered", "ended", "ended_by", "codes"])
        for number, title, leg in sorted(seen, key=lambda each: each[2].invited):
            by = "" if leg.by_us is None else ("phone" if leg.by_us else "pbx")
            writer.writerow(
                [
                    number,
                    title,
                    leg.who,
                    "called" if leg.incoming else "caller",
                    leg.caller,
                    leg.called,
                    leg.invited,
                    leg.answered or "",
                    leg.ended or "",
                    by,
                    " ".join(map(str, leg.codes)),
                ]
            )


def main(prefix: Path, work: Path, out: Path, only: set[int]) -> None:
    """The whole capture, or only some steps."""
    os.environ["TZ"] = "UTC"  # Asterisk itself takes the zone of the machine
    write_configuration(prefix, work)
    pbx = Pbx(prefix, work)
    seen: list[tuple[int, str, Leg]] = []
    try:
        pbx.wait()
        for number, step in enumerate(STEPS):
            if not only or number in only:
                seen += [(number, step.title, leg) for leg in play(pbx, work, number, step)]
        time.sleep(1)
    finally:
        pbx.cli("core stop gracefully")
        try:
            pbx.process.wait(20)
        except subprocess.TimeoutExpired:
            pbx.process.kill()
    keep(work, out, seen)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), {int(each) for each in sys.argv[4:]})
