"""What every reader is: a name, a test for "is this file mine", and one pass that fills a sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import pyarrow as pa

Cells: TypeAlias = Sequence[str | None] | pa.Array | pa.ChunkedArray
"""One column: text cells, or an Arrow array of text or of the column's own type (times: timestamp[us, UTC])."""


@dataclass(frozen=True, kw_only=True)
class Reject:
    """One source row that was not taken in: where it stands, which cell, and why, in one sentence."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user said about a file: its zone for naive times, a mapping, a table."""

    tz: str = "Asia/Ho_Chi_Minh"
    mapping: Mapping[str, object] | None = None
    table: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The head of a file: its path, its first bytes decoded, and its first lines."""

    path: Path
    text: str
    lines: Sequence[str]


class Sink(Protocol):
    """Where a reader puts what it found. Every source row read ends as a row, a fold or a reject: the
    importer checks that ``read == rows given + folded + rejected``."""

    def read(self, count: int, *, done_bytes: int) -> None:
        """``count`` more source rows were read; ``done_bytes`` of the file are behind (for the progress bar)."""

    def rows(self, table: str, columns: Mapping[str, Cells], lines: Sequence[int]) -> None:
        """Rows of a fact table in the contract's columns; ``lines`` are their source lines (first leg's for folds).

        Cells are checked and typed by the importer; text follows the plain CSV of the contract
        (ISO 8601 with offset, plain digits, true/false, empty or None = unknown).
        """

    def folded(self, count: int) -> None:
        """``count`` source rows were further legs or events of contacts given as rows."""

    def reject(self, reject: Reject) -> None:
        """One source row cannot be a fact."""

    def scratch(self) -> Path:
        """A private folder for spilling, removed after the import."""


class Reader(Protocol):
    """One source format."""

    name: str
    """The ``--format`` name."""

    def recognises(self, sample: Sample) -> bool:
        """Whether the file is surely of this format."""

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the file. Raises ``InputError`` only when nothing in the file can be read."""
