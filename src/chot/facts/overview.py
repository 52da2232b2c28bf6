"""A data folder at a glance: per table its rows, its days, what was left out, and agents that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa

from chot.core.errors import Problem
from chot.facts import manifest
from chot.facts.folder import Dataset
from chot.facts.row_sql import files
from chot.kpi.schema import TABLES, Table


@dataclass(frozen=True, kw_only=True)
class TableView:
    """One table: rows kept, first and last local day, duplicates left out, rows by agent id without an agents row."""

    name: str
    rows: int
    first: date | None = None
    last: date | None = None
    duplicates: int = 0
    orphans: dict[str, int] = field(default_factory=dict)


def overview(dataset: Dataset) -> list[TableView]:
    """Every table that has an entry, in the order of the contract."""
    connection = duckdb.connect()
    try:
        sources = {name: _source(connection, dataset, name) for name in TABLES if name in dataset.sources}
        return [_view(connection, dataset, TABLES[name], sources) for name in sources]
    finally:
        connection.close()


def _source(connection: duckdb.DuckDBPyConnection, dataset: Dataset, name: str) -> str | None:
    source = dataset.source(name)
    if isinstance(source, pa.Table):
        connection.register(name, source)
        return name
    return files(source) if source else None


def _view(connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: Table, sources: dict[str, str | None]) -> TableView:
    source = sources[table.name]
    duplicates = dataset.duplicates.get(table.name, 0)
    if source is None:
        return TableView(name=table.name, rows=0, duplicates=duplicates)
    days = "min(local_date), max(local_date)" if table.moment else "NULL, NULL"
    row = connection.execute(f"SELECT count(*), {days} FROM {source}").fetchone() or (0, None, None)
    orphans = _orphans(connection, source, sources.get("agents")) if table.name != "agents" else {}
    return TableView(name=table.name, rows=row[0], first=row[1], last=row[2], duplicates=duplicates, orphans=orphans)


def _orphans(connection: duckdb.DuckDBPyConnection, source: str, agents: str | None) -> dict[str, int]:
    known = f"AND agent_id NOT IN (SELECT agent_id FROM {agents})" if agents else ""
    query = f"SELECT agent_id, count(*) FROM {source} WHERE agent_id IS NOT NULL {known} GROUP BY 1 ORDER BY 1"
    return dict(connection.execute(query).fetchall())


def damaged(dataset: Dataset) -> Iterator[Problem]:
    """The stored files whose bytes are no longer those that were written."""
    for name, known in dataset.manifests.items():
        folder = dataset.home(name)
        for part in known.files:
            found = manifest.describe(folder, folder / part.path, month=part.month, rows=part.rows, content=part.content)
            if found.sha256 != part.sha256:
                fix = "Restore it from a backup, or import its sources again."
                yield Problem(file=str(folder / part.path), what="the file was changed after it was written", fix=fix)
