"""An Asterisk on this machine: the system's own, or the one unpacked into VAR/asterisk, and how each is started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.telephony import debian, debs

RECORD = "installed.json"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where an Asterisk lies. ``prefix`` is empty for the system's own; ``loader`` and ``libraries`` are those of an unpacked one."""

    version: str
    binary: str
    modules: str
    data: str
    prefix: str = ""
    loader: str = ""
    libraries: str = ""

    def command(self, *arguments: str) -> list[str]:
        """The command line that starts this Asterisk with ``arguments``."""
        if not self.loader:
            return [self.binary, *arguments]
        return [self.loader, "--library-path", self.libraries, self.binary, *arguments]


def find(var: Path) -> Installation | None:
    """The Asterisk that is ready to use: one unpacked into ``var`` before, else the system's own; None when there is neither."""
    home = var.resolve() / "asterisk"
    if (home / RECORD).is_file() and (home / "root").is_dir():
        return _layout(home / "root", json.loads((home / RECORD).read_text())["version"])
    return _systems_own()


def install(var: Path, say: debian.Progress) -> Installation:
    """Make an Asterisk ready: what is there stays, else packages are fetched and unpacked into ``var``. No root is needed.

    A killed installation goes on with the packages it has. Raises ``InputError`` where none can be had.
    """
    if found := find(var):
        return found
    home = var.resolve() / "asterisk"
    source = debian.archive()
    state = home / "packages"
    state.mkdir(parents=True, exist_ok=True)
    packages = debian.fetch(source, state, say)
    fresh = Path(tempfile.mkdtemp(prefix="unpacking-", dir=home))
    files: list[str] = []
    for number, package in enumerate(packages):
        say("unpacking", number, len(packages))
        files += debs.unpack([package], fresh)
    say("unpacking", len(packages), len(packages))
    prefix = home / "root"
    shutil.rmtree(prefix, ignore_errors=True)
    fresh.rename(prefix)
    _name_english(prefix / "usr/share/asterisk/sounds")
    found = _started_once(prefix)
    _write_record(home, found, packages, sorted(set(files)))
    shutil.rmtree(state)
    for left in home.glob("unpacking-*"):
        shutil.rmtree(left, ignore_errors=True)
    return found


def _name_english(sounds: Path) -> None:
    """``en`` names the one set of English prompts; Debian's own installation would link it with root's rights."""
    found = sorted(sounds.glob("en_*"))
    if found and not (sounds / "en").exists():
        (sounds / "en").symlink_to(found[0].name)


def _systems_own() -> Installation | None:
    binary = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not binary:
        return None
    version = _says([binary, "-V"])
    folders = [*Path("/usr/lib").glob("*/asterisk/modules"), Path("/usr/lib/asterisk/modules"), Path("/usr/lib64/asterisk/modules")]
    modules = next((folder for folder in folders if (folder / "chan_pjsip.so").is_file()), None)
    data = next((path for path in map(Path, ("/usr/share/asterisk", "/var/lib/asterisk")) if (path / "documentation").is_dir()), None)
    if debian.major(version) < debian.LEAST or not modules or not data:
        return None
    return Installation(version=version, binary=binary, modules=str(modules), data=str(data))


def _layout(prefix: Path, version: str) -> Installation:
    modules = next(prefix.glob("usr/lib/*/asterisk/modules"))
    libraries = modules.parent.parent
    loader = next(path for pattern in ("usr/lib*/ld-linux*.so.*", "lib*/ld-linux*.so.*") for path in sorted(prefix.glob(pattern)))
    path = os.pathsep.join(str(folder) for folder in (libraries, libraries / "pulseaudio"))
    return Installation(
        version=version, binary=str(prefix / "usr/sbin/asterisk"), modules=str(modules), data=str(prefix / "usr/share/asterisk"),
        prefix=str(prefix), loader=str(loader), libraries=path,
    )  # fmt: skip


def _started_once(prefix: Path) -> Installation:
    """The Asterisk below ``prefix``, started once to see that nothing is missing."""
    version = _says(_layout(prefix, "").command("-V"))
    if debian.major(version) < debian.LEAST:
        what = f"the unpacked Asterisk does not start: {version or 'it says nothing'}"
        raise InputError(Problem(file=str(prefix), what=what, fix="Delete the folder and run the command again."))
    return _layout(prefix, version)


def _write_record(home: Path, found: Installation, packages: list[Path], files: list[str]) -> None:
    """The record makes the installation count; it is written last, in one step."""
    content = {"version": found.version, "packages": sorted(path.name for path in packages), "files": files}
    draft = home / f"{RECORD}.new"
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(home / RECORD)


def _says(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return (done.stdout or done.stderr).strip()
