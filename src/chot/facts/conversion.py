"""Cells of a table -> cells of the contract, by a mapping: whole columns at a time, each different cell read once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.phones import e164
from chot.facts import grids
from chot.facts.bulk import bulk_reader
from chot.facts.dates import Times, joined
from chot.facts.durations import seconds
from chot.facts.grids import Batch, Grid
from chot.facts.mapping import PHONE, Source, TableMapping
from chot.facts.readers.base import Reject
from chot.facts.records import clipped
from chot.facts.written import CellError, basis_points, boolean, choice, identifier, is_empty, money, text, whole
from chot.kpi.schema import TABLES, Column

Parse = Callable[[Any], object]
Lines = npt.NDArray[np.int64]

_TYPES = {
    "int": pa.int64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}
_RECENT = 200_000  # different cells of a column that are remembered from batch to batch


@dataclass(frozen=True, kw_only=True)
class Converted:
    """The rows of a batch in the contract's columns; ``skipped`` counts rows that the mapping leaves out."""

    columns: Mapping[str, pa.Array]
    lines: Sequence[int]
    rejects: Sequence[Reject]
    skipped: int


class Converter:
    """A mapping bound to an opened table. Raises ``InputError`` when the table lacks a header."""

    def __init__(self, mapping: TableMapping, grid: Grid, *, path: str, zone: str) -> None:
        self.table = TABLES[mapping.table]
        self.mapping = mapping
        self.places = mapping.resolve(grid.headers, path=path)
        self.zone = ZoneInfo(mapping.timezone or zone)
        self.epoch = grid.epoch
        self.of_sheet = grid.kind == "sheet"
        self.plain = mapping.plain and grid.kind == "text"  # the importer reads the contract's own CSV strictly
        self.columns = [_Reader(self, self.table.column(name), source) for name, source in mapping.columns.items()]

    def convert(self, batch: Batch) -> Converted:
        """The rows of ``batch``; a row with a cell that cannot be read is a reject, by its first such cell."""
        lines = _line_array(batch.lines)
        keep = np.ones(len(lines), dtype=bool)
        for header, words in self.mapping.skip.items():
            keep &= ~_matches(batch.columns[self.places[header]], words)
        skipped = int(len(keep) - keep.sum())
        problems: dict[int, Reject] = {}
        found: dict[str, pa.Array] = {}
        for reader in self.columns:
            found[reader.column.name], bad = reader.read(batch, lines)
            for row, reject in bad.items():
                if keep[row]:
                    problems.setdefault(row, reject)
        keep[list(problems)] = False
        if not keep.all():
            kept = pa.array(keep)
            found = {name: cells.filter(kept) for name, cells in found.items()}
            lines = lines[keep]
        rejects = [problems[row] for row in sorted(problems)]
        return Converted(columns=found, lines=lines.tolist(), rejects=rejects, skipped=skipped)


class _Reader:
    """One column of the contract: which cells it reads, and how."""

    def __init__(self, converter: Converter, column: Column, source: Source) -> None:
        self.column, self.source = column, source
        self.type = _TYPES.get(column.type, pa.string())
        self.empty = converter.mapping.empty
        self.places = [converter.places[header] for header in source.headers]
        order = source.dates or converter.mapping.dates
        self.times = Times(zone=converter.zone, order=order, epoch=converter.epoch)
        self.parse = parser(column, source, self.times, source.decimal or converter.mapping.decimal, of_sheet=converter.of_sheet)
        self.plain = converter.plain
        joins = len(self.places) != 1 or self.empty
        self.bulk = None if joins else bulk_reader(column, source, self.times, source.decimal or converter.mapping.decimal)
        self.seen: dict[Any, object] = {}

    def read(self, batch: Batch, lines: Lines) -> tuple[pa.Array, dict[int, Reject]]:
        """The cells of the contract, and a reject for each row whose cell is bad."""
        if self.plain:
            return batch.columns[self.places[0]], {}
        if self.source.constant is not None:
            return self._constant(len(lines)), {}
        if self.bulk and isinstance(batch.columns[self.places[0]], pa.Array | pa.ChunkedArray):
            return self._in_bulk(batch.columns[self.places[0]], lines)
        return self._one_by_one(*self._different(batch), lines)

    def _in_bulk(self, column: Any, lines: Lines) -> tuple[pa.Array, dict[int, Reject]]:
        """The plain cells all at once, the others one by one."""
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        done, plain = self.bulk(column) if self.bulk else (column, np.zeros(len(column), dtype=bool))
        if plain.all():
            return done, {}
        left = np.flatnonzero(~plain)
        others, bad = self._one_by_one(*_distinct(column.take(pa.array(left))), lines[left])
        return pc.replace_with_mask(done, pa.array(~plain), others), {int(left[row]): reject for row, reject in bad.items()}

    def _one_by_one(self, cells: Sequence[Any], rows: Lines, lines: Lines) -> tuple[pa.Array, dict[int, Reject]]:
        values = [self._value(cell) for cell in cells]
        bad = {place for place, value in enumerate(values) if isinstance(value, CellError)}
        if not bad:
            return pa.array(values, self.type).take(pa.array(rows)), {}
        rejects: dict[int, Reject] = {}
        for row in np.flatnonzero(np.isin(rows, list(bad))).tolist():
            place = rows[row]
            rejects[row] = Reject(
                line=int(lines[row]), column=self.source.label, value=_shown(cells[place]), reason=str(values[place])
            )
        clean = [None if isinstance(value, CellError) else value for value in values]
        return pa.array(clean, self.type).take(pa.array(rows)), rejects

    def _constant(self, count: int) -> pa.Array:
        value = self._value(self.source.constant)
        return pa.repeat(pa.scalar(None if isinstance(value, CellError) else value, self.type), count)

    def _different(self, batch: Batch) -> tuple[Sequence[Any], Lines]:
        """The different cells (tuples of cells where several columns are joined), and which one each row has."""
        columns = [batch.columns[place] for place in self.places]
        if len(columns) == 1:
            return _distinct(columns[0])
        parts = [column.to_pylist() if isinstance(column, pa.Array | pa.ChunkedArray) else column for column in columns]
        return _distinct(list(zip(*parts, strict=True)))

    def _value(self, cell: Any) -> object:
        """The parsed cell, None when it is empty, or the error that says why it is neither."""
        token = (cell.__class__, cell) if not isinstance(cell, str) else cell
        try:
            if token in self.seen:
                return self.seen[token]
        except TypeError:  # a list or an object
            return self._parsed(cell)
        if len(self.seen) >= _RECENT:
            self.seen.clear()
        value = self.seen[token] = self._parsed(cell)
        return value

    def _parsed(self, cell: Any) -> object:
        lead = cell[0] if isinstance(cell, tuple) and self.column.type == "time" else cell
        if self._is_empty(lead):
            if self.column.required:
                return CellError(f"empty, but {self.column.name} is required")
            return None
        try:
            return self.parse(cell)
        except CellError as error:
            return CellError(str(error))  # without its traceback, which would hold on to the batch

    def _is_empty(self, cell: Any) -> bool:
        if isinstance(cell, tuple):
            return all(map(self._is_empty, cell))
        return is_empty(cell) or (isinstance(cell, str) and bool(self.empty) and text(cell).casefold() in self.empty)


