"""Results as people and programs want them: a table, JSON, CSV or XLSX; on stdout or in a file."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from chot.cli.cells import Field, Kind, Sheet, harmless, shown
from chot.core.errors import InputError, Problem, UsageError

FORMATS = ("table", "json", "csv", "xlsx")
LANGUAGES = ("vi", "en")

class Output:
    """Where the result of one command goes, and how; checked before anything is computed.

    Without ``form`` the name of the file says it (``pay.xlsx``), and without a file it is a table. Raises
    ``UsageError`` for an unknown format or language, a folder that is not there, an XLSX file on a terminal.
    """

    def __init__(self, form: str | None, out: Path | None, lang: str, *, formats: Sequence[str] = FORMATS) -> None:
        self.out, self.lang = out, lang
        by_name = out.suffix.lstrip(".").lower() if out else ""
        self.form = form or (by_name if by_name in formats else formats[0])
        if self.form not in formats:
            raise UsageError(f"there is no format {form!r}. Choose one of {', '.join(formats)}")
        if lang not in LANGUAGES:
            raise UsageError(f"there is no language {lang!r}. Choose vi or en")
        if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
            what = "is a folder" if out.is_dir() else f"cannot be written: there is no folder {out.absolute().parent}"
            raise UsageError(f"--out {out} {what}. Name a file in a folder that is there")
        if self.form == "xlsx" and out is None and sys.stdout.isatty():
            raise UsageError("an XLSX file does not belong on a terminal. Name a file with --out FILE.xlsx")

    def emit(self, document: Callable[[], Any], sheets: Callable[[], Sequence[Sheet]]) -> None:
        """Write the result; only the form that is asked for is made."""
        match self.form:
            case "json":
                self.write(json_bytes(document()))
            case "csv":
                self.write(csv_bytes(sheets()[-1], mark=self.out is not None))
            case "xlsx":
                from chot.cli.workbooks import workbook

                self.write(workbook(sheets()))
            case _:
                width = self.width() if self.out is None else None
                text = "\n".join(table_text(sheet, width=width, lang=self.lang) for sheet in sheets() if not sheet.detail)
                self.write(text.encode())

    def width(self, most: int | None = None) -> int | None:
        """The columns of the terminal or of ``COLUMNS``, at most ``most``; ``most`` where nobody looks."""
        if self.out is None and (sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()):
            columns = shutil.get_terminal_size().columns
            return min(columns, most) if most else columns
        return most

    def write(self, content: bytes) -> None:
        """The bytes, to stdout or to the file: all of them, or the file stays as it was."""
        if self.out is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
            return
        temporary = self.out.with_name(f".{self.out.name}.{os.getpid()}")
        try:
            temporary.write_bytes(content)
            temporary.replace(self.out)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise InputError(Problem(file=str(self.out), what=f"the file cannot be written ({error.strerror})")) from None


def table_text(sheet: Sheet, *, width: int | None, lang: str) -> str:
    """A sheet as text, with its name above it."""
    from chot.cli.tables import Column, fits, table, wide, wrap

    fields = [field for field in sheet.fields if not field.only_files and not (field.spare and _says_nothing(field, sheet.rows))]
    columns = [
        Column(heading=field.heading, figures=field.kind != "text", cells=[shown(row, field, lang) for row in sheet.rows])
        for field in fields
    ]
    title = sheet.name
    if width and not fits(columns, width):  # without the sign of the currency it may
        columns = [replace(column, cells=[cell.removesuffix(" ₫") for cell in column.cells]) for column in columns]
        title += " (đồng)" if lang == "vi" else " (VND)"
    name = wrap(title, width) if width and wide(title) > width else [title]
    lines = [*name, "", *table(columns, width=width, total=sheet.total)]
    if not sheet.rows:
        lines.append("(không có dòng nào)" if lang == "vi" else "(no rows)")
    return "\n".join(lines) + "\n"


def _says_nothing(field: Field, rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(row.get(field.key) in (None, "", 0, field.usual) for row in rows)


def json_bytes(document: Any) -> bytes:
    """A document as JSON, the one byte form of every command."""
    import orjson

    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def csv_bytes(sheet: Sheet, *, mark: bool) -> bytes:
    """A sheet as CSV: the keys as headings, figures in plain decimals; a ``mark`` (BOM) tells Excel that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.key for field in sheet.fields])
    for row in sheet.rows:
        writer.writerow([_csv_cell(row.get(field.key), field.kind) for field in sheet.fields])
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def _csv_cell(value: Any, kind: Kind) -> Any:
    from chot.core.money import decimal_text

    if value is None or value == "":
        return ""
    return harmless(value) if kind == "text" else decimal_text(Fraction(value))
