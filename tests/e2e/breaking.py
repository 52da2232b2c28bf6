"""Processes of a running application killed, and its database asked beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import psycopg

from chot.cli.serving import secret_key
from tests.e2e.company import environment
from tests.e2e.conftest import Application
from tests.house.sources import ROOT

PATIENCE_S = 170


def processes(running: Application, name: str) -> list[psutil.Process]:
    """The web processes, the worker or the telephone side, that `chot up` keeps."""
    assert running.process
    return [each for each in psutil.Process(running.process.pid).children() if name in each.cmdline()]


def kill(found: list[psutil.Process]) -> None:
    assert found
    for each in found:
        each.kill()


def _postmaster_pid(running: Application) -> list[str]:
    """The lines of the file in which PostgreSQL says who and where it is; ``OSError`` while it writes them."""
    lines = (running.var / "postgres" / "postmaster.pid").read_text().splitlines()
    if len(lines) < 5:
        raise OSError("postmaster.pid is being written")
    return lines


def postmaster(running: Application) -> psutil.Process:
    return psutil.Process(int(_postmaster_pid(running)[0]))


def rows(running: Application, question: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database says, asked beside the application."""
    lines = _postmaster_pid(running)
    with psycopg.connect(host=lines[4], port=int(lines[3]), user="postgres", dbname="postgres") as connection:
        return connection.execute(question, values).fetchall()  # type: ignore[arg-type]


def until(holds: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true answer."""
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up:
        try:
            found = holds()
        except (OSError, psycopg.Error, psutil.Error):
            found = None
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {patience_s:g} s: {what}")


def beside(chain: Application, what: str, *wanted: str) -> Any:
    """What ``tests.e2e.calling`` does in a process of its own."""
    lines = _postmaster_pid(chain)
    address = f"postgresql://postgres:@/postgres?host={lines[4]}"
    own = environment(chain.var) | {"DATABASE_URL": address}
    own.setdefault("CHOT_SECRET_KEY", secret_key(chain.var))  # as `chot up` does
    own["PYTHONPATH"] = f"{own['PYTHONPATH']}:{ROOT}"
    done = subprocess.run([sys.executable, "-m", "tests.e2e.calling", what, *wanted], env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
