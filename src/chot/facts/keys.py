"""One row per key: what the same id again means, and agents' rows that must not overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chot.facts.arrays import all_but
from chot.facts.intake import LINE
from chot.facts.readers.base import Reject
from chot.facts.records import clipped
from chot.kpi.schema import Table

Row = dict[str, Any]

OVERLAPS = "overlaps another row of this agent"
RULED = "is kept in the application with other values, and its row stays; change it there"


@dataclass(frozen=True, kw_only=True)
class Unique:
    """Rows with one row per key, how many equal rows were left out, and the rows that contradict another one."""

    rows: pa.Table
    duplicates: int
    rejects: list[Reject]


def different(table: Table) -> str:
    """The reason for a row whose key is taken by a row that it may not replace."""
    if table.newer:
        return f"is there already with other values, and this {table.newer} is not later"
    return "is there already with other values"


def one_per_key(table: Table, rows: pa.Table) -> Unique:
    """``rows`` (with their ``line``) in order, each repeated key resolved: an equal row is a duplicate; a
    different one replaces the one before when the table's ``newer`` column is later, else it is rejected.
    """
    key = key_of(table, rows)
    if pc.count_distinct(key, mode="all").as_py() == len(key):
        return Unique(rows=rows, duplicates=0, rejects=[])
    counts = pc.value_counts(key)
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    places = pc.indices_nonzero(pc.is_in(key, value_set=repeated))
    return _resolve(table, rows, places, key.take(places).to_pylist())


def _resolve(table: Table, rows: pa.Table, places: pa.Array, keys: list[str | None]) -> Unique:
    holder: dict[str | None, tuple[int, Row]] = {}
    dropped: list[int] = []
    rejects: list[Reject] = []
    duplicates = 0
    for place, key, row in zip(places.to_pylist(), keys, rows.take(places).to_pylist(), strict=True):
        line = row.pop(LINE)
        if key not in holder:
            holder[key] = place, row
            continue
        held, current = holder[key]
        if row == current:
            duplicates += 1
            dropped.append(place)
        elif is_newer(table, row, current):
            dropped.append(held)
            holder[key] = place, row
        else:
            dropped.append(place)
            rejects.append(Reject(line=line, column=table.key[0], value=clipped(str(row[table.key[0]])), reason=different(table)))
    return Unique(rows=rows.filter(all_but(rows.num_rows, dropped)), duplicates=duplicates, rejects=rejects)


def is_newer(table: Table, row: Row, current: Row) -> bool:
    """Whether ``row`` replaces ``current``; a known time is later than an empty one."""
    if table.newer is None or row[table.newer] is None:
        return False
    return current[table.newer] is None or bool(row[table.newer] > current[table.newer])


def key_of(table: Table, rows: pa.Table) -> pa.Array | pa.ChunkedArray:
    """The key of each row as one text."""
    parts = [rows.column(name).cast(pa.string()) for name in table.key]
    if len(parts) == 1:
        return parts[0]
    return pc.binary_join_element_wise(*parts, "\x1f", null_handling="replace")


def without_overlaps(table: Table, rows: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Agent rows whose validity overlaps that of an earlier row of the same agent are rejected; other tables pass."""
    if table.name != "agents" or not rows.num_rows:
        return rows, []
    dropped = list(_overlapping(rows))
    if not dropped:
        return rows, []
    rejects = [_overlap(row) for row in rows.take(dropped).to_pylist()]
    return rows.filter(all_but(rows.num_rows, dropped)), rejects


def _overlap(row: Row) -> Reject:
    return Reject(line=row[LINE], column="valid_from", value=str(row["valid_from"] or ""), reason=OVERLAPS)


def _overlapping(rows: pa.Table) -> Iterator[int]:
    agents = rows.column("agent_id")
    if pc.count_distinct(agents).as_py() == len(agents):
        return
    taken: dict[str, list[tuple[date, date]]] = {}
    spans = zip(agents.to_pylist(), rows.column("valid_from").to_pylist(), rows.column("valid_to").to_pylist(), strict=True)
    for place, (agent, start, end) in enumerate(spans):
        span = (start or date.min, end or date.max)
        others = taken.setdefault(agent, [])
        if any(span[0] < other[1] and other[0] < span[1] for other in others):
            yield place
        else:
            others.append(span)
