"""Pages under load: a company of 500 agents with three million calls, 50 people of every role, and a plain Django page beside them.

    python benchmarks/pages.py --folder DIR [--agents 500] [--months 6] [--people 50] [--seconds 60] [--think 2] [--alone]

The company is made once in DIR. `chot web` runs as in production. Three parts: each page alone, for its CPU time (``--alone``); everyone at
once, with time to read between two pages (``--think``, seconds on average), for latency; without any pause, for requests a second.
The plain page is a template with one query on the same database, served in the same way. The last line is ``ratio R``: requests a
second of the plain page / of Chốt's pages.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

PASSWORD = "chot-demo-2026"
TODAY = "2026-11-03"
OFFICE = ("manager", "payroll", "quality", "admin", "auditor")
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
demo.load(Settings(agents=int(sys.argv[1]), months=int(sys.argv[2]), seed=7, end="2026-11", until="2026-11-03T12:00"))
from chot.performance import actions
from chot.performance.models import Run
for run in Run.objects.order_by("-period")[:4]:
    actions.explain_everyone(run)
from django.db import connections
connections.close_all()
server.cleanup()
"""
_NO_PAGE = re.compile(r"\.(csv|xlsx|yaml|pdf|ics|json|js|css|svg)$|/sign-|export|/static/")
Pages = dict[str, list[str]]


@dataclass
class Served:
    """A running server."""

    address: str
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """User and system seconds of all its processes so far."""
        everyone = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in everyone)


