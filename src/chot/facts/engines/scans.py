"""Counts, sums, maxima and distinct counts as SQL: one scan of a fact table, a second for each distinct count.

A scan has two stages. The first groups the rows by their group and by the few-valued columns that the
measures' conditions name (direction, outcome, status …), so that each row is added to a handful of parts,
however many measures there are; the second adds the parts up, each measure those that meet its conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chot.core.periods import Period
from chot.facts.engines.groups import Scope, needed, window
from chot.kpi.measures import Condition, Measure
from chot.kpi.schema import TABLES

Span = tuple[str, Period]
"""A day column and the days it must lie in."""


def additive_query(scope: Scope, table: str, measures: Sequence[Measure]) -> str:
    """Counts, sums and maxima of one table by group, in one scan.

    What all measures share (day column and window) stands in WHERE alone; else WHERE is the union of
    the windows, for pruning, and each window is one more column to group by.
    """
    spans = sorted({(each.day, window(scope.period, each.window)) for each in measures})
    days = sorted({day for day, _ in spans})
    where = [" OR ".join(scope.within(day, span) for day, span in spans)]
    stages = _Stages(scope, table)
    if len(spans) == 1:
        where += scope.inside(days[0])
    else:
        for place, (day, span) in enumerate(spans):
            stages.windows[day, span] = stages.key(f"w{place}", " AND ".join([scope.within(day, span), *scope.inside(day)]))
    numbers = [f"{stages.number(each)} AS n{place}" for place, each in enumerate(measures)]
    months = needed(span for _, span in spans) if days == ["local_date"] else None
    parts = ", ".join([f"{scope.group(table, days[0])} AS k", *stages.keys.values(), *stages.parts.values()])
    grouped = ", ".join(str(place) for place in range(1, len(stages.keys) + 2))
    kept = " AND ".join(f"({each})" for each in where)
    rows = f"SELECT {parts}\nFROM {scope.source(table, days, months)}\nWHERE {kept}\nGROUP BY {grouped}"
    return f"SELECT {', '.join(['k', *numbers])}\nFROM (\n{rows}\n) r GROUP BY k"


@dataclass
class _Stages:
    """The first stage as it grows: what rows are grouped by, and the parts they are added to."""

    scope: Scope
    table: str
    keys: dict[str, str] = field(default_factory=dict)  # name in the second stage -> SQL of the first
    parts: dict[str, str] = field(default_factory=dict)  # expression -> expression AS name
    windows: dict[Span, str] = field(default_factory=dict)

    def key(self, name: str, cell: str) -> str:
        """Group by ``cell`` too; how the second stage calls it."""
        quoted = self.scope.engine.dialect.name(name)
        self.keys[name] = f"{cell} AS {quoted}"
        return f"r.{quoted}"

    def number(self, each: Measure) -> str:
        """The measure in the second stage; its part in the first is shared with measures that need the same."""
        sql = self.scope.engine.dialect
        of_rows, of_parts = [], []
        for condition in each.where:
            if self._is_few(condition):
                self.key(condition.column, f"f.{sql.name(condition.column)}")
                of_parts.append(self.scope.condition(self.table, condition, "r"))
            else:
                of_rows.append(self.scope.condition(self.table, condition))
        span = (each.day, window(self.scope.period, each.window))
        of_parts += [self.windows[span]] if self.windows else []
        of_row = " AND ".join(of_rows)
        column = f"f.{sql.name(each.column)}"
        first: dict[str, Callable[[], str]] = {
            "count": lambda: sql.count(of_row), "sum": lambda: sql.part(column, of_row), "max": lambda: sql.most(column, of_row),
        }  # fmt: skip
        expression = first[each.kind]()
        self.parts.setdefault(expression, f"{expression} AS p{len(self.parts)}")
        part = f"r.p{list(self.parts).index(expression)}"
        second = sql.most if each.kind == "max" else sql.total
        return second(part, " AND ".join(of_parts))

    def _is_few(self, condition: Condition) -> bool:
        return TABLES[self.table].column(condition.column).type in ("enum", "bool") and condition.operator in ("in", "not in")


def distinct_query(scope: Scope, each: Measure) -> str:
    """An exact distinct count in two stages: the different values by group, then their number."""
    days = window(scope.period, each.window)
    column = f"f.{scope.engine.dialect.name(each.column)}"
    where = [scope.within(each.day, days), f"{column} IS NOT NULL", *scope.conditions(each.table, each.where), *scope.inside(each.day)]
    months = needed([days]) if each.day == "local_date" else None
    different = (
        f"SELECT DISTINCT {scope.group(each.table, each.day)} AS k, {column} AS v\n"
        f"FROM {scope.source(each.table, [each.day], months)}\nWHERE {' AND '.join(where)}"
    )
    return f"SELECT k, COUNT(*) AS n0 FROM ({different}) d GROUP BY k"
