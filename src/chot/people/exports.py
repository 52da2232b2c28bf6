"""Lists as files: CSV that Excel opens as UTF-8, and XLSX; no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font

from chot.core.text import normal

Value: TypeAlias = str | int | float | Decimal | date | datetime | None

SHEETS = ("csv", "xlsx")
_MARKED = ("'=", "'+", "'-", "'@")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def harmless(value: Value) -> Value:
    """Text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("-5"), harmless("Lan")
    ("'=1+1", '-5', 'Lan')
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    start = value.lstrip(" \N{NO-BREAK SPACE}\ufeff")[:1]
    return f"'{value}" if start and start in "=+-@\t\r\n＝＋－＠" else value


def typed(cell: object) -> str:
    """A cell of a file as it is typed into a form; a day as 2026-12-31, and without the mark that ``harmless`` puts before a formula.

    >>> typed("'=1+1"), typed(75.0), typed(None)
    ('=1+1', '75', '')
    """
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = normal(str(cell)).strip() if cell is not None else ""
    return text[1:] if text.startswith(_MARKED) else text


def csv_response(name: str, headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> HttpResponse:
    """A CSV download called ``name.csv``; days as 2026-12-31, moments with their offset."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return _download(text.getvalue().encode("utf-8-sig"), f"{name}.csv", "text/csv; charset=utf-8")


def xlsx_response(name: str, headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> HttpResponse:
    """A workbook download called ``name.xlsx``; numbers are numbers, days are days."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Chốt")
    page.freeze_panes = "A2"
    heads = [WriteOnlyCell(page, value=heading) for heading in headings]
    for head in heads:
        head.font = Font(bold=True)
    page.append(heads)
    for row in rows:
        page.append([_cell(page, value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return _download(content.getvalue(), f"{name}.xlsx", _XLSX)


def sheet_response(kind: str, name: str, headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> HttpResponse:
    """The rows as one of ``SHEETS``."""
    respond = csv_response if kind == "csv" else xlsx_response
    return respond(name, headings, rows)


def _cell(page: Any, value: Value) -> Cell:
    if isinstance(value, datetime):
        value = timezone.localtime(value).replace(tzinfo=None)  # a workbook knows no zones
    if isinstance(value, str):
        value = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(harmless(value)))[:32_000]
    cell = WriteOnlyCell(page, value=value)  # type: ignore[arg-type]
    if cell.data_type == "f":
        cell.data_type = "s"
    return cell


def _written(value: Value) -> object:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else harmless(value)


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
