"""What remembered figures rest on: a key that changes with the rows that were read, and stays when only others change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from chot.core import clock
from chot.core.periods import Period
from chot.facts import manifest
from chot.facts.folder import Dataset
from chot.facts.manifest import Manifest
from chot.kpi.measures import Measure
from chot.kpi.schema import TABLES
from chot.kpi.windows import months_read
from chot.people.asked_once import once_a_request
from chot.performance.workplace import data_folder

_Months = Mapping[str, Sequence[str]]


def facts_state() -> str:
    """A hash that changes with any fact and with the day."""
    folder = data_folder()
    return _hashed([str(clock.today()), _stats([*_loose(folder), *folder.glob(f"*/{manifest.FILE}")])])


class FactState:
    """The facts as they are at one moment, each manifest read once; or as they were when ``opened``."""

    def __init__(self, opened: Dataset | None = None) -> None:
        folder = opened.folder if opened else data_folder()
        self._folder = str(folder)
        self._loose = _stats(_loose(folder))
        self._files = {table: _by_month(known) for table, known in opened.manifests.items()} if opened else _now(folder)

    def of(self, measures: Sequence[Measure], period: Period) -> str:
        """The key of what these measures are in the period."""
        read = [
            (table, [hashes for month, hashes in self._files.get(table, {}).items() if months is None or month in months])
            for table, months in months_read(measures, period, self._having()).items()
        ]
        return _hashed([self._folder, self._loose, read])

    def until(self, month: str) -> str:
        """The key of everything up to a month, agents included."""
        read = {table: [pair for pair in sorted(files.items()) if pair[0] <= month] for table, files in self._files.items()}
        return _hashed([self._folder, self._loose, sorted(read.items())])

    @property
    def loose(self) -> bool:
        """Whether a table is a file that only people change: nothing says which months it holds."""
        return any(path.endswith((".csv", ".parquet")) for path, _changed, _size in self._loose)

    def months(self) -> list[str]:
        """The months that have facts, oldest first, as far as manifests say."""
        return sorted(month for month in self._having() if month)

    def _having(self) -> set[str]:
        return {month for files in self._files.values() for month in files}


@once_a_request
def facts_now() -> FactState:
    """The facts as they are, the same for all that one page asks."""
    return FactState()


def _hashed(read: object) -> str:
    return hashlib.sha256(repr(read).encode()).hexdigest()[:24]


def _loose(folder: Path) -> list[Path]:
    """Metrics, zone, tables that are CSV files; locks and what else is hidden say nothing of the facts."""
    return [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]


def _stats(paths: Sequence[Path]) -> list[tuple[str, int, int]]:
    return [(str(path), stat.st_mtime_ns, stat.st_size) for path in sorted(paths) if (stat := _stat(path))]


def _stat(path: Path) -> Any:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _now(folder: Path) -> dict[str, _Months]:
    paths = {table: folder / table / manifest.FILE for table in TABLES}
    return {table: _contents(path.parent, stat.st_mtime_ns, stat.st_size) for table, path in paths.items() if (stat := _stat(path))}


@lru_cache(maxsize=64)
def _contents(folder: Path, _changed_ns: int, _size: int) -> _Months:
    """The hashes of a table's files, read once for each state of its manifest."""
    return _by_month(manifest.read(folder))


def _by_month(known: Manifest | None) -> _Months:
    found: dict[str, list[str]] = {}
    for part in known.files if known else ():
        found.setdefault(part.month, []).append(part.content)
    return found
