"""One printed document, built from the top down: title, facts, paragraphs, tables; page numbers and a foot on every page.

    paper = Paper(title="Phiếu lương KPI", language="vi", foot="Bản 3f9a12c4", at=closed_at)
    paper.facts([("Nhân viên", "Nguyễn Thị Lan"), ("Kỳ", "10/2026")])
    paper.table(["Khoản", "Số tiền"], [["Doanh thu", "1.234.567 ₫"]], align="lr", widths=(3, 1))
    content = paper.content()

Text comes formatted: this room knows no figures and no language but that of its page numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Literal

from fpdf import FPDF
from fpdf.enums import DocumentCompliance, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from chot.printing.fonts import REGULAR, SEMIBOLD, font, printable

INK, DIM, LINE, TINT = (22, 24, 29), (90, 97, 112), (208, 212, 220), (245, 246, 248)
BAR = (59, 123, 255)
_BAR_NAME, _BAR_WORDS = 48, 34  # mm: the room of a bar's name and of its value
_MARGIN, _FOOT, _NUMBER = 18, 16, 26  # mm: the edges, the foot, the room of the page number
_BODY, _SMALL = 9.5, 8.5
_PAGE = {"vi": "Trang {page}/{pages}", "en": "Page {page} of {pages}"}
_ALIGN = {"l": "LEFT", "r": "RIGHT", "c": "CENTER"}
_METADATA = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><rdf:Description rdf:about="" xmp:CreatorTool="Chốt" pdf:Producer="Chốt"
xmp:CreateDate="{at}" xmp:ModifyDate="{at}" xmp:MetadataDate="{at}">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


class _Sheets(FPDF):
    """A4 sheets with the foot of the document."""

    foot_text = ""
    pages_text = ""

    def footer(self) -> None:
        self.set_y(-_FOOT)
        self.set_draw_color(*LINE)
        self.line(_MARGIN, self.get_y(), self.w - _MARGIN, self.get_y())
        self.set_font("Inter", "", 7.5)
        self.set_text_color(*DIM)
        where = self.pages_text.format(page=self.page_no(), pages="{nb}")
        self.set_y(-_FOOT + 2)
        top = self.get_y()
        self.multi_cell(self.epw - _NUMBER, 3.6, self.foot_text, align="L", max_line_height=3.6)
        self.set_xy(self.w - _MARGIN - _NUMBER, top)
        self.cell(_NUMBER, 4, where, align="R")


class Paper:
    """A document to print. ``at`` is the moment in its metadata, so that the same content gives the same bytes.

    ``foot`` stands at the bottom of every page: what the document is a copy of, its version or hash.
    """

    def __init__(
        self, *, title: str, language: Literal["vi", "en"], foot: str, at: datetime, subtitle: str = "", landscape: bool = False,
    ) -> None:  # fmt: skip
        way: Literal["landscape", "portrait"] = "landscape" if landscape else "portrait"
        self._pdf = pdf = _Sheets(format="A4", orientation=way, enforce_compliance=DocumentCompliance.PDFA_2U)
        pdf.add_font("Inter", "", font(REGULAR))
        pdf.add_font("Inter", "B", font(SEMIBOLD))
        pdf.set_margin(_MARGIN)
        pdf.c_margin = 0
        pdf.set_auto_page_break(auto=True, margin=_FOOT + 6)
        pdf.foot_text, pdf.pages_text = printable(foot), _PAGE[language]
        pdf.set_title(printable(title))
        pdf.set_lang(language)
        pdf.set_creation_date(at)
        pdf.set_xmp_metadata(_METADATA.format(at=at.astimezone(UTC).isoformat(timespec="seconds"), title=escape(printable(title))))
        pdf.add_page()
        self._write(title, size=16, bold=True, height=7.5)
        if subtitle:
            self._write(subtitle, size=_BODY, color=DIM, height=5)
        self._gap(3)

    def heading(self, text: str) -> None:
        """A heading, never alone at the bottom of a page."""
        if self._pdf.will_page_break(22):
            self._pdf.add_page()
        self._gap(2)
        self._write(text, size=11.5, bold=True, height=6)
        self._gap(1)

    def text(self, text: str) -> None:
        """A paragraph."""
        self._write(text, size=_BODY, height=5)
        self._gap(1.5)

    def note(self, text: str) -> None:
        """A paragraph in small print."""
        self._write(text, size=_SMALL, color=DIM, height=4.4)
        self._gap(1.5)

    def points(self, lines: Iterable[str]) -> None:
        """A list, one point for each line."""
        for line in lines:
            self._pdf.set_font("Inter", "", _BODY)
            self._pdf.set_text_color(*INK)
            self._pdf.cell(5, 5, "•")
            self._write(line, size=_BODY, height=5)
        self._gap(1.5)

    def facts(self, pairs: Iterable[tuple[str, str]], *, columns: int = 2) -> None:
        """Names with their values in ``columns`` pairs a row: who, which period, which plan."""
        cells = [cell for name, value in pairs for cell in (name, value)]
        cells += [""] * (-len(cells) % (2 * columns))
        dim, plain = FontFace(color=DIM, size_pt=_SMALL), FontFace(color=INK, size_pt=_BODY)
        self._ready()
        with self._pdf.table(
            borders_layout=TableBordersLayout.NONE, first_row_as_headings=False, col_widths=(2, 3) * columns,
            line_height=5, padding=(0.6, 1, 0.6, 0), text_align="LEFT", v_align="TOP",
        ) as table:  # fmt: skip
            for start in range(0, len(cells), 2 * columns):
                row = table.row()
                for place, cell in enumerate(cells[start : start + 2 * columns]):
                    row.cell(printable(cell), style=plain if place % 2 else dim)
        self._gap(3)

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[str]], *, align: str, widths: Sequence[float],
        total: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """A table whose heads come again on every page. ``align`` has ``l``, ``r`` or ``c`` for each column.

        ``total`` is a last row in bold; a cell may hold line breaks.
        """
        self._ready()
        with self._pdf.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, col_widths=tuple(widths), line_height=4.8, padding=(1.1, 1.6),
            text_align=tuple(_ALIGN[each] for each in align), v_align="TOP",
            headings_style=FontFace(emphasis="BOLD", color=DIM, size_pt=_SMALL, fill_color=TINT),
        ) as table:  # fmt: skip
            for cells in (heads, *rows):
                table.row([printable(cell) for cell in cells])
            if total is not None:
                table.row([printable(cell) for cell in total], style=FontFace(emphasis="BOLD"))
        self._gap(3)

    def bars(self, lines: Sequence[tuple[str, int, str]]) -> None:
        """A bar for each name, as long as its value against the largest, with the value in words at its end."""
        self._ready()
        pdf, top = self._pdf, max((value for _name, value, _words in lines), default=0)
        room = pdf.epw - _BAR_NAME - _BAR_WORDS
        pdf.set_font("Inter", "", _SMALL)
        for name, value, words in lines:
            if pdf.will_page_break(5):
                pdf.add_page()
            left, y = pdf.l_margin, pdf.get_y()
            length = room * max(value, 0) / top if top > 0 else 0
            pdf.set_font("Inter", "", _SMALL)
            pdf.set_text_color(*INK)
            with pdf.local_context():
                pdf.set_fill_color(*BAR)
                pdf.rect(left + _BAR_NAME, y + 0.8, max(length, 0.3), 3.4, style="F")
            pdf.set_xy(left, y)
            pdf.cell(_BAR_NAME - 2, 5, self._fitting(name, _BAR_NAME - 3))
            pdf.set_xy(left + _BAR_NAME + length + 1.5, y)
            pdf.cell(_BAR_WORDS, 5, printable(words))
            pdf.set_xy(left, y + 5)
        self._gap(3)

    def _fitting(self, text: str, room: float) -> str:
        text = printable(text)
        if self._pdf.get_string_width(text) <= room:
            return text
        while text and self._pdf.get_string_width(f"{text}…") > room:
            text = text[:-1]
        return f"{text}…"

    def content(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    def _ready(self) -> None:
        self._pdf.set_font("Inter", "", _BODY)
        self._pdf.set_text_color(*INK)
        self._pdf.set_draw_color(*LINE)
        self._pdf.set_line_width(0.2)

    def _write(self, text: str, *, size: float, height: float, bold: bool = False, color: tuple[int, int, int] = INK) -> None:
        self._pdf.set_font("Inter", "B" if bold else "", size)
        self._pdf.set_text_color(*color)
        self._pdf.multi_cell(0, height, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _gap(self, height: float) -> None:
        self._pdf.ln(height)
