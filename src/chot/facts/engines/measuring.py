"""Measures to numbers: one scan per fact table and day column, a second for each distinct count, one query per link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

import numpy as np
from numpy.typing import NDArray

from chot.core.errors import InputError, InternalError, Problem
from chot.core.periods import Period
from chot.facts.engines import links
from chot.facts.engines.contract import Engine, Numbers, TooLarge
from chot.facts.engines.groups import Scope, lend_outside
from chot.facts.engines.scans import additive_query, distinct_query
from chot.kpi.measures import Cut, Grain, Measure, Measured, Outside

Query = tuple[list[str], str]
"""The names of the measures that a query's number columns hold, and its SQL."""


def measure(
    engine: Engine, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = (),
    cut: Cut = "", zone: str = "UTC",
) -> Measured:  # fmt: skip
    """The measures of one period by group, in the order of the group ids.

    Groups in which every measure is 0 are absent, and so are rows without a group. Raises
    ``InputError`` when a sum does not fit 64 bits.
    """
    if cut and any(each.kind not in ("count", "sum", "max") for each in measures):
        raise InternalError("only counts, sums and maxima can be cut")
    scope = Scope(engine=engine, period=period, grain=grain, outside=lend_outside(engine, outside), cut=cut, zone=zone)
    unique = list({each.name: each for each in measures}.values())
    answers = []
    for names, sql in queries(scope, unique):
        try:
            answers.append((names, engine.numbers(sql)))
        except TooLarge:
            raise InputError(_too_large([each for each in unique if each.name in names])) from None
    return _together([each.name for each in unique], answers)


def called_tickets(engine: Engine, asked: Measure, period: Period, *, grain: Grain) -> Measured:
    """The answered calls of each ticket that could be resolved at first contact, by group and ticket (``CUT`` between them)."""
    names, sql = links.called_tickets(Scope(engine=engine, period=period, grain=grain, outside=""), asked)
    return _together(names, [(names, engine.numbers(sql))])


def queries(scope: Scope, measures: Sequence[Measure]) -> Iterator[Query]:
    """The queries that compute the measures, table by table."""
    by_table = sorted(measures, key=lambda each: each.table)
    for table, group in groupby(by_table, key=lambda each: each.table):
        of_table = list(group)
        linked = [each for each in of_table if each.kind == "linked"]
        additive = [each for each in of_table if each.kind in ("count", "sum", "max")]
        for day in sorted({each.day for each in additive}):  # one scan for several days could skip no stored rows
            scan = [each for each in additive if each.day == day]
            yield [each.name for each in scan], additive_query(scope, table, day, scan)
        for each in of_table:
            if each.kind == "distinct":
                yield [each.name], distinct_query(scope, each)
        yield from links.queries(scope, linked)


def _together(names: Sequence[str], answers: Sequence[tuple[list[str], Numbers]]) -> Measured:
    """The answers side by side: keys in code-point order, 0 where a query has no row for a key."""
    keys = sorted({key for key in chain.from_iterable(numbers.keys for _, numbers in answers) if key})
    place: dict[str | None, int] = {None: -1, "": -1, **{key: index for index, key in enumerate(keys)}}
    columns = {name: np.zeros(len(keys), dtype=np.int64) for name in names}
    for of_query, numbers in answers:
        at = np.fromiter(map(place.__getitem__, numbers.keys), dtype=np.intp, count=len(numbers.keys))
        known = at >= 0
        for name, column in zip(of_query, numbers.columns, strict=True):
            columns[name][at[known]] = column[known]
    return without_zeros(keys, columns)


def without_zeros(keys: list[str], columns: dict[str, NDArray[np.int64]]) -> Measured:
    """Without the groups in which every measure is 0."""
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
