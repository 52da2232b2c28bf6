"""How fresh the live metrics are: rows written into PostgreSQL at a steady rate, and the wait until a metric counts each of them.

    python benchmarks/freshness.py [--rate 500] [--seconds 90] [--stored 1000000] [--var DIR]

An embedded PostgreSQL, the worker's process that moves facts (``chot worker --part facts``) and one writer, all on this machine. The
writer inserts calls and orders in transactions of ten rows, edits one in twenty again, and commits as it goes. A reader asks for today's
figures as the live board does, again and again, and notes when they count a commit. ``--stored``: calls of the same month that
are in the facts before. The last line is ``p95 S``.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

BATCH = 10
AGENTS = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Start everything, write, read, print; 1 when a row was not counted in the end."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="chot-fresh-") as scratch:
        var = options.var or Path(scratch)
        from chot.cli.serving import on_database

        with on_database(var) as manage:
            manage("migrate", "--verbosity", "0")
            _people()
            _store(options.stored)
            command = [sys.executable, "-m", "chot", "worker", "--var", str(var), "--part", "facts"]
            mover = subprocess.Popen(command)
            try:
                return _measure(options.rate, options.seconds)
            finally:
                mover.terminate()
                mover.wait()
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                print(f"CPU of the mover: {used.ru_utime + used.ru_stime:.1f} s")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=500, help="rows a second")
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--stored", type=int, default=1_000_000, help="calls of this month that are there before")
    parser.add_argument("--var", type=Path)
    return parser.parse_args(arguments)


def _people() -> None:
    from chot.people.models import AgentRow, Person, User

    if not Person.objects.exists():
        Person.objects.bulk_create([Person(agent_id=f"a{n:02d}", managed_here=True) for n in range(AGENTS)])
        AgentRow.objects.bulk_create([AgentRow(agent_id=f"a{n:02d}", name=f"A{n}", team_id=f"t{n % 4}") for n in range(AGENTS)])
        User.objects.create(username="bench", name="Bench", role="manager")


def _store(count: int) -> None:
    """Calls of this month, written in SQL and moved, as if the month had been worked."""
    from django.db import connection

    from chot.core import clock
    from chot.feed.actions import move
    from chot.performance.workplace import data_folder

    began = clock.now().astimezone(clock.ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO calls_call (call_id, agent_id, team_id, customer_id, queue_id, campaign_id, direction, started_at, outcome,"
            " talk_s, hangup_by, disposition, line_id)"
            " SELECT 'old' || n, 'a' || lpad((n %% %s)::text, 2, '0'), '', 'k' || n, '', '', 'out',"
            " %s::timestamptz + (n %% 80000) * interval '1 second', 'answered', 60, 'agent', '', '' FROM generate_series(1, %s) AS n",
            [AGENTS, began, count],
        )
    while move(data_folder()):
        pass


class _Writer(threading.Thread):
    """Writes at the rate; ``commits`` has the number of rows behind and the moment of each commit."""

    def __init__(self, rate: int, seconds: int) -> None:
        super().__init__()
        self.rate, self.seconds = rate, seconds
        self.commits: list[tuple[int, int, float]] = []
        self.rows = 0

    def run(self) -> None:
        from django.db import connections

        started, calls, orders = time.monotonic(), 0, 0
        while (passed := time.monotonic() - started) < self.seconds:
            due = int(passed * self.rate)
            while self.rows < due:
                calls, orders = _write(calls, orders)
                self.rows += BATCH
                self.commits.append((calls, orders, time.monotonic()))
            time.sleep(0.005)
        connections.close_all()


def _write(calls: int, orders: int) -> tuple[int, int]:
    """One transaction: seven calls, two orders, and one edit of an earlier call."""
    from django.db import transaction

    from chot.calls.models import Call
    from chot.core import clock
    from chot.customers.models import Order

    now = clock.now()
    with transaction.atomic():
        Call.objects.bulk_create([
            Call(
                call_id=f"c{calls + n}", agent_id=f"a{(calls + n) % AGENTS:02d}", direction="out", started_at=now, outcome="answered",
                talk_s=60,
            )
            for n in range(7)
        ])  # fmt: skip
        Order.objects.bulk_create([
            Order(order_id=f"o{orders + n}", agent_id=f"a{n:02d}", ordered_at=now, status="confirmed", amount_vnd=1) for n in range(2)
        ])  # fmt: skip
        Call.objects.filter(call_id=f"c{calls // 2}").update(wrap_s=10)
    return calls + 7, orders + 2


def _measure(rate: int, seconds: int) -> int:
    from chot.people.models import User
    from chot.performance.figures_shown import LIVE
    from chot.performance.queries import facts_state
    from chot.performance.queries_reports import measured
    from chot.performance.report_filter import asked

    names = [each.name for each in LIVE]
    user = User.objects.get(username="bench")

    def counted() -> tuple[int, int]:
        values = measured(LIVE, asked(user, {"span": "today"}, usual="today"), grain="agent").values()
        return tuple(sum(each[names.index(name)] for each in values) for name in ("calls", "orders"))  # type: ignore[return-value]

    before, state = counted(), facts_state()
    writer = _Writer(rate, seconds)
    writer.start()
    waits: list[float] = []
    place, give_up = 0, time.monotonic() + seconds + 60
    while (writer.is_alive() or place < len(writer.commits)) and time.monotonic() < give_up:
        time.sleep(0.2)
        if facts_state() == state:
            continue
        state, found = facts_state(), counted()
        seen = time.monotonic()
        while place < len(writer.commits) and all(
            ours <= theirs - old for ours, theirs, old in zip(writer.commits[place][:2], found, before, strict=True)
        ):
            waits += [seen - writer.commits[place][2]] * BATCH
            place += 1
    return _print(writer, waits, seconds, place)


def _print(writer: _Writer, waits: list[float], seconds: int, place: int) -> int:
    ordered = sorted(waits)
    if not ordered:
        print("no row was counted", file=sys.stderr)
        return 1

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    print(f"{writer.rows:,} rows in {seconds} s: {writer.rows / seconds:.0f} a second")
    print(f"load of the machine at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"written -> counted: p50 {at(0.5):.2f} s, p95 {at(0.95):.2f} s, p99 {at(0.99):.2f} s, longest {ordered[-1]:.2f} s")
    print(f"p95 {at(0.95):.2f}")
    if place < len(writer.commits):
        print(f"{len(writer.commits) - place} commits were never counted", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
