"""Rows of the contract in DuckDB's SQL: their files, their key, their columns and cells as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chot.kpi.schema import Column, Table


def text(value: object) -> str:
    """``value`` as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def files(paths: Sequence[Path], *options: str) -> str:
    """An SQL table function over Parquet files."""
    listed = ", ".join(text(path) for path in paths)
    return f"read_parquet([{listed}], {', '.join((*options, 'hive_partitioning = false'))})"


def key_sql(table: Table) -> str:
    """The key of a row as one SQL text; see ``keys.key_of``."""
    if len(table.key) == 1:
        return table.key[0]
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({name}::VARCHAR, '')" for name in table.key) + ")"


def column_list(table: Table) -> str:
    """The stored columns of a table, for SQL."""
    return ", ".join(f'"{name}"' for name in (*table.names, *table.derived))


def cell_sql(column: Column) -> str:
    """A cell as SQL text; an empty one is the empty text, which no cell holds."""
    if column.type in ("id", "text", "enum"):
        return f"coalesce({column.name}, '')"
    number = f"epoch_us({column.name})" if column.type == "time" else column.name
    return f"coalesce({number}::VARCHAR, '')"
