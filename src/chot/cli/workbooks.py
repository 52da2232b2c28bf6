"""Sheets as an XLSX workbook: figures are numbers, text is never a formula, names are legal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from chot.cli.cells import Field, Sheet, harmless, shown
from chot.cli.tables import wide

_LONGEST_NAME, _LONGEST_CELL, _WIDEST = 31, 32_000, 60
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")  # in the name of a sheet
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML cannot hold them
_FORMATS = {"vnd": "#,##0", "percent": "0.0%", "ratio": "0.00%", "number": "#,##0.##", "count": "#,##0", "seconds": "#,##0.##"}


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an XLSX file."""
    book = Workbook(write_only=True)
    for name, sheet in zip(names(sheet.name for sheet in sheets), sheets, strict=True):
        page = book.create_sheet(name)
        page.freeze_panes = "A2"
        for place, field in enumerate(sheet.fields, start=1):
            page.column_dimensions[get_column_letter(place)].width = _width(field, sheet.rows)
        page.append([_heading(page, field.heading) for field in sheet.fields])
        for row in sheet.rows:
            page.append([_cell(page, row, field) for field in sheet.fields])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def names(wanted: Iterable[str]) -> list[str]:
    """Names that a workbook accepts: without forbidden marks, at most 31 characters, each once whatever the case.

    >>> names(["a/b: [1]", "A-B- -1-", ""])
    ['a-b- -1-', 'A-B- -1- (2)', 'Sheet']
    """
    found: list[str] = []
    for name in wanted:
        plain = _FORBIDDEN.sub("-", name).strip().strip("'") or "Sheet"
        place, candidate = 1, plain[:_LONGEST_NAME].rstrip(" '·")
        while candidate.lower() in {each.lower() for each in found} | {"history"}:
            place += 1
            candidate = f"{plain[: _LONGEST_NAME - len(f' ({place})')].rstrip()} ({place})"
        found.append(candidate)
    return found


def _width(field: Field, rows: Sequence[Mapping[str, Any]]) -> int:
    return min(max([wide(field.heading), *(wide(shown(row, field, "vi")) for row in rows)]) + 2, _WIDEST)


def _heading(page: Any, text: str) -> Cell:
    cell = WriteOnlyCell(page, value=text)
    cell.font = Font(bold=True)
    return cell


def _cell(page: Any, row: Mapping[str, Any], field: Field) -> Cell:
    value = row.get(field.key)
    if field.kind == "text" or value in (None, ""):
        cell = WriteOnlyCell(page, value=_text(value))
        if cell.data_type == "f":
            cell.data_type = "s"
        return cell
    cell = WriteOnlyCell(page, value=_number(value))
    unit = row.get("unit", "") if field.kind == "unit" else field.kind
    cell.number_format = _FORMATS.get(unit, "General")
    return cell


def _text(value: Any) -> Any:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", harmless(value))[:_LONGEST_CELL] if isinstance(value, str) else value


def _number(value: Any) -> int | float:
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)
