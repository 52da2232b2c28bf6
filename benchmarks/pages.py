"""Pages under load: a company of 500 agents with three million calls, 50 people of every role, and a plain Django page beside them.

    python benchmarks/pages.py --folder DIR [--agents 500] [--months 6] [--people 50] [--seconds 300] [--think 5] [--calls 0] [--alone]

The company is made once in DIR: closed months in Parquet, the running month in PostgreSQL too. `chot web` runs as in production. 50 people
sign in by the form and walk through every kind of page that they reach, a page every ``--think`` seconds on average (uniform from 0 to
twice that): somebody between two calls. What a server answers for the first time (``cold``) and the first tenth of the walk are reported
apart. Meanwhile somebody asks for the plain page (a template with one query on the same database, served in the same way) once a second:
its times say what the machine is worth at that moment. The worker runs beside, as with `chot up`; with ``--calls`` so many calls a second
are written meanwhile, which it moves into the facts: remembered figures of today do not last. Then both are asked without a pause; the last
line is ``ratio R``: requests a second of the plain page / of Chốt's pages. ``--alone``: each page alone too, for its CPU time and size.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import psutil
from pages_company import Served, chot, company, plain, served, working
from pages_people import Measured, Person, everyone, kind, people_of, sign_in

from chot.cli.supervising import default_web_processes

FEWEST = 8  # requests of a kind whose 95th percentile is compared


def main(arguments: Sequence[str] | None = None) -> int:
    """Make, serve, measure, print."""
    options = _options(arguments)
    var, known = company(options.folder, options.agents, options.months, options.explained)
    print(", ".join(f"{value:,} {name}" for name, value in known.items() if isinstance(value, int)))
    cold = Measured()
    with served(chot(var, options.workers), var) as pages, served(plain(options.workers), var) as beside:
        people = asyncio.run(sign_in(pages.address, people_of(known["roles"], options.people), cold))  # type: ignore[arg-type]
        _print_cold(cold)
        if options.alone:
            _print_alone(pages, people)
        with working(var, options.calls):
            read = _reading(pages, beside, people, options)
        faults = cold.faults + read + _pressed(pages, beside, people, options.seconds / 5)
    if faults:
        print(f"{len(faults)} faults: " + "; ".join(faults[:5]), file=sys.stderr)
    return 1 if faults else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the company is, or is made once")
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--explained", type=int, default=2, help="runs whose statements are made with the company, the latest first")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--think", type=float, default=5, help="seconds on average that a person looks at a page")
    parser.add_argument("--calls", type=float, default=0, help="calls a second that come in meanwhile")
    parser.add_argument("--alone", action="store_true", help="each page alone too, for its CPU time")
    parser.add_argument("--workers", type=int, default=default_web_processes(), help="web processes of both; as many as `chot up` starts")
    return parser.parse_args(arguments)


def _reading(pages: Served, beside: Served, people: list[Person], options: argparse.Namespace) -> list[str]:
    """Everyone with time to read."""
    asyncio.run(everyone(pages.address, people, options.seconds / 10, options.think))
    before, machine = (pages.cpu_s(), pages.database_cpu_s(), time.perf_counter()), psutil.cpu_times()
    measured, alike = asyncio.run(_both(pages, beside, people, options))
    own, database = pages.cpu_s() - before[0], pages.database_cpu_s() - before[1]
    lasted, now = time.perf_counter() - before[2], psutil.cpu_times()
    print(f"\n{len(people)} people, a page every {options.think:g} s each: {measured.rate:.1f} pages/s for {measured.lasted:.0f} s")
    _print_latencies(measured)
    _print_line("the plain page meanwhile", alike.seconds["/plain"])
    busy = sum(now[:3]) - sum(machine[:3])
    cores = psutil.cpu_count() or 1
    print(
        f"\nCPU: {1000 * own / measured.requests:.1f} ms a page in Python and {1000 * database / measured.requests:.1f} ms in PostgreSQL; "
        f"{(own + database) / lasted:.2f} of {cores} cores, everything else on the machine {(busy - own - database) / lasted:.2f}"
    )
    return measured.faults + alike.faults


async def _both(pages: Served, beside: Served, people: list[Person], options: argparse.Namespace) -> tuple[Measured, Measured]:
    plainly = [Person("plain", "plain", {}, ["/plain"])]
    return tuple(await asyncio.gather(  # type: ignore[return-value]
        everyone(pages.address, people, options.seconds, options.think), everyone(beside.address, plainly, options.seconds, 1),
    ))  # fmt: skip


def _pressed(pages: Served, beside: Served, people: list[Person], seconds: float) -> list[str]:
    """Everyone without a pause, then as many on the plain page."""
    before = pages.cpu_s()
    pressed = asyncio.run(everyone(pages.address, people, seconds, 0))
    print(f"\nwithout a pause: {pressed.rate:.1f} pages/s, {1000 * (pages.cpu_s() - before) / pressed.requests:.1f} ms CPU each")
    first = beside.cpu_s()
    plainly = [Person("plain", f"plain {number}", {}, ["/plain"]) for number in range(len(people))]
    alike = asyncio.run(everyone(beside.address, plainly, seconds, 0))
    print(f"a plain page:    {alike.rate:.1f} pages/s, {1000 * (beside.cpu_s() - first) / alike.requests:.1f} ms CPU each")
    print(f"ratio {alike.rate / pressed.rate:.2f}")
    return pressed.faults + alike.faults


def _print_cold(cold: Measured) -> None:
    first = {label: found[0] for label, found in cold.seconds.items()}
    slowest = sorted(first, key=lambda label: -first[label])[:5]
    print(f"\ncold: {len(first)} kinds of page opened for the first time, one after the other: median {_ms(list(first.values()), 0.5)} ms, "
          f"p95 {_ms(list(first.values()), 0.95)} ms; " + ", ".join(f"{label} {1000 * first[label]:.0f}" for label in slowest))  # fmt: skip


def _print_latencies(measured: Measured) -> None:
    print(f"{'page':52} {'times':>6} {'p50':>6} {'p95':>6} {'longest':>8}  (ms)")
    homes = [each for label, found in measured.seconds.items() if label.startswith("/ (") for each in found]
    for label, found in sorted(measured.seconds.items(), key=lambda each: -_percentile(each[1], 0.95)):
        _print_line(label, found)
    known = {label: _percentile(found, 0.95) for label, found in measured.seconds.items() if len(found) >= FEWEST}
    worst = max(known, key=lambda label: known[label], default="")
    _print_line("first page, all roles", homes)
    _print_line("everything", [each for found in measured.seconds.values() for each in found])
    over = sum(value > 0.2 for value in known.values())
    print(f"worst of {len(known)} kinds of page opened {FEWEST} times or more: {worst}; {over} have a p95 above 200 ms")


def _print_line(label: str, found: list[float]) -> None:
    if found:
        print(f"{label:52} {len(found):6} {_ms(found, 0.5):>6} {_ms(found, 0.95):>6} {_ms(found, 1):>8}")


def _percentile(found: list[float], share: float) -> float:
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _ms(found: list[float], share: float) -> str:
    return f"{1000 * _percentile(found, share):.0f}" if found else "-"


def _print_alone(pages: Served, people: list[Person]) -> None:
    print(f"\n{'each page alone':60} {'median ms':>10} {'CPU ms':>8} {'kB':>6}")
    seen: dict[str, tuple[str, Person]] = {}
    for person in people:
        for path in person.pages:
            seen.setdefault(f"{kind(path)} ({person.role})", (path, person))
    found = {label: asyncio.run(_alone(pages, path, person.cookies)) for label, (path, person) in seen.items()}
    for label, (taken, cpu, size) in sorted(found.items(), key=lambda each: -each[1][1]):
        print(f"{label:60} {1000 * taken:10.1f} {1000 * cpu:8.1f} {size / 1000:6.0f}", flush=True)


async def _alone(pages: Served, path: str, cookies: dict[str, str], times: int = 6) -> tuple[float, float, int]:
    taken, size = [], 0
    async with aiohttp.ClientSession(pages.address, cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        for _warm in range(2):
            await (await session.get(path)).read()
        before = pages.cpu_s()
        for _time in range(times):
            begun = time.perf_counter()
            size = len(await (await session.get(path)).read())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken), (pages.cpu_s() - before) / times, size


if __name__ == "__main__":
    raise SystemExit(main())
