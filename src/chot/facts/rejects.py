"""Rows that were not taken in, kept until they are repaired: a report and the raw rows beside it.

``DIR/rejects/<stem>-<hash>.csv`` has file, line, column, value and reason; ``….rows.csv`` has the header and
the raw lines, ready to be corrected and imported again. The hash is that of the source's full path, so that
importing the same file again replaces its report, and two files of one name keep theirs apart. Importing the
``.rows`` file replaces the same report, and removes both once every row in it is good. ``….mapping.yaml`` is the
mapping by which the source was read, drafted or given: the ``.rows`` file is read by it again.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chot.facts.arrays import Numbers
from chot.facts.documents import fields_of, written
from chot.facts.manifest import sync_file, sync_folder
from chot.facts.readers.base import Reject
from chot.facts.records import LONGEST_RECORD, UNCLOSED, blocks, scan
from chot.facts.reject_log import RejectLog

FOLDER = "rejects"
COLUMNS = ("file", "line", "column", "value", "reason")


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """One row left out: its file (relative to the data folder where it lies in it), line, column, value and reason."""

    file: str
    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        cell = f"column {self.column!r} = {self.value!r}: " if self.column else ""
        return f"{self.file}:{self.line}: {cell}{self.reason}"


def report_path(data: Path, source: Path) -> Path:
    """Where the rejects of ``source`` are kept; for a ``.rows`` file of that folder, the report it belongs to."""
    folder = data / FOLDER
    if is_kept(data, source):
        return folder / f"{source.name.split('.rows')[0]}.csv"
    name = hashlib.sha256(str(source.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return folder / f"{source.name.split('.')[0] or 'file'}-{name}.csv"


def rows_path(report: Path, source: Path) -> Path:
    """Where the raw rows of a report lie, with the suffix of the source so that it reads as the same format."""
    return report.with_name(f"{report.stem}.rows{source.suffix or '.csv'}")


def mapping_path(report: Path) -> Path:
    """Where the mapping lies by which the source of a report was read."""
    return report.with_name(f"{report.stem}.mapping.yaml")


def kept_mapping(data: Path, source: Path) -> dict[str, object] | None:
    """The mapping that belongs to a ``.rows`` file of the rejects folder; None for any other file, or without one."""
    path = mapping_path(report_path(data, source))
    if not is_kept(data, source) or not path.is_file():
        return None
    return fields_of(path.read_bytes(), file=str(path))


def is_kept(data: Path, source: Path) -> bool:
    """Whether ``source`` holds rows that waited for repair in ``data``."""
    return source.parent.resolve() == (data / FOLDER).resolve() and ".rows" in source.suffixes


def pending(data: Path) -> Iterator[BadRow]:
    """Every row that waits for repair in ``data``, by report."""
    folder = data / FOLDER
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.csv")):
        if ".rows" in path.suffixes:
            continue
        for batch in scan(path, widths={len(COLUMNS)}):
            for file, line, column, value, reason in batch.rows:
                if line.isdecimal():
                    yield BadRow(file=file, line=int(line), column=column, value=value, reason=reason)


def keep(
    data: Path, source: Path, found: RejectLog, first_line: int, *, mapping: Mapping[str, object] | None = None
) -> Path | None:
    """Make ``found`` the rejects of ``source`` (no report when there are none); the report's path.

    ``first_line`` is the first line that is a row; what stands before it is the header. ``mapping`` is kept
    with them.
    """
    report = report_path(data, source)
    repaired = source.parent.resolve() == report.parent.resolve()
    rows = source if repaired else rows_path(report, source)
    if not len(found):
        for path in (report, rows, mapping_path(report)):
            path.unlink(missing_ok=True)
        return None
    report.parent.mkdir(exist_ok=True)
    if not repaired:
        _keep_rows(source, rows, found, first_line)
    if mapping is not None:
        temporary = report.with_name(f".{report.name}.mapping.tmp")
        temporary.write_text(written(mapping), encoding="utf-8")
        _put(temporary, mapping_path(report))
    temporary = report.with_name(f".{report.name}.tmp")
    name = _name(data, source)
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((name, each.line, each.column, each.value, each.reason) for each in found)
    _put(temporary, report)
    return report


def _name(data: Path, source: Path) -> str:
    inside = source.resolve().is_relative_to(data.resolve())
    return source.resolve().relative_to(data.resolve()).as_posix() if inside else str(source)


def _put(temporary: Path, final: Path) -> None:
    sync_file(temporary)
    temporary.replace(final)
    sync_folder(final.parent)


def _keep_rows(source: Path, target: Path, found: Iterable[Reject], first_line: int) -> None:
    """Copy the header and every rejected line of a text file; of other files (.xlsx, .parquet) nothing."""
    encoding = _text_encoding(source)
    if encoding is None:
        return
    wanted: dict[int, bool] = {}
    for each in found:
        wanted[each.line] = each.reason == UNCLOSED
    lines = np.array(sorted(wanted), dtype=np.int64)
    temporary = target.with_name(f".{target.name}.tmp")
    with temporary.open("wb") as stream:
        line = 1
        for block in blocks(source, encoding):
            ends = np.flatnonzero(np.frombuffer(block.text, dtype=np.uint8) == 10) + 1
            starts = np.concatenate(([0], ends, [] if block.text.endswith(b"\n") else [len(block.text)])).astype(np.int64)
            count = len(starts) - 1
            stream.write(block.text[: starts[min(max(first_line - line, 0), count)]])
            low, high = np.searchsorted(lines, (line, line + count))
            for at in (lines[low:high] - line).tolist():
                stop = at + 1 if wanted[line + at] else _end_of_record(block.text, starts, at)
                stream.write(block.text[starts[at] : starts[stop]].rstrip(b"\n") + b"\n")
            line += count
    _put(temporary, target)


def _end_of_record(text: bytes, starts: Numbers, at: int) -> int:
    """The line after a record that begins on line ``at``: a quote that is open at a line's end goes on to the next."""
    for stop in range(at + 1, min(at + LONGEST_RECORD, len(starts) - 1) + 1):
        if text.count(b'"', int(starts[at]), int(starts[stop])) % 2 == 0:
            return stop
    return at + 1


def _text_encoding(source: Path) -> str | None:
    with source.open("rb") as stream:
        head = stream.read(4)
    if head[:2] in (b"PK", b"PA", b"\xd0\xcf"):  # .xlsx, Parquet, .xls
        return None
    return "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
