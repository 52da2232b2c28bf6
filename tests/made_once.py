"""Installations that take long to make: each made once for a run of tests, by whichever process comes first, and copied."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[1] / "src"
_RUN = """
import os
from pathlib import Path
from chot.config import database
address, server = database.start(Path(os.environ["CHOT_VAR"]))
os.environ["DATABASE_URL"] = address
import django
django.setup()
{body}
from django.db import connections
connections.close_all()
server.cleanup()
"""
_MIGRATE = "from django.core.management import call_command\ncall_command('migrate', verbosity=0)"
_COMPANY = "from chot.demo.settings import Settings\nfrom chot.web import demo\ndemo.load(Settings({settings}))"


def shared(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of the test run see."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def environment(var: Path, **more: str) -> dict[str, str]:
    """What a process of the installation in ``var`` sees."""
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CHOT_LIFELINE")}
    own.setdefault("CHOT_WEB_WORKERS", "2")  # two can meet as well as four, and start sooner
    return {**own, "CHOT_VAR": str(var), "DJANGO_SETTINGS_MODULE": "chot.config.settings", "PYTHONPATH": str(SOURCE), **more}


def migrated(base: Path) -> Path:
    """An installation whose tables are empty."""
    return _once(base, "migrated", None, _MIGRATE, {})


def with_company(base: Path, name: str, settings: str, **more: str) -> Path:
    """An installation with a demo company in it, as the first `chot up` leaves it; ``more`` are variables while it is made."""
    return _once(base, name, migrated(base), _COMPANY.format(settings=settings), more)


def _once(base: Path, name: str, origin: Path | None, body: str, more: Mapping[str, str]) -> Path:
    var, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            copied(origin, var) if origin else var.mkdir(exist_ok=True)
            subprocess.run([sys.executable, "-c", _RUN.format(body=body)], env=environment(var, **more), check=True)
            done.touch()
    return var


def copied(origin: Path, var: Path) -> Path:
    """A copy that may be changed and broken; owners and modes stay, which PostgreSQL looks at."""
    subprocess.run(["cp", "-a", str(origin), str(var)], check=True)
    return var


@contextmanager
def running(var: Path) -> Iterator[str]:
    """The address of the database of an installation; it need not outlive the machine, so it waits for no disk."""
    from chot.facts.engines.postgres import start_server

    with (var / "postgres" / "postgresql.auto.conf").open("a") as options:
        options.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    server: Any = start_server(var / "postgres")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
