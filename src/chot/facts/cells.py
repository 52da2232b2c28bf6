"""One column of cells read as its contract type: what can be read, and a reason for each cell that cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.text import did_you_mean
from chot.facts.arrays import booleans
from chot.facts.readers.base import Cells
from chot.kpi.schema import Column

ARROW: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "enum": pa.string(),
    "int": pa.int64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}
"""How each type of the contract is kept."""

# 2026-10-01T08:00:00.5+07:00, 2026-10-01 08:00:00Z, 2026-10-01T08:00+0700
_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"[T ]([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d{1,9})?)?)?"
_ZONE = r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)"
_TIME = rf"^{_DAY}{_CLOCK}{_ZONE}$"
_NAIVE = rf"^{_DAY}({_CLOCK})?$"
_WHOLE = r"^[+-]?\d{1,18}$"

NAIVE = "has no offset. Write it as 2026-10-01T08:00:00+07:00"
NO_TIME = "is not a time. Write it as 2026-10-01T08:00:00+07:00"
NO_DATE = "is not a date. Write it as 2026-10-01"
NO_WHOLE = "is not a whole number. Write plain digits"
NO_BOOL = "is neither true nor false"
NO_TEXT = "is not text"

Reason = str | Callable[[str], str]


@dataclass
class Read:
    """The typed ``cells`` (null where empty or bad), their cleaned ``text``, and what is wrong: (mask, reason)."""

    cells: pa.Array
    text: pa.Array
    wrong: list[tuple[pa.Array, Reason]] = field(default_factory=list)

    def show(self, row: int) -> str:
        """The cell as the user wrote it."""
        value = self.text[row].as_py()
        return "" if value is None else str(value)


def read(column: Column, cells: Cells | None, count: int) -> Read:
    """``cells`` as the column's type; bounds and allowed values included, but not whether it may be empty."""
    if cells is None:
        empty = pa.nulls(count, ARROW[column.type])
        return Read(empty, empty)
    array = _array(cells)
    if array is None or array.type.id in _NESTED:
        everything = booleans(np.ones(count, dtype=bool))
        return Read(pa.nulls(count, ARROW[column.type]), pa.nulls(count, pa.string()), [(everything, NO_TEXT)])
    result = _READERS[column.type](array)
    if column.type == "enum":
        _check_values(result, column)
    if column.type == "int":
        _check_bounds(result, column)
    return result


_NESTED = {each.id for each in (pa.list_(pa.int8()), pa.struct([]), pa.map_(pa.int8(), pa.int8()), pa.large_list(pa.int8()))}


def _array(cells: Cells) -> pa.Array | None:
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    if not isinstance(cells, pa.Array):
        try:
            return pa.array(cells, pa.string())
        except (UnicodeEncodeError, pa.ArrowException):
            return pa.array([None if cell is None else str(cell).encode("utf-8", "backslashreplace").decode() for cell in cells])
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    return cells


def _text(array: pa.Array) -> pa.Array:
    """Any array as text: trimmed, NFC, null where empty."""
    if array.type != pa.string():
        try:
            array = array.cast(pa.string())
        except pa.ArrowException:
            array = pa.array([None if cell is None else str(cell) for cell in array.to_pylist()], pa.string())
    data = array.buffers()[2]
    if data is None:
        return _without_empty(array)
    values = np.frombuffer(data, dtype=np.uint8)
    if len(values) and values.max() > 127:
        array = pc.utf8_normalize(pc.utf8_trim_whitespace(array), form="NFC")
    elif len(values) and values.min() <= 32:
        array = pc.ascii_trim_whitespace(array)
    return _without_empty(array)


def _without_empty(array: pa.Array) -> pa.Array:
    if pc.min(pc.binary_length(array)).as_py() != 0:
        return array
    return pc.if_else(pc.equal(pc.binary_length(array), 0), pa.scalar(None, pa.string()), array)


def _read_text(array: pa.Array) -> Read:
    text = _text(array)
    data = text.buffers()[2]
    result = Read(text, text)
    if data is not None and len(data) and np.frombuffer(data, dtype=np.uint8).min() == 0:
        holds = pc.match_substring(text, "\0")
        result.wrong.append((holds, "holds a NUL byte"))
    return result


def _read_int(array: pa.Array) -> Read:
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        try:
            return Read(array.cast(pa.int64()), array)
        except pa.ArrowException:
            array = array.cast(pa.string())
    text = _text(array)
    return _first_try(text, pa.int64(), _WHOLE, NO_WHOLE, lambda kept: pc.replace_substring_regex(kept, r"^\+", ""))


