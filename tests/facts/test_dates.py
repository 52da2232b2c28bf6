"""Dates and times: every usual spelling is one instant; what could be two is refused unless the order is known."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.facts.dates import Times, joined
from chot.facts.written import CellError

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")


def instant(text: str) -> int:
    """Microseconds since 1970 of an ISO time with offset."""
    return (dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("01/02/2026 07:05:09", "2026-02-01T07:05:09"),
        ("1/2/2026 7:05", "2026-02-01T07:05"),
        ("1/2/26", "2026-02-01T00:00"),
        ("01-02-2026 07:05", "2026-02-01T07:05"),
        ("01.02.2026", "2026-02-01T00:00"),
        ("2026-02-01 07:05:09.25", "2026-02-01T07:05:09.250000"),
        ("2026/02/01 07:05", "2026-02-01T07:05"),
        ("2026-02-01T07:05:09", "2026-02-01T07:05:09"),
        ("20260201", "2026-02-01T00:00"),
        ("07:05 01/02/2026", "2026-02-01T07:05"),
        ("07:05:09 - 01/02/2026", "2026-02-01T07:05:09"),
        ("01/02/2026, 07:05", "2026-02-01T07:05"),
        ("01/02/2026 07h05", "2026-02-01T07:05"),
        ("01/02/2026 2:30 CH", "2026-02-01T14:30"),
        ("01/02/2026 2:30 PM", "2026-02-01T14:30"),
        ("01/02/2026 15:30 CH", "2026-02-01T15:30"),
        ("01/02/2026 12:00 SA", "2026-02-01T00:00"),
        ("01/02/2026 12:15 CH", "2026-02-01T12:15"),
        ("1-Feb-2026 07:05", "2026-02-01T07:05"),
        ("ngày 1 tháng 2 năm 2026", "2026-02-01T00:00"),
        ("46054.5", "2026-02-01T12:00"),
        (46054.295243055555, "2026-02-01T07:05:09"),
        (46054, "2026-02-01T00:00"),
        (dt.datetime(2026, 2, 1, 7, 5), "2026-02-01T07:05"),
        (dt.date(2026, 2, 1), "2026-02-01T00:00"),
    ],
)
def test_a_naive_time_is_of_the_file_s_zone(cell: object, iso: str) -> None:
    assert Times(zone=HANOI, order="dmy").moment(cell) == instant(f"{iso}+07:00")


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("2026-02-01T07:05:09+07:00", "2026-02-01T07:05:09+07:00"),
        ("2026-02-01 07:05:09 -0500", "2026-02-01T07:05:09-05:00"),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00+00:00"),
        ("01/02/2026 07:05 UTC", "2026-02-01T07:05:00+00:00"),
        (dt.datetime(2026, 2, 1, tzinfo=dt.UTC), "2026-02-01T00:00:00+00:00"),
    ],
)
def test_an_offset_is_kept(cell: object, iso: str) -> None:
    assert Times(zone=HANOI, order="dmy").moment(cell) == instant(iso)


def test_the_order_of_day_and_month_is_the_column_s() -> None:
    assert Times(zone=HANOI, order="mdy").moment("10/11/2026") == instant("2026-10-11T00:00+07:00")
    assert Times(zone=HANOI, order="dmy").moment("10/11/2026") == instant("2026-11-10T00:00+07:00")
    assert Times(zone=HANOI).moment("31/10/2026") == Times(zone=HANOI).moment("10/31/2026") == instant("2026-10-31T00:00+07:00")
    with pytest.raises(CellError, match="can change places"):
        Times(zone=HANOI).moment("10/11/2026")


@pytest.mark.parametrize(
    "cell",
    ["31/02/2026", "00/01/2026", "01/13/2026", "32/01/2026", "1/2/2026 25:00", "1/2/2026 24:00", "1/2/2026 7:60", "1/2/1026",
     "hôm qua", "", "12",
     "1/2-2026", "7:00 1/2/2026 8:00", "1/2/2026 13:00 SA", "2026-02-01T07:05:09+99:00", True, dt.time(7), float("nan"), "9" * 70,
     "2026-W05-7", dt.date(1, 1, 1), "30000101"],
)  # fmt: skip
def test_what_is_no_date_has_a_reason(cell: object) -> None:
    with pytest.raises(CellError):
        Times(zone=HANOI, order="dmy").moment(cell)


def test_unix_seconds_and_milliseconds() -> None:
    assert Times(zone=HANOI, order="unix").moment("1793404800") == 1_793_404_800_000_000
    assert Times(zone=HANOI, order="unix-ms").moment(1793404800123) == 1_793_404_800_123_000
    with pytest.raises(CellError):
        Times(zone=HANOI, order="unix").moment("31/10/2026")


def test_an_hour_that_the_clocks_skip_is_refused_and_a_repeated_one_is_the_first() -> None:
    times = Times(zone=NEW_YORK, order="mdy")
    with pytest.raises(CellError, match="no such time in America/New_York"):
        times.moment("3/8/2020 2:30")
    assert times.moment("11/1/2020 1:30") == instant("2020-11-01T01:30-04:00")
    assert times.moment("3/8/2020 12:00") == instant("2020-03-08T12:00-04:00")


def test_a_day_is_the_local_one() -> None:
    times = Times(zone=HANOI, order="dmy")
    assert times.day("2026-10-31T20:00:00Z") == dt.date(2026, 11, 1)
    assert times.day("31/10/2026 23:59") == times.day(dt.datetime(2026, 10, 31)) == dt.date(2026, 10, 31)


@pytest.mark.parametrize(
    ("clock", "iso"),
    [("14:05", "T14:05"), ("2:05 CH", "T14:05"), (None, "T00:00"), (0.5, "T12:00"), (dt.time(14, 5), "T14:05"), ("9h", "T09:00")],
)
def test_a_date_and_a_time_of_day_are_joined(clock: object, iso: str) -> None:
    assert joined("31/10/2026", clock, times=Times(zone=HANOI, order="dmy")) == instant(f"2026-10-31{iso}+07:00")


@pytest.mark.parametrize("clock", ["25:00", "noon", 1.5, dt.timedelta(days=2), [1]])
def test_what_is_no_time_of_day_is_refused(clock: object) -> None:
    with pytest.raises(CellError):
        joined("31/10/2026", clock, times=Times(zone=HANOI, order="dmy"))


@given(st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(2200, 1, 1)), st.sampled_from(["dmy", "mdy"]))
def test_a_written_time_reads_back(moment: dt.datetime, order: str) -> None:
    moment = moment.replace(microsecond=0)
    shape = "%d/%m/%Y %H:%M:%S" if order == "dmy" else "%m/%d/%Y %H:%M:%S"
    assert Times(zone=dt_zone(), order=order).moment(moment.strftime(shape)) == instant(f"{moment.isoformat()}+00:00")


def dt_zone() -> ZoneInfo:
    """A zone whose clocks never change."""
    return ZoneInfo("UTC")


@given(st.one_of(st.text(), st.from_regex(r"[0-9/:. -]{1,20}"), st.floats(), st.datetimes(), st.dates(), st.integers()))
def test_any_cell_is_an_instant_or_a_reason(cell: object) -> None:
    for order in ("", "dmy", "mdy", "ymd", "unix"):
        times = Times(zone=NEW_YORK, order=order)
        with suppress(CellError):
            assert isinstance(times.moment(cell), int)
            assert isinstance(times.day(cell), dt.date)
