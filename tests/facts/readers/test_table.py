"""Table files of every kind through a mapping, given or drafted: rows, folds and rejects add up to what the file holds."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.facts import mapping
from chot.facts.readers.base import Cells, Options, Reject
from chot.facts.readers.registry import sample
from chot.facts.readers.table import READER

ROOT = Path(__file__).resolve().parents[3]
TABLES = ROOT / "tests/data/tables"
CONTACTS = ROOT / "tests/data/mappings/contacts_2020.yaml"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class Taken:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.count = self.folds = self.done = 0
        self.tables: list[str] = []
        self.found: dict[str, list[object]] = {}
        self.lines: list[int] = []
        self.rejects: list[Reject] = []

    def read(self, count: int, *, done_bytes: int) -> None:
        self.count, self.done = self.count + count, done_bytes

    def rows(self, table: str, columns: Mapping[str, Cells], lines: Sequence[int]) -> None:
        self.tables.append(table)
        self.lines += lines
        for name, cells in columns.items():
            assert len(cells) == len(lines)
            self.found.setdefault(name, []).extend(cells.to_pylist())

    def folded(self, count: int) -> None:
        self.folds += count

    def reject(self, reject: Reject) -> None:
        self.rejects.append(reject)

    def scratch(self) -> Path:
        raise NotImplementedError

    @property
    def adds_up(self) -> bool:
        return self.count == len(self.lines) + self.folds + len(self.rejects)


def take(path: Path, text: str = "", *, table: str | None = None, tz: str = "Asia/Ho_Chi_Minh") -> Taken:
    """The file through the mapping in ``text``, or through a drafted one."""
    sink = Taken()
    document = mapping.parse(text, file="m.yaml").document if text else None
    READER.read(path, sink, Options(mapping=document, table=table, tz=tz))
    assert sink.adds_up
    return sink


def hanoi(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=HANOI)  # type: ignore[arg-type,misc]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


ORDERS = """\
table: orders
decimal: ","
dates: dd/mm/yyyy
columns: {order_id: Mã, agent_id: NV, ordered_at: Ngày, amount_vnd: Tiền, status: {from: TT, values: {"Xong": completed}}}
"""


def test_a_windows_1258_csv_with_titles_is_drafted_and_read() -> None:
    taken = take(TABLES / "orders_1258.csv")
    assert taken.found["order_id"] == ["DH001", "DH002", "DH003", "DH004", "DH005"]
    assert taken.found["customer_id"] == ["+84912345678", "+84987654321", "+84356111222", "+84704445556", "+84912345678"]
    assert taken.found["ordered_at"][0] == hanoi(2026, 10, 1, 8, 15) and taken.found["ordered_at"][3] == hanoi(2026, 10, 15, 16, 30, 20)
    assert taken.found["status"] == ["completed", "cancelled", "returned", "pending", "completed"]
    assert taken.found["amount_vnd"] == [1250000, 450000, 2400000, 90000, 12345678]
    assert taken.lines == [5, 6, 7, 8, 9] and set(taken.tables) == {"orders"}
    assert taken.rejects == [
        Reject(line=10, column="Ngày đặt + Giờ đặt", value="31/11/2026 10:00", reason="no such day in the order dd/mm/yyyy"),
        Reject(line=11, column="Thành tiền (VND)", value="100.000,5", reason="a fraction of a đồng; money is whole đồng"),
    ]


def test_a_utf16_tsv_is_drafted_and_read() -> None:
    taken = take(TABLES / "calls_utf16.tsv")
    assert taken.found["talk_s"] == [125, 0, 3700, 12, 0]
    assert taken.found["direction"] == ["out", "out", "in", "internal", "out"]
    assert taken.found["outcome"] == ["answered", "no_answer", "answered", "answered", "busy"]
    assert taken.found["campaign_id"] == ["Tết", "Tết", None, None, "Tết"]
    assert taken.found["started_at"][-1] == hanoi(2026, 10, 31, 22, 5) and not taken.rejects


def test_json_lines_reject_what_is_no_flat_object() -> None:
    taken = take(TABLES / "tickets.jsonl", table="tickets")
    assert taken.found["ticket_id"] == ["t1", "t2"] and taken.found["agent_id"] == ["101", "102"]
    assert taken.found["opened_at"] == [hanoi(2026, 10, 1, 8), hanoi(2025, 10, 1, 12)]
    assert taken.found["reopened"] == [False, True]
    assert {(reject.line, reject.column, reject.reason.split(":")[0]) for reject in taken.rejects} == {
        (3, "agent_id", "not text but a list or an object"),
        (4, "", "not a JSON object"), (5, "", "not a JSON object"), (6, "", "not a JSON object"),
    }  # fmt: skip


def workbook(path: Path) -> Path:
    """A cover sheet, and a sheet with a title above the headers and an empty row inside the table."""
    book = openpyxl.Workbook()
    book.active["A1"] = "Báo cáo"
    sheet = book.create_sheet("Dữ liệu")
    sheet.append(["BẢNG KÊ CUỘC GỌI"])
    sheet.append([])
    sheet.append(["Mã cuộc gọi", "Máy lẻ", "Hướng gọi", "Ngày gọi", "Số điện thoại", "Thời lượng", "Kết quả cuộc gọi", "Cước phí", None])
    for row in (
        ["c1", 101, "Gọi ra", dt.datetime(2026, 10, 1, 8, 0, 5), 912345678, 0.0014467592592592592, "Nghe máy", 1234.0, "ghi"],
        ["c2", 102, "Gọi vào", 46297.5, "0987654321", dt.time(0, 2, 5), "Không nghe", None],
        [],
        ["c3", 103, "Gọi vào", "15/10/2026 08:00", "0987654321", dt.timedelta(hours=25), "Nghe máy", 499.99999999999994],
        ["c4", 103, "Gọi vào", "hôm qua", "0987654321", 0, "Nghe máy", 5],
        [8491234567800000, 103, "Gọi vào", "15/10/2026 08:00", "0987654321", 0, "Nghe máy", 0],
    ):
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_drafted_and_read_with_its_row_numbers(tmp_path: Path) -> None:
    taken = take(workbook(tmp_path / "goi.xlsx"))
    assert taken.lines == [4, 5, 7] and taken.found["call_id"] == ["c1", "c2", "c3"]
    assert taken.found["talk_s"] == [125, 125, 90000]
    assert taken.found["charge_vnd"] == [1234, None, 500]
    assert taken.found["customer_id"] == ["+84912345678", "+84987654321", "+84987654321"]
    assert taken.found["started_at"] == [hanoi(2026, 10, 1, 8, 0, 5), hanoi(2026, 10, 2, 12), hanoi(2026, 10, 15, 8)]
    assert [(reject.line, reject.column, reject.value) for reject in taken.rejects] == [
        (8, "Ngày gọi", "hôm qua"), (9, "Mã cuộc gọi", "8491234567800000"),
    ]  # fmt: skip


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table({
        "exam_id": ["e1", "e2", "e3"],
        "agent_id": pa.array([1, 2, None], pa.int64()),
        "taken_at": pa.array([dt.datetime(2026, 10, 1), dt.datetime(2026, 10, 2, 23), dt.datetime(2026, 10, 3)], pa.timestamp("ns")),
        "score_bp": pa.array([8550, None, 1], pa.int32()),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "thi.parquet")
    taken = take(tmp_path / "thi.parquet", table="exams")
    assert taken.found == {
        "exam_id": ["e1", "e2"], "agent_id": ["1", "2"], "score_bp": [8550, None],
        "taken_at": [hanoi(2026, 10, 1), hanoi(2026, 10, 2, 23)],
    }  # fmt: skip
    assert taken.rejects == [Reject(line=3, column="agent_id", value="", reason="empty, but agent_id is required")]


def test_the_contract_s_own_csv_is_passed_on_untouched(tmp_path: Path) -> None:
    path = write(tmp_path / "exams.csv", "exam_id,agent_id,taken_at,score_bp\ne1,a1,2026-10-01T08:00:00+07:00, 12\ne2,a1,01/10/2026,1.5\n")
    taken = take(path)
    assert taken.found == {
        "exam_id": ["e1", "e2"], "agent_id": ["a1", "a1"], "score_bp": [" 12", "1.5"],
        "taken_at": ["2026-10-01T08:00:00+07:00", "01/10/2026"],
    }  # fmt: skip


def test_blank_rows_and_skipped_rows_are_folded_and_broken_ones_rejected(tmp_path: Path) -> None:
    path = write(
        tmp_path / "don.csv",
        "Mã;NV;Ngày;Tiền;TT\n;;;;\nD1;a;1/2/2026;5;Xong\nD2;a;1/2/2026;5;NHÁP\n\nD3;a;1/2/2026\nD4;;1/2/2026;5;Xong\nD5;a;1/2/2026;5;?\n"
        'D6;a;1/2/2026;"5;Xong\nD7;a;1/2/2026;1.500;Xong\n',
    )
    taken = take(path, ORDERS + "skip: {TT: [nháp]}\n")
    assert (taken.found["order_id"], taken.lines, taken.folds) == (["D1", "D7"], [3, 10], 2)
    assert {(reject.line, reject.column, reject.reason) for reject in taken.rejects} == {
        (6, "", "has 3 cells where the table has 5"),
        (7, "NV", "empty, but agent_id is required"),
        (8, "TT", "no value that the mapping or the contract knows. Known names: "
         "cancelled, completed, confirmed, pending, returned, xong. Add it under values"),
        (9, "", "a quote is opened and never closed"),
    }  # fmt: skip


def test_a_delimiter_at_the_end_of_every_row_is_no_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "don.csv", "Mã;NV;Ngày;Tiền;TT\nD1;a;1/2/2026;5;Xong;\nD2;a;1/2/2026;5;Xong\nD3;a;1/2/2026;5;Xong;more\n")
    taken = take(path, ORDERS)
    assert taken.found["order_id"] == ["D1", "D2"]
    assert taken.rejects == [Reject(line=4, column="", value="more", reason="has more cells than the 5 of the header")]


def test_words_for_empty_and_joined_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "thi.csv", "NV,Ngày,Điểm\na,1/2/2026,-\nb,13/2/2026,\"8,5\"\n")
    taken = take(path, 'table: exams\ndates: dd/mm/yyyy\ndecimal: ","\nempty: ["-"]\ncolumns: {exam_id: {from: [NV, Ngày]}, agent_id: NV, '
                       "taken_at: Ngày, score_bp: {from: Điểm, unit: out of 10}}\n")  # fmt: skip
    assert taken.found["exam_id"] == ["a-1/2/2026", "b-13/2/2026"] and taken.found["score_bp"] == [None, 8500]


def test_the_zone_is_the_mapping_s_else_the_option_s(tmp_path: Path) -> None:
    path = write(tmp_path / "don.csv", "Mã,NV,Ngày,Tiền,TT\nD1,a,1/2/2026,5,Xong\n")
    utc = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    assert take(path, ORDERS, tz="UTC").found["ordered_at"] == [utc]
    assert take(path, ORDERS + "timezone: Asia/Tokyo\n", tz="UTC").found["ordered_at"] == [utc - dt.timedelta(hours=9)]


def test_a_mapping_that_does_not_fit_says_so_before_any_row(tmp_path: Path) -> None:
    path = write(tmp_path / "don.csv", "Mã,Nhân viên,Ngày,Tiền\nD1,a,1/2/2026,5\n")
    sink = Taken()
    with pytest.raises(InputError) as caught:
        READER.read(path, sink, Options(mapping=mapping.parse(ORDERS, file="m.yaml").document))
    assert {problem.what for problem in caught.value.problems} == {"don.csv has no column 'NV'", "don.csv has no column 'TT'"}
    with pytest.raises(InputError, match="is for the table 'orders', not 'calls'"):
        READER.read(path, sink, Options(mapping=mapping.parse(ORDERS, file="m.yaml").document, table="calls"))
    assert (sink.count, sink.lines, sink.rejects) == (0, [], [])


def test_an_unsure_draft_stops_and_shows_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "don.csv", "Mã đơn,NV,Ngày đặt,Thành tiền\nD1,a,1/2/2026,5\nD2,a,3/2/2026,5\n")
    sink = Taken()
    with pytest.raises(InputError) as caught:
        READER.read(path, sink, Options(table="orders"))
    first, last = caught.value.problems
    assert first.what == "ordered_at ('Ngày đặt'): it is not clear whether the day or the month comes first"
    assert last.fix.startswith("Save this as don.yaml, correct it, and import with --mapping don.yaml:\n\n# How to read don.csv")
    assert mapping.parse(last.fix.split("\n\n", 1)[1], file="x").columns["amount_vnd"].headers == ("Thành tiền",)
    assert sink.count == 0


def bomb(path: Path) -> Path:
    """An archive whose list of contents promises 501 MB."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/worksheets/sheet1.xml", "")
        archive.infolist()[1].file_size = 501 * 1024**2
    return path


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="would unpack to 501 MB; at most 500 MB are read"):
        take(bomb(tmp_path / "bomb.xlsx"), ORDERS)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"   \n", "is empty"),
        (b"PK\x03\x04 nothing", "is a damaged XLSX file"),
        (b"PAR1 nothing PAR1", "is a damaged Parquet file"),
        (b"\xd0\xcf\x11\xe0....", "is an old .xls workbook"),
        (b"%PDF-1.7", "is a PDF, not a table"),
        (b'[{"a": 1}]', "is one JSON list"),
        (b"{\n", "none of its first lines is a JSON object"),
        ("M· ®¬n;Nh©n viªn\n".encode("latin-1"), "the file is in TCVN3"),
    ],
)
def test_what_is_no_table_says_what_it_is(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=what):
        take(path, ORDERS)


