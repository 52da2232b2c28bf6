"""Which stored files may hold a key: beside each file the sorted hashes of its keys, 8 bytes a row, made when first needed.

``calls-000007-01.<start of the file's SHA-256>.keys`` is derived: lost or removed, it is made again.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chot.facts.keys import key_of
from chot.facts.manifest import Part
from chot.kpi.schema import Table

Hashes = npt.NDArray[np.uint64]

SUFFIX = ".keys"


def hashes_of(keys: pa.Array | pa.ChunkedArray) -> Hashes:
    """The sorted hashes of keys."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("given", pa.table({"k": keys}))
        found = connection.execute("SELECT md5_number_lower(k) AS h FROM given").fetchnumpy()["h"]
    return np.sort(np.asarray(found, dtype=np.uint64))


def index_path(folder: Path, part: Part) -> Path:
    """Where the hashes of a file lie; ``folder`` is that of its table."""
    path = folder / part.path
    return path.with_name(f"{path.stem}.{part.sha256[:12]}{SUFFIX}")


def may_hold(folder: Path, table: Table, part: Part, wanted: Hashes) -> bool:
    """Whether the file may hold a key with one of the ``wanted`` hashes (sorted, not empty); False is certain."""
    known = _index(folder, table, part)
    places = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    return bool(len(known) and (known[places] == wanted).any())


def _index(folder: Path, table: Table, part: Part) -> Hashes:
    path = index_path(folder, part)
    if path.is_file() and path.stat().st_size == 8 * part.rows:
        return np.memmap(path, dtype=np.uint64, mode="r")
    keys = key_of(table, pq.read_table(folder / part.path, columns=list(table.key), partitioning=None))
    return write_index(folder, part, keys)


def write_index(folder: Path, part: Part, keys: pa.Array | pa.ChunkedArray) -> Hashes:
    """Keep the hashes of a file's keys beside it."""
    found, path = hashes_of(keys), index_path(folder, part)
    temporary = path.with_name(f".{path.name}.tmp")
    found.tofile(temporary)
    os.replace(temporary, path)
    return found
