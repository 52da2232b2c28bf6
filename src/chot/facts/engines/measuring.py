"""Measures to numbers: one scan per fact table, a second for each distinct count, one query per link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from chot.core.errors import InputError, Problem
from chot.core.periods import Period
from chot.facts.engines import links
from chot.facts.engines.contract import Engine, Numbers, TooLarge
from chot.facts.engines.groups import Scope, lend_outside, needed, window
from chot.kpi.measures import Grain, Measure, Measured, Outside

Query = tuple[list[str], str]
"""The names of the measures that a query's number columns hold, and its SQL."""


def measure(
    engine: Engine, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = ()
) -> Measured:
    """The measures of one period by group, in the order of the group ids.

    Groups in which every measure is 0 are absent, and so are rows without a group. Raises
    ``InputError`` when a sum does not fit 64 bits.
    """
    scope = Scope(engine=engine, period=period, grain=grain, outside=lend_outside(engine, outside))
    unique = list({each.name: each for each in measures}.values())
    answers = []
    for names, sql in queries(scope, unique):
        try:
            answers.append((names, engine.numbers(sql)))
        except TooLarge:
            raise InputError(_too_large([each for each in unique if each.name in names])) from None
    return _together([each.name for each in unique], answers)


def queries(scope: Scope, measures: Sequence[Measure]) -> Iterator[Query]:
    """The queries that compute the measures, table by table."""
    by_table = sorted(measures, key=lambda each: each.table)
    for table, group in groupby(by_table, key=lambda each: each.table):
        of_table = list(group)
        additive = [each for each in of_table if each.kind in ("count", "sum", "max")]
        for scan in _scans(scope, additive):
            yield [each.name for each in scan], additive_query(scope, table, scan)
        for each in of_table:
            if each.kind == "distinct":
                yield [each.name], distinct_query(scope, each)
        yield from links.queries(scope, [each for each in of_table if each.kind == "linked"])


def _scans(scope: Scope, additive: list[Measure]) -> Iterator[list[Measure]]:
    """One scan, but one per day column where the group of a row depends on its day."""
    if not scope.dated:
        if additive:
            yield additive
        return
    for day in sorted({each.day for each in additive}):
        yield [each for each in additive if each.day == day]


def additive_query(scope: Scope, table: str, measures: Sequence[Measure]) -> str:
    """Counts, sums and maxima of one table by group, in one scan.

    What all measures share (day column and window) stands in WHERE alone; else WHERE is the union of
    the windows, for pruning, and every measure carries its own.
    """
    spans = sorted({(each.day, window(scope.period, each.window)) for each in measures})
    days = sorted({day for day, _ in spans})
    months = needed(span for _, span in spans) if days == ["local_date"] else None
    where = [" OR ".join(scope.within(day, span) for day, span in spans)]
    if len(spans) == 1:
        where += scope.inside(days[0])
    numbers = []
    for each in measures:
        conditions = scope.conditions(each.where)
        if len(spans) > 1:
            conditions += [scope.within(each.day, window(scope.period, each.window)), *scope.inside(each.day)]
        numbers.append(_number(scope, each, " AND ".join(conditions)))
    columns = ", ".join([f"{scope.group(table, days[0])} AS k", *(f"{number} AS n{place}" for place, number in enumerate(numbers))])
    grouped = "" if scope.grain == "company" else "\nGROUP BY 1"
    return f"SELECT {columns}\nFROM {scope.source(table, days, months)}\nWHERE {' AND '.join(f'({each})' for each in where)}{grouped}"


def _number(scope: Scope, each: Measure, condition: str) -> str:
    sql = scope.engine.dialect
    if each.kind == "count":
        return sql.count(condition)
    aggregate: Callable[[str, str], str] = sql.total if each.kind == "sum" else sql.most
    return aggregate(f"f.{sql.name(each.column)}", condition)


def distinct_query(scope: Scope, each: Measure) -> str:
    """An exact distinct count in two stages: the different values by group, then their number."""
    days = window(scope.period, each.window)
    column = f"f.{scope.engine.dialect.name(each.column)}"
    where = [scope.within(each.day, days), f"{column} IS NOT NULL", *scope.conditions(each.where), *scope.inside(each.day)]
    months = needed([days]) if each.day == "local_date" else None
    different = (
        f"SELECT DISTINCT {scope.group(each.table, each.day)} AS k, {column} AS v\n"
        f"FROM {scope.source(each.table, [each.day], months)}\nWHERE {' AND '.join(where)}"
    )
    return f"SELECT k, COUNT(*) AS n0 FROM ({different}) d GROUP BY k"


def _together(names: Sequence[str], answers: Sequence[tuple[list[str], Numbers]]) -> Measured:
    """The answers side by side: keys in code-point order, 0 where a query has no row for a key."""
    found = {key for _, numbers in answers for key in numbers.keys if key}
    keys = sorted(found)
    place = {key: index for index, key in enumerate(keys)}
    columns = {name: np.zeros(len(keys), dtype=np.int64) for name in names}
    for of_query, numbers in answers:
        at = np.array([place.get(key or "", -1) for key in numbers.keys], dtype=np.intp)
        known = at >= 0
        for name, column in zip(of_query, numbers.columns, strict=True):
            columns[name][at[known]] = column[known]
    return _without_zeros(keys, columns)


def _without_zeros(keys: list[str], columns: dict[str, NDArray[np.int64]]) -> Measured:
    some = np.zeros(len(keys), dtype=bool)
    for column in columns.values():
        some |= column != 0
    if not some.all():
        keys = [key for key, keep in zip(keys, some, strict=True) if keep]
        columns = {name: column[some] for name, column in columns.items()}
    return Measured(keys, columns)  # type: ignore[arg-type]  # an int64 column is a sequence of integers


def _too_large(measures: Sequence[Measure]) -> list[Problem]:
    sums = [each for each in measures if each.kind == "sum"]
    return [
        Problem(
            file=sums[0].table if sums else "",
            field=", ".join(sorted({each.column for each in sums})),
            what="a sum is larger than 9223372036854775807",
            fix="Look for wrong values in these columns",
        )
    ]