def parser(column: Column, source: Source, times: Times, decimal: Any, *, of_sheet: bool = False) -> Parse:
    """How a cell of this column is read; the answer of each is of the column's Arrow type."""
    as_id = partial(identifier, of_sheet=of_sheet)
    if len(source.headers) > 1:
        if column.type == "time":
            return lambda pair: joined(pair[0], None if is_empty(pair[1]) else pair[1], times=times)
        part, mark = (as_id, "-") if column.type == "id" else (text, " ")
        return lambda cells: mark.join(part(cell) for cell in cells if not is_empty(cell))
    if column.type == "int":
        if column.name.endswith("_vnd"):
            return lambda cell: money(cell, decimal=decimal, unit=source.unit)
        if column.name.endswith("_s"):
            return lambda cell: seconds(cell, decimal=decimal, unit=source.unit)
        if column.name.endswith("_bp"):
            return lambda cell: basis_points(cell, decimal=decimal, unit=source.unit)
        return lambda cell: whole(cell, decimal=decimal)
    if column.type in ("enum", "text", "bool"):
        return _word_parser(column, source.values)
    if column.type == "id":
        return partial(_phone, of_sheet=of_sheet) if source.unit == PHONE else as_id
    return times.day if column.type == "date" else times.moment


def _word_parser(column: Column, values: Mapping[str, str]) -> Parse:
    if column.type == "enum":
        return lambda cell: choice(cell, choices=values, targets=column.values)
    if column.type == "bool":
        return lambda cell: boolean(values.get(text(cell).casefold(), cell))
    return lambda cell: (found := text(cell)) and values.get(found.casefold(), found)


def _phone(cell: Any, *, of_sheet: bool = False) -> str:
    """A phone number as the id of its customer, with the leading 0 that a spreadsheet took from it; else the id itself.

    >>> _phone(912345678), _phone("091 234 5678"), _phone("KH001")
    ('+84912345678', '+84912345678', 'KH001')
    """
    found = identifier(cell, of_sheet=of_sheet)
    lost = found.isascii() and found.isdigit() and len(found) in (9, 10) and found[0] in "235789"
    return e164("0" + found if lost else found) or found


def _distinct(column: grids.Column) -> tuple[Sequence[Any], Lines]:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.Array):
        encoded = column.dictionary_encode(null_encoding="encode")
        return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)
    places: dict[Any, int] = {}
    cells: list[Any] = []
    rows = np.empty(len(column), dtype=np.int64)
    for row, cell in enumerate(column):
        token = (cell.__class__, cell) if not isinstance(cell, tuple) else tuple((part.__class__, part) for part in cell)
        try:
            place = places.setdefault(token, len(cells))
        except TypeError:  # a list or an object
            place = len(cells)
        if place == len(cells):
            cells.append(cell)
        rows[row] = place
    return cells, rows


def _matches(column: grids.Column, words: frozenset[str]) -> npt.NDArray[np.bool_]:
    """The rows whose cell is one of the (folded) words."""
    cells, rows = _distinct(column)
    hits = [place for place, cell in enumerate(cells) if _folded(cell) in words]
    return np.isin(rows, hits)


def _folded(cell: object) -> str:
    try:
        return text(cell).casefold() if cell is not None else ""
    except CellError:
        return "\0"


def _shown(cell: object) -> str:
    if isinstance(cell, tuple):
        return " ".join(_shown(part) for part in cell if part is not None)
    return clipped(cell.isoformat(" ") if isinstance(cell, dt.datetime) else "" if cell is None else str(cell))


def _line_array(lines: Sequence[int] | pa.Array) -> Lines:
    return lines.to_numpy(zero_copy_only=False) if isinstance(lines, pa.Array) else np.asarray(lines, dtype=np.int64)
