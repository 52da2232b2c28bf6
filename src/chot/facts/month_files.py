"""The files that rows lie in: staged ones (Arrow, as they came) and stored ones (Parquet, one per month, in canonical order)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.facts.content import BATCH_ROWS, canonical, canonical_order
from chot.facts.intake import arrow_schema
from chot.facts.keys import key_of
from chot.kpi.schema import Table

ROW_GROUP = 122_880

_LZ4 = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True)
class StagedFile:
    """An Arrow file of rows taken in but not yet stored."""

    path: Path
    rows: int


def stage(rows: pa.Table, path: Path) -> StagedFile:
    """Write rows as they came."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, rows.schema, options=_LZ4) as writer:
        writer.write_table(rows, max_chunksize=BATCH_ROWS)
    return StagedFile(path, rows.num_rows)


def staged_batches(files: Iterable[StagedFile], only: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The rows of staged files (of their columns ``only`` these), one batch in memory at a time."""
    for each in files:
        with pa.memory_map(str(each.path)) as file:
            reader = pa.ipc.open_file(file)
            if only:
                places = [reader.schema.get_field_index(name) for name in only]
                reader = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=places))
            for place in range(reader.num_record_batches):
                yield reader.get_batch(place)


def joined(
    table: Table, stored: Iterable[Path], staged: Iterable[StagedFile], *, without_keys: pa.ChunkedArray, without_seqs: pa.ChunkedArray
) -> pa.Table:
    """Stored rows without some keys and staged rows without some ``seq``, in canonical order."""
    schema = arrow_schema(table)
    parts = [schema.empty_table()]
    for path in stored:
        rows = pq.read_table(path, schema=schema, partitioning=None)
        gone = pc.is_in(key_of(table, rows), value_set=without_keys) if len(without_keys) else None
        parts.append(rows if gone is None else rows.filter(pc.invert(gone)))
    for batch in staged_batches(staged):
        rows = pa.Table.from_batches([batch])
        if len(without_seqs):
            rows = rows.filter(pc.invert(pc.is_in(rows.column("seq"), value_set=without_seqs)))
        parts.append(rows.select(schema.names))
    return canonical(table, pa.concat_tables(parts))


def write_rows(table: Table, rows: pa.Table, path: Path) -> None:
    """Rows as one Parquet file; columns with few different cells as dictionaries, bounds of those that are searched by."""
    many = {*table.key, "customer_id", "call_id", *(column.name for column in table.columns if column.type == "time")}
    few = [name for name in rows.column_names if name not in many]
    sought = [*canonical_order(table), *table.derived]
    pq.write_table(rows, path, compression="zstd", row_group_size=ROW_GROUP, use_dictionary=few, write_statistics=sought)