@pytest.mark.parametrize("name", ["orders_1258.csv", "calls_utf16.tsv", "tickets.jsonl"])
def test_files_with_columns_are_recognised(name: str) -> None:
    assert READER.recognises(sample(TABLES / name))


def test_a_line_of_prose_is_not_recognised(tmp_path: Path) -> None:
    assert not READER.recognises(sample(write(tmp_path / "a.txt", "hello\nworld\n")))


def test_real_contacts_are_calls_of_their_call_centre() -> None:
    taken = take(TABLES / "contacts_2020_head.csv", CONTACTS.read_text(encoding="utf-8"))
    assert (taken.count, len(taken.lines), taken.folds, taken.rejects) == (310, 268, 42, [])
    first = {name: cells[0] for name, cells in taken.found.items()}
    assert first == {
        "call_id": "DKK-57076809-w-055481-fU", "team_id": "Los Angeles/CA", "queue_id": "Call-Center", "direction": "in", "talk_s": 1020,
        "started_at": dt.datetime(2020, 10, 29, 4, tzinfo=dt.UTC), "outcome": "answered",
    }  # fmt: skip


def test_the_whole_file_of_contacts() -> None:
    path = ROOT.parent / "shared/data/contacts_2020.csv"
    if not path.is_file():
        pytest.skip("the data set is not on this machine")
    taken = take(path, CONTACTS.read_text(encoding="utf-8"))
    assert (taken.count, len(taken.lines), taken.folds, taken.rejects) == (32_941, 10_747, 22_194, [])
    teams = {team: taken.found["team_id"].count(team) for team in sorted(set(map(str, taken.found["team_id"])))}
    assert teams == {"Baltimore/MD": 3537, "Chicago/IL": 1789, "Denver/CO": 919, "Los Angeles/CA": 4502}
    assert sum(map(int, map(str, taken.found["talk_s"]))) % 60 == 0 and taken.done == path.stat().st_size


