"""Results as people and programs want them: a table, JSON, CSV or XLSX; on stdout or in a file."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import orjson

from chot.core.errors import UsageError
from chot.core.money import decimal_text

Format = Literal["table", "json", "csv", "xlsx"]
FORMATS = ("table", "json", "csv", "xlsx")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of a sheet: its key in the row, its heading, and how a person reads it."""

    key: str
    heading: str
    kind: Literal["text", "vnd", "number", "percent"] = "text"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A named list of rows; a ``detail`` sheet is for files, too long for a terminal."""

    name: str
    fields: Sequence[Field]
    rows: Sequence[Mapping[str, Any]]
    detail: bool = False


def grouped(whole: int) -> str:
    """Digits in groups of three with dots: 1.234.567."""
    return f"{whole:,}".replace(",", ".")


def vietnamese(value: Fraction | int, places: int = 2) -> str:
    """A number in Vietnamese custom: dots between thousands, a decimal comma."""
    whole, _, part = decimal_text(value, places).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{grouped(int(digits))}" + (f",{part}" if part else "")


def shown(value: Any, kind: str) -> str:
    """One cell as a person reads it; None is a dash."""
    if value is None or value == "":
        return "–"
    if kind == "vnd":
        return f"{vietnamese(Fraction(value), 0)} ₫"
    if kind == "percent":
        return f"{vietnamese(Fraction(value) * 100, 1)} %"
    return vietnamese(Fraction(value)) if kind == "number" else str(value)


def emit(
    form: str, document: Callable[[], Any], sheets: Callable[[], Sequence[Sheet]], *, out: Path | None = None
) -> None:
    """Write the result in the form asked for; tables and JSON to stdout, files to ``out`` when given."""
    if form not in FORMATS:
        raise UsageError(f"there is no format {form!r}. Choose one of {', '.join(FORMATS)}")
    if form == "xlsx":
        _bytes(_xlsx(sheets()), out)
    elif form == "table" and out is None:
        print_tables([sheet for sheet in sheets() if not sheet.detail])
    else:
        _bytes(_csv(sheets()[-1]) if form == "csv" else json_bytes(document()) if form == "json" else _plain(sheets()), out)


def print_tables(sheets: Sequence[Sheet]) -> None:
    """The sheets as tables on the terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 200
    console = Console(width=width, highlight=False)
    for sheet in sheets:
        console.print(_table(sheet))


def _table(sheet: Sheet) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=sheet.name, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for field in sheet.fields:
        table.add_column(field.heading, justify="left" if field.kind == "text" else "right", overflow="fold")
    for row in sheet.rows:
        table.add_row(*(shown(row.get(field.key), field.kind) for field in sheet.fields))
    return table


def _plain(sheets: Sequence[Sheet]) -> bytes:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=200, highlight=False)
    for sheet in sheets:
        console.print(_table(sheet))
    return str(console.file.getvalue()).encode()  # type: ignore[attr-defined]


def json_bytes(document: Any) -> bytes:
    """A document as JSON, the one byte form of every command."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        Fraction(text)
    except (ValueError, ZeroDivisionError):
        return False
    return True


def _csv(sheet: Sheet) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.key for field in sheet.fields])
    for row in sheet.rows:
        writer.writerow(["" if row.get(field.key) is None else harmless(row[field.key]) for field in sheet.fields])
    return text.getvalue().encode()


def _xlsx(sheets: Sequence[Sheet]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    formats = {"vnd": "#,##0", "percent": "0.0%", "number": "#,##0.##"}
    for sheet in sheets:
        page = book.create_sheet(sheet.name[:31])
        page.append([field.heading for field in sheet.fields])
        for row in sheet.rows:
            cells = []
            for field in sheet.fields:
                value = row.get(field.key)
                numeric = field.kind != "text" and value not in (None, "")
                cell = WriteOnlyCell(page, value=_number(value) if numeric else harmless(value))
                cell.number_format = formats.get(field.kind, "General")
                cells.append(cell)
            page.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _number(value: Any) -> int | float:
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)


def _bytes(content: bytes, out: Path | None) -> None:
    if out is None:
        if sys.stdout.isatty() and content[:2] == b"PK":
            raise UsageError("an XLSX file does not belong on a terminal. Name a file with --out FILE.xlsx")
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(out)


def terminal_width(default: int) -> int:
    """The columns of the terminal, or of ``COLUMNS``; ``default`` where nobody looks, and never more than it."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return min(shutil.get_terminal_size((default, 24)).columns, default)
    return default


def write_text(text: str, *, out: Path | None) -> None:
    """Text as it is, to stdout or to a file."""
    _bytes(text.encode(), out)
