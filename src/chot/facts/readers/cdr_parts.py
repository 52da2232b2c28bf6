"""Legs in parts by the hash of their contact, so that every contact is whole in one: in memory while it is one part, else in files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from chot.facts.arrays import booleans

HELD_ROWS = 400_000

_LZ4 = pa.ipc.IpcWriteOptions(compression="lz4")


class Parts:
    """Tables with a column ``contact`` go in; one table per part comes out. ``base`` computes the hashes."""

    def __init__(self, folder: Path, base: duckdb.DuckDBPyConnection, *, count: int = 1) -> None:
        self._folder, self._base = folder, base
        self._held: list[pa.Table] = []
        self._files: list[list[Path]] = [[] for _ in range(count)]

    def add(self, table: pa.Table) -> None:
        """Keep the rows of ``table``."""
        if table.num_rows:
            self._held.append(table)
        if len(self._files) > 1 and sum(each.num_rows for each in self._held) >= HELD_ROWS:
            self._write()

    def batches(self) -> Iterator[pa.Table]:
        """All rows so far, some at a time."""
        yield from self._held
        for path in (path for files in self._files for path in files):
            yield _read(path)

    def __iter__(self) -> Iterator[pa.Table]:
        """The parts that have rows; what is given is let go of."""
        if len(self._files) > 1 and self._held:
            self._write()
        for files in self._files:
            tables = [_read(path) for path in files] or self._held
            self._held = []
            for path in files:
                path.unlink()
            if tables:
                yield pa.concat_tables(tables)

    def _write(self) -> None:
        rows = pa.concat_tables(self._held)
        self._held = []
        self._base.register("rows", rows)
        part_of = self._base.execute(f"SELECT (hash(contact) % {len(self._files)})::BIGINT AS part FROM rows").fetchnumpy()["part"]
        self._base.unregister("rows")
        for part, files in enumerate(self._files):
            mine = rows.filter(booleans(np.asarray(part_of == part)))
            if mine.num_rows:
                files.append(self._folder / f"legs-{part}-{len(files)}.arrow")
                with pa.OSFile(str(files[-1]), "wb") as file, pa.ipc.new_file(file, rows.schema, options=_LZ4) as writer:
                    writer.write_table(mine)


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
        return reader.read_all()
