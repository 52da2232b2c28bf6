"""SIPp as the customer's side: fetched as Asterisk is, run with a scenario of its own, its message log read as the truth about time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chot.telephony import debian, debs
from tests.house.sources import ROOT

PACKAGE = "sip-tester"
_MESSAGE = re.compile(r"^-{20,} (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{6})Z?\n(?:UDP|TCP) message (received|sent)[^\n]*\n\n(.*?)(?=^-{20,} |\Z)", re.MULTILINE | re.DOTALL)


def home() -> Path:
    """Where it is unpacked, beside the Asterisk of the tests."""
    return Path(os.environ.get("CHOT_TEST_TELEPHONY", ROOT / ".venv" / "telephony")) / "sipp"


def command(*arguments: str) -> list[str] | None:
    """How it is started; None where it was not fetched."""
    binary = home() / "usr/bin/sipp"
    if not binary.is_file():
        return None
    loader = next(path for pattern in ("usr/lib*/ld-linux*.so.*", "lib*/ld-linux*.so.*") for path in sorted(home().glob(pattern)))
    libraries = os.pathsep.join(str(each) for each in home().glob("usr/lib/*-linux-gnu*"))
    return [str(loader), "--library-path", libraries, str(binary), *arguments]


def fetch() -> None:
    """Fetch and unpack it once."""
    if command():
        return
    state = home().with_name("sipp-packages")
    state.mkdir(parents=True, exist_ok=True)
    packages = debian.fetch(debian.archive(), state, lambda what, done, total: None, (PACKAGE,))
    fresh = home().with_name(f"sipp-{os.getpid()}")
    debs.unpack(packages, fresh)
    fresh.rename(home())


@dataclass
class Spoken:
    """What SIPp noted of one call: when each message passed, by its first line."""

    call_id: str
    number: str
    messages: list[tuple[datetime, str, str]] = field(default_factory=list)

    def at(self, way: str, start: str) -> datetime:
        """The first message of a way (sent, received) that begins so."""
        return next(at for at, found, line in self.messages if found == way and line.startswith(start))


def read(log: Path) -> dict[str, Spoken]:
    """The calls of a message log, by the number that was called; its times are UTC."""
    calls: dict[str, Spoken] = {}
    for at, way, text in _MESSAGE.findall(log.read_text(errors="replace")):
        first = text.strip().partition("\n")[0].strip()
        call_id = re.search(r"^Call-ID: *(\S+)", text, re.MULTILINE)
        number = re.search(r"^To: *<sip:([^@]+)@", text, re.MULTILINE)
        if call_id and number:
            spoken = calls.setdefault(call_id[1], Spoken(call_id[1], number[1]))
            spoken.messages.append((datetime.fromisoformat(at).replace(tzinfo=UTC), way, first))
    return {each.number: each for each in calls.values()}


if __name__ == "__main__":
    fetch()
    sys.exit(subprocess.run(command("-v"), check=False).returncode not in (0, 99))
