"""A sink that keeps what a reader gives it, and checks that every source row ended somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from chot.facts.intake import conform
from chot.facts.readers.base import Options, Reject
from chot.facts.readers.registry import reader
from chot.kpi.schema import TABLES


class Collected:
    """What came out: rows by table as typed dictionaries in the order given, rejects, and the counts."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.source_rows = self.further = self.given = 0
        self.rejects: list[Reject] = []
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def read(self, count: int, *, done_bytes: int) -> None:
        assert count >= 0
        self.source_rows += count

    def rows(self, table: str, columns: Mapping[str, Any], lines: Sequence[int]) -> None:
        typed, bad = conform(TABLES[table], columns, pa.array(lines, pa.int64()))
        assert not bad, bad
        self.given += len(lines)
        self.tables.setdefault(table, []).extend(typed.to_pylist())

    def folded(self, count: int) -> None:
        assert count >= 0
        self.further += count

    def reject(self, reject: Reject) -> None:
        self.rejects.append(reject)

    def scratch(self) -> Path:
        self._scratch.mkdir(exist_ok=True)
        return self._scratch

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.tables.get("calls", [])

    @property
    def balanced(self) -> bool:
        return self.source_rows == self.given + self.further + len(self.rejects)


def collect(name: str, path: Path, scratch: Path, *, tz: str = "UTC", mapping: Mapping[str, object] | None = None,
            table: str | None = None) -> Collected:  # fmt: skip
    """Everything that the reader of the format ``name`` finds in a file."""
    sink = Collected(scratch)
    reader(name).read(path, sink, Options(tz=tz, mapping=mapping, table=table))
    assert sink.balanced, (sink.source_rows, sink.given, sink.further, len(sink.rejects))
    return sink


def written(path: Path, text: str) -> Path:
    """A file with this text."""
    path.write_text(text, encoding="utf-8")
    return path


def at(text: str) -> datetime:
    """A UTC time, from ``2026-11-02 08:00:00``."""
    return datetime.fromisoformat(text + "+00:00")
