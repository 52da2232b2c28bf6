"""Tables, CSV and workbooks of hostile and awkward rows: no formulas, no cut figures, no lost rows, no half-written files."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from chot.cli.cells import Field, Sheet, harmless, shown
from chot.cli.output import Output, csv_bytes, table_text
from chot.cli.workbooks import workbook
from chot.core.errors import InputError, UsageError

FIELDS = [Field(key="name", heading="Họ tên"), Field(key="pay", heading="Lương", kind="vnd")]
ATTACKS = ["=1+1", "+84912345678", "@SUM(A1)", "-2+3", "\t=1", "=cmd|'/c calc'!A0", "\N{FULLWIDTH EQUALS SIGN}1", " =1", "-inf"]


def sheet(*names: str) -> Sheet:
    return Sheet(name="Kỳ 10/2026: [thử]", fields=FIELDS, rows=[{"name": name, "pay": 1_234_567} for name in names])


def test_no_cell_of_text_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(sheet(*ATTACKS), mark=False).decode())))
    assert [row[0] for row in rows[1:]] == [f"'{each}" for each in ATTACKS]
    page = openpyxl.load_workbook(io.BytesIO(workbook([sheet(*ATTACKS)]))).worksheets[0]
    assert {cell.data_type for cell in page["A"]} == {"s"}
    assert [cell.value for cell in page["B"]][1:] == [1_234_567] * len(ATTACKS)


@pytest.mark.parametrize("plain", ["Lan", "-5", "12.5", "", "Trần – Minh"])
def test_plain_text_stays_as_it_is(plain: str) -> None:
    assert harmless(plain) == plain


def test_control_marks_and_endless_text_fit_a_workbook() -> None:
    page = openpyxl.load_workbook(io.BytesIO(workbook([sheet("a\x00b\x1fc", "x" * 40_000)]))).worksheets[0]
    assert (page["A2"].value, len(page["A3"].value)) == ("a\ufffdb\ufffdc", 32_000)
    assert page.title == "Kỳ 10-2026- -thử-"


def test_money_reads_by_the_language() -> None:
    row = {"pay": 1_234_567}
    assert [shown(row, FIELDS[1], lang) for lang in ("vi", "en")] == ["1.234.567 ₫", "1,234,567 ₫"]
    assert shown({}, FIELDS[1], "vi") == "–"


def test_a_table_without_rows_says_so() -> None:
    assert table_text(sheet(), width=80, lang="vi").endswith("(không có dòng nào)\n")
    assert table_text(sheet(), width=80, lang="en").endswith("(no rows)\n")


@pytest.mark.parametrize("width", [12, 20, 40])
def test_a_figure_is_never_cut(width: int) -> None:
    assert "1.234.567" in table_text(sheet("Nguyễn Thị Ánh Nguyệt"), width=width, lang="vi")


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "pay.csv"
    output = Output(None, target, "vi")
    output.write(b"first")
    target.unlink()
    target.mkdir()
    with pytest.raises(InputError, match=r"pay\.csv"):
        output.write(b"second")
    assert [each.name for each in tmp_path.iterdir()] == ["pay.csv"]


def test_the_name_of_the_file_says_the_format(tmp_path: Path) -> None:
    assert [Output(None, tmp_path / name, "vi").form for name in ("a.json", "a.csv", "a.XLSX", "a.txt")] == ["json", "csv", "xlsx", "table"]
    with pytest.raises(UsageError, match="'pdf'"):
        Output("pdf", None, "vi")
