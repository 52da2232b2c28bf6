"""Facts are taken in here: text becomes typed rows of the contract with their local day, or a reject with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import Problem
from chot.core.settings import DEFAULT_ZONE
from chot.core.text import nearest
from chot.facts.arrays import all_but, integers
from chot.facts.cells import ARROW, Read, Reason, read
from chot.facts.local_days import local_day, month
from chot.facts.readers.base import Cells, Reject
from chot.facts.records import clipped
from chot.kpi.schema import SURVEY_RANGES, Table

LINE = "line"
"""The column that carries the source line of a row through the import; never stored."""

_IGNORED = frozenset({"local_date", "period", "month", LINE})
"""Columns that a table may bring along and that are always worked out anew."""

_DERIVED = {"period": pa.string()}


def arrow_schema(table: Table) -> pa.Schema:
    """The stored columns of a table: the contract's, then the derived ones."""
    typed = [(column.name, ARROW[column.type]) for column in table.columns]
    return pa.schema([*typed, *((name, _DERIVED.get(name, pa.date32())) for name in table.derived)])


def empty_rows(table: Table, *more: str) -> pa.Table:
    """No rows, with the stored columns and ``more`` integer columns such as ``line``."""
    return pa.Table.from_batches([], pa.schema([*arrow_schema(table), *((name, pa.int64()) for name in more)]))


def conform(
    table: Table, columns: Mapping[str, Cells], lines: Sequence[int] | pa.Array, *, zone: str = DEFAULT_ZONE
) -> tuple[pa.Table, list[Reject]]:
    """Typed rows with derived columns and their ``line``, and one reject per bad row (its first problem).

    ``columns`` holds cells by contract name; a missing column is empty, an unknown one is ignored. Times
    are ISO 8601 with offset, integers plain digits, booleans true or false. ``zone`` decides the local day.
    Overlapping agent rows and repeated keys need the whole table: see ``keys``.
    """
    rows = _Rows(table, columns, lines)
    rows.fill_in()
    rows.check_order()
    rows.check_survey()
    return rows.result(zone)


def header_problems(table: Table, names: Sequence[str], file: str) -> list[Problem]:
    """What makes a whole file useless as ``table``: a repeated column, or a required one that is missing."""
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    problems = [Problem(file=file, line=1, field=name, what="this column stands twice in the header", fix="Keep one.") for name in repeated]
    spare = [name for name in names if name not in table.names]
    for column in table.columns:
        if column.required and column.name not in names:
            like = nearest(column.name, spare)
            fix = f"Is it {like!r}? Rename that column." if like else f"Add the column {column.name}."
            problems.append(Problem(file=file, line=1, field=column.name, what=f"the table {table.name} needs this column", fix=fix))
    return problems


def header_warnings(table: Table, names: Sequence[str], file: str) -> list[str]:
    """One sentence per column that the contract does not know."""
    missing = [name for name in table.names if name not in names]
    extra = [name for name in names if name not in table.names and name not in _IGNORED and name not in table.derived]
    return [f"{file}:1: {_unread(name, table, nearest(name, missing))}" for name in extra]


def _unread(name: str, table: Table, like: str | None) -> str:
    if like:
        return f"column {name!r} is not a column of {table.name} and is ignored. Did you mean {like!r}?"
    return f"column {name!r} is not a column of {table.name} and is ignored."


def _line_numbers(lines: Sequence[int]) -> pa.Array:
    step = np.arange(lines.start, lines.stop, lines.step) if isinstance(lines, range) else np.asarray(lines, dtype=np.int64)
    return integers(step)


class _Rows:
    """The columns of one batch, and the first problem of each bad row."""

    def __init__(self, table: Table, columns: Mapping[str, Cells], lines: Sequence[int] | pa.Array) -> None:
        self.table = table
        self.lines = lines if isinstance(lines, pa.Array) else _line_numbers(lines)
        self.count = len(self.lines)
        self.bad: dict[int, tuple[str, str, str]] = {}
        self.reads: dict[str, Read] = {}
        for column in table.columns:
            found = read(column, columns.get(column.name), self.count)
            self.reads[column.name] = found
            for mask, reason in found.wrong:
                self.flag(mask, column.name, reason)
            if column.required and found.cells.null_count:
                self.flag(pc.is_null(found.text), column.name, "is missing")

    def cells(self, name: str) -> pa.Array:
        return self.reads[name].cells

    def flag(self, mask: pa.Array, column: str, reason: Reason) -> None:
        """Every row of the mask has this problem, unless it had one before."""
        for row in pc.indices_nonzero(mask).to_pylist():
            if row not in self.bad:
                value = self.reads[column].show(row)
                self.bad[row] = (column, value, reason if isinstance(reason, str) else reason(value))

    def fill_in(self) -> None:
        """What an empty cell means."""
        for column in self.table.columns:
            found = self.reads[column.name]
            if column.empty is not None and found.cells.null_count:
                found.cells = pc.fill_null(found.cells, pa.scalar(column.empty, found.cells.type))
        if self.table.name == "leads":
            best = self.reads["best_stage"]
            best.cells = pc.coalesce(best.cells, self.cells("stage"))
        if self.table.name == "tickets":
            status = self.reads["status"]
            meant = pc.if_else(pc.is_valid(self.cells("done_at")), "done", "open")
            status.cells = pc.coalesce(status.cells, meant)

    def check_order(self) -> None:
        for start, end in self.table.order:
            backwards = pc.less(self.cells(end), self.cells(start))
            if pc.any(backwards).as_py():
                self.flag(backwards, end, f"lies before {start}")

    def check_survey(self) -> None:
        if self.table.name != "surveys":
            return
        for kind, (low, high) in SURVEY_RANGES.items():
            score = self.cells("score")
            outside = pc.and_(pc.equal(self.cells("kind"), kind), pc.or_(pc.less(score, low), pc.greater(score, high)))
            if pc.any(outside).as_py():
                self.flag(outside, "score", f"is outside {low} to {high}, the range of {kind}")

    def result(self, zone: str) -> tuple[pa.Table, list[Reject]]:
        columns = {name: found.cells for name, found in self.reads.items()} | self._derived(zone) | {LINE: self.lines}
        table = pa.table(columns, schema=arrow_schema(self.table).append(pa.field(LINE, pa.int64())))
        if not self.bad:
            return table, []
        numbers = self.lines.to_pylist()
        rejects = [
            Reject(line=numbers[row], column=column, value=clipped(value), reason=reason)
            for row, (column, value, reason) in sorted(self.bad.items())
        ]
        return table.filter(all_but(self.count, list(self.bad))), rejects

    def _derived(self, zone: str) -> dict[str, pa.Array]:
        if not self.table.moment:
            return {}
        moment = pc.coalesce(*(self.cells(name) for name in self.table.moment))
        if moment.null_count:
            names = " nor ".join(self.table.moment)
            self.flag(pc.is_null(moment), self.table.moment[0], f"is missing: without {names} the row has no day")
        day = moment if pa.types.is_date32(moment.type) else local_day(moment, zone)
        days = {name: local_day(self.cells(source), zone) for name, source in self.table.days}
        return {"local_date": day, "period": month(day), **days}


