"""What an engine is: a dialect, tables narrowed to months, small lent tables, and two ways to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chot.facts.engines.dialect import Dialect
from chot.kpi.schema import TABLES, Type

Months = Callable[[str], bool]
"""Whether the facts of a month (``YYYY-MM``) are needed; a superset is allowed, a subset never."""

Since = tuple[str, int]
"""A time column and an instant (microseconds since 1970 UTC): rows whose time is earlier are not needed."""

Source = Any
"""A table in memory (``pyarrow.Table``), or the Parquet files that hold it (``list[Path]``)."""

Cell = str | int | bool | None

_MONTH = re.compile(r"month=(\d{4}-\d{2})")  # the directory of one month's facts


class Dataset(Protocol):
    """Typed facts, ready to query: a taken-in data folder."""

    @property
    def timezone(self) -> str:
        """The company's zone."""

    @property
    def warnings(self) -> Sequence[str]:
        """One sentence for each row left out."""

    def source(self, name: str) -> Source:
        """One table as it lies: in memory, or Parquet files."""

    def parquet(self, name: str) -> list[Path]:
        """One table as Parquet files."""


@dataclass(frozen=True)
class Numbers:
    """One query's answer: a key per row (None: rows without one) and exact 64-bit integer columns."""

    keys: list[str | None]
    columns: list[NDArray[np.int64]]


class Engine(Protocol):
    """Where measures run. Every number is exact; a sum beyond 64 bits raises ``TooLarge``."""

    name: str
    dialect: Dialect

    def table(self, name: str, months: Months | None = None, since: Since | None = None) -> str:
        """A FROM source for a fact table; only the files of ``months`` when it is stored by month.

        ``since`` is for engines that copy rows; one that reads files in place skips them by the query's own condition.
        """

    def lend(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[tuple[Cell, ...]]) -> str:
        """A FROM source for a small table of our own: (column, ``id`` or ``date``) pairs; dates as ISO text.

        The next table lent under the same name replaces it.
        """

    def numbers(self, sql: str) -> Numbers:
        """The answer to a query whose first column is a text and all others integers."""

    def records(self, sql: str) -> list[tuple[object, ...]]:
        """The answer to a query, row by row: text, int, bool, date or None."""

    def close(self) -> None:
        """Let go of everything the engine holds."""


class TooLarge(Exception):
    """A sum does not fit a 64-bit integer."""


def month_of(path: Path | str) -> str | None:
    """The month that a path's directory names, None when it names none.

    >>> month_of("calls/month=2026-10/part-0.parquet"), month_of("calls.parquet")
    ('2026-10', None)
    """
    found = _MONTH.findall(str(Path(path).parent))
    return found[-1] if found else None


def chosen(paths: Iterable[Path], months: Months | None) -> list[Path]:
    """The files that may hold facts of ``months``: a file without a month in its path may hold any."""
    if months is None:
        return list(paths)
    return [path for path in paths if (month := month_of(path)) is None or months(month)]


def stored_columns(table: str) -> list[tuple[str, Type]]:
    """A fact table's columns as stored, the derived ones last, each with its type."""
    contract = TABLES[table]
    derived: list[tuple[str, Type]] = [(name, "text" if name == "period" else "date") for name in contract.derived]
    return [*((column.name, column.type) for column in contract.columns), *derived]
