"""Counts, sums, maxima and distinct counts as SQL: one scan of a fact table by day column, one more for each distinct count.

A few measures add up every row that meets their conditions. Many measures do it in two stages: the first groups
the rows by their group and by the few-valued columns that the conditions name (direction, outcome, status …), so
that each row is added to a handful of parts, however many measures there are; the second adds the parts up, each
measure those that meet its conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chot.core.periods import Period
from chot.facts.engines.groups import Scope, needed, window
from chot.kpi.measures import Condition, Measure
from chot.kpi.schema import TABLES

TWO_STAGES_FROM = 8
"""Measures of one scan from which two stages take less time: with 8 million calls of 10,000 agents, between 5 and 8."""


def additive_query(scope: Scope, table: str, day: str, measures: Sequence[Measure]) -> str:
    """Counts, sums and maxima of one table by group, in one scan; the period of all is that of the column ``day``.

    A window that all measures share stands in WHERE alone; else WHERE is the union of the windows, for
    pruning, and each measure's own window is one more of its conditions.
    """
    spans = sorted({window(scope.period, each.window) for each in measures})
    where = " AND ".join([f"({' OR '.join(scope.within(day, span) for span in spans)})", *scope.inside(day)])
    own = {span: scope.within(day, span) for span in spans} if len(spans) > 1 else {}
    months = needed(spans) if day == "local_date" else None
    rows = f"FROM {scope.source(table, [day], months)}\nWHERE {where}"
    key = f"{scope.group(table, day)} AS k"
    return (_two_stages if len(measures) >= TWO_STAGES_FROM else _one_stage)(scope, measures, own, key, rows)


def _one_stage(scope: Scope, measures: Sequence[Measure], own: Mapping[Period, str], key: str, rows: str) -> str:
    """Each row to each measure."""
    sql, columns = scope.engine.dialect, [key]
    for place, each in enumerate(measures):
        windows = [own[window(scope.period, each.window)]] if own else []
        condition = " AND ".join([*windows, *scope.conditions(each.table, each.where)])
        total = sql.most if each.kind == "max" else sql.total
        number = sql.count(condition) if each.kind == "count" else total(f"f.{sql.name(each.column)}", condition)
        columns.append(f"{number} AS n{place}")
    return f"SELECT {', '.join(columns)}\n{rows}\nGROUP BY 1"


def _two_stages(scope: Scope, measures: Sequence[Measure], own: Mapping[Period, str], key: str, rows: str) -> str:
    """Each row to its part, and the parts to the measures; a window is one more column to group by."""
    stages = _Stages(scope, measures[0].table)
    for place, (span, condition) in enumerate(own.items()):
        stages.windows[span] = stages.key(f"w{place}", condition)
    numbers = [f"{stages.number(each)} AS n{place}" for place, each in enumerate(measures)]
    parts = ", ".join([key, *stages.keys.values(), *stages.parts.values()])
    grouped = ", ".join(str(place) for place in range(1, len(stages.keys) + 2))
    return f"SELECT {', '.join(['k', *numbers])}\nFROM (\nSELECT {parts}\n{rows}\nGROUP BY {grouped}\n) r GROUP BY k"


@dataclass
class _Stages:
    """The first stage as it grows: what rows are grouped by, and the parts they are added to."""

    scope: Scope
    table: str
    keys: dict[str, str] = field(default_factory=dict)  # name in the second stage -> SQL of the first
    parts: dict[str, str] = field(default_factory=dict)  # expression -> expression AS name
    windows: dict[Period, str] = field(default_factory=dict)

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
        of_parts += [self.windows[window(self.scope.period, each.window)]] if self.windows else []
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
