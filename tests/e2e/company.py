"""An installation with the demo company in it, as `chot up` leaves it: made once for a run of tests, and copied."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
TODAY = "2026-11-03"
_MAKE = """
import os, sys
from pathlib import Path
from chot.config import database
address, server = database.start(Path(os.environ["CHOT_VAR"]))
os.environ["DATABASE_URL"] = address
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from chot.demo.settings import Settings
from chot.web import demo
demo.load(Settings(agents=24, months=6, seed=7, end="2026-11", until="2026-11-03T12:00"))
from django.db import connections
connections.close_all()
server.cleanup()
"""


def environment(var: Path) -> dict[str, str]:
    """What a process of the installation sees."""
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CHOT_LIFELINE")}
    return {**own, "CHOT_VAR": str(var), "CHOT_TODAY": TODAY, "DJANGO_SETTINGS_MODULE": "chot.config.settings", "PYTHONPATH": str(SOURCE)}


def made(folder: Path) -> Path:
    """The installation in ``folder``, made by whichever process comes first."""
    var, done = folder / "company", folder / "company.done"
    with (folder / "company.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            var.mkdir(exist_ok=True)
            subprocess.run([sys.executable, "-c", _MAKE], env={**environment(var), "CHOT_SECRET_KEY": "until chot up makes one"}, check=True)
            done.touch()
    return var


def copied(company: Path, var: Path) -> Path:
    """A copy that may be changed and broken; owners and modes stay, which PostgreSQL looks at."""
    subprocess.run(["cp", "-a", str(company), str(var)], check=True)
    return var
