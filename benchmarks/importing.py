"""Import a generated Asterisk CDR: rows per second and CPU, peak memory, and what became of every row.

    python benchmarks/importing.py [--rows 1000000] [--again] [--runs 1]

Every contact is a queue call of one to three legs; one row in a thousand is bad. ``--again`` imports the file
a second time, when every row is a duplicate. Each import runs in a process of its own, so that the figures
are its own; ``start_cpu_s`` is what that process needs to load its libraries and import a handful of rows, and is
not in ``cpu_s``. Beside each stands what Python's ``csv.reader`` alone needs to read the same file at the same time.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import random
import resource
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIGURE = 150_000  # rows per second and core


def write_cdr(path: Path, rows: int, seed: int = 7) -> None:
    """A ``cdr-csv`` file with uniqueid and linkedid, as a queue of 200 agents over a year writes it."""
    chance = random.Random(seed)
    start = datetime(2026, 1, 1, 8, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        written = contact = 0
        while written < rows:
            contact += 1
            begun = start + timedelta(seconds=contact * 31_000_000 // max(rows, 1) * 2)
            caller = f"09{chance.randrange(10**8):08d}"
            linked = f"{1_700_000_000 + contact}.{contact}"
            legs = min(chance.choice((1, 1, 2, 3)), rows - written)
            for leg in range(legs):
                file.write(_leg(chance, begun, caller, linked, leg, last=leg == legs - 1))
                written += 1


def _leg(chance: random.Random, begun: datetime, caller: str, linked: str, leg: int, *, last: bool) -> str:
    agent = 1001 + chance.randrange(200)
    wait, talk = chance.randrange(40), chance.randrange(20, 600)
    answered = begun + timedelta(seconds=wait)
    end = answered + timedelta(seconds=talk) if last else answered
    bad = chance.randrange(1000) == 0
    duration = "twelve" if bad else (end - begun).seconds
    cells = (
        '""', f'"{caller}"', '"8000"', '"from-trunk"', f'"""Khách {caller[-3:]}"" <{caller}>"', f'"SIP/trunk-{leg:08x}"',
        f'"SIP/{agent}-{leg:08x}"', '"Queue"', '"support,t,,,30"', f'"{begun:%Y-%m-%d %H:%M:%S}"',
        f'"{answered:%Y-%m-%d %H:%M:%S}"' if last else '""', f'"{end:%Y-%m-%d %H:%M:%S}"', str(duration),
        str(talk if last else 0), '"ANSWERED"' if last else '"NO ANSWER"', '"DOCUMENTATION"', f'"{linked}{leg}"', '""', f'"{linked}"',
        str(leg),
    )  # fmt: skip
    return ",".join(cells) + "\n"


def _import(path: Path, data: Path, pipe: object) -> None:
    from chot.facts.importing import import_file

    with tempfile.TemporaryDirectory() as name:
        first = Path(name, "Master.csv")
        write_cdr(first, 20)
        import_file(first, Path(name, "data"), format_name="asterisk-cdr")
    start_cpu = time.process_time()
    cpu, wall = time.process_time(), time.perf_counter()
    outcome = import_file(path, data, format_name="asterisk-cdr")
    pipe.send({  # type: ignore[attr-defined]
        "rows": outcome.rows, "imported": outcome.imported, "folded": outcome.folded, "duplicates": outcome.duplicates,
        "rejected": len(outcome.rejected), "start_cpu_s": round(start_cpu, 2),
        "cpu_s": round(time.process_time() - cpu, 2), "wall_s": round(time.perf_counter() - wall, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    })  # fmt: skip


def measure(path: Path, data: Path) -> dict[str, float]:
    """Import ``path`` in a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_import, args=(path, data, theirs))
    process.start()
    theirs.close()
    figures: dict[str, float] = ours.recv()
    process.join()
    return figures


def csv_reader_s(path: Path) -> float:
    """CPU seconds of the standard library's reader on the same file."""
    cpu = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, data = Path(name, "Master.csv"), Path(name, "data")
        write_cdr(source, options.rows)
        for _ in range(options.runs):
            shutil.rmtree(data, ignore_errors=True)
            for _ in range(2 if options.again else 1):
                figures, beside = measure(source, data), csv_reader_s(source)
                rate = figures["rows"] / figures["cpu_s"]
                print(json.dumps(figures))
                print(f"{rate:,.0f} rows per CPU second (wanted {FIGURE:,}); ratio {rate / FIGURE:.2f}; "
                      f"csv.reader alone {beside:.2f} s: {figures['cpu_s'] / beside:.2f} of it")  # fmt: skip


if __name__ == "__main__":
    main()
