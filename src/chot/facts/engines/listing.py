"""The rows behind a number as SQL: a page of those that a measure counts in one group, or of those that it does not."""

from __future__ import annotations

from dataclasses import dataclass

from chot.facts.engines.contract import stored_columns
from chot.facts.engines.cuts import moment_of
from chot.facts.engines.groups import Scope, needed, window
from chot.kpi.measures import Measure
from chot.kpi.schema import TABLES


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Rows of a count or a sum: of the group ``key`` (all groups when empty), counted or not; those of ``less`` are not."""

    scope: Scope
    measure: Measure
    key: str
    counted: bool = True
    less: Measure | None = None

    def rows(self, *, limit: int, offset: int) -> str:
        """The rows in time, equal times by key."""
        sql, table = self.scope.engine.dialect, TABLES[self.measure.table]
        cells = ", ".join(sql.cell(name, kind) for name, kind in stored_columns(table.name))
        order = ", ".join(f"f.{sql.name(column)}" for column in (moment_of(table.name, self.measure.day), *table.key))
        return f"SELECT {cells}\n{self._rows()}\nORDER BY {order} LIMIT {limit} OFFSET {offset}"

    def totals(self) -> str:
        """How many rows, and what they add up to."""
        sql = self.scope.engine.dialect
        summed = sql.total(f"f.{sql.name(self.measure.column)}", "") if self.measure.kind == "sum" else "COUNT(*)"
        return f"SELECT 'all' AS k, COUNT(*) AS n0, {summed} AS n1\n{self._rows()}"

    def _rows(self) -> str:
        measure, scope = self.measure, self.scope
        days = window(scope.period, measure.window)
        conditions = " AND ".join(scope.conditions(measure.table, measure.where)) or "1 = 1"
        if self.less:
            without = " AND ".join(scope.conditions(measure.table, self.less.where))
            conditions = f"{conditions} AND (CASE WHEN {without} THEN 1 ELSE 0 END) = 0"
        counts = conditions if self.counted else f"(CASE WHEN {conditions} THEN 1 ELSE 0 END) = 0"
        own = [f"{scope.group(measure.table, measure.day)} = {scope.engine.dialect.text(self.key)}"] if self.key else []
        where = " AND ".join([scope.within(measure.day, days), *own, f"({counts})"])
        months = needed([days]) if measure.day == "local_date" else None
        return f"FROM {scope.source(measure.table, [measure.day], months)}\nWHERE {where}"
