"""Any table file as headers and batches of cells, whatever its format: delimited text, XLSX, JSON Lines or Parquet."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import pyarrow as pa

from chot.core.errors import InputError, Problem
from chot.core.text import key
from chot.facts.readers.base import Reject
from chot.facts.written import CellError, text, tidy

Kind = Literal["text", "sheet", "json", "parquet"]
Column: TypeAlias = "pa.Array | pa.ChunkedArray | Sequence[object]"
"""The cells of one column: Arrow text, or Python values as the format types them; None = empty."""

HEAD_BYTES = 256 * 1024
HEAD_ROWS = 200
TITLE_ROWS = 30
"""The header is looked for in this many rows; above it may stand titles."""

_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old .xls workbook, or one with a password", "Save it as .xlsx without a password."),
    (b"%PDF", "a PDF, not a table", "Export the table as XLSX or CSV."),
    (b"\x1f\x8b", "compressed, without .gz in its name", "Unpack it, or name it .csv.gz."),
)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows of a table by column; ``lines`` are their physical lines (row numbers in a sheet).

    ``rejects`` are rows that could not be read at all; ``blank`` counts rows without any filled cell.
    """

    columns: Sequence[Column]
    lines: Sequence[int] | pa.Array
    rejects: Sequence[Reject] = ()
    blank: int = 0
    done_bytes: int = 0


class Grid(Protocol):
    """One opened table."""

    kind: Kind
    headers: tuple[str, ...]
    header_line: int
    """The physical line (row) of the headers; 0 where the format names its columns itself."""
    epoch: dt.date
    """Day 0 of the numbers that stand for dates."""
    notes: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """The rows below the headers, in order. Raises ``InputError`` when the file is damaged."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is known about where the table stands in its file; empty = look.

    ``score`` says how many headers a row of texts holds; the best row, sheet and delimiter are taken.
    """

    score: Callable[[Sequence[str]], int]
    header_row: int | None = None
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""


EPOCH_1900 = dt.date(1899, 12, 30)
EPOCH_1904 = dt.date(1904, 1, 1)


def head_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked when it is a ``.gz``. Raises ``InputError`` when it cannot be read."""
    try:
        with path.open("rb") as raw:
            if path.suffix == ".gz":
                return gzip.GzipFile(fileobj=raw).read(HEAD_BYTES)
            return raw.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(Problem(file=str(path), what=f"cannot be read: {error}")) from error


def kind_of(path: Path, head: bytes) -> Kind:
    """The format of a file by its first bytes, not by its name. Raises ``InputError`` for what is no table."""
    if not head.strip():
        raise InputError(Problem(file=str(path), what="is empty"))
    for magic, what, fix in _REFUSED:
        if head.startswith(magic):
            raise InputError(Problem(file=str(path), what=f"is {what}", fix=fix))
    if head.startswith(b"PK\x03\x04"):
        return "sheet"
    if head.startswith(b"PAR1"):
        return "parquet"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return "json"
    if start.startswith((b"[{", b"[\n", b"[\r", b"[ ")):
        fix = "Write JSON Lines: one object per line, without the list around them."
        raise InputError(Problem(file=str(path), what="is one JSON list", fix=fix))
    return "text"


def header_texts(cells: Sequence[object]) -> list[str]:
    """Cells as header texts: one line each, NFC; a cell that is no text is empty."""
    texts = []
    for cell in cells:
        try:
            texts.append(" ".join(text(cell).split()) if cell is not None else "")
        except CellError:
            texts.append("")
    return texts


def named(cells: Sequence[object]) -> tuple[str, ...]:
    """The headers of a table: an empty one is called by its place, a repeated one by its count.

    >>> named(["Ngày", "", "Ghi chú", "Ghi chú"])
    ('Ngày', '#2', 'Ghi chú', 'Ghi chú (2)')
    """
    headers: list[str] = []
    taken: set[str] = set()
    for place, header in enumerate(header_texts(cells), start=1):
        name = header or f"#{place}"
        count = 1
        while name in taken:
            count += 1
            name = f"{header or f'#{place}'} ({count})"
        taken.add(name)
        headers.append(name)
    return tuple(headers)


def find_header(rows: Sequence[Sequence[object]], layout: Layout) -> tuple[int, tuple[int, int]]:
    """The place of the header among the first rows, and how surely it is one: (headers known, words)."""
    best, best_rank = 0, (-1, -1)
    for place, row in enumerate(rows[:TITLE_ROWS]):
        texts = header_texts(row)
        words = {key(each) for each in texts if each and not each[0].isdigit()}
        rank = (layout.score(texts), len(words))
        if rank > best_rank:
            best, best_rank = place, rank
    return best, best_rank


def filled(cell: object) -> bool:
    """Whether a cell holds anything."""
    return cell is not None and not (isinstance(cell, str) and not tidy(cell))


def damaged(path: Path, error: Exception, what: str) -> InputError:
    """The error for a file that its own format's reader gave up on."""
    detail = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(Problem(file=str(path), what=f"is a damaged {what} file ({detail})", fix="Export it again."))
