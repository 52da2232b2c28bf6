"""The business-local day and month of an instant, from the zone's own rules and nothing of the machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.facts.arrays import integers

SECOND = 1_000_000  # microseconds


def local_day(times: pa.Array | pa.ChunkedArray, zone: str) -> pa.Array | pa.ChunkedArray:
    """The date (date32) on which each instant (timestamp[us, UTC]) lies in ``zone``; null stays null."""
    plain = pc.cast(times, pa.timestamp("us"))
    if times.null_count == len(times):
        return pc.cast(plain, pa.date32())
    bounds = pc.min_max(plain).as_py()
    shifts = [shift for year in range(bounds["min"].year, bounds["max"].year + 1) for shift in _shifts(zone, year)]
    if len({offset for _, offset in shifts}) == 1:
        shift = pa.scalar(shifts[0][1] * SECOND, pa.duration("us"))
    else:
        starts = np.array([start for start, _ in shifts]) * SECOND
        offsets = np.array([offset for _, offset in shifts]) * SECOND
        instants = pc.fill_null(pc.cast(plain, pa.int64()), 0).to_numpy(zero_copy_only=False)
        place = np.maximum(np.searchsorted(starts, instants, side="right") - 1, 0)
        shift = integers(offsets[place]).cast(pa.duration("us"))
    return pc.cast(pc.add(plain, shift), pa.date32())


def month(days: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The month (``YYYY-MM``) of each date."""
    if isinstance(days, pa.ChunkedArray):
        days = days.combine_chunks()
    known = pc.unique(days)
    names = pa.array([day.strftime("%Y-%m") if day else None for day in known.to_pylist()], pa.string())
    return names.take(pc.index_in(days, value_set=known))


@lru_cache(maxsize=2048)
def _shifts(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """From which second of UTC on which offset in seconds holds, through one year."""
    at, end = (int(datetime(each, 1, 1, tzinfo=UTC).timestamp()) for each in (year, year + 1))
    found = [(at, _offset(zone, at))]
    week = 7 * 86_400
    while at < end:
        after = min(at + week, end)
        if _offset(zone, after) != _offset(zone, at):
            found.append(_change(zone, at, after))
        at = after
    return tuple(found)


def _change(zone: str, low: int, high: int) -> tuple[int, int]:
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high, _offset(zone, high)


def _offset(zone: str, second: int) -> int:
    offset = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0
