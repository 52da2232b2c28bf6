"""Opening a run for everyone: what each one's rows look for in other tables is read once for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from chot.core.periods import Period
from chot.kpi.evidence import window_of
from chot.kpi.evidence_linked import SOUGHT, Sought
from chot.kpi.explanation import Opened
from chot.kpi.measures import Measure
from chot.kpi.pay import names_read
from chot.kpi.row_sources import RowSource
from chot.kpi.source import Row, Within
from chot.kpi.values import measures_of


def for_everyone(opened: Opened) -> Opened:
    """The same run; every statement opened from it is the same, and takes less time when many are."""
    plan = opened.run.plan
    metrics = [item.metric for item in plan.items if item.of == "own"] + [plan.metrics[name] for name in names_read(plan)]
    return replace(opened, rows=RowsOfEveryone(opened.facts, measures_of(metrics), opened.run.period))


class RowsOfEveryone:
    """Facts in which the partners of everyone's rows, for these measures, lie ready by customer."""

    def __init__(self, facts: RowSource, measures: Iterable[Measure], period: Period) -> None:
        self._facts, self._partners = facts, list[_Partners]()
        for measure in measures:
            if measure.kind == "linked" and measure.link in SOUGHT:
                window = window_of(measure, period)
                rows = facts.rows(measure.table, day=measure.day, first=window.first, last=window.last, agent_id=None)
                sought = SOUGHT[measure.link](rows)
                if sought:
                    self._partners.append(_Partners.of(sought, facts))

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """As ``Facts.rows``."""
        return self._facts.rows(table, day=day, first=first, last=last, agent_id=agent_id)

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """As ``Facts.rows_where``."""
        if column == "customer_id" and within is not None:
            asked = Sought(table=table, customers=values, columns=columns, within=within)
            for each in self._partners:
                if each.hold(asked):
                    return each.chosen(asked)
        return self._facts.rows_where(table, column, values, columns=columns, within=within)


@dataclass(frozen=True)
class _Partners:
    """What was sought, and the rows that were found, by customer and each with its place among all."""

    sought: Sought
    known: frozenset[str]
    found: dict[str, list[tuple[int, Row]]]

    @classmethod
    def of(cls, sought: Sought, facts: RowSource) -> _Partners:
        """What ``facts`` have of it."""
        found: dict[str, list[tuple[int, Row]]] = {}
        for place, row in enumerate(sought.found(facts)):
            found.setdefault(str(row["customer_id"]), []).append((place, row))
        return cls(sought, frozenset(sought.customers), found)

    def hold(self, asked: Sought) -> bool:
        """Whether everything that is asked for was sought."""
        mine, its = self.sought.within, asked.within
        alike = (self.sought.table, self.sought.columns, mine.column) == (asked.table, asked.columns, its.column)
        return alike and mine.first <= its.first and its.last <= mine.last and self.known.issuperset(asked.customers)

    def chosen(self, asked: Sought) -> list[Row]:
        """The rows that are asked for, by key."""
        rows = [pair for customer in set(asked.customers) for pair in self.found.get(customer, ()) if asked.within.holds(pair[1])]
        return [row for _place, row in sorted(rows, key=lambda pair: pair[0])]
