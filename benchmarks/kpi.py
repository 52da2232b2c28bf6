"""All metrics through Chốt beside the best hand-written SQL: CPU seconds, peak memory, and equal numbers.

    python benchmarks/kpi.py --calls 100000000 [--agents 10000] [--months 12] [--compare]

Both sides work month by month in fresh processes, in turns; the best of each counts. Chốt's side includes
turning the measures into the values of every metric. The last line is ``ratio R``, CPU of Chốt / CPU of SQL.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIDES = ("chot", "sql")
MEMORY_LIMIT = "700MB"
_SWEEP = "import sys; sys.path.insert(0, sys.argv.pop(1)); import kpi; kpi.side()"


@dataclass(frozen=True)
class Spent:
    """What one process used."""

    cpu_s: float
    peak_mb: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, run in turns, compare, print."""
    options = _options(arguments)
    from many_facts import Size, generate

    size = Size(options.calls, options.agents or max(40, min(10_000, options.calls // 10_000)), options.months)
    folder = options.folder or Path(tempfile.gettempdir()) / f"chot-bench-{size.calls}-{size.agents}-{size.months}"
    print(f"{size.calls:,} calls, {size.agents:,} agents, {size.months} months in {folder}", flush=True)
    if not generate(folder, size, seconds=options.generate_for):
        print("not all facts are written yet: run the same command again to go on")
        return 2
    spent: dict[str, list[Spent]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory(prefix="chot-bench-answers-") as answers:
        for turn in range(options.turns):
            for side in SIDES:
                keep = Path(answers) / side if turn == 0 else None
                spent[side].append(_run(side, folder, size.months, options.threads, keep))
        differences = _differences(Path(answers))
    _print(spent)
    if options.compare:
        import comparison

        comparison.main(folder, size.periods[-1])
    if differences:
        print("\n".join(differences), file=sys.stderr)
        return 1
    best = {side: min(each.cpu_s for each in spent[side]) for side in SIDES}
    print(f"ratio {best['chot'] / best['sql']:.3f}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--agents", type=int, help="as many as there are 10,000 calls, from 40 to 10,000")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--turns", type=int, default=3, help="how often each side runs; the best counts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the facts are, or are written once")
    parser.add_argument("--generate-for", type=float, default=float("inf"), help="seconds for writing facts; the next run goes on")
    parser.add_argument("--compare", action="store_true", help="pandas and PostgreSQL on the last month too")
    return parser.parse_args(arguments)


def _run(side: str, folder: Path, months: int, threads: int, keep: Path | None) -> Spent:
    """One side in a process of its own; its user and system time and its peak resident size."""
    command = [sys.executable, "-c", _SWEEP, str(Path(__file__).parent), side, str(folder), str(months), str(threads), str(keep or "")]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{side} failed")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def side() -> None:
    """What a process of its own does: every month of one side."""
    name, folder, months, threads, keep = sys.argv[1:]
    answers = {"chot": _chot, "sql": _sql}[name](Path(folder), int(months), int(threads))
    if keep:
        Path(keep).write_bytes(pickle.dumps(answers))


Answers = dict[str, dict[str, tuple[list[str], Any]]]
"""By month and measure: agents and integers."""


def _chot(folder: Path, months: int, threads: int) -> Answers:
    from many_facts import LAST, Files

    from chot.facts.engines.registry import open_engine
    from chot.facts.source import FolderFacts
    from chot.kpi.catalogue import METRICS
    from chot.kpi.values import measures_of, metric_columns

    answers: Answers = {}
    metrics = list(METRICS.values())
    dataset = Files(folder)
    with FolderFacts(dataset, open_engine("duckdb", dataset, memory_limit=MEMORY_LIMIT, threads=threads)) as facts:
        for back in reversed(range(months)):
            period = LAST.shifted(-back)
            measured = facts.measure(measures_of(metrics), period)
            metric_columns(metrics, measured, measured.keys)
            answers[period.name] = {name: (measured.keys, column) for name, column in measured.columns.items()}
    return answers


def _sql(folder: Path, months: int, threads: int) -> Answers:
    import duckdb
    from hand_sql import FIRST_OPENED, TEXTS, names
    from many_facts import LAST

    answers: Answers = {}
    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": threads, "preserve_insertion_order": False})
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    for back in reversed(range(months)):
        period = LAST.shifted(-back)
        filled = names(folder, period)
        first = connection.execute(FIRST_OPENED.format(**filled)).fetchall()[0][0]
        columns = {}
        for text in TEXTS:
            found = connection.execute(text.format(**filled, first_opened=first or 0)).fetchnumpy()
            agents = found.pop("agent_id")
            columns |= {name: (agents, column) for name, column in found.items()}
        answers[period.name] = columns
    return answers


def _differences(folder: Path) -> list[str]:
    """Cells of one side that the other does not have or has otherwise; an absent agent counts as 0, NULL as wrong."""
    chot, sql = (pickle.loads((folder / side).read_bytes()) for side in SIDES)
    found = []
    for month, columns in sql.items():
        for name in sorted(columns.keys() | chot[month].keys()):
            one, other = (_cells(each[month].get(name)) for each in (chot, sql))
            wrong = sorted(agent for agent in one.keys() | other.keys() if one.get(agent, 0) != other.get(agent, 0))
            if wrong:
                found.append(f"{month} {name}: {len(wrong)} agents differ, {wrong[0]}: {one.get(wrong[0])} and {other.get(wrong[0])}")
    return found


def _cells(column: tuple[Any, Any] | None) -> dict[str, int]:
    if column is None:
        return {"the whole measure": -1}
    agents, numbers = (each.tolist() if hasattr(each, "tolist") else list(each) for each in column)
    return {agent: number for agent, number in zip(agents, numbers, strict=True) if agent is not None}


def _print(spent: dict[str, list[Spent]]) -> None:
    print(f"{'':6}{'CPU s, best':>12}{'all turns':>34}{'peak MB':>10}")
    for name, turns in spent.items():
        listed = " ".join(f"{each.cpu_s:.2f}" for each in turns)
        print(f"{name:6}{min(each.cpu_s for each in turns):12.2f}{listed:>34}{max(each.peak_mb for each in turns):10.0f}")


if __name__ == "__main__":
    sys.exit(main())