@dataclass
class Measured:
    """Seconds of each request by kind of page, and faults."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    lasted: float = 0.0

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values()))

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.lasted


def main(arguments: Sequence[str] | None = None) -> int:
    """Make, serve, measure, print."""
    options = _options(arguments)
    var = _company(options.folder, options.agents, options.months)
    with _served(_chot(var, options.workers), var) as chot:
        pages, cookies = asyncio.run(_signed_in(chot.address, options.people))
        if options.alone:
            _print_alone(chot, pages, cookies)
        reading = asyncio.run(_everyone(chot.address, pages, cookies, options.seconds, options.think))
        _print_latencies(reading, f"{options.people} people, a page every {options.think:g} s each")
        before = chot.cpu_s()
        pressed = asyncio.run(_everyone(chot.address, pages, cookies, options.seconds / 3, 0))
        print(f"\nwithout a pause: {pressed.rate:.1f} pages/s, {1000 * (chot.cpu_s() - before) / pressed.requests:.1f} ms CPU each")
        with _served(_plain(options.workers), var) as plain:
            first = plain.cpu_s()
            alike: Pages = {"plain": ["/plain"]}
            beside = asyncio.run(_everyone(plain.address, alike, {"plain": {}}, options.seconds / 3, 0, options.people))
            print(f"a plain page:    {beside.rate:.1f} pages/s, {1000 * (plain.cpu_s() - first) / beside.requests:.1f} ms CPU each")
    faults = reading.faults + pressed.faults + beside.faults
    if faults:
        print(f"{len(faults)} faults: " + "; ".join(faults[:5]), file=sys.stderr)
        return 1
    print(f"ratio {beside.rate / pressed.rate:.2f}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the company is, or is made once")
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=2, help="seconds on average that a person looks at a page")
    parser.add_argument("--alone", action="store_true", help="each page alone too, for its CPU time")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args(arguments)


def _environment(var: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**own, "CHOT_VAR": str(var), "CHOT_TODAY": TODAY, "DJANGO_SETTINGS_MODULE": "chot.config.settings"}


def _company(folder: Path, agents: int, months: int) -> Path:
    var = folder.absolute() / f"company-{agents}-{months}"
    done = var / "made"
    if not done.exists():
        print(f"making a company of {agents} agents and {months} months in {var}", flush=True)
        var.mkdir(parents=True, exist_ok=True)
        environment = {**_environment(var), "CHOT_SECRET_KEY": "only while the company is made"}
        subprocess.run([sys.executable, "-c", _MAKE, str(agents), str(months)], env=environment, check=True)
        done.touch()
    return var


def _chot(var: Path, workers: int) -> list[str]:
    return [sys.executable, "-m", "chot", "web", "--var", str(var), "--workers", str(workers), "--port"]


def _plain(workers: int) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("plain_page.py")), str(workers)]


@contextmanager
def _served(command: list[str], var: Path):  # type: ignore[no-untyped-def]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], env=_environment(var))
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield Served(address, process)
    finally:
        process.terminate()
        process.wait(30)


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


async def _signed_in(address: str, people: int) -> tuple[Pages, dict[str, dict[str, str]]]:
    """Each person's pages and cookies: the office, team leaders and agents, signed in by the form."""
    office = [OFFICE[number % len(OFFICE)] for number in range(people // 5)]
    usernames = [*office, *(f"a{number:03}" for number in range(1, people - people // 5 + 1))]
    pages: Pages = {}
    cookies: dict[str, dict[str, str]] = {}
    for place, username in enumerate(usernames):
        name = f"{username}#{place}"
        async with aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            form = await (await session.get("/sign-in")).text()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
            assert token
            answer = await session.post("/sign-in", data={"csrfmiddlewaretoken": token[1], "username": username, "password": PASSWORD})
            text = await answer.text()
            if answer.status != 200 or 'id="menu"' not in text:
                continue  # somebody who has left
            cookies[name] = {each.key: each.value for each in session.cookie_jar}
            pages[name] = await _pages_of(session, text)
    return pages, cookies


def kind(path: str) -> str:
    """A page without what is asked of it: ``/statements/1/2026-10/a03`` and its like are one kind."""
    return re.sub(r"/(\d[^/?]*|a\d+|[a-z_]+:[^/?]*)(?=/|$|\?)", "/…", path.partition("?")[0])


async def _pages_of(session: aiohttp.ClientSession, home: str) -> list[str]:
    """One page of each kind within two links of the first page."""
    found: dict[str, str] = {}
    waiting = _links(home)
    for depth in range(2):
        following: list[str] = []
        for path in waiting:
            if kind(path) in found:
                continue
            try:
                answer = await session.get(path)
                text = await answer.text()
            except aiohttp.ClientError as error:
                raise SystemExit(f"{path}: {error}") from None
            if answer.status == 200 and answer.content_type == "text/html":
                found[kind(path)] = path
                following += _links(text) if depth == 0 else []
        waiting = following
    return list(found.values())


def _links(text: str) -> list[str]:
    return [each.replace("&amp;", "&") for each in re.findall(r'<a[^>]*href="(/[^"#]*)"', text) if not _NO_PAGE.search(each)]


def _print_alone(chot: Served, pages: Pages, cookies: dict[str, dict[str, str]]) -> None:
    print(f"\n{'each page alone':44} {'median ms':>10} {'CPU ms':>8} {'kB':>6}")
    seen: dict[str, tuple[str, str]] = {}
    for name, paths in pages.items():
        for path in paths:
            role = name.partition("#")[0]
            seen.setdefault(f"{kind(path)} ({'agent' if role[1:].isdigit() else role})", (name, path))
    for label, (name, path) in sorted(seen.items()):
        taken, cpu, size = asyncio.run(_alone(chot, path, cookies[name]))
        print(f"{label:44} {1000 * taken:10.1f} {1000 * cpu:8.1f} {size / 1000:6.0f}", flush=True)


async def _alone(chot: Served, path: str, cookies: dict[str, str], times: int = 8) -> tuple[float, float, int]:
    taken, size = [], 0
    async with aiohttp.ClientSession(chot.address, cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        for _warm in range(3):
            await (await session.get(path)).read()
        before = chot.cpu_s()
        for _time in range(times):
            begun = time.perf_counter()
            size = len(await (await session.get(path)).read())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken), (chot.cpu_s() - before) / times, size


async def _everyone(
    address: str, pages: Pages, cookies: dict[str, dict[str, str]], seconds: float, think: float, times: int = 1
) -> Measured:
    """All people at once, each walking through their pages in an order of their own; ``times`` repeats every person."""
    measured, until = Measured(), time.perf_counter() + seconds
    begun = time.perf_counter()

    async def person(name: str, number: int) -> None:
        chance = random.Random(f"{name} {number}")
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(address, cookies=cookies[name], cookie_jar=jar, timeout=aiohttp.ClientTimeout(60)) as session:
            await asyncio.sleep(chance.uniform(0, think))
            while time.perf_counter() < until:
                path = chance.choice(pages[name])
                started = time.perf_counter()
                try:
                    async with session.get(path) as answer:
                        await answer.read()
                        if answer.status != 200:
                            measured.faults.append(f"{answer.status} {path}")
                except (aiohttp.ClientError, TimeoutError) as error:
                    measured.faults.append(f"{type(error).__name__} {path}")
                measured.seconds[kind(path)].append(time.perf_counter() - started)
                await asyncio.sleep(chance.uniform(0, 2 * think))

    await asyncio.gather(*(person(name, number) for name in pages for number in range(times)))
    measured.lasted = time.perf_counter() - begun
    return measured


def _print_latencies(measured: Measured, title: str) -> None:
    print(f"\n{title}; {measured.rate:.1f} pages/s\n{'page':44} {'times':>6} {'p50':>6} {'p95':>6} {'p99':>6}  (ms)")
    everything = sorted(each for found in measured.seconds.values() for each in found)
    for label, found in [*sorted(measured.seconds.items()), ("everything", everything)]:
        ordered = sorted(found)
        figures = [1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99)]
        print(f"{label:44} {len(found):6} " + " ".join(f"{each:6.0f}" for each in figures))


if __name__ == "__main__":
    raise SystemExit(main())