def _read_bool(array: pa.Array) -> Read:
    if pa.types.is_boolean(array.type):
        return Read(array, array)
    text = _text(array)
    known = pc.is_in(text, value_set=pa.array(["true", "false"]))
    cells = pc.if_else(known, pc.equal(text, "true"), pa.scalar(None, pa.bool_()))
    return Read(cells, text, _wrong(text, known, NO_BOOL))


def _read_time(array: pa.Array) -> Read:
    kind = array.type
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            return _within(Read(array.cast(ARROW["time"], safe=False), array))
        return Read(pa.nulls(len(array), ARROW["time"]), array, [(pc.is_valid(array), NAIVE)])
    text = _text(array)
    result = _first_try(text, ARROW["time"], _TIME, NO_TIME, lambda kept: pc.replace_substring_regex(kept, r"(\.\d{6})\d+", r"\1"))
    if result.wrong:
        naive = pc.match_substring_regex(text, _NAIVE)
        result.wrong.insert(0, (naive, NAIVE))
    return _within(result)


def _within(result: Read) -> Read:
    """Instants outside 1900 to 2199 are slips of the pen, and would not survive a change of zone."""
    bounds = pc.min_max(result.cells)
    low, high = (pa.scalar(datetime(year, 1, 1, tzinfo=UTC), ARROW["time"]) for year in (1900, 2200))
    outside = pc.or_(pc.less(bounds["min"], low), pc.greater_equal(bounds["max"], high))
    if outside.as_py():
        mask = pc.or_(pc.less(result.cells, low), pc.greater_equal(result.cells, high))
        result.wrong.append((mask, "lies outside the years 1900 to 2199"))
    return result


def _read_date(array: pa.Array) -> Read:
    kind = array.type
    if pa.types.is_date(kind):
        return Read(array.cast(pa.date32()), array)
    if pa.types.is_timestamp(kind) and kind.tz is None:
        days = array.cast(pa.date32(), safe=False)
        midnight = pc.equal(days.cast(array.type), array)
        return Read(pc.if_else(midnight, days, pa.scalar(None, pa.date32())), array, _wrong(array, midnight, NO_DATE))
    text = _text(array)
    return _first_try(text, pa.date32(), rf"^{_DAY}$", NO_DATE, lambda kept: kept)


def _first_try(text: pa.Array, kind: pa.DataType, shape: str, reason: str, mend: Callable[[pa.Array], pa.Array]) -> Read:
    """The whole column at once when every cell can be read; else only the cells that can."""
    try:
        return Read(text.cast(kind), text)
    except pa.ArrowInvalid:
        pass
    fits = pc.match_substring_regex(text, shape)
    kept = mend(pc.if_else(fits, text, pa.scalar(None, pa.string())))
    try:
        cells = kept.cast(kind)
    except pa.ArrowInvalid:
        refused = pa.array([each for each in pc.unique(kept).to_pylist() if each is not None and not _casts(each, kind)], pa.string())
        fits = pc.and_(fits, pc.invert(pc.is_in(kept, value_set=refused)))
        cells = pc.if_else(fits, kept, pa.scalar(None, pa.string())).cast(kind)
    return Read(cells, text, _wrong(text, fits, reason))


def _casts(text: str, kind: pa.DataType) -> bool:
    try:
        pa.scalar(text).cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _wrong(text: pa.Array, right: pa.Array, reason: Reason) -> list[tuple[pa.Array, Reason]]:
    mask = pc.and_(pc.is_valid(text), pc.invert(pc.fill_null(right, False)))
    return [(mask, reason)] if pc.any(mask).as_py() else []


def _check_values(result: Read, column: Column) -> None:
    allowed = pc.is_in(result.cells, value_set=pa.array(column.values))
    result.wrong.extend(_wrong(result.cells, allowed, lambda value: f"is not a known {column.name}. {did_you_mean(value, column.values)}"))


def _check_bounds(result: Read, column: Column) -> None:
    bounds = pc.min_max(result.cells).as_py()
    if bounds["min"] is None:
        return
    if column.low is not None and bounds["min"] < column.low:
        reason = "is negative" if column.low == 0 else f"is less than {column.low}"
        result.wrong.append((pc.less(result.cells, column.low), reason))
    if column.high is not None and bounds["max"] > column.high:
        result.wrong.append((pc.greater(result.cells, column.high), f"is more than {column.high}"))


_READERS: dict[str, Callable[[pa.Array], Read]] = {
    "id": _read_text,
    "text": _read_text,
    "enum": _read_text,
    "int": _read_int,
    "bool": _read_bool,
    "time": _read_time,
    "date": _read_date,
}
