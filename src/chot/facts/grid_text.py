"""Delimited text as a grid: the delimiter, encoding and header row are looked for where they are not given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.facts import encodings
from chot.facts.columns import Columns, scan_columns
from chot.facts.grids import EPOCH_1900, HEAD_ROWS, Batch, Kind, Layout, find_header, named
from chot.facts.readers.base import Reject
from chot.facts.records import clipped, scan

_DELIMITERS = (",", ";", "\t", "|")
_MOST_SPARE = 5  # empty cells that a row may have beyond the header


class TextGrid:
    """A CSV or TSV file (also ``.gz``)."""

    kind: Kind = "text"
    epoch = EPOCH_1900

    def __init__(self, path: Path, layout: Layout, head: bytes) -> None:
        self.path = path
        guess = encodings.Guess(encoding=layout.encoding) if layout.encoding else encodings.detect(head)
        if not guess.encoding:
            raise InputError(Problem(file=str(path), field="encoding", what=guess.note, fix=encodings.CONVERT))
        self.encoding = guess
        self.notes: tuple[str, ...] = (guess.note,) if guess.note else ()
        self.delimiter, rows, lines = self._head(layout)
        at, _ = find_header(rows, layout)
        if layout.header_row is not None:
            at = next((place for place, line in enumerate(lines) if line == layout.header_row), -1)
            if at < 0:
                what = f"no row begins on line {layout.header_row}"
                raise InputError(Problem(file=str(path), field="header_row", what=what, fix="Give the line of the headers."))
        header = rows[at]
        while header and not header[-1].strip():
            header = header[:-1]
        self.headers = named(header)
        self.header_line = lines[at]
        self._start = lines[at] + sum(cell.count("\n") for cell in rows[at]) + 1
        self._spare = _spare(rows[at + 1 :], len(self.headers))

    def _head(self, layout: Layout) -> tuple[str, list[list[str]], Sequence[int]]:
        """The delimiter with the likeliest header row, and the first rows as it cuts them."""
        best: tuple[tuple[int, int], str, list[list[str]], Sequence[int]] | None = None
        for delimiter in (layout.delimiter,) if layout.delimiter else _DELIMITERS:
            first = next(scan(self.path, delimiter=delimiter, encoding=self.encoding.codec), None)
            if first is None or not first.rows:
                continue
            rows = first.rows[:HEAD_ROWS]
            rank = find_header(rows, layout)[1]
            if best is None or rank > best[0]:
                best = rank, delimiter, rows, first.lines
        if best is None:
            raise InputError(Problem(file=str(self.path), what="no row of it can be read as text"))
        return best[1], best[2], best[3]

    def batches(self) -> Iterator[Batch]:
        """The rows below the headers, in order. Raises ``InputError`` when the file is damaged."""
        width = len(self.headers)
        for found in scan_columns(
            self.path,
            width=width + self._spare,
            delimiter=self.delimiter,
            encoding=self.encoding.codec,
            start_line=self._start,
            narrower=range(width, width + self._spare),
        ):
            yield self._batch(found, width)

    def _batch(self, found: Columns, width: int) -> Batch:
        table, lines, rejects = found.table, found.lines, list(found.rejects)
        places = range(table.num_columns)
        if self._spare:
            overfull = _any_valid(table, places[width:])
            rejects += [
                Reject(line=line, column="", value=clipped(value), reason=f"has more cells than the {width} of the header")
                for line, value in zip(lines.filter(overfull).to_pylist(), table.filter(overfull)[width].to_pylist(), strict=True)
            ]
            table, lines = table.filter(pc.invert(overfull)), lines.filter(pc.invert(overfull))
        holds = _any_valid(table, places[:width])
        blank = len(holds) - (pc.sum(holds).as_py() or 0)
        if blank:
            table, lines = table.filter(holds), lines.filter(holds)
        columns = [table[place] for place in places[:width]]
        return Batch(columns=columns, lines=lines, rejects=rejects, blank=blank, done_bytes=found.done_bytes)


def _any_valid(table: pa.Table, places: Sequence[int]) -> pa.Array:
    """Which rows hold a filled cell in one of the columns."""
    holds = np.zeros(table.num_rows, dtype=bool)
    for place in places:
        holds |= table[place].is_valid().to_numpy()
    return pa.array(holds)


def _spare(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many empty cells the rows carry beyond the header (a delimiter at the end of every line)."""
    extra = [len(row) - width for row in rows if len(row) > width and not any(cell.strip() for cell in row[width:])]
    return min(max(extra, default=0), _MOST_SPARE)
