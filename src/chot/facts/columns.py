"""Delimited text straight into Arrow text columns: the fast twin of ``records.scan``, with the same verdict on every line."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from chot.facts.arrays import Mask, Numbers, integers
from chot.facts.readers.base import Reject
from chot.facts.records import LONGEST_CELL, Shape, blocks, decodes, one_record, reject


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A batch of rows as text columns named ``"0"``, ``"1"``, …; an empty cell is null.

    ``lines`` (int64) are the physical lines on which the rows begin; ``rejects`` the records that could
    not be read; ``done_bytes`` of the file are behind.
    """

    table: pa.Table
    lines: pa.Array
    rejects: list[Reject]
    done_bytes: int


def scan_columns(
    path: Path,
    *,
    width: int,
    delimiter: str = ",",
    encoding: str = "utf-8",
    quotes: bool = True,
    start_line: int = 1,
    narrower: Sequence[int] = (),
    only: Collection[int] | None = None,
) -> Iterator[Columns]:
    """The records of a text file (plain or ``.gz``) of ``width`` cells, from physical line ``start_line`` on.

    Rows with one of the ``narrower`` widths are filled up with empty cells. What is a record and what is
    a reject is exactly as in ``records.scan``, and so are the errors. Of the columns ``only`` these are given.
    """
    places = sorted(range(width) if only is None else only)
    shape = Shape(delimiter=delimiter, encoding=encoding, quotes=quotes, widths={width, *narrower})
    waiting, line = b"", 1
    for block in blocks(path, encoding):
        text, skipped = _without_first(block.text, 0 if waiting else start_line - line)
        line += skipped
        chunk = _Chunk(text=waiting + text, first=line, shape=shape, width=width, places=places, final=block.final)
        table, lines, used = chunk.read()
        waiting = chunk.text[chunk.starts[used] :]
        line += used
        rejects = sorted(chunk.rejects, key=lambda each: each.line)
        yield Columns(table=table, lines=lines, rejects=rejects, done_bytes=block.done_bytes)


def _without_first(text: bytes, count: int) -> tuple[bytes, int]:
    """``text`` without its first ``count`` lines (or all it has), and how many those were."""
    at = skipped = 0
    while skipped < count and at < len(text):
        at = text.find(b"\n", at) + 1 or len(text)
        skipped += 1
    return (text[at:] if at else text), skipped


def _whole_record(delimiter: str) -> str:
    r"""A regular expression for a line that is a record by itself, as ``a,"b ""c"", d",e\r\n``."""
    mark = rf"\x{ord(delimiter):02x}"
    cell = rf'(?:"(?:[^"\x00]|"")*"|[^"{mark}\r\n\x00][^{mark}\r\n\x00]*|)'
    return rf"^{cell}(?:{mark}{cell})*\r?\n?$"


