"""Automatic 8-second calls at a rising rate: through Chốt, and as plain call files of the same Asterisk, in one run.

    python benchmarks/telephony.py [--rates 5,10,20,30] [--seconds 12] [--repeat 3] [--recording off,on] [--asterisk DIR]
    python benchmarks/telephony.py --soak MINUTES --rates RATE [--recording on]

A call: the demo carrier answers at once and sends back what it hears; 8 seconds of sound are played, then it is hung up. Through
Chốt: a row in ``telephony_command``, the controller (``chot telephony run``) originates over ARI, everything into the journal, and the
worker makes a row of ``calls`` of it; all rows are counted in the end. Plain: a file in ``spool/outgoing`` of the same Asterisk, whose
dialplan does the rest. With recording both write the same three files by the same dialplan.

A rate is held when every call is answered, lasts as long as it should (95 of 100 within half a second) and begins to ring (plain: is
answered) within a second, in most of its turns; the highest is the knee. CPU is of Asterisk and, for Chốt, of the controller and
PostgreSQL, per call, which depends little on what else the machine does. The last line is ``ratio R``: knee of Chốt / knee of plain,
of the first way of recording.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
import wave
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg

from chot.telephony import carrier, configuration, dialplan
from chot.telephony.installation import find

LASTS_S = 8.0
NUMBER = "0912345610"
LATE_S, LONGER_S = 1.0, 0.5
GROWTH = 1.1
"""More memory than this, the last third of a soak by its first, is a leak."""
_NO_FACT = (
    "SELECT count(*) FROM telephony_journal j WHERE j.kind = 'call_ended' "
    "AND NOT EXISTS (SELECT FROM calls_call c WHERE c.call_id = j.call_id)"
)
_KEPT = "SELECT count(*) FROM recordings_recording WHERE state = 'kept'"


@dataclass
class Step:
    """One rate for a while: how many calls began and ended well, how late they rang, what they cost."""

    driver: str
    recording: bool
    rate: float
    wanted: int
    ended: int
    ring_s: list[float]
    lasted_s: list[float]
    cpu_ms: dict[str, float]

    @property
    def held(self) -> bool:
        """Whether the rate is sustained."""
        return self.ended == self.wanted and _part(self.ring_s, 95) < LATE_S and abs(_part(self.lasted_s, 95) - LASTS_S) < LONGER_S

    def __str__(self) -> str:
        cpu = "  ".join(f"{name} {ms:.1f}" for name, ms in self.cpu_ms.items())
        ring = f"ring p50 {_part(self.ring_s, 50) * 1000:.0f} p95 {_part(self.ring_s, 95) * 1000:.0f} ms" if self.ring_s else ""
        mark = "held" if self.held else "NOT HELD"
        recording = "on " if self.recording else "off"
        begun = f"{self.driver:<6} recording {recording} {self.rate:>5.1f}/s  {self.ended}/{self.wanted}  {mark:<8}"
        return f"{begun} {ring}  lasted p95 {_part(self.lasted_s, 95):.2f} s  CPU ms/call: {cpu}"


class Place:
    """The processes of one run: exchange and controller, carrier, worker, database."""

    def __init__(self, var: Path, address: str) -> None:
        self.var, self.address = var, address
        self.made = configuration.load(var / "exchange", var / "recordings" / "incoming")
        self.started: list[subprocess.Popen[bytes]] = []
        self.database = psycopg.connect(address, autocommit=True)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What the database says."""
        return self.database.execute(sql, values).fetchall()

    def start(self) -> None:
        """Everything that calls need; back when the exchange is up."""
        for command in (["telephony", "carrier"], ["telephony", "run"], ["worker", "--part", "jobs"]):
            log = (self.var / f"{command[-1]}.log").open("wb")
            self.started.append(subprocess.Popen([sys.executable, "-m", "chot", *command, "--var", str(self.var)], stdout=log, stderr=log))
        _wait(lambda: self.rows("SELECT 1 FROM telephony_journal WHERE kind = 'node_changed' AND payload->>'state' = 'up'"), 120)
        self.console("module load pbx_spool.so")

    def stop(self) -> None:
        """Everything, in the order in which it depends on each other."""
        for each in reversed(self.started):
            each.terminate()
        for each in self.started:
            each.wait(30)

    def console(self, command: str) -> str:
        """Asterisk's own console."""
        installation = find(self.var)
        assert installation
        config = str(self.var / "exchange" / "etc" / "asterisk.conf")
        return subprocess.run(installation.command("-C", config, "-rx", command), capture_output=True, text=True, check=True).stdout

    def channels(self) -> int:
        """How many channels Asterisk has."""
        asked = urllib.request.Request(f"{self.made.ari}/channels")
        asked.add_header("Authorization", "Basic " + b64encode(f"{configuration.APP}:{self.made.ari_password}".encode()).decode())
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read()).count(b'"creationtime"')

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Whose CPU is counted. Django's worker is not: what it does of a call can wait."""
        asterisk = psutil.Process(int((self.var / "exchange" / "run" / "asterisk.pid").read_text()))
        server = psutil.Process(int((self.var / "postgres" / "postmaster.pid").read_text().split()[0]))
        return {"asterisk": [asterisk], "controller": [psutil.Process(self.started[1].pid)], "postgres": [server, *server.children()]}

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far."""
        found = {}
        for name, each in self.processes().items():
            times = [process.cpu_times() for process in each if process.is_running()]
            found[name] = sum(time.user + time.system for time in times)
        return found

    def memory_mb(self) -> dict[str, float]:
        """Memory now; the worker's with what it started."""
        worker = psutil.Process(self.started[2].pid)
        found = self.processes() | {"worker": [worker, *worker.children(recursive=True)]}
        return {name: sum(each.memory_info().rss for each in found[name]) / 1e6 for name in ("asterisk", "controller", "worker")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every step; 1 when a call is lost."""
    options = _options(arguments)
    with _place(options.asterisk) as place:
        if options.soak:
            return _soak(place, options.soak, options.rates[0], recording="on" in options.recording)
        ratios = [_compared(place, options, recording=recording == "on") for recording in options.recording]
        lost = _facts_missing(place)
        print(f"calls that are not a fact: {lost}")
        print(f"ratio {ratios[0]:.3f}")
        return int(bool(lost))


def _compared(place: Place, options: argparse.Namespace, *, recording: bool) -> float:
    """Both drivers at rising rates, in turns; a rate is one's own when it is held in most of its turns, the next one is not tried else."""
    _set_dialplan(place, recording=recording)
    knee = {"chot": 0.0, "plain": 0.0}
    going = list(knee)
    for rate in options.rates:
        held = dict.fromkeys(going, 0)
        for turn in range(options.repeat):
            for driver in going if turn % 2 == 0 else going[::-1]:
                step = _step(place, driver, rate, options.seconds, recording=recording)
                print(step, flush=True)
                held[driver] += step.held
        going = [driver for driver in going if 2 * held[driver] > options.repeat]
        knee |= dict.fromkeys(going, rate)
    ratio = knee["chot"] / knee["plain"] if knee["plain"] else 0.0
    said = f"Chốt {knee['chot']:g}, plain {knee['plain']:g} calls a second, ratio {ratio:.3f}"
    print(f"knee with recording {'on' if recording else 'off'}: {said}", flush=True)
    return ratio


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="5,10,20,30", type=lambda text: [float(each) for each in text.split(",")], help="calls a second")
    parser.add_argument("--seconds", type=float, default=12, help="for which a rate is kept up")
    parser.add_argument("--repeat", type=int, default=1, help="turns at each rate")
    parser.add_argument("--recording", default="off", type=lambda text: text.split(","), help="off, on, or both")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="only Chốt, at the first rate, so long")
    asterisk = os.environ.get("CHOT_TEST_TELEPHONY", str(Path(sys.prefix) / "telephony"))
    parser.add_argument("--asterisk", type=Path, default=Path(asterisk), help="a folder that `chot telephony install --var` filled")
    return parser.parse_args(arguments)