JSON_VALUE = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=3)
CELL = st.one_of(st.text(max_size=6), st.sampled_from(["1/2/2026", "1.000", "Xong", "", "a", '"', "\r", "\n", ";", "\x00"]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, max_size=6).map(";".join), max_size=8), raw=st.binary(max_size=60))
def test_any_rows_end_as_rows_folds_or_rejects(tmp_path: Path, rows: list[str], raw: bytes) -> None:
    path = tmp_path / "don.csv"
    path.write_bytes("\n".join(["Mã;NV;Ngày;Tiền;TT", *rows]).encode("utf-8", "surrogatepass") + b"\n" + raw)
    with suppress(InputError):
        take(path, ORDERS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON_VALUE, noise=st.text(max_size=9))
def test_any_json_line_ends_as_a_row_or_a_reject(tmp_path: Path, value: object, noise: str) -> None:
    row = {"Mã": value, "NV": "a", "Ngày": "1/2/2026", "Tiền": value, "TT": "Xong"}
    good = {"Mã": "D0", "NV": "a", "Ngày": "13/2/2026", "Tiền": 5, "TT": "Xong"}
    lines = [json.dumps(good), json.dumps(row), json.dumps({"Mã": noise}), repr(noise)]
    taken = take(write(tmp_path / "don.jsonl", "\n".join(lines) + "\n"), ORDERS)
    assert taken.found["order_id"][0] == "D0"
