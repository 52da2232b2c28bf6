"""Times and durations as telephone systems log them, a column at a time -> microseconds since 1970 UTC, whole seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
_EARLIEST_US, _LATEST_US = 0, 7_258_118_400 * 10**6  # 1970 to 2199: outside of it a naive cast is looked at again
_START = datetime(1970, 1, 1)  # noqa: DTZ001 - the wall clock before its zone is applied


class WallClock:
    """The clock of one system: its zone for naive times, and what it has read so far."""

    def __init__(self, zone: str) -> None:
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(Problem(field="--tz", what=f"{zone!r} is not a time zone", fix="Write one such as Asia/Ho_Chi_Minh.")) from None
        self._clear = Times(zone=self.zone)
        self._epoch = Times(zone=self.zone, order="unix")
        self._offsets: dict[int, int] = {}

    def instants(self, cells: Sequence[str | None]) -> tuple[pa.Array, dict[int, str]]:
        """The instants of a column (int64, null where empty), and by row the reason why a cell is none."""
        text = pa.array(cells, pa.string())
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        try:
            naive = text.cast(pa.timestamp("us")).cast(pa.int64())
        except pa.ArrowInvalid:
            return self._one_by_one(cells)
        bounds = pc.min_max(naive).as_py()
        if bounds["min"] is not None and not _EARLIEST_US <= bounds["min"] <= bounds["max"] <= _LATEST_US:
            return self._one_by_one(cells)
        return self.utc(naive), {}

    def utc(self, naive: pa.Array) -> pa.Array:
        """Wall-clock microseconds (int64) as instants; the earlier one where clocks go back."""
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

    def _one_by_one(self, cells: Sequence[str | None]) -> tuple[pa.Array, dict[int, str]]:
        known: dict[str, int | str] = {}
        found: list[int | None] = []
        wrong: dict[int, str] = {}
        for row, cell in enumerate(cells):
            if not cell or cell.startswith(_NO_TIME):
                found.append(None)
                continue
            value = known.get(cell)
            if value is None:
                value = known[cell] = self._tried(cell)
            if isinstance(value, str):
                wrong[row] = value
            found.append(None if isinstance(value, str) else value)
        return pa.array(found, pa.int64()), wrong

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


def seconds(cells: Sequence[str]) -> tuple[pa.Array, dict[int, str]]:
    """Whole seconds of a column of plain numbers (rounded half away from zero), null where empty, and the reasons."""
    text = pa.array(cells, pa.string())
    try:
        found = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text).cast(pa.int64())
        bounds = pc.min_max(found).as_py()
        if bounds["min"] is None or 0 <= bounds["min"] <= bounds["max"] < 10**9:
            return found, {}
    except pa.ArrowInvalid:
        pass
    values: list[int | None] = []
    wrong: dict[int, str] = {}
    for row, cell in enumerate(cells):
        good = _SECONDS.fullmatch(cell)
        if cell and not good:
            wrong[row] = "is negative" if re.fullmatch(r"-[0-9.]+", cell) else "not a number of seconds"
        values.append(whole_seconds(cell) if good else None)
    return pa.array(values, pa.int64()), wrong


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
