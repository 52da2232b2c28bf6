"""Asterisk's packages from the archive that this machine's apt already uses, with an apt state of our own: no root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chot.core.errors import InputError, Problem

LEAST = 20
"""The oldest major version that ARI is driven on."""

SUITE = "forky"
"""The Debian suite that has Asterisk 22; it still moves, so packages are resolved when they are fetched."""

WANTED = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-gsm")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_LIBRARY = re.compile(r"(asterisk|lib(?!perl|python|ruby|llvm|gtk|x11-data|mysql))")
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much is done, and of how much (bytes or files)."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Where packages come from: an address with its suite, or, with neither, the machine's own sources."""

    address: str = ""
    suite: str = ""


def archive() -> Archive:
    """The archive to fetch from: the distribution's own when it offers Asterisk 20 or later, else Debian's newer suite.

    Raises ``InputError`` on a machine without apt, or whose apt knows no Debian archive.
    """
    if not shutil.which("apt-get"):
        what = "Asterisk cannot be fetched: this system has no apt"
        fix = f"Install Asterisk {LEAST} or later with your system's packages; it is then used as it is. All else of Chốt works without it."
        raise InputError(Problem(what=what, fix=fix))
    if (candidate := _major(_output("apt-cache", "policy", "asterisk"), "Candidate")) and candidate >= LEAST:
        return Archive()
    targets = _output("apt-get", "indextargets", "--format", "$(REPO_URI)\t$(RELEASE)\t$(ORIGIN)", "Identifier: Packages")
    rows = [line.split("\t") for line in targets.splitlines() if line.count("\t") == 2]
    if any(origin == "Ubuntu" for _, _, origin in rows):
        return Archive()
    addresses = [address for address, suite, origin in rows if origin in ("Debian", "$(ORIGIN)", "") and "-" not in suite]
    if not addresses:
        fix = f"Add a Debian or Ubuntu archive to apt, or install Asterisk {LEAST} or later yourself."
        raise InputError(Problem(what="apt knows no Debian archive to fetch Asterisk from", fix=fix))
    return Archive(address=addresses[0], suite=SUITE)


def fetch(source: Archive, state: Path, say: Progress, wanted: Sequence[str] = WANTED) -> list[Path]:
    """Download Asterisk (the packages ``wanted``) and the libraries it needs into ``state``; what is there is not fetched again.

    Raises ``InputError`` with apt's own words when it fails.
    """
    environment = os.environ | {"APT_CONFIG": str(_own_state(source, state)), "LC_ALL": "C"}
    say("package lists", 0, 1)
    _run(["apt-get", "-qq", "update"], environment, state)
    uris = _run(["apt-get", "-qq", "install", "--yes", "--print-uris", *wanted], environment, state)
    listed = re.findall(r"^'[^']*' (\S+) (\d+)", uris, re.MULTILINE)
    files = {name: int(size) for name, size in listed if _LIBRARY.match(name) or name.partition("_")[0] in wanted}
    if not any(name.startswith(f"{wanted[0]}_") for name in files):
        raise InputError(Problem(what=f"this archive has no {wanted[0]}", fix=f"Install Asterisk {LEAST} or later yourself."))
    folder = state / "archives"
    folder.mkdir(exist_ok=True)
    names = [name.partition("_")[0] for name in files]
    process = subprocess.Popen(
        ["apt-get", "-qq", "download", *names], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    while process.poll() is None:
        say("packages", sum(each.stat().st_size for each in folder.glob("*.deb*")), sum(files.values()))
        time.sleep(0.2)
    if process.returncode:
        raise _failed("apt-get download", process.stdout.read() if process.stdout else "")
    return sorted(path for path in folder.glob("*.deb") if path.name.partition("_")[0] in names)


def _own_state(source: Archive, state: Path) -> Path:
    """An apt configuration whose lists, cache and status lie in ``state``; an empty status makes libc a dependency too."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    lines = [
        f'Dir::State::lists "{state}/lists";',
        f'Dir::State::status "{state}/status";',
        f'Dir::Cache "{state}/cache";',
        'APT::Install-Recommends "false";',
        'APT::Sandbox::User "";',
        'Debug::NoLocking "1";',
        'Acquire::Languages "none";',
        'Acquire::Retries "3";',
    ]
    if source.address:
        signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
        (state / "sources.list").write_text(f"deb {signed}{source.address} {source.suite} main\n")
        lines += [f'Dir::Etc::sourcelist "{state}/sources.list";', 'Dir::Etc::sourceparts "-";']
    path = state / "apt.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


def major(text: str) -> int:
    """The major version in what Asterisk or apt says; 0 when there is none.

    >>> major("Asterisk 22.10.1~dfsg-1"), major("1:20.6.0"), major("(none)")
    (22, 20, 0)
    """
    found = re.search(r"(?:^|[\s:])(\d+)\.\d+", text)
    return int(found[1]) if found else 0


def _major(policy: str, field: str) -> int:
    line = re.search(rf"^\s*{field}: (.*)$", policy, re.MULTILINE)
    return major(line[1]) if line else 0


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"}).stdout


def _run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _failed(" ".join(command[:3]), done.stderr or done.stdout)
    return done.stdout


def _failed(what: str, words: str) -> InputError:
    last = "; ".join(line.strip() for line in words.strip().splitlines()[-3:]) or "no reason given"
    return InputError(Problem(what=f"{what} failed: {last}", fix="Check the network and run it again; it goes on where it stopped."))
