"""Rows of an import that complete the application's own: the roster plans a day, and a file brings the time worked on it.

An import never changes the application's files. A workday that it knows more of is handed to the application instead:
``DIR/for-application/workdays-000001.parquet`` waits there until the mover has written it into the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from chot.facts import store
from chot.facts.application_rows import keys_in, stored_rows
from chot.facts.intake import arrow_schema
from chot.facts.manifest import APPLICATION, Manifest
from chot.facts.month_files import staged_batches
from chot.kpi.schema import Table

if TYPE_CHECKING:
    from chot.facts.merge import Merge

FOLDER = "for-application"
PLANNED = ("scheduled_s", "leave")
"""The roster's columns: what it says stays, and what it leaves empty a file may say."""
DONE = ("worked_s", "pause_s")
"""What a file brings; where the application has another value, that is a contradiction."""

Row = dict[str, Any]


def completions(data: Path, known: Manifest, merge: Merge) -> pa.Table | None:
    """The ruled rows that complete the application's, taken out of the rejects; None when there are none."""
    ruled = merge.ruled()
    if known.table != "workdays" or not ruled:
        return None
    schema, held, given = arrow_schema(merge.table), dict[str, Row](), list[Row]()
    mine = stored_rows(data / known.table, merge.table, [part for part in known.files if part.origin == APPLICATION])
    wanted = set(ruled.values())
    for key, row in zip(keys_in(merge.table, mine), mine.to_pylist(), strict=True):
        if key in wanted:
            held[key] = row
    for seq, row in _staged(merge, ruled):
        verdict = _judge(merge.table, held[ruled[seq]], row)
        if verdict != "ruled":
            merge.settle(seq, verdict)
        if verdict == "handed":
            given.append({name: row[name] for name in schema.names})
    return pa.Table.from_pylist(given, schema=schema) if given else None


def _staged(merge: Merge, ruled: Mapping[int, str]) -> list[tuple[int, Row]]:
    found = []
    for batch in staged_batches([each for files in merge.staged.values() for each in files]):
        found += [(row["seq"], row) for row in batch.to_pylist() if row["seq"] in ruled]
    return sorted(found, key=lambda pair: pair[0])


def _judge(table: Table, held: Row, given: Row) -> str:
    """What becomes of a row: it completes (``handed``, and ``held`` has it from then on), says nothing new, or contradicts."""
    news = {name: given[name] for name in (*PLANNED, *DONE) if given[name] != table.column(name).empty and given[name] != held[name]}
    free = {name: cell for name, cell in news.items() if held[name] == table.column(name).empty}
    if any(name in news and name not in free for name in DONE):
        return "ruled"
    if not free:
        return "ruled" if news and all(given[name] is None for name in DONE) else "duplicate"
    held.update(free)
    return "handed"


def hand_over(data: Path, rows: pa.Table, staging: Path) -> None:
    """Leave rows for the application, durably. To be called by the one writer."""
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    number = max((int(path.stem.rpartition("-")[2]) for path in waiting(data)), default=0) + 1
    temporary = staging / f"workdays-{number:06d}.parquet"
    pq.write_table(rows, temporary)
    store.put(temporary, folder / temporary.name)


def waiting(data: Path) -> list[Path]:
    """The files that wait for the application, the earliest first."""
    return sorted((data / FOLDER).glob("workdays-*.parquet"))
