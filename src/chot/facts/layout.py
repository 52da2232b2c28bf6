"""How the rows of one month that the application moves are spread over files: small new ones, joined before they are many.

A file that holds a changed row is written anew, so no file may be large for its month; and every file is opened by every
scan, so they may not be many. New rows go to small files; eight small ones become a larger one, until it is full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.facts.manifest import Part

MANY = 8
"""So many files below one of the sizes are joined."""

SIZES = (4_096, 32_768)
FULL = 100_000
"""Rows of a file that is joined with no other; more in a large month, which has about 16 full files."""


def full_size(rows: int) -> int:
    """The rows of a full file in a month of ``rows`` rows."""
    return max(FULL, rows // 16)


def joining(parts: Sequence[Part], full: int) -> list[Part]:
    """The files of a month that are to be written anew as one."""
    chosen: list[Part] = []
    for size in (*SIZES, full):
        below = [part for part in parts if part.rows < size]
        if len(below) >= MANY:
            chosen = below
    return chosen


def chunks(rows: pa.Table, full: int) -> Iterator[pa.Table]:
    """Rows in pieces of whole days, each of at least ``full`` rows but the last: what changes lies close together in time."""
    if rows.num_rows <= full or "local_date" not in rows.column_names:
        yield rows
        return
    ordered = rows.take(pc.sort_indices(rows, sort_keys=[("local_date", "ascending")]))
    days = ordered.column("local_date").cast(pa.int32()).to_numpy()
    starts = np.flatnonzero(np.diff(days)) + 1
    begin = 0
    for start in starts.tolist():
        if start - begin >= full:
            yield ordered.slice(begin, start - begin)
            begin = start
    yield ordered.slice(begin)
