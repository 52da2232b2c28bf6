"""Times and durations of telephone systems, a column at a time and one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.facts.readers.wall_clock import WallClock, iso, rounded_seconds, seconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def column(*cells: str | None) -> pa.Array:
    return pa.array(cells, pa.string())


def test_a_column_of_every_spelling() -> None:
    cells = column("2026-11-22 17:33:35", "2026-11-22T17:33:35+07:00", "1795343615", "1795343615.250000", None, "0000-00-00 00:00:00",
                   "2026-02-30 08:00:00", "yesterday")  # fmt: skip
    found, wrong = WallClock("Asia/Ho_Chi_Minh").instants(cells)
    same = 1795343615 * 10**6
    assert found.to_pylist() == [same, same, same, same + 250_000, None, None, None, None]
    assert sorted(wrong) == [6, 7]


@given(st.lists(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)), min_size=1, max_size=30),
       st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"]))  # fmt: skip
def test_naive_times_are_of_the_zone(times: list[datetime], zone: str) -> None:
    found, wrong = WallClock(zone).instants(column(*(f"{time:%Y-%m-%d %H:%M:%S.%f}" for time in times)))
    assert not wrong
    assert found.to_pylist() == [micros(time.replace(tzinfo=ZoneInfo(zone))) for time in times]


def test_an_unknown_zone() -> None:
    with pytest.raises(InputError, match="not a time zone"):
        WallClock("Hanoi")


def test_durations() -> None:
    found, wrong = seconds(column("71", "12.5", "12.499", None, "-3", "3x", "99999999999999999999"))
    assert found.to_pylist() == [71, 13, 12, None, None, None, None]
    assert wrong == {4: "is negative", 5: "is not a number of seconds", 6: "is not a number of seconds"}


def test_iso_and_rounding() -> None:
    assert iso(1795368283682848) == "2026-11-22T17:24:43.682848+00:00"
    assert iso(None) is None
    assert [rounded_seconds(each) for each in (0, 499_999, 500_000, 1_500_000)] == [0, 0, 1, 2]
