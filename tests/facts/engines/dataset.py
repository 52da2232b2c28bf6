"""Typed facts for tests: cells as text in, Arrow tables or Parquet files by month out; no part of Chốt reads them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from chot.kpi.schema import TABLES, Table

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
Cells = Mapping[str, str]

_ARROW = {
    "id": pa.string(), "text": pa.string(), "enum": pa.string(), "int": pa.int64(), "bool": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"), "date": pa.date32(),
}


def typed(table: Table, row: Cells) -> dict[str, Any]:
    """One row's cells typed, its defaults filled, its local days added; an unknown column is a slip in the test."""
    unknown = set(row) - set(table.names)
    assert not unknown, f"{table.name} has no {unknown}"
    cells = {column.name: _cell(column.type, row.get(column.name) or "", column.empty) for column in table.columns}
    if table.name == "leads" and cells["best_stage"] is None:
        cells["best_stage"] = cells["stage"]
    if table.name == "tickets" and cells["status"] is None:
        cells["status"] = "done" if cells["done_at"] else "open"
    if table.moment:
        moment = next(cells[name] for name in table.moment if cells[name] is not None)
        cells["local_date"] = _local(moment)
        cells["period"] = cells["local_date"].strftime("%Y-%m")
        cells |= {name: cells[column] and _local(cells[column]) for name, column in table.days}
    return cells


def _cell(kind: str, text: str, empty: object) -> Any:
    if not text:
        return empty
    match kind:
        case "int":
            return int(text)
        case "bool":
            return {"true": True, "false": False}[text]
        case "time":
            return datetime.fromisoformat(text).astimezone(UTC)
        case "date":
            return date.fromisoformat(text)
    return text


def _local(moment: datetime | date) -> date:
    return moment.astimezone(HANOI).date() if isinstance(moment, datetime) else moment


def schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table as stored."""
    fields = [(column.name, _ARROW[column.type]) for column in table.columns]
    return pa.schema([*fields, *((name, pa.string() if name == "period" else pa.date32()) for name in table.derived)])


class Rows:
    """A dataset of rows in memory; ``folder`` receives the Parquet files, one directory per month."""

    timezone = "Asia/Ho_Chi_Minh"

    def __init__(self, tables: Mapping[str, Sequence[Cells]], folder: Path, *, hive: bool = False) -> None:
        self.warnings: list[str] = []
        self.rows = {name: [typed(table, row) for row in tables.get(name, ())] for name, table in TABLES.items()}
        self._folder, self._hive = folder, hive
        self._written: dict[str, list[Path]] = {}

    def source(self, name: str) -> Any:
        """An Arrow table, or the Parquet files."""
        return self.parquet(name) if self._hive else self.arrow(name)

    def arrow(self, name: str) -> pa.Table:
        """An Arrow table."""
        return pa.Table.from_pylist(self.rows[name], schema=schema(TABLES[name]))

    def parquet(self, name: str) -> list[Path]:
        """The Parquet files, written once; none for an empty table."""
        if name not in self._written:
            self._written[name] = list(self._write(name))
        return self._written[name]

    def _write(self, name: str) -> list[Path]:
        by_month: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows[name]:
            by_month.setdefault(row.get("period", ""), []).append(row)
        paths = []
        for month, rows in by_month.items():
            path = self._folder / name / (f"month={month}" if month else ".") / "part-0.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows, schema=schema(TABLES[name])), path)
            paths.append(path)
        return paths
