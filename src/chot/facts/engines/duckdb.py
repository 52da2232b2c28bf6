"""DuckDB, the default engine: in this process, straight over Arrow tables and Parquet files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from chot.facts.engines.contract import Cell, Dataset, Months, Numbers, Since, TooLarge, chosen, stored_columns
from chot.facts.engines.dialect import Dialect

_LENT = {"id": "VARCHAR", "date": "DATE"}
_CONFIG: dict[str, Any] = {"preserve_insertion_order": False, "autoinstall_known_extensions": False, "enable_external_file_cache": False}
_databases: dict[int, duckdb.DuckDBPyConnection] = {}


def _database() -> duckdb.DuckDBPyConnection:
    """The empty database that this process's connections share: making one costs more than most questions. A forked child has its own."""
    process = os.getpid()
    return _databases.get(process) or _databases.setdefault(process, duckdb.connect(":memory:", config=_CONFIG))


class DuckDB:
    """A connection that shares nothing with others; limits are its own: ``memory_limit`` as in DuckDB (``"900MB"``), ``threads`` >= 1."""

    name = "duckdb"

    def __init__(self, dataset: Dataset, *, memory_limit: str | None = None, threads: int | None = None) -> None:
        self.dialect = Dialect()
        self._dataset = dataset
        self._registered: set[str] = set()
        asked: dict[str, Any] = {"memory_limit": memory_limit, "threads": threads}
        given = {name: value for name, value in asked.items() if value}
        self._connection = duckdb.connect(":memory:", config=_CONFIG | given) if given else _database().cursor()
        self._connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")

    def table(self, name: str, months: Months | None = None, since: Since | None = None) -> str:
        """An Arrow table as a view, or exactly the Parquet files needed."""
        source = self._dataset.source(name)
        if not isinstance(source, list):
            if name not in self._registered:
                self._connection.register(name, source)
                self._registered.add(name)
            return name
        paths = chosen(source, months)
        return self._parquet(paths) if paths else self.dialect.empty(stored_columns(name))

    def _parquet(self, paths: Sequence[Path]) -> str:
        listed = ", ".join(self.dialect.text(str(path)) for path in paths)
        return f"read_parquet([{listed}], hive_partitioning = false)"

    def lend(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[tuple[Cell, ...]]) -> str:
        """A temporary table."""
        cells = ", ".join(f"unnest(${place}::{_LENT[kind]}[]) AS {column}" for place, (column, kind) in enumerate(columns, 1))
        by_column = [[row[place] for row in rows] for place in range(len(columns))]
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {cells}", by_column)
        return name

    def numbers(self, sql: str) -> Numbers:
        """The answer by columns; a sum that DuckDB cannot cast to 64 bits is ``TooLarge``."""
        try:
            key, *columns = self._connection.execute(sql).fetchnumpy().values()
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise TooLarge from error
        keys = key.tolist()  # a masked cell, one without a key, is None in the list
        return Numbers(keys, [np.asarray(column, dtype=np.int64) for column in columns])

    def records(self, sql: str) -> list[tuple[object, ...]]:
        """The answer row by row."""
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        """Drop what was lent, and the database when it is its own."""
        self._connection.close()