@contextmanager
def _place(asterisk: Path) -> Iterator[Place]:
    from chot.config import database

    if not find(asterisk):
        raise SystemExit(f"no Asterisk in {asterisk}: chot telephony install --var {asterisk}")
    with tempfile.TemporaryDirectory(prefix="chot-calls-") as scratch:
        var = Path(scratch)
        (var / "asterisk").symlink_to((asterisk / "asterisk").resolve())
        address, server = database.start(var)
        os.environ |= {"DATABASE_URL": address, "CHOT_VAR": str(var), "DJANGO_SETTINGS_MODULE": "chot.config.settings"}
        os.environ.setdefault("CHOT_SECRET_KEY", "of a benchmark")
        subprocess.run([sys.executable, "-m", "chot", "manage", "migrate", "--verbosity", "0", "--var", str(var)], check=True)
        place = Place(var, address)
        place.made = replace(carrier.linked(var, place.made), dialplan=_dialplan(place.made, recording=False))
        configuration.save(place.made)
        _sound(var / "eight.wav")
        (var / "plain.log").write_text("call began ended\n")  # Asterisk appends to what is there
        try:
            place.start()
            yield place
        finally:
            place.stop()
            place.database.close()
            if server:
                server.cleanup()


def _sound(path: Path) -> None:
    """Eight seconds of 300 Hz, as Asterisk plays them."""
    samples = (8000 * np.sin(2 * np.pi * 300 * np.arange(int(LASTS_S * 8000)) / 8000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def _dialplan(made: configuration.Configuration, *, recording: bool) -> str:
    """The call centre's, with or without its recording, and what a plain call file runs: the same recording, the same sound."""
    text = dialplan.call_centre(made)
    if not recording:
        text = "\n".join("exten => s,1,NoOp()" if line.startswith("exten => s,1,MixMonitor") else line for line in text.splitlines())
    home = made.home.parent
    plain = f"""
[plain]
exten => s,1,Set(BEGAN=${{STRFTIME(,,%s.%3q)}})
 same => n,Gosub(chot-record,s,1)
 same => n,Playback({home}/eight)
 same => n,Hangup()
exten => h,1,Set(FILE({home}/plain.log,,,al,u)=${{RECID}} ${{BEGAN}} ${{STRFTIME(,,%s.%3q)}})
"""
    return text + plain


def _set_dialplan(place: Place, *, recording: bool) -> None:
    """Into the file that Asterisk reads; the controller would write its own only when phones or trunks change."""
    made = configuration.load(place.var / "exchange", place.var / "recordings" / "incoming")
    (place.var / "exchange" / "etc" / "extensions.conf").write_text(_dialplan(made, recording=recording))
    assert "reload" in place.console("dialplan reload").lower()
    print(place.console("dialplan show chot-record").count("MixMonitor"), "recording in the dialplan", flush=True)


def _step(place: Place, driver: str, rate: float, seconds: float, *, recording: bool) -> Step:
    """Calls at a steady rate, and everything of them that ended; a driver too slow has its calls counted as they are after a while."""
    names = [f"b{uuid.uuid4().hex}" for _ in range(round(rate * seconds))]
    before, pressed = place.cpu(), {}
    send = _by_command if driver == "chot" else _by_file
    start = time.monotonic()
    for number, name in enumerate(names):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        pressed[name] = time.time()
        send(place, name)
    give_up = time.monotonic() + LASTS_S + 12
    while place.channels() and time.monotonic() < give_up:
        time.sleep(0.25)
    time.sleep(1)
    after = place.cpu()
    ring, lasted = _told(place, names) if driver == "chot" else _seen(place, pressed)
    count = {"asterisk"} | ({"controller", "postgres"} if driver == "chot" else set())
    cpu = {name: (after[name] - before[name]) * 1000 / len(names) for name in after if name in count}
    return Step(driver, recording, rate, len(names), len(lasted), ring, lasted, cpu)


def _by_command(place: Place, name: str) -> None:
    place.database.execute(
        "INSERT INTO telephony_command (node, kind, payload, created_at) VALUES ('local', 'dial_automatically', jsonb_build_object("
        "'call_id', %s::text, 'number', %s::text, 'sound', %s::text), clock_timestamp())",
        (name, NUMBER, str(place.var / "eight")),
    )


def _by_file(place: Place, name: str) -> None:
    """Written beside, then moved: Asterisk takes a file as soon as it sees it."""
    lines = [f"Channel: PJSIP/{NUMBER}@{carrier.TRUNK}", "Context: plain", "Extension: s", "Priority: 1", "MaxRetries: 0"]
    lines.append(f"Set: RECID={name}")
    draft = place.var / "exchange" / "spool" / "tmp" / name
    draft.write_text("\n".join([*lines, ""]))
    draft.rename(place.var / "exchange" / "spool" / "outgoing" / f"{name}.call")


def _told(place: Place, names: list[str]) -> tuple[list[float], list[float]]:
    """From the command to the ringing, and from the answer to the end, in seconds, of the calls that were answered and ended."""
    rung = place.rows(
        "SELECT extract(epoch FROM min(j.at) - min(c.created_at)) FROM telephony_journal j "
        "JOIN telephony_command c ON c.payload->>'call_id' = j.call_id "
        "WHERE j.call_id = ANY(%s) AND j.kind IN ('event:leg_ringing', 'event:leg_up') GROUP BY j.call_id", names,
    )  # fmt: skip
    lasted = place.rows(
        "SELECT extract(epoch FROM (j.payload->>'ended_at')::timestamptz - (j.payload->>'answered_at')::timestamptz) "
        "FROM telephony_journal j WHERE j.call_id = ANY(%s) AND j.kind = 'call_ended' AND j.payload->>'outcome' = 'answered'", names,
    )  # fmt: skip
    return [float(row[0]) for row in rung], [float(row[0]) for row in lasted]


def _seen(place: Place, pressed: dict[str, float]) -> tuple[list[float], list[float]]:
    """Plain calls have no journal: their dialplan writes a line when they end."""
    lines = [line.split() for line in (place.var / "plain.log").read_text().splitlines()]
    told = [(name, float(began), float(ended)) for name, began, ended in lines if name in pressed]
    return [began - pressed[name] for name, began, _ in told], [ended - began for _, began, ended in told]


def _facts_missing(place: Place) -> int:
    """How many ended calls are not exactly one row of ``calls`` after a while."""
    give_up = time.monotonic() + 60
    while (missing := place.rows(_NO_FACT)[0][0]) and time.monotonic() < give_up:
        time.sleep(1)
    return int(missing)


def _soak(place: Place, minutes: float, rate: float, *, recording: bool) -> int:
    """Calls at one rate for a long time; every minute memory, open channels, ended calls that are no fact yet, and kept recordings.

    1 when a call is lost, a channel is left or memory grows."""
    _set_dialplan(place, recording=recording)
    end = time.monotonic() + minutes * 60
    sent, last, start = 0, 0.0, time.monotonic()
    memory: list[dict[str, float]] = []
    while time.monotonic() < end:
        time.sleep(max(0.0, start + sent / rate - time.monotonic()))
        _by_command(place, f"s{uuid.uuid4().hex}")
        sent += 1
        if time.monotonic() - last > 60:
            last = time.monotonic()
            memory.append(place.memory_mb())
            shown = "  ".join(f"{name} {mb:.0f}" for name, mb in memory[-1].items())
            [[behind]], [[kept]] = place.rows(_NO_FACT), place.rows(_KEPT)
            minutes_in = (last - start) / 60
            counts = f"sent {sent}  channels {place.channels()}  no fact yet {behind}  recordings kept {kept}"
            print(f"{minutes_in:5.1f} min  {counts}  MB {shown}", flush=True)
    _wait(lambda: place.channels() == 0, 60)
    missing = _facts_missing(place)
    [[answered]] = place.rows("SELECT count(*) FROM calls_call WHERE outcome = 'answered'")
    print(f"sent {sent}, answered {answered}, without a fact {missing}, channels left {place.channels()}")
    grown = _growth(memory)
    print("memory, last third / first third: " + "  ".join(f"{name} {ratio:.2f}" for name, ratio in grown.items()))
    return int(answered != sent or bool(missing) or bool(place.channels()) or any(ratio > GROWTH for ratio in grown.values()))


def _growth(memory: list[dict[str, float]]) -> dict[str, float]:
    """Of each process, the median of the last third by that of the first, the beginning left out."""
    third = max(1, len(memory) // 3)
    early, late = memory[1 : third + 1] or memory, memory[-third:]
    return {name: statistics.median(each[name] for each in late) / statistics.median(each[name] for each in early) for name in memory[0]}


def _part(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _wait(holds: Any, within_s: float) -> None:
    give_up = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > give_up:
            raise SystemExit(f"not within {within_s:g} s")
        time.sleep(0.2)


if __name__ == "__main__":
    raise SystemExit(main())
