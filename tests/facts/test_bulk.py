"""Reading a column all at once never differs from reading it cell by cell."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.facts.bulk import bulk_reader
from chot.facts.conversion import parser
from chot.facts.dates import Times
from chot.facts.mapping import Source
from chot.facts.written import CellError
from chot.kpi.schema import TABLES

COLUMNS = {
    "call_id": Source(headers=("x",)),
    "customer_id": Source(headers=("x",), unit="phone"),
    "disposition": Source(headers=("x",)),
    "talk_s": Source(headers=("x",), unit="minutes"),
    "wait_s": Source(headers=("x",)),
    "charge_vnd": Source(headers=("x",), unit="nghìn"),
    "fields_collected": Source(headers=("x",)),
    "started_at": Source(headers=("x",)),
}
CELLS = st.one_of(
    st.text(max_size=8),
    st.from_regex(r"[0-9]{1,16}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}([.,][0-9]{3}){1,4} ?(₫|đ|VND)?", fullmatch=True),
    st.from_regex(r"0[0-9]{9}|[+]?84[0-9]{9}|0084[0-9]{9}|02[0-9]{9}|[0-9]{1,2}[.,][0-9]E[+]1[0-9]", fullmatch=True),
    st.from_regex(r"[0-3][0-9]/[0-1][0-9]/(2026|1899|2020)( [0-2][0-9]:[0-5][0-9](:[0-5][0-9])?)?", fullmatch=True),
    st.from_regex(r"(2026|2020)-[0-1][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9])?)?", fullmatch=True),
)


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=40)
@given(
    cells=st.lists(CELLS, min_size=1, max_size=12),
    order=st.sampled_from(["", "dmy", "mdy"]),
    decimal=st.sampled_from(["", ",", "."]),
)
def test_the_cells_it_is_sure_of_are_those_of_the_slow_way(name: str, order: str, cells: list[str], decimal: str) -> None:
    column, source = TABLES["calls"].column(name), COLUMNS[name]
    times = Times(zone=ZoneInfo("America/New_York"), order=order)
    slow = parser(column, source, times, decimal)
    fast = bulk_reader(column, source, times, decimal)
    assert fast is not None
    found, plain = fast(pa.array(cells))
    for cell, value, sure in zip(cells, found.to_pylist(), plain.tolist(), strict=True):
        if not sure:
            continue
        try:
            expected = slow(cell)
        except CellError as problem:
            pytest.fail(f"{cell!r} became {value!r}, but: {problem}")
        read = round(value.timestamp() * 10**6) if column.type == "time" else value
        assert read == expected, cell


def test_plain_cells_are_read_all_at_once() -> None:
    times = Times(zone=ZoneInfo("Asia/Ho_Chi_Minh"), order="dmy")
    for name, cells in {
        "call_id": ["c1", "DH-01"], "customer_id": ["0912345678"], "charge_vnd": ["1234", "1.234.000 ₫"], "wait_s": ["0", "15"],
        "started_at": ["31/10/2026 08:00:00", "31-10-2026 08:00", "31/10/2026", "2026-10-31 08:00:00", "2026-10-31T08:00"],
    }.items():  # fmt: skip
        fast = bulk_reader(TABLES["calls"].column(name), COLUMNS[name], times, ",")
        assert fast is not None
        assert fast(pa.array(cells))[1].all(), name


def test_what_the_calendar_does_not_have_is_left_to_the_slow_way() -> None:
    times = Times(zone=ZoneInfo("America/New_York"), order="dmy")
    fast = bulk_reader(TABLES["calls"].column("started_at"), COLUMNS["started_at"], times, "")
    assert fast is not None
    cells = ["31/02/2026", "29/02/2026", "29/02/2028", "08/03/2020 02:30", "01/01/1899", "01/13/2026", "01/01-2026"]
    assert fast(pa.array(cells))[1].tolist() == [False, False, True, False, False, False, False]
