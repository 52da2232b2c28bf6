"""The company of `pages.py`, made once in a folder, and the two servers on it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

TODAY = "2026-11-16"
_SECRET = {"CHOT_SECRET_KEY": "of processes that seal nothing"}
_START = """
import json, os, sys
from pathlib import Path
from chot.config import database
var = Path(os.environ["CHOT_VAR"])
address, server = database.start(var)
os.environ["DATABASE_URL"] = address
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
_STOP = """
from django.db import connections
connections.close_all()
if server:
    server.cleanup()
"""
_READY = f"""{_START}
from chot.feed import actions
from chot.people.models import RateCount
from chot.performance import live_runs
from chot.performance.workplace import data_folder
RateCount.objects.all().delete()
while actions.move(data_folder()) is not None:
    pass
live_runs.follow()
{_STOP}"""
"""As the worker has it before people come: rows moved, today's runs computed by this version. The company's clock stands still: how often
somebody signed in would add up over runs.
"""
_MAKE = f"""{_START}
from chot.demo.settings import Settings
from chot.web import demo
demo.load(Settings(agents=int(sys.argv[1]), months=int(sys.argv[2]), seed=7, end="2026-11", until="{TODAY}T12:00"))
from chot.facts import manifest
from chot.performance import actions
from chot.performance.models import Run
for run in Run.objects.order_by("-period")[:int(sys.argv[3])]:
    actions.explain_everyone(run)
from chot.calls.models import Call
from chot.people.models import User
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
roles = {{}}
for username, role in User.objects.order_by("username").values_list("username", "role"):
    roles.setdefault(role, []).append(username)
calls = sum(part.rows for part in manifest.read(var / "data" / "calls").files)
(var / "company.json").write_text(json.dumps({{"roles": roles, "calls": calls, "calls of the month in PostgreSQL": Call.objects.count()}}))
{_STOP}"""
_CALL = f"""{_START}
import time, uuid
from chot.calls.models import Call
known = list(Call.objects.filter(outcome="answered").order_by("-started_at")[:200])
begun, number = time.monotonic(), 0
while True:
    call = known[number % len(known)]
    call.pk, call.call_id = None, f"live-{{uuid.uuid4().hex}}"
    call.save(force_insert=True)
    number += 1
    time.sleep(max(0, begun + number / float(sys.argv[1]) - time.monotonic()))
"""
"""Today's calls come in, so many a second."""


@dataclass
class Served:
    """A running server and its database."""

    address: str
    process: subprocess.Popen[bytes]
    var: Path

    def cpu_s(self) -> float:
        """User and system seconds of all its processes so far."""
        everyone = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in everyone if "postgres" not in each.name())

    def database_cpu_s(self) -> float:
        """The same of its own PostgreSQL; connections that ended are in the first process's count of its children."""
        first = [each for each in psutil.process_iter(["cmdline"]) if f"{self.var}/postgres" in " ".join(each.info["cmdline"] or [])]
        return sum(sum(each.cpu_times()) for each in first) + sum(
            sum(each.cpu_times()[:2]) for parent in first for each in parent.children()
        )


def company(folder: Path, agents: int, months: int, explained: int) -> tuple[Path, dict[str, object]]:
    """Its folder, and who and how much is in it."""
    var = folder.absolute() / f"company-{agents}-{months}"
    done = var / "company.json"
    if done.exists():
        subprocess.run([sys.executable, "-c", _READY], env={**_environment(var), **_SECRET}, check=True)
    else:
        print(f"making a company of {agents} agents and {months} months in {var}", flush=True)
        var.mkdir(parents=True, exist_ok=True)
        given = [sys.executable, "-c", _MAKE, str(agents), str(months), str(explained)]
        subprocess.run(given, env={**_environment(var), **_SECRET}, check=True)
    return var, json.loads(done.read_text())


def chot(var: Path, workers: int) -> list[str]:
    """Chốt's pages, as in production."""
    return [sys.executable, "-m", "chot", "web", "--var", str(var), "--workers", str(workers), "--port"]


def plain(workers: int) -> list[str]:
    """The plain page on the same database, served in the same way."""
    return [sys.executable, str(Path(__file__).with_name("plain_page.py")), str(workers)]


@contextmanager
def served(command: list[str], var: Path) -> Iterator[Served]:
    """A server on a free port until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], env=_environment(var))
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield Served(address, process, var)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def working(var: Path, rate: float) -> Iterator[None]:
    """The worker as `chot up` runs it, and ``rate`` calls a second that it moves into the facts."""
    worker = [sys.executable, "-m", "chot", "worker", "--var", str(var)]
    processes = [subprocess.Popen(worker, env=_environment(var), stderr=subprocess.DEVNULL)]
    if rate:
        processes.append(subprocess.Popen([sys.executable, "-c", _CALL, str(rate)], env={**_environment(var), **_SECRET}))
    try:
        yield
        if any(process.poll() is not None for process in processes):
            raise SystemExit("the worker or the calls have ended")
    finally:
        for process in processes:
            process.terminate()
            process.wait(60)


def _environment(var: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**own, "CHOT_VAR": str(var), "CHOT_TODAY": TODAY, "DJANGO_SETTINGS_MODULE": "chot.config.settings"}


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(300):
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("the server has ended") from None
            time.sleep(0.2)
    raise SystemExit("the server does not answer")
