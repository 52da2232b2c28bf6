"""An XLSX sheet as a grid, read row by row; an archive that would unpack to too much is refused before it is opened."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean
from chot.facts.grids import EPOCH_1900, EPOCH_1904, HEAD_ROWS, Batch, Kind, Layout, damaged, filled, find_header, named

LARGEST = 500 * 1024 * 1024
"""Bytes that the parts of a workbook may unpack to."""

_LAST_ROW = 1_048_576
_WIDEST = 16_384
_BATCH_ROWS = 5000


class SheetGrid:
    """One sheet of a workbook: the one named, else the one whose rows hold most of the headers."""

    kind: Kind = "sheet"
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self._size = path.stat().st_size
        with path.open("rb") as file:
            book = _opened(path, file)
            self.epoch = EPOCH_1904 if book.epoch == CALENDAR_MAC_1904 else EPOCH_1900
            self.sheets = [sheet.title for sheet in book.worksheets]
            if layout.sheet and layout.sheet not in self.sheets:
                what = f"the workbook has no sheet {layout.sheet!r}"
                raise InputError(Problem(file=str(path), field="sheet", what=what, fix=did_you_mean(layout.sheet, self.sheets)))
            self.sheet, self.header_line, header = self._find(book, layout)
        while header and not filled(header[-1]):
            header = header[:-1]
        if not header:
            raise InputError(Problem(file=str(path), what=f"the sheet {self.sheet!r} has no headers"))
        self.headers = named(header)

    def _find(self, book: Any, layout: Layout) -> tuple[str, int, tuple[object, ...]]:
        best: tuple[tuple[int, int], str, int, tuple[object, ...]] | None = None
        for title in [layout.sheet] if layout.sheet else self.sheets:
            rows = list(zip(range(HEAD_ROWS), _rows(self.path, book, title), strict=False))
            kept = [(number, row) for number, (_, row) in enumerate(rows, start=1) if any(map(filled, row))]
            if layout.header_row is not None:
                at = next((place for place, (number, _) in enumerate(kept) if number == layout.header_row), -1)
                rank = (layout.score([]), 0)
            else:
                at, rank = find_header([row for _, row in kept], layout) if kept else (-1, (0, 0))
            if at >= 0 and (best is None or rank > best[0]):
                best = rank, title, *kept[at]
        if best is None:
            what = "has no row with headers" if layout.header_row is None else f"has no filled row {layout.header_row}"
            raise InputError(Problem(file=str(self.path), what=what))
        return best[1:]

    def batches(self) -> Iterator[Batch]:
        """The rows below the headers, in order. Raises ``InputError`` when the file is damaged."""
        width = len(self.headers)
        rows: list[tuple[object, ...]] = []
        lines: list[int] = []
        with self.path.open("rb") as file:
            book = _opened(self.path, file)
            for number, row in enumerate(_rows(self.path, book, self.sheet), start=1):
                if number <= self.header_line or not any(map(filled, row[:width])):
                    continue
                rows.append((*row[:width], *(None,) * (width - len(row))))
                lines.append(number)
                if len(rows) == _BATCH_ROWS:
                    yield Batch(columns=list(zip(*rows, strict=True)), lines=lines, done_bytes=min(file.tell(), self._size))
                    rows, lines = [], []
        if rows:
            yield Batch(columns=list(zip(*rows, strict=True)), lines=lines, done_bytes=self._size)


def _opened(path: Path, file: IO[bytes]) -> Any:
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path, error, "XLSX") from error
    if "[Content_Types].xml" not in names:
        raise InputError(Problem(file=str(path), what="is a ZIP archive, not an XLSX workbook", fix="Unpack it, or save as .xlsx."))
    if unpacked > LARGEST:
        what = f"would unpack to {unpacked // 1024**2} MB; at most {LARGEST // 1024**2} MB are read"
        raise InputError(Problem(file=str(path), what=what, fix="Save the sheet as CSV."))
    try:
        with warnings.catch_warnings(action="ignore"):  # about styles and drop-down lists, which do not matter here
            return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the broken part led it to
        raise damaged(path, error, "XLSX") from error


def _rows(path: Path, book: Any, title: str) -> Iterator[tuple[object, ...]]:
    try:
        sheet = book[title]
        sheet.reset_dimensions()  # what a file says about its size is often wrong
        rows = sheet.iter_rows(values_only=True)
        for _ in range(_LAST_ROW):
            with warnings.catch_warnings(action="ignore"):
                row = next(rows, None)
            if row is None:
                return
            yield row[:_WIDEST]
    except Exception as error:  # openpyxl raises whatever the broken part led it to
        raise damaged(path, error, "XLSX") from error