@dataclass(kw_only=True)
class _Chunk:
    """Whole physical lines, told apart into those that Arrow may read and those read record by record."""

    text: bytes
    first: int
    shape: Shape
    width: int
    places: Sequence[int]
    final: bool
    rejects: list[Reject] = field(default_factory=list, init=False)
    rows: list[list[str]] = field(default_factory=list, init=False)
    row_lines: list[int] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        text = self.text
        ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == 10) + 1
        if text and not text.endswith(b"\n"):
            ends = np.append(ends, len(text))
        self.starts: Numbers = np.concatenate(([0], ends)).astype(np.int64)
        self.count = len(ends)

    def read(self) -> tuple[pa.Table, pa.Array, int]:
        """The rows, their lines, and how many physical lines were used; ``rejects`` is filled."""
        plain = self._plain()
        used = self._read_others(plain)
        which = np.flatnonzero(plain)
        text = self.text if plain.all() else b"".join(self.text[low:high] for low, high in self._runs(which))
        table, uneven = self._by_arrow(text)
        for place in uneven:
            self._read_one(int(which[place]))
        lines = (np.delete(which, uneven) if uneven else which) + self.first
        return (*self._joined(table, lines), used)

    def _plain(self) -> Mask:
        """Which lines are whole records that Arrow reads as the standard library does."""
        text, lengths = self.text, np.diff(self.starts)
        plain: Mask = (lengths > 2) | ~np.isin(np.frombuffer(text, dtype=np.uint8)[self.starts[:-1]], (10, 13))  # no blank lines
        plain &= lengths < LONGEST_CELL
        lone_return = b"\r" in text and text.count(b"\r") != text.count(b"\r\n")
        harmless = b"\0" not in text and not lone_return and decodes(text)
        if harmless and (not self.shape.quotes or self._evenly_quoted()):
            return plain
        if not self.shape.quotes:
            return np.zeros(self.count, dtype=bool)
        buffers = [None, pa.py_buffer(self.starts.astype(np.int32)), pa.py_buffer(text)]
        lines = pa.Array.from_buffers(pa.string(), self.count, buffers)
        plain &= pc.match_substring_regex(lines, _whole_record(self.shape.delimiter)).to_numpy(zero_copy_only=False)
        try:
            lines.validate(full=True)
        except pa.ArrowInvalid:  # some line is not UTF-8; the regular expression lets surrogates pass
            plain &= np.array([decodes(line) for line in lines.cast(pa.binary()).to_pylist()], dtype=bool)
        return plain

    def _evenly_quoted(self) -> bool:
        """Whether every quote plainly opens a cell, closes one, or is half of a doubled one, and every line closes what it opens.

        Nearly every file is like that, and this takes half the time of a regular expression over its lines.
        """
        text = np.frombuffer(self.text, dtype=np.uint8)
        quotes = np.flatnonzero(text == ord('"'))
        if not len(quotes):
            return True
        if len(quotes) % 2 or (np.searchsorted(quotes, self.starts[1:]) % 2).any():
            return False
        edge = np.zeros(256, dtype=bool)
        edge[[ord(self.shape.delimiter), ord("\n"), ord("\r"), ord('"')]] = True
        before = np.take(text, quotes[0::2] - 1, mode="wrap")  # of the first byte that is the last one
        after = np.take(text, quotes[1::2] + 1, mode="wrap")
        if quotes[0] == 0:
            before[0] = ord("\n")
        if quotes[-1] + 1 == len(text):
            after[-1] = ord("\n")
        return bool(np.take(edge, before).all() and np.take(edge, after).all())

    def _read_others(self, plain: Mask) -> int:
        """Read the records that do not begin on a plain line; ``plain`` keeps what is left for Arrow.

        The answer is how many lines are used: a record still open at the end waits for more text.
        """
        at = 0
        for start in np.flatnonzero(~plain).tolist():
            if start < at:
                continue
            at = self._read_one(start)
            plain[start:at] = False
            if at == start:
                plain[start:] = False
                return start
        return self.count

    def _read_one(self, start: int) -> int:
        row, reason, after = one_record(self._line, start, self.count, self.shape, final=self.final)
        if row:
            self.rows.append(row)
            self.row_lines.append(self.first + start)
        elif reason:
            self.rejects.append(reject(self._line(start), self.first + start, reason))
        return after

    def _line(self, at: int) -> str:
        return self.text[self.starts[at] : self.starts[at + 1]].decode("utf-8", "surrogateescape").removesuffix("\n")

    def _runs(self, which: Numbers) -> list[tuple[int, int]]:
        """The byte ranges of the lines ``which``, consecutive ones together."""
        if not len(which):
            return []
        breaks = np.flatnonzero(np.diff(which) != 1)
        lows = which[np.concatenate(([0], breaks + 1))]
        highs = which[np.concatenate((breaks, [len(which) - 1]))] + 1
        return list(zip(self.starts[lows].tolist(), self.starts[highs].tolist(), strict=True))

    def _by_arrow(self, text: bytes) -> tuple[pa.Table, list[int]]:
        """The rows of ``text``, and the places of the lines left out because their width is another."""
        names = [str(place) for place in range(self.width)]
        wanted = [str(place) for place in self.places]
        uneven: list[int] = []

        def skip(row: Any) -> str:
            uneven.append(row.number - 1)
            return "skip"

        if not text:
            return pa.table({name: pa.array([], pa.string()) for name in wanted}), uneven
        if text.startswith(codecs.BOM_UTF8):  # Arrow would take it for a mark of the encoding, but no file begins here
            text = codecs.BOM_UTF8 + text
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.shape.delimiter,
                quote_char='"' if self.shape.quotes else False,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted,
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
        return table, uneven

    def _joined(self, table: pa.Table, lines: Numbers) -> tuple[pa.Table, pa.Array]:
        """The rows of Arrow and those read one by one, in the order of the file."""
        if not self.rows:
            return table, integers(lines)
        cells = [[*row, *[""] * (self.width - len(row))] for row in self.rows]
        other = pa.table({str(at): pa.array([row[at] or None for row in cells], pa.string()) for at in self.places})
        every = np.concatenate([lines, np.array(self.row_lines, dtype=np.int64)])
        order = np.argsort(every, kind="stable")
        return pa.concat_tables([table, other]).take(integers(order)), integers(every[order])
