"""Rows of the application's database, given as CSV, taken in by the same rules as an import."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from chot.facts.content import canonical, content_of
from chot.facts.intake import LINE, arrow_schema, conform
from chot.facts.key_index import hashes_of, may_hold
from chot.facts.keys import key_of
from chot.facts.manifest import APPLICATION, Manifest, Part
from chot.facts.readers.base import Reject
from chot.kpi.schema import Table

OTHERWISE = "would be another key in the facts. Write it without blanks around it"


def taken_in(table: Table, text: bytes, *, zone: str) -> tuple[list[str], pa.Table, list[Reject]]:
    """The key of each record, the typed rows, and the rejects (``line``: 1 for the first record).

    ``text`` is CSV without a header: the key, then the contract's columns in order.
    """
    names = ["", *table.names]
    if not text:
        return [], arrow_schema(table).empty_table(), []
    read = arrow_csv.read_csv(
        io.BytesIO(text),
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True
        ),
    )
    cells = {name: read.column(name).combine_chunks() for name in table.names}
    rows, bad = conform(table, cells, range(1, read.num_rows + 1), zone=zone)
    keys, lines = read.column("").combine_chunks(), rows.column(LINE)
    same = pc.equal(keys.take(pc.subtract(lines, 1)), key_of(table, rows))
    for line in lines.filter(pc.invert(same)).to_pylist():
        bad.append(Reject(line=line, column=table.key[0], value=str(keys[line - 1].as_py()), reason=OTHERWISE))
    return keys.to_pylist(), rows.filter(same).drop_columns([LINE]), bad


def content(table: Table, rows: pa.Table) -> str:
    """The hash of rows in any order."""
    return content_of(table, [canonical(table, rows)])


def stored_rows(folder: Path, table: Table, parts: Iterable[Part]) -> pa.Table:
    """The rows of some files of a table's folder."""
    schema = arrow_schema(table)
    found = [pq.read_table(folder / part.path, schema=schema, partitioning=None) for part in parts]
    return pa.concat_tables([schema.empty_table(), *found])


def without(table: Table, rows: pa.Table, keys: Iterable[str]) -> pa.Table:
    """``rows`` but those of ``keys``."""
    gone = pa.array(sorted(set(keys)), pa.string())
    return rows.filter(pc.invert(pc.is_in(key_of(table, rows), value_set=gone))) if len(gone) else rows


def keys_in(table: Table, rows: pa.Table) -> list[str]:
    """The key of each row."""
    return [str(key) for key in key_of(table, rows).to_pylist()]


def differing(table: Table, ours: pa.Table, theirs: pa.Table) -> dict[str, tuple[dict[str, object] | None, dict[str, object] | None]]:
    """The keys whose rows are not the same, each with both rows (None: there is none)."""
    a = dict(zip(keys_in(table, ours), ours.to_pylist(), strict=True))
    b = dict(zip(keys_in(table, theirs), theirs.to_pylist(), strict=True))
    return {key: (a.get(key), b.get(key)) for key in sorted(a.keys() | b.keys()) if a.get(key) != b.get(key)}


def imported(folder: Path, table: Table, known: Manifest, keys: Iterable[str]) -> pa.Table:
    """The rows of ``keys`` in files of imports."""
    wanted, found = pa.array(sorted(set(keys)), pa.string()), [arrow_schema(table).empty_table()]
    parts = [part for part in known.files if part.origin != APPLICATION] if len(wanted) else []
    hashes = hashes_of(wanted)
    for part in parts:
        if may_hold(folder, table, part, hashes):
            held = stored_rows(folder, table, [part])
            found.append(held.filter(pc.is_in(key_of(table, held), value_set=wanted)))
    return pa.concat_tables(found)


def twice(folder: Path, table: Table, known: Manifest, rows: pa.Table) -> list[str]:
    """The keys of ``rows`` that a file of an import holds too."""
    return sorted(set(keys_in(table, imported(folder, table, known, keys_in(table, rows)))))
