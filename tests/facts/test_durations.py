"""Durations: clocks, words, numbers in a unit and a spreadsheet's times become whole seconds."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.facts.durations import UNITS, seconds
from chot.facts.written import CellError


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [
        ("125", "", 125),
        (125, "", 125),
        ("12,6", "seconds", 13),
        ("1,5", "minutes", 90),
        (17, "minutes", 1020),
        ("0,25", "hours", 900),
        ("1500", "ms", 2),
        (0.0014467592592592592, "days", 125),
        ("5:30", "mm:ss", 330),
        ("75:30", "mm:ss", 4530),
        ("5:30", "hh:mm", 19_800),
        ("5:30", "hh:mm:ss", 330),
        ("1:05:30", "", 3930),
        ("25:00:00", "", 90_000),
        ("0:00:12.5", "", 13),
        ("-0:05:00", "", -300),
        ("2 phút 5 giây", "", 125),
        ("1 giờ 20 phút", "", 4800),
        ("1h20m", "", 4800),
        ("3p20s", "", 200),
        ("45 giây", "", 45),
        (dt.time(0, 2, 5), "", 125),
        (dt.time(5, 30), "mm:ss", 330),
        (dt.time(5, 30, 10), "mm:ss", 19_810),
        (dt.timedelta(hours=25), "", 90_000),
        (dt.timedelta(seconds=1, microseconds=500_000), "", 2),
    ],
)
def test_a_duration_is_read_in_seconds(cell: object, unit: str, value: int) -> None:
    assert seconds(cell, decimal=",", unit=unit) == value


@pytest.mark.parametrize(
    ("cell", "unit", "reason"),
    [
        ("5:30", "", "it can be minutes:seconds or hours:minutes"),
        ("5:75", "mm:ss", "not a number"),
        (0.0014, "", "not whole seconds; say in the mapping what it counts"),
        ("125", "mm:ss", "not written as mm:ss"),
        ("10%", "minutes", "a percentage is no duration"),
        ("soon", "", "not a number"),
        (dt.datetime(2026, 1, 1), "", "not a number but a date and time"),
        ("", "", "not a number"),
    ],
)
def test_what_is_no_duration_has_a_reason(cell: object, unit: str, reason: str) -> None:
    with pytest.raises(CellError) as caught:
        seconds(cell, decimal=",", unit=unit)
    assert str(caught.value).startswith(reason)


@given(st.integers(0, 10**8))
def test_a_clock_reads_back(total: int) -> None:
    assert seconds(f"{total // 3600}:{total % 3600 // 60:02}:{total % 60:02}") == total
    assert seconds(f"{min(total, 10**6) // 60}:{total % 60:02}", unit="mm:ss") == min(total, 10**6) // 60 * 60 + total % 60


@given(st.one_of(st.text(), st.floats(), st.integers(), st.timedeltas(), st.times()), st.sampled_from(["", *UNITS]))
def test_any_cell_is_a_duration_or_a_reason(cell: object, unit: str) -> None:
    with suppress(CellError):
        assert isinstance(seconds(cell, unit=unit), int)
