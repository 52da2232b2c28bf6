"""A Vietnamese voice for what callers hear: the system's espeak-ng, else Debian's, unpacked beside Asterisk without root."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from chot.core import spoken
from chot.core.errors import InputError, Problem
from chot.telephony import debian, debs

PACKAGES = ("espeak-ng", "espeak-ng-data")


def install(var: Path, say: debian.Progress) -> bool:
    """Make a voice ready in ``var`` where this machine has none; whether it was fetched now.

    A killed installation begins anew with the packages it has. Raises ``InputError`` where none can be had.
    """
    home = var.resolve() / spoken.FOLDER
    if spoken.command(var):
        return False
    state = home / "packages"
    state.mkdir(parents=True, exist_ok=True)
    packages = debian.fetch(debian.archive(), state, say, PACKAGES)
    fresh = Path(tempfile.mkdtemp(prefix="unpacking-", dir=home))
    debs.unpack(packages, fresh)
    root = home / spoken.ROOT
    shutil.rmtree(root, ignore_errors=True)
    fresh.rename(root)
    if not spoken.command(var):
        fix = "Delete the folder and run the command again, or install espeak-ng with your system's packages."
        raise InputError(Problem(file=str(root), what="the unpacked espeak-ng is not whole", fix=fix))
    shutil.rmtree(state)
    for left in home.glob("unpacking-*"):
        shutil.rmtree(left, ignore_errors=True)
    return True
