"""Printed documents: Vietnamese that can be read and copied, embedded fonts, the same bytes for the same content."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from chot.core.clock import ZONE
from chot.core.errors import UsageError
from chot.printing import fonts
from chot.printing.paper import Paper

AT = datetime(2026, 11, 3, 12, tzinfo=ZONE)
LETTERS = "àảãáạ ằẳẵắặ ầẩẫấậ èẻẽéẹ ềểễếệ ìỉĩíị òỏõóọ ồổỗốộ ờởỡớợ ùủũúụ ừửữứự ỳỷỹýỵ đĐ ẶẪỆỘỢỰỸ ₫ –…“”×−·"


def statement(*, rows: int = 3) -> bytes:
    paper = Paper(title="Phiếu lương KPI tháng 10/2026", subtitle="Đội Sao Mai", language="vi", foot="Bản 3f9a12c4", at=AT)
    paper.facts([("Nhân viên", "Nguyễn Thị Ánh Tuyết"), ("Kỳ", "10/2026"), ("Lương cơ bản", "8.500.000 ₫")])
    paper.heading("Các khoản")
    paper.text(LETTERS)
    paper.points(["Nghỉ phép làm giảm chỉ tiêu", "Không trừ lương cơ bản"])
    paper.table(
        ["Khoản", "Số tiền"], [["Doanh thu", f"{number}.234.567 ₫"] for number in range(rows)], align="lr", widths=(3, 1),
        total=["Cộng", "9.999.999 ₫"],
    )  # fmt: skip
    paper.note("Ghi chú: CSAT ≥ 4,1")
    return paper.content()


def test_every_vietnamese_letter_can_be_copied_out_of_it() -> None:
    text = PdfReader(BytesIO(statement())).pages[0].extract_text()
    for part in ("Phiếu lương KPI tháng 10/2026", "Nguyễn Thị Ánh Tuyết", LETTERS, "2.234.567 ₫", "Cộng", "CSAT >= 4,1", "Trang 1/1", "Bản 3f9a12c4"):
        assert part in text


def test_the_same_content_gives_the_same_bytes() -> None:
    assert statement() == statement()
    assert statement() != statement(rows=4)


def test_every_font_is_embedded() -> None:
    reader = PdfReader(BytesIO(statement()))
    found = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert len(found) == 2
    for each in found.values():
        described = each.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert len(described["/FontFile2"].get_object().get_data()) > 1000
    assert b"<pdfaid:part>2</pdfaid:part>" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()  # type: ignore[index]


def test_a_long_table_has_its_heads_and_the_foot_on_every_page() -> None:
    pages = PdfReader(BytesIO(statement(rows=90))).pages
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert "Khoản Số tiền" in text and f"Trang {number}/3" in text and "Bản 3f9a12c4" in text


def test_digits_are_equally_wide() -> None:
    from fontTools.ttLib import TTFont

    for name in (fonts.REGULAR, fonts.SEMIBOLD):
        with TTFont(fonts.font(name)) as font:
            assert len({font["hmtx"][font.getBestCmap()[ord(digit)]][0] for digit in "0123456789"}) == 1


def test_without_fonts_it_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    with pytest.raises(UsageError, match="make setup"):
        fonts.font(fonts.REGULAR)
