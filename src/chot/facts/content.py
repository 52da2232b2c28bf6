"""What rows say, as one hash that does not depend on files, batches or the program that wrote them.

Rows are hashed column by column in their canonical order: by agent, moment and key, empty last, which is
also the order in which the store keeps them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.facts.arrays import integers
from chot.kpi.schema import Table

BATCH_ROWS = 65_536


def canonical_order(table: Table) -> list[str]:
    """The columns that rows are sorted by; with the key among them no two rows are equal."""
    return list(dict.fromkeys(["agent_id", *table.moment, *table.key]))


def canonical(table: Table, rows: pa.Table) -> pa.Table:
    """``rows`` in canonical order."""
    names = canonical_order(table)
    keys = pa.table([_ranks(rows.column(names[0])), *(rows.column(name) for name in names[1:])], names=names)
    return rows.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in names]))


def _ranks(cells: pa.ChunkedArray) -> pa.Array:
    """Numbers that sort as ``cells`` do, and several times faster where few texts repeat; empty ones last."""
    coded = cells.combine_chunks().dictionary_encode()
    ranks = np.empty(len(coded.dictionary) + 1, dtype=np.int64)
    ranks[-1] = len(coded.dictionary)
    ranks[pc.sort_indices(coded.dictionary).to_numpy()] = np.arange(len(coded.dictionary))
    return integers(ranks[pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy()])


def content_of(table: Table, batches: Iterable[pa.RecordBatch | pa.Table]) -> str:
    """The hash (hexadecimal) of rows that come in canonical order, in batches of any size."""
    columns = [(hashlib.blake2b(digest_size=32), hashlib.blake2b(digest_size=32)) for _ in table.columns]
    count = 0
    for batch in _even(batches):
        count += batch.num_rows
        for column, (numbers, text) in zip(table.columns, columns, strict=True):
            cells = batch.column(column.name)
            if cells.null_count == len(cells):
                numbers.update(b"-")
                continue
            for chunk in cells.chunks:
                numbers.update(memoryview(_numbers(chunk).to_numpy()))
                if pa.types.is_string(chunk.type):
                    text.update(_characters(chunk))
    whole = hashlib.sha256(f"{table.name} {count} {' '.join(table.names)}".encode())
    for pair in columns:
        whole.update(pair[0].digest() + pair[1].digest())
    return whole.hexdigest()


def _even(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[pa.Table]:
    """The same rows in batches of ``BATCH_ROWS``, the last one shorter: so that a hash depends on no one else's batches."""
    held: list[pa.Table] = []
    for batch in batches:
        held.append(batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch]))
        if sum(each.num_rows for each in held) >= BATCH_ROWS:
            rows = pa.concat_tables(held)
            whole = rows.num_rows // BATCH_ROWS * BATCH_ROWS
            yield from (rows.slice(start, BATCH_ROWS) for start in range(0, whole, BATCH_ROWS))
            held = [rows.slice(whole)]
    rest = pa.concat_tables(held) if held else None
    if rest is not None and rest.num_rows:
        yield rest


def _numbers(chunk: pa.Array) -> pa.Array:
    """One number per cell: a text's length, a time's microseconds, …; an empty cell is a number that no cell has."""
    kind = chunk.type
    if pa.types.is_string(kind):
        return pc.fill_null(pc.binary_length(chunk), -1)
    if pa.types.is_boolean(kind):
        return pc.fill_null(chunk.cast(pa.uint8()), 2)
    plain, nothing = (chunk.cast(pa.int32()), -(2**31)) if pa.types.is_date32(kind) else (chunk.cast(pa.int64()), -(2**63))
    return pc.fill_null(plain, nothing)


def _characters(chunk: pa.Array) -> memoryview:
    known = pc.fill_null(chunk, "") if chunk.null_count else chunk
    offsets = np.frombuffer(known.buffers()[1], dtype=np.int32)
    start, stop = int(offsets[known.offset]), int(offsets[known.offset + len(known)])
    return memoryview(known.buffers()[2] or b"")[start:stop]


def batches_of(table: Table, path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of one of our Parquet files, in batches."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS, columns=list(table.names))
