"""Delimited text as records with exact line numbers; a broken record costs one physical line, never the file.

``scan`` gives rows of Python text. ``columns.scan_columns`` gives the same records as Arrow columns, many
times faster; a reader of large files wants that one.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from chot.core.errors import InputError, Problem
from chot.facts.readers.base import Reject

BLOCK_BYTES = 4 * 1024 * 1024
"""How much is read at a time: about 20,000 rows of a call log."""

HEAD_BYTES = 64 * 1024
"""How much of a file decides how its lines end."""

LONGEST_LINE = 16 * 1024 * 1024
LONGEST_CELL = 131_072
"""Characters of a cell beyond which the standard library's reader refuses (``csv.field_size_limit()``)."""

LONGEST_RECORD = 1000
"""The physical lines that one quoted record may span; a quote open for longer was never closed."""

UNCLOSED = "a quote is opened and never closed"
NUL = "holds a NUL byte"


@dataclass(frozen=True, kw_only=True)
class Records:
    """A batch of rows: ``lines[i]`` is the physical line (from 1) on which ``rows[i]`` begins.

    ``rejects`` are the records that could not be read; ``done_bytes`` of the file are behind.
    """

    rows: list[list[str]]
    lines: Sequence[int]
    rejects: list[Reject]
    done_bytes: int


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How the text is written: its delimiter, its encoding, whether ``"`` quotes, the widths a row may have."""

    delimiter: str = ","
    encoding: str = "utf-8"
    quotes: bool = True
    widths: Collection[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Block:
    """Whole physical lines as UTF-8; a character that could not be decoded is a byte that UTF-8 does not allow."""

    text: bytes
    done_bytes: int
    final: bool


def scan(
    path: Path,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    quotes: bool = True,
    widths: Collection[int] | None = None,
    start_line: int = 1,
) -> Iterator[Records]:
    """The records of a text file (plain or ``.gz``) from physical line ``start_line`` on, in batches.

    Blank lines are no records. A record whose quote never closes, or that cannot be decoded, holds a NUL
    byte or has a width not in ``widths`` is a reject; after an unclosed quote reading resumes at the next
    physical line. Raises ``InputError`` when the file itself cannot be read (a damaged ``.gz``).
    """
    shape = Shape(delimiter=delimiter, encoding=encoding, quotes=quotes, widths=widths)
    waiting: list[str] = []  # the lines of a record whose quote is still open
    line = 1
    for block in blocks(path, encoding):
        lines = _split(block.text)
        if line < start_line and not waiting:
            skipped = min(start_line - line, len(lines))
            lines, line = lines[skipped:], line + skipped
        lines = waiting + lines if waiting else lines
        rows, numbers, rejects, used = _parse(lines, line, block.text, shape, final=block.final)
        waiting, line = lines[used:], line + used
        yield Records(rows=rows, lines=numbers, rejects=rejects, done_bytes=block.done_bytes)


def first_record(path: Path, *, delimiter: str = ",", encoding: str = "utf-8", quotes: bool = True) -> tuple[list[str], int, int]:
    """The first record of a file (its header), the line it begins on, and the line after it.

    ([], 1, 1) when the file has no record. Raises ``InputError`` when the record is broken.
    """
    shape = Shape(delimiter=delimiter, encoding=encoding, quotes=quotes)
    line = 1
    for block in blocks(path, encoding, size=HEAD_BYTES):
        lines = _split(block.text)
        at = next((at for at, text in enumerate(lines) if text.strip("\r")), len(lines))
        line += at
        if at == len(lines):
            continue
        row, reason, after = one_record(lines.__getitem__, at, len(lines), shape, final=True)
        if row is None:
            raise InputError(Problem(file=str(path), line=line, what=f"the header cannot be read: it {_as_verb(reason)}"))
        return row, line, line + after - at
    return [], line, line


def _as_verb(reason: str) -> str:
    return reason if reason.startswith("holds") else f"is broken ({reason})"


def _split(text: bytes) -> list[str]:
    return text.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n") if text else []


def clipped(text: str, length: int = 200) -> str:
    """Text for a message: short, without what cannot be printed or encoded.

    >>> clipped("a" * 5, 3), clipped("x\\udcff")
    ('aaa…', 'x\\\\xff')
    """
    short = text if len(text) <= length else text[:length] + "…"
    return short.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def blocks(path: Path, encoding: str = "utf-8", *, size: int | None = None) -> Iterator[Block]:
    """The text of a file in blocks of whole lines, as UTF-8 with line feeds, without a byte order mark.

    Carriage returns end lines only in a file that has no line feed at all in its first ``HEAD_BYTES``.
    """
    transcode = _transcoder(encoding)
    tail, at_start, old_mac, final = b"", True, False, False
    with path.open("rb") as raw:
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        while not final:
            data = _read(stream, path, size or BLOCK_BYTES)
            final = not data
            text = transcode(data, final)
            if at_start and data:
                text = text.removeprefix(codecs.BOM_UTF8)
                at_start, old_mac = False, b"\r" in text[:HEAD_BYTES] and b"\n" not in text[:HEAD_BYTES]
            text = text.replace(b"\r", b"\n") if old_mac else text
            cut = len(text) if final else text.rfind(b"\n") + 1
            whole = b"".join((tail, memoryview(text)[:cut])) if cut or final else b""
            tail = text[cut:] if cut or final else tail + text
            if len(tail) > LONGEST_LINE:
                what = f"a line is longer than {LONGEST_LINE // 1024**2} MB"
                raise InputError(Problem(file=str(path), what=what, fix="This is no table of text; export it again."))
            if cut or final:
                yield Block(text=whole, done_bytes=raw.tell(), final=final)


def _transcoder(encoding: str) -> Callable[[bytes, object], bytes]:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii"):
        return lambda data, final: data
    decoder = codecs.getincrementaldecoder(encoding)("replace")

    def transcode(data: bytes, final: object) -> bytes:
        return decoder.decode(data, bool(final)).encode("utf-8", "surrogatepass").replace(b"\xef\xbf\xbd", b"\xff")

    return transcode


def _read(stream: IO[bytes], path: Path, size: int) -> bytes:
    try:
        return stream.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(Problem(file=str(path), what=f"the compressed file is damaged ({error})", fix="Copy it again.")) from error


def _clean_rows(lines: list[str], text: bytes, shape: Shape) -> list[list[str]] | None:
    """The rows when every line is one good record; None when the lines need a closer look."""
    if b"\0" in text or not decodes(text):
        return None
    try:
        rows = list(_reader(iter(lines), shape))
    except csv.Error:
        return None
    if len(rows) != len(lines) or not all(rows):
        return None
    return rows if shape.widths is None or set(map(len, rows)) <= set(shape.widths) else None


def _reader(lines: Iterator[str], shape: Shape) -> Iterator[list[str]]:
    if shape.quotes:
        return csv.reader(lines, delimiter=shape.delimiter, strict=True)
    return csv.reader(lines, delimiter=shape.delimiter, quoting=csv.QUOTE_NONE)


def decodes(text: bytes) -> bool:
    """Whether ``text`` is UTF-8."""
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


_Parsed = tuple[list[list[str]], Sequence[int], list[Reject], int]


def _parse(lines: list[str], first: int, text: bytes, shape: Shape, *, final: bool) -> _Parsed:
    """Rows, their lines, rejects, and how many of ``lines`` were used (an open record at the end waits)."""
    clean = _clean_rows(lines, text, shape)
    if clean is not None:
        return clean, range(first, first + len(lines)), [], len(lines)
    rows: list[list[str]] = []
    numbers: list[int] = []
    rejects: list[Reject] = []
    at = 0
    while at < len(lines):
        row, reason, after = one_record(lines.__getitem__, at, len(lines), shape, final=final)
        if row:
            rows.append(row)
            numbers.append(first + at)
        elif reason:
            rejects.append(reject(lines[at], first + at, reason))
        elif after == at:
            break
        at = after
    return rows, numbers, rejects, at


def reject(text: str, line: int, reason: str) -> Reject:
    """The reject of a whole record: no column, the head of its text as the value."""
    return Reject(line=line, column="", value=clipped(text.rstrip("\r\n")), reason=reason)


def one_record(
    line_at: Callable[[int], str], start: int, count: int, shape: Shape, *, final: bool
) -> tuple[list[str] | None, str, int]:
    """The record that begins on line ``start`` of ``count``: (row, why it is bad, where the next begins).

    A blank line is (None, "", next); a record whose end may follow in further text is (None, "", start).
    """
    stop = min(count, start + LONGEST_RECORD)
    reader = csv_reader = _reader((f"{line_at(at)}\n" for at in range(start, stop)), shape)
    try:
        row = next(reader)
    except csv.Error as error:
        span = csv_reader.line_num  # type: ignore[attr-defined]
        if "unexpected end of data" in str(error) and stop == count < start + LONGEST_RECORD and not final:
            return None, "", start
        return None, _reason(str(error), span), start + 1
    span = csv_reader.line_num  # type: ignore[attr-defined]
    problem = _problem(row, shape) if row else ""
    if span > 1 and problem:  # two stray quotes met: the lines between them are records of their own
        return None, UNCLOSED, start + 1
    return (None if problem else row), problem, start + span


def _reason(error: str, span: int) -> str:
    if span > 1 or "unexpected end of data" in error:
        return UNCLOSED
    if "field limit" in error:
        return f"a cell is longer than {LONGEST_CELL} characters"
    if "expected after" in error:
        return "text follows a closing quote"
    return "a carriage return stands inside the row" if "new-line" in error else error


def _problem(row: list[str], shape: Shape) -> str:
    text = "".join(row)
    if "\0" in text:
        return NUL
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"not readable as {shape.encoding.upper()}"
    if shape.widths is None or len(row) in shape.widths:
        return ""
    wanted = " or ".join(str(width) for width in sorted(shape.widths))
    return f"has {len(row)} cell{'s' if len(row) > 1 else ''} where the table has {wanted}"
