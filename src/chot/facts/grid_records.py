"""JSON Lines and Parquet as grids: formats that name their columns and type their cells."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from chot.core.errors import InputError, Problem
from chot.core.text import normal
from chot.facts.grids import EPOCH_1900, Batch, Kind, damaged, named
from chot.facts.readers.base import Reject
from chot.facts.records import clipped

KEY_ROWS = 10_000
"""The columns of JSON Lines are the keys of this many first rows."""

_LONGEST_LINE = 16 * 1024 * 1024
_MOST_KEYS = 16_384
_BATCH_ROWS = 10_000


class JsonGrid:
    """A JSON Lines file (also ``.gz``): one object per line; its keys are the headers."""

    kind: Kind = "json"
    header_line = 0
    epoch = EPOCH_1900
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        names: dict[str, None] = {}
        for number, (_, row, _) in enumerate(self._rows()):
            if isinstance(row, dict):
                names.update(dict.fromkeys(row))
            if number >= KEY_ROWS or len(names) > _MOST_KEYS:
                break
        if not names:
            raise InputError(Problem(file=str(path), what="none of its first lines is a JSON object"))
        self.headers = tuple(names)

    def batches(self) -> Iterator[Batch]:
        """The rows, in order. Raises ``InputError`` when the file is damaged."""
        rows: list[dict[str, object]] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        done = 0
        for line, row, done in self._rows():
            if isinstance(row, Reject):
                rejects.append(row)
            else:
                rows.append(row)
                lines.append(line)
            if len(rows) + len(rejects) >= _BATCH_ROWS:
                yield self._batch(rows, lines, rejects, done)
                rows, lines, rejects = [], [], []
        if rows or rejects:
            yield self._batch(rows, lines, rejects, done)

    def _batch(self, rows: list[dict[str, object]], lines: list[int], rejects: list[Reject], done: int) -> Batch:
        columns = [[row.get(header) for row in rows] for header in self.headers]
        return Batch(columns=columns, lines=lines, rejects=rejects, done_bytes=done)

    def _rows(self) -> Iterator[tuple[int, dict[str, object] | Reject, int]]:
        """Line number, the object or why it is none, and the bytes behind."""
        with self.path.open("rb") as raw:
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self.path.suffix == ".gz" else raw
            number = 0
            while True:
                line = self._line(stream, number)
                number += 1
                if not line:
                    return
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, _object(line, number), raw.tell()

    def _line(self, stream: IO[bytes], number: int) -> bytes:
        try:
            line = stream.readline(_LONGEST_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise damaged(self.path, error, "compressed") from error
        if len(line) > _LONGEST_LINE:
            what = "the line is longer than 16 MB"
            raise InputError(Problem(file=str(self.path), line=number + 1, what=what, fix="Write one object per line."))
        return line


class ParquetGrid:
    """A Parquet file; its cells keep their types."""

    kind: Kind = "parquet"
    header_line = 0
    epoch = EPOCH_1900
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = path.stat().st_size
        try:
            with pq.ParquetFile(path) as file:
                self._rows = file.metadata.num_rows
                names = file.schema_arrow.names
        except Exception as error:  # the library raises its own and the system's errors on broken bytes
            raise damaged(path, error, "Parquet") from error
        if not names:
            raise InputError(Problem(file=str(path), what="has no columns"))
        self.headers = named(names)

    def batches(self) -> Iterator[Batch]:
        """The rows, in order; ``lines`` count them from 1. Raises ``InputError`` when the file is damaged."""
        first = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                    columns = [_cells(column) for column in batch.columns]
                    done = self._size * (first - 1 + batch.num_rows) // max(self._rows, 1)
                    yield Batch(columns=columns, lines=range(first, first + batch.num_rows), done_bytes=done)
                    first += batch.num_rows
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise damaged(self.path, error, "Parquet") from error


def _cells(column: pa.Array) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    elif pa.types.is_time64(column.type) or pa.types.is_duration(column.type):
        column = column.cast(pa.time64("us") if pa.types.is_time64(column.type) else pa.duration("us"), safe=False)
    cells: list[object] = column.to_pylist()
    return [f"0x{cell.hex()}" if isinstance(cell, bytes) else cell for cell in cells] if pa.types.is_binary(column.type) else cells


def _object(line: bytes, number: int) -> dict[str, object] | Reject:
    text = ""
    try:
        text = line.decode()
        found = json.loads(text, parse_float=Decimal, parse_constant=_refused, object_pairs_hook=_unique)
    except UnicodeDecodeError:
        value = clipped(line.decode("utf-8", "surrogateescape").strip())
        return Reject(line=number, column="", value=value, reason="not readable as UTF-8")
    except (ValueError, RecursionError, ArithmeticError) as error:
        reason = f"not a JSON object: {error}" if isinstance(error, ValueError) else "nested too deep"
        return Reject(line=number, column="", value=clipped(text.strip()), reason=clipped(reason))
    if not isinstance(found, dict):
        return Reject(line=number, column="", value=clipped(text.strip()), reason="not a JSON object")
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = {name if name.isascii() else normal(name): value for name, value in pairs}
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is not a number")
