"""The plainly written majority of a text column, read all at once; whatever is left is read cell by cell.

Each reader gives the cells it is sure of and a mask of them; it never differs from the cell by cell reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.phones import PLAIN
from chot.facts.dates import FIRST_YEAR, LAST_YEAR, Times
from chot.facts.durations import WHOLE_UNITS
from chot.facts.mapping import PHONE, Source
from chot.facts.written import MONEY_UNITS
from chot.kpi.schema import Column

Mask = npt.NDArray[np.bool_]
Bulk = Callable[[pa.Array], tuple[pa.Array, Mask]]

_WORD = r"^[!-~](?:[ -~]*[!-~])?$"  # ASCII without blanks around it
_DAMAGED = r"^(?:#|-?[0-9](?:[.,][0-9]+)?[eE])"  # 8.49E+10, #N/A
_PHONE = f"^{PLAIN['VN']}$"
_CALLING_CODE = r"^(?:0084|\+?84|0)"
_DIGITS = r"^[0-9]{1,%d}$"
_GROUPED = r"^[0-9]{1,3}(?:%s[0-9]{3}){1,3} ?(?:₫|đ|VND|VNĐ)?$"
_SECOND_US, _DAY_US = 10**6, 86_400 * 10**6
_CLOCKS = {"": 10, " [0-2][0-9]:[0-5][0-9]": 16, " [0-2][0-9]:[0-5][0-9]:[0-5][0-9]": 19}


def bulk_reader(column: Column, source: Source, times: Times, decimal: str) -> Bulk | None:
    """The reader of a column's plain cells, None when there is no faster way than cell by cell."""
    if column.type == "id":
        return _phones if source.unit == PHONE else _ids
    if column.type == "text" and not source.values:
        return _texts
    if column.type == "int":
        factor = _factor(column, source.unit)
        grouped = _GROUPED % re.escape({",": ".", ".": ","}[decimal]) if decimal and column.name.endswith("_vnd") else ""
        return (lambda cells: _numbers(cells, factor, grouped)) if factor else None
    if column.type == "time" and times.order in ("", "dmy", "mdy", "ymd"):
        return lambda cells: _times(cells, times)
    return None


def _factor(column: Column, unit: str) -> int:
    """What a whole number counts, 0 when it has to be rounded."""
    if column.name.endswith("_vnd"):
        return MONEY_UNITS[unit or "đồng"]
    if column.name.endswith("_s"):
        return WHOLE_UNITS.get(unit, 0)
    return {"": 1, "basis points": 1, "percent": 100, "out of 10": 1000, "ratio": 10_000}.get(unit, 0)


def _ids(cells: pa.Array) -> tuple[pa.Array, Mask]:
    return cells, _matching(cells, _WORD) & ~_matching(cells, _DAMAGED)


def _texts(cells: pa.Array) -> tuple[pa.Array, Mask]:
    return cells, _matching(cells, _WORD)


def _phones(cells: pa.Array) -> tuple[pa.Array, Mask]:
    plain = _matching(cells, _PHONE)
    return pc.if_else(pa.array(plain), pc.replace_substring_regex(cells, _CALLING_CODE, "+84"), cells), plain


def _numbers(cells: pa.Array, factor: int, grouped: str) -> tuple[pa.Array, Mask]:
    digits = _matching(cells, _DIGITS % (15 - len(str(factor)) + 1))
    plain = digits
    if grouped:
        marked = _matching(cells, grouped)
        cells = pc.if_else(pa.array(marked), pc.replace_substring_regex(cells, r"[^0-9]", ""), cells)
        plain = digits | marked
    read = pc.if_else(pa.array(plain), cells, None).cast(pa.int64())
    return pc.multiply(read, factor), plain


def _times(cells: pa.Array, times: Times) -> tuple[pa.Array, Mask]:
    instants = np.zeros(len(cells), dtype=np.int64)
    plain = np.zeros(len(cells), dtype=bool)
    lengths = pc.fill_null(pc.binary_length(cells), 0).to_numpy(zero_copy_only=False)
    orders = (True, False) if times.order in ("dmy", "mdy") else (True,)
    for clock, width in _CLOCKS.items():
        for year_first in orders:
            rows = np.flatnonzero((lengths == width) & ~plain)
            some = cells.take(pa.array(rows))
            shaped = _matching(some, _shape(clock, year_first=year_first))
            if shaped.any():
                found, good = _fixed(some.filter(pa.array(shaped)), width, times, year_first=year_first)
                instants[rows[shaped]], plain[rows[shaped]] = found, good
    return pa.array(instants, pa.timestamp("us", "UTC"), mask=~plain), plain


def _shape(clock: str, *, year_first: bool) -> str:
    day = "[0-9]{4}-[01][0-9]-[0-3][0-9]" if year_first else "[0-3][0-9][/-][0-3][0-9][/-][0-9]{4}"
    return f"^{day}{clock.replace(' ', '[T ]' if year_first else ' ', 1)}$"


def _fixed(cells: pa.Array, width: int, times: Times, *, year_first: bool) -> tuple[npt.NDArray[np.int64], Mask]:
    """Instants of texts that all have ``width`` ASCII characters in the same places."""
    start = cells.offset
    offsets = np.frombuffer(cells.buffers()[1], dtype=np.int32)[start : start + len(cells) + 1]
    text = np.frombuffer(cells.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(len(cells), width)

    def number(first: int, count: int) -> npt.NDArray[np.int64]:
        value = np.zeros(len(cells), dtype=np.int64)
        for place in range(first, first + count):
            value = value * 10 + (text[:, place].astype(np.int64) - 48)
        return value

    if year_first:
        year, month, day = number(0, 4), number(5, 2), number(8, 2)
    else:
        first, second, year = number(0, 2), number(3, 2), number(6, 4)
        day, month = (first, second) if times.order == "dmy" else (second, first)
        good_mark = text[:, 2] == text[:, 5]
    hour = number(11, 2) if width > 10 else np.zeros(len(cells), dtype=np.int64)
    of_day = hour * 3600 + (number(14, 2) * 60 if width > 10 else 0) + (number(17, 2) if width > 16 else 0)
    good = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24)
    if not year_first:
        good &= good_mark
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(good, day, 1) - 1).astype("timedelta64[D]")
    good &= days.astype("datetime64[M]") == months  # 31/02 has run into March
    return _local(days, of_day * _SECOND_US, good, times)


def _local(days: npt.NDArray[Any], of_day: npt.NDArray[np.int64], good: Mask, times: Times) -> tuple[npt.NDArray[np.int64], Mask]:
    """Instants of local days and the microseconds into them; days on which the clocks change are left over."""
    different, which = np.unique(days, return_inverse=True)
    starts = np.zeros(len(different), dtype=np.int64)
    even = np.zeros(len(different), dtype=bool)
    for place, day in enumerate(different.astype(object).tolist()):
        if isinstance(day, date) and FIRST_YEAR <= day.year <= LAST_YEAR:
            starts[place], even[place] = times.start(day)
    return starts[which] + of_day, good & even[which]


def _matching(cells: pa.Array, pattern: str) -> Mask:
    found: Mask = pc.fill_null(pc.match_substring_regex(cells, pattern), False).to_numpy(zero_copy_only=False)
    return found
