"""Looking at a file: what is found in it, what is sure, and what is said about the rest."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.core.text import key
from chot.facts import mapping
from chot.facts.drafting import Draft, draft
from chot.facts.guessing import split_unit
from chot.facts.mapping import TableMapping
from chot.facts.synonyms import HEADERS, values_of
from chot.kpi.schema import TABLES

FILES = Path(__file__).resolve().parents[1] / "data/tables"


def drafted(tmp_path: Path, text: str, *, table: str | None = None) -> tuple[Draft, TableMapping]:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    found = draft(path, table=table)
    return found, mapping.parse(found.text, file="draft")


def test_a_windows_1258_file_below_titles() -> None:
    found = draft(FILES / "orders_1258.csv")
    assert (found.table, found.sure) == ("orders", True)
    assert found.text.splitlines()[1:] == [
        "table: orders",
        "encoding: windows-1258",
        'delimiter: ";"',
        "header_row: 4",
        "# timezone: Asia/Ho_Chi_Minh      # of times without an offset",
        'decimal: ","',
        "dates: dd/mm/yyyy",
        "columns:",
        "  order_id: Mã đơn hàng",
        "  agent_id: Nhân viên",
        "  customer_id:",
        "    from: SĐT khách hàng",
        "    unit: phone",
        "  # call_id:",
        "  ordered_at:",
        "    from: [Ngày đặt, Giờ đặt]",
        "  status:",
        "    from: Trạng thái đơn",
        "    values:",
        "      Hoàn thành: completed",
        "      Đã hủy: cancelled",
        "      Hoàn hàng: returned",
        "      Đang chờ: pending",
        "      Hoàn tất: completed",
        "  # status_at:",
        "  amount_vnd: Thành tiền (VND)",
        "  quantity: Số lượng",
        "  # product:",
        "# Not used: STT, Ghi chú",
    ]
    assert found.notes == ("neither UTF-8 nor UTF-16: read as Windows-1258",)


def test_headers_without_accents_and_in_english_mean_the_same(tmp_path: Path) -> None:
    rows = "D1,a,31/10/2026,5000\nD2,a,1/10/2026,7000\n"
    names = ("Mã đơn,Nhân viên,Ngày đặt hàng,Doanh số", "MA DON,NHAN VIEN,NGAY DAT HANG,DOANH SO", "Order ID,Agent,Order Date,Amount")
    for header in names:
        found, read = drafted(tmp_path, f"{header}\n{rows}")
        assert (found.table, found.sure, read.dates) == ("orders", True, "dmy")
        assert [source.headers[0] for source in read.columns.values()] == header.split(",")


@pytest.mark.parametrize(
    ("days", "dates", "sure"),
    [("1/2/2026 3/4/2026 13/2/2026", "dmy", True), ("1/2/2026 2/13/2026", "mdy", True),
     ("1/2/2026 3/4/2026", "dmy", False), ("2026-02-01 2026-02-02", "", True),
     ("1793404800 1793404900", "unix", True), ("1793404800123 1793404900123", "unix-ms", True)],
)  # fmt: skip
def test_the_order_of_dates_is_the_whole_column_s(tmp_path: Path, days: str, dates: str, *, sure: bool) -> None:
    rows = "".join(f"D{place},a,{day},5\n" for place, day in enumerate(days.split()))
    found, read = drafted(tmp_path, f"Mã đơn,NV,Ngày đặt,Số lượng\n{rows}")
    assert (read.dates, found.sure) == (dates, sure)
    assert sure or found.doubts == ("ordered_at ('Ngày đặt'): it is not clear whether the day or the month comes first",)


def test_a_late_day_above_12_decides_a_long_column(tmp_path: Path) -> None:
    start = dt.datetime(2026, 10, 1)
    rows = "".join(f"D{n},a,{start + dt.timedelta(minutes=2 * n):%d/%m/%Y %H:%M},5\n" for n in range(12_000))
    assert drafted(tmp_path, f"Mã đơn,NV,Ngày đặt,Số lượng\n{rows}")[1].dates == "dmy"


@pytest.mark.parametrize(
    ("column", "cells", "decimal", "sure"),
    [
        ("Thành tiền", ["1.234", "50.000"], ",", True),
        ("Thành tiền", ["1,234", "50,000"], ".", True),
        ("Thành tiền", ["50.000", "1.500.000"], ",", True),
        ("Thành tiền", ["5000", "7000"], "", True),
        ("Số lượng", ["1.234", "2"], ",", True),
        ("Số lượng", ["1.000", "2"], ",", False),
    ],
)
def test_the_decimal_mark_is_the_whole_column_s(tmp_path: Path, column: str, cells: list[str], decimal: str, *, sure: bool) -> None:
    rows = "".join(f"D{place};a;31/10/2026;{cell}\n" for place, cell in enumerate(cells))
    found, read = drafted(tmp_path, f"Mã đơn;NV;Ngày đặt;{column}\n{rows}")
    assert (read.decimal, found.sure) == (decimal, sure)


@pytest.mark.parametrize(
    ("header", "cells", "unit", "sure"),
    [
        ("Thời lượng (phút)", ["1", "2"], "minutes", True),
        ("Thời lượng (giây)", ["1", "2"], "seconds", True),
        ("call duration in minutes", ["17", "23"], "minutes", True),
        ("Thời lượng", ["125", "0"], "", True),
        ("Thời lượng", ["1", "2"], "seconds", False),
        ("Thời lượng", ["0:02:05", "1:00:00"], "", True),
        ("Thời lượng", ["2:05", "61:40"], "mm:ss", True),
        ("Thời lượng", ["2:05", "1:00:00"], "hh:mm:ss", True),
        ("Thời lượng", ["2:05", "3:10"], "mm:ss", False),
        ("Đàm thoại (mm:ss)", ["2:05", "3:10"], "mm:ss", True),
        ("talk_s", ["2", "3"], "", True),
        ("Thời lượng", ["0.00144675925", "0.5"], "days", True),
    ],
)
def test_the_unit_of_a_duration(tmp_path: Path, header: str, cells: list[str], unit: str, *, sure: bool) -> None:
    rows = "".join(f"c{place}|a|31/10/2026|Gọi ra|Nghe máy|{cell}\n" for place, cell in enumerate(cells))
    found, read = drafted(tmp_path, f"Mã cuộc gọi|NV|Ngày gọi|Hướng|Trạng thái|{header}\n{rows}")
    assert (found.table, read.columns["talk_s"].unit, found.sure) == ("calls", unit, sure)


def test_thousands_and_millions_in_the_header_are_the_unit(tmp_path: Path) -> None:
    found, read = drafted(tmp_path, "Mã đơn,NV,Ngày đặt,Doanh thu (triệu đồng)\nD1,a,31/10/2026,1.5\nD2,a,30/10/2026,2\n")
    assert (read.columns["amount_vnd"].unit, found.sure) == ("triệu", True)
    assert split_unit("Doanh số (ĐVT: 1.000đ)") == ("doanh_so", "nghìn")


@pytest.mark.parametrize(
    ("cells", "unit"), [("85% 90%", ""), ("85 90.5", "percent"), ("8.5 9", "out of 10"), ("0.85 0.9", "ratio"), ("8500 9000", "")]
)
def test_what_a_score_is_out_of(tmp_path: Path, cells: str, unit: str) -> None:
    rows = "".join(f"r{place},a,31/10/2026,{cell}\n" for place, cell in enumerate(cells.split()))
    assert drafted(tmp_path, f"Mã phiếu chấm,NV,Ngày chấm,Điểm QA\n{rows}")[1].columns["score_bp"].unit == unit


def test_unknown_words_are_listed_to_be_filled_in(tmp_path: Path) -> None:
    rows = "D1,a,31/10/2026,Hoàn thành\nD2,a,30/10/2026,Chờ hàng về\nD3,a,30/10/2026,Chờ hàng về\n"
    found, read = drafted(tmp_path, f"Mã đơn,NV,Ngày đặt,Trạng thái\n{rows}")
    assert not found.sure and read.columns["status"].values == {"hoàn thành": "completed"}
    assert "      # Chờ hàng về:      # 2 rows; one of pending, confirmed, completed, returned, cancelled\n" in found.text
    assert found.notes == ("status: no value is known for 'Chờ hàng về'; such rows are rejected",)


def test_the_contract_s_own_csv_is_read_as_it_is(tmp_path: Path) -> None:
    found, read = drafted(tmp_path, "order_id,agent_id,ordered_at,amount_vnd\nD1,a,2026-10-31T08:00:00+07:00,5\n")
    assert found.sure and read.plain and read.table == "orders"
    assert {name: source.headers for name, source in read.columns.items()} == {
        name: (name,) for name in ("order_id", "agent_id", "ordered_at", "amount_vnd")
    }


def test_a_missing_required_column_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("Mã đơn,Ngày đặt,Thành tiền\nD1,31/10/2026,5\n", encoding="utf-8")
    found = draft(path, table="orders")
    assert found.doubts == ("no column for agent_id, which orders needs, was found among: Mã đơn, Ngày đặt, Thành tiền",)
    assert "  # agent_id: REQUIRED: write the header of its column, or {value: ...}\n" in found.text
    with pytest.raises(InputError, match=r"columns\.agent_id: is required and not mapped"):
        mapping.parse(found.text, file="draft")


def test_an_id_that_repeats_is_doubted(tmp_path: Path) -> None:
    rows = "".join(f"D{place % 3},a,31/10/2026,5\n" for place in range(30))
    found, _ = drafted(tmp_path, f"Mã đơn,NV,Ngày đặt,Số lượng\n{rows}")
    assert found.doubts == ("order_id ('Mã đơn') repeats itself, so it may not be the id",)


def test_a_likeness_is_doubted(tmp_path: Path) -> None:
    found, read = drafted(tmp_path, "Mã đơn,NV,Ngày đặt,Thành tiềnn\nD1,a,31/10/2026,5\n")
    assert read.columns["amount_vnd"].headers == ("Thành tiềnn",)
    assert found.doubts == ("amount_vnd: it is not sure that 'Thành tiềnn' is it",)


def test_columns_that_are_no_fact_ask_for_the_table(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("màu,cỡ\nđỏ,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"do not look like any fact\. Say which facts they are: --table"):
        draft(path)
    with pytest.raises(InputError, match=r"there is no table 'order'\. Did you mean 'orders'"):
        draft(path, table="order")


def test_headers_that_yaml_could_misread_are_quoted(tmp_path: Path) -> None:
    headers = ('Mã đơn: "số"', "no", "- NV", "#Ngày\tđặt", "y'{}", "Ngày")
    path = tmp_path / "file.xlsx"
    book = openpyxl.Workbook()
    book.active.append(headers)
    book.active.append(["D1", "x", "a", "b", "c", dt.datetime(2026, 10, 1)])
    book.save(path)
    found = draft(path, table="orders")
    assert "# Not used:" in found.text and "\n# agent" not in found.text


def test_every_name_of_a_column_leads_to_it() -> None:
    for table, columns in HEADERS.items():
        assert set(columns) == set(TABLES[table].names)
        for name, synonyms in columns.items():
            assert synonyms[0] == key(name) and all(word == key(word) for word in synonyms)


def test_every_value_is_one_of_the_contract_s() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.type == "enum":
                assert set(values_of(table.name, column.name).values()) == set(column.values), (table.name, column.name)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_file_is_drafted_or_an_input_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    for table in (None, "orders"):
        with suppress(InputError):
            assert draft(path, table=table).text


HEADER = st.sampled_from(
    ["Mã đơn", "NV", "Ngày đặt", "Giờ", "Thành tiền", "Trạng thái", "SĐT", "Thời lượng (phút)", "Điểm", "Số lượng", "a: b", "#", "'"]
)
CELL = st.one_of(st.text(max_size=5), st.sampled_from(["1/2/2026", "1.234", "5:30", "0912345678", "Hoàn hàng", "8:00", "50 ₫", "1e5"]))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.lists(HEADER, min_size=1, max_size=6),
    rows=st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=4),
    table=st.sampled_from([*TABLES]),
)
def test_what_is_drafted_can_be_read_back(tmp_path: Path, headers: list[str], rows: list[list[str]], table: str) -> None:
    path = tmp_path / "file.csv"
    body = "\n".join(";".join(row[: len(headers)]) for row in [headers, *rows])
    path.write_bytes(body.encode("utf-8", "replace"))
    try:
        found = draft(path, table=table)
    except InputError:
        return
    if "REQUIRED" in found.text:
        with pytest.raises(InputError) as caught:
            mapping.parse(found.text, file="draft")
        assert {problem.what for problem in caught.value.problems} == {"is required and not mapped"}
    else:
        assert mapping.parse(found.text, file="draft").table == table
