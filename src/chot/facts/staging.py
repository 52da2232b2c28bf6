"""What a reader gives, taken in and staged: typed rows by table and month in a private folder, and the rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from chot.core.errors import InternalError
from chot.facts.arrays import integers
from chot.facts.intake import conform
from chot.facts.month_files import StagedFile, stage
from chot.facts.readers.base import Cells, Reject
from chot.facts.reject_log import RejectLog
from chot.kpi.schema import TABLES

BUFFERED_ROWS = 200_000
"""Rows held in memory before they are written out: about 100 MB."""

Progress = Callable[[int], None]


@dataclass
class Staging:
    """The sink of one import. ``tables`` are those it was given rows of, ``staged`` the Arrow files written, by table and month."""

    folder: Path
    zone: str
    rejects: RejectLog
    progress: Progress | None = None
    source_rows: int = 0
    further: int = 0
    given: int = 0
    refused: int = 0
    first_line: int | None = None
    tables: list[str] = field(default_factory=list)
    staged: dict[str, dict[str, list[StagedFile]]] = field(default_factory=dict)
    _held: dict[str, list[pa.Table]] = field(default_factory=dict)
    _order: int = 0
    _files: int = 0

    def read(self, count: int, *, done_bytes: int) -> None:
        """``count`` more source rows were read; ``done_bytes`` of the file are behind."""
        self.source_rows += count
        if self.progress:
            self.progress(done_bytes)

    def rows(self, table: str, columns: Mapping[str, Cells], lines: Sequence[int]) -> None:
        """Take in rows of a fact table; bad ones become rejects."""
        if not len(lines):
            return
        self.given += len(lines)
        if table not in self.tables:
            self.tables.append(table)
        self._note_line(int(lines[0].as_py() if isinstance(lines, pa.Array) else lines[0]))
        typed, bad = conform(TABLES[table], columns, lines, zone=self.zone)
        self.rejects.extend(bad)
        self.hold(table, typed)

    def hold(self, table: str, typed: pa.Table) -> None:
        """Stage rows that are already taken in."""
        order = integers(np.arange(self._order, self._order + typed.num_rows))
        self._order += typed.num_rows
        held = self._held.setdefault(table, [])
        held.append(typed.append_column("seq", order))
        if sum(each.num_rows for each in held) >= BUFFERED_ROWS:
            self._write(table)

    def folded(self, count: int) -> None:
        """``count`` source rows were further legs or events of contacts given as rows."""
        self.further += count

    def reject(self, reject: Reject) -> None:
        """One source row cannot be a fact."""
        self.refused += 1
        self._note_line(reject.line)
        self.rejects.add(reject)

    def scratch(self) -> Path:
        """A private folder for spilling, removed after the import."""
        path = self.folder / "scratch"
        path.mkdir(exist_ok=True)
        return path

    def finish(self) -> None:
        """Write out what is held, and make sure that every source row ended somewhere."""
        self.write_out()
        if self.source_rows != self.given + self.further + self.refused:
            ends = f"{self.given} given, {self.further} folded, {self.refused} rejected"
            raise InternalError(f"the reader read {self.source_rows} rows, but {ends}")

    def write_out(self) -> None:
        """Write out what is held."""
        for table in list(self._held):
            self._write(table)

    def _note_line(self, line: int) -> None:
        self.first_line = line if self.first_line is None else min(self.first_line, line)

    def _write(self, table: str) -> None:
        rows = pa.concat_tables(self._held.pop(table))
        if not rows.num_rows:
            return
        for month, part in _by_month(rows) if TABLES[table].moment else [("", rows)]:
            path = self.folder / f"{table}-{month}-{self._files:06d}.arrow"
            self._files += 1
            self.staged.setdefault(table, {}).setdefault(month, []).append(stage(part, path))


def _by_month(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each month in their order."""
    months = rows.column("period").combine_chunks().dictionary_encode()
    codes = months.indices.to_numpy()
    if (codes[1:] < codes[:-1]).any():
        order = np.argsort(codes, kind="stable")
        rows, codes = rows.take(integers(order)), codes[order]
    edges = np.searchsorted(codes, np.arange(len(months.dictionary) + 1)).tolist()
    for month, start, stop in zip(months.dictionary.to_pylist(), edges[:-1], edges[1:], strict=True):
        yield month, rows.slice(start, stop - start)
