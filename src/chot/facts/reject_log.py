"""The rejects of one import: any number of them, a few in memory and the others in a temporary file."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from chot.facts.readers.base import Reject

HELD = 50_000
"""Rejects kept in memory; beyond that they go to the disk in the order in which they came."""


class RejectLog:
    """Rejects in order of line as long as they fit in memory, else in the order of discovery."""

    def __init__(self, held: int = HELD) -> None:
        self._most = held
        self._held: list[Reject] = []
        self._spilled: IO[str] | None = None
        self._count = 0

    def __del__(self) -> None:
        if self._spilled is not None:
            self._spilled.close()

    def __len__(self) -> int:
        return self._count

    def add(self, reject: Reject) -> None:
        self.extend([reject])

    def extend(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            self._held.append(reject)
            self._count += 1
            if len(self._held) >= self._most:
                self._spill()

    def _spill(self) -> None:
        if self._spilled is None:
            self._spilled = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - lives as long as the log
        self._spilled.seek(0, 2)
        csv.writer(self._spilled).writerows((each.line, each.column, each.value, each.reason) for each in self._held)
        self._held.clear()

    def __iter__(self) -> Iterator[Reject]:
        if self._spilled is not None:
            self._spilled.seek(0)
            for line, column, value, reason in csv.reader(self._spilled):
                yield Reject(line=int(line), column=column, value=value, reason=reason)
        yield from sorted(self._held, key=lambda each: (each.line, each.column))
