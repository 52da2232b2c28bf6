"""Times and durations as telephone systems log them, a column at a time -> microseconds since 1970 UTC, whole seconds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.core.money import round_half_away
from chot.facts.dates import Times
from chot.facts.written import CellError

_EPOCH = re.compile(r"[0-9]{9,10}(?:\.[0-9]{1,9})?")  # 1795368283.682848
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_NO_TIME = "0000-00-00"  # how a database exports a time that never came
_STEP_US = 15 * 60 * 10**6  # no zone changes its clocks between two quarters of an hour
_PLAIN = r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?$"
_EARLIEST_US, _LATEST_US = 0, 7_258_118_400 * 10**6  # 1970 to 2199: outside of it a naive cast is looked at again
_START = datetime(1970, 1, 1)  # noqa: DTZ001 - the wall clock before its zone is applied


class WallClock:
    """The clock of one system: its zone for naive times, and (``order``, as in ``dates.ORDERS``) which of day and month comes first."""

    def __init__(self, zone: str, *, order: str = "") -> None:
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(
                Problem(field="--tz", what=f"{zone!r} is not a time zone", fix="Write one such as Asia/Ho_Chi_Minh.")
            ) from None
        self._clear = Times(zone=self.zone, order=order)
        self._epoch = Times(zone=self.zone, order="unix")
        self._offsets: dict[int, int] = {}

    def instants(self, text: pa.Array) -> tuple[pa.Array, dict[int, str]]:
        """The instants of a text column (int64, null where empty), and by row the reason why a cell is none."""
        plain = _cast(text)
        if plain is not None:
            return self.utc(plain), {}
        shaped = pc.fill_null(pc.match_substring_regex(text, _PLAIN), False)
        found = self.utc(_cast_pieces(pc.if_else(shaped, text, None)))
        return self._rest(text, found)

    def utc(self, naive: pa.Array) -> pa.Array:
        """Wall-clock microseconds (int64) as instants; the earlier one where clocks go back."""
        days = [day for day in pc.unique(pc.divide(naive, 96 * _STEP_US)).to_pylist() if day is not None]
        offsets_of_days = {self._offset(96 * day) for day in (*days, *(day + 1 for day in days))}
        if len(offsets_of_days) == 1:  # no zone changes its clocks and changes them back within a day
            return pc.subtract(naive, offsets_of_days.pop())
        steps = pc.divide(naive, _STEP_US).dictionary_encode()
        offsets = pa.array([self._offset(step) for step in steps.dictionary.to_pylist()], pa.int64())
        return pc.subtract(naive, offsets.take(steps.indices))

    def instant(self, text: str) -> int:
        """One instant in microseconds; raises ``CellError`` with the reason.

        >>> WallClock("Asia/Ho_Chi_Minh").instant("2026-11-22 17:33:35")
        1795343615000000
        >>> WallClock("UTC").instant("1795368283.682848")
        1795368283682848
        """
        return (self._epoch if _EPOCH.fullmatch(text) else self._clear).moment(text)

    def _rest(self, text: pa.Array, found: pa.Array) -> tuple[pa.Array, dict[int, str]]:
        """What is not written plainly, cell by cell."""
        wrong: dict[int, str] = {}
        rows = pc.indices_nonzero(pc.and_(pc.is_null(found), pc.is_valid(text)))
        values: list[int | None] = []
        for row, cell in zip(rows.to_pylist(), text.take(rows).to_pylist(), strict=True):
            value = None if cell.startswith(_NO_TIME) else self._tried(cell)
            if isinstance(value, str):
                wrong[row] = value
            values.append(None if isinstance(value, str) else value)
        mask = pc.and_(pc.is_null(found), pc.is_valid(text))
        return pc.replace_with_mask(found, mask, pa.array(values, pa.int64())), wrong

    def _tried(self, cell: str) -> int | str:
        try:
            return self.instant(cell)
        except CellError as error:
            return str(error)

    def _offset(self, step: int | None) -> int:
        if step is None:
            return 0
        if step not in self._offsets:
            wall = (_START + timedelta(microseconds=step * _STEP_US)).replace(tzinfo=self.zone)
            self._offsets[step] = (wall.utcoffset() or timedelta()) // timedelta(microseconds=1)
        return self._offsets[step]


def seconds(text: pa.Array) -> tuple[pa.Array, dict[int, str]]:
    """Whole seconds of a column of plain numbers (rounded half away from zero), null where empty, and the reasons."""
    whole = pc.fill_null(pc.and_(pc.ascii_is_decimal(text), pc.less(pc.binary_length(text), 10)), False)
    found = pc.if_else(whole, text, None).cast(pa.int64())
    rest = pc.and_(pc.is_null(found), pc.is_valid(text))
    if not pc.any(rest).as_py():
        return found, {}
    wrong: dict[int, str] = {}
    values: list[int | None] = []
    for row, cell in zip(pc.indices_nonzero(rest).to_pylist(), text.filter(rest).to_pylist(), strict=True):
        good = _SECONDS.fullmatch(cell)
        if not good:
            wrong[row] = "is negative" if re.fullmatch(r"-[0-9.]+", cell) else "is not a number of seconds"
        values.append(whole_seconds(cell) if good else None)
    return pc.replace_with_mask(found, rest, pa.array(values, pa.int64())), wrong


def _cast(text: pa.Array) -> pa.Array | None:
    """Plain ISO wall-clock times as microseconds; None when a cell is not one or lies out of bounds."""
    try:
        naive = text.cast(pa.timestamp("us")).cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    bounds = pc.min_max(naive).as_py()
    return naive if bounds["min"] is None or _EARLIEST_US <= bounds["min"] <= bounds["max"] <= _LATEST_US else None


def _cast_pieces(text: pa.Array) -> pa.Array:
    """The same, with null for the cells that fail: the failing half is halved until few are left."""
    found = _cast(text)
    if found is not None:
        return found
    if len(text) == 1:
        return pa.nulls(1, pa.int64())
    half = len(text) // 2
    return pa.concat_arrays([_cast_pieces(text.slice(0, half)), _cast_pieces(text.slice(half))])


def whole_seconds(text: str) -> int:
    """A plain decimal number of seconds, rounded half away from zero.

    >>> whole_seconds("12.500"), whole_seconds("7")
    (13, 7)
    """
    whole, _, part = text.partition(".")
    return round_half_away(int(whole + part), 10 ** len(part)) // 10 ** len(part) if part else int(whole)


def iso(instant: int | None) -> str | None:
    """An instant as the plain CSV writes it, in UTC.

    >>> iso(1795368283682848)
    '2026-11-22T17:24:43.682848+00:00'
    """
    if instant is None:
        return None
    return f"{(_START + timedelta(microseconds=instant)).isoformat()}+00:00"


def rounded_seconds(microseconds: int) -> int:
    """A span of microseconds in whole seconds, half away from zero.

    >>> rounded_seconds(1_500_000), rounded_seconds(1_499_999)
    (2, 1)
    """
    return round_half_away(microseconds, 10**6) // 10**6
