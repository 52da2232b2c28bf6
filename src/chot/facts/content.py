"""What rows say, as one hash that does not depend on files, batches or the program that wrote them.

Rows are hashed column by column in their canonical order: by agent, moment and key, empty last, which is
also the order in which the store keeps them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.kpi.schema import Table

BATCH_ROWS = 65_536


def canonical_order(table: Table) -> list[str]:
    """The columns that rows are sorted by; with the key among them no two rows are equal."""
    return list(dict.fromkeys(["agent_id", *table.moment, *table.key]))


def canonical(table: Table, rows: pa.Table) -> pa.Table:
    """``rows`` in canonical order."""
    return rows.sort_by([(name, "ascending") for name in canonical_order(table)])


def content_of(table: Table, batches: Iterable[pa.RecordBatch | pa.Table]) -> str:
    """The hash (SHA-256, hexadecimal) of rows that come in canonical order, in batches of any size."""
    columns = [(hashlib.sha256(), hashlib.sha256()) for _ in table.columns]
    count = 0
    for batch in batches:
        count += batch.num_rows
        for column, (values, shape) in zip(table.columns, columns, strict=True):
            _update(batch.column(column.name), values, shape)
    whole = hashlib.sha256(f"{table.name} {count} {' '.join(table.names)}".encode())
    for values, shape in columns:
        whole.update(values.digest())
        whole.update(shape.digest())
    return whole.hexdigest()


def _update(cells: pa.Array | pa.ChunkedArray, values: hashlib._Hash, shape: hashlib._Hash) -> None:
    for chunk in cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]:
        if pa.types.is_string(chunk.type):
            lengths = pc.fill_null(pc.binary_length(chunk), -1)
            known = pc.fill_null(chunk, "") if chunk.null_count else chunk
            shape.update(lengths.to_numpy())
            if len(known):
                offsets = memoryview(known.buffers()[1]).cast("i")
                data = known.buffers()[2]
                if data is not None:
                    values.update(memoryview(data)[offsets[known.offset] : offsets[known.offset + len(known)]])
        else:
            shape.update(pc.is_valid(chunk).cast(pa.uint8()).to_numpy())
            values.update(_numbers(chunk).to_numpy())


def _numbers(chunk: pa.Array) -> pa.Array:
    if pa.types.is_boolean(chunk.type):
        plain = chunk.cast(pa.uint8())
    else:
        plain = chunk.cast(pa.int32() if pa.types.is_date32(chunk.type) else pa.int64())
    return pc.fill_null(plain, 0) if plain.null_count else plain


def batches_of(table: Table, path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of one of our Parquet files, in batches."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS, columns=list(table.names))
