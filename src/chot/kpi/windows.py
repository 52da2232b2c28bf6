"""Which months of which tables a run reads: what a snapshot must hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chot.core.periods import Period, containing
from chot.kpi.measures import Measure
from chot.kpi.pay import metrics_read
from chot.kpi.plan import Plan
from chot.kpi.schema import TABLES
from chot.kpi.source import Facts

_SHIFT = {"period": 0, "previous_month": -1, "same_month_last_year": -12, "three_months_before": -3}

Needs = dict[str, list[str] | None]
"""Table -> months (``YYYY-MM``) whose rows are read; None = all of them. Tables left out are not read."""


def months_needed(runs: Sequence[tuple[Plan, Period]], facts: Facts) -> Needs:
    """The months of every table that these runs read. Agents are always needed whole."""
    found: dict[str, set[str] | None] = {"agents": None}
    for plan, period in runs:
        _add(found, "workdays", set(period.months()))
        for measure in _measures(plan):
            _add(found, measure.table, _months(measure, period))
            if measure.kind == "linked":
                _add_linked(found, measure, period, facts)
    return {table: None if months is None else sorted(months) for table, months in sorted(found.items()) if table in TABLES}


def months_read(measures: Sequence[Measure], period: Period, having: Collection[str]) -> Needs:
    """The months of every table that these measures read, known without the rows: all months where only they could say.

    What opens or is called after the period has no part in tickets resolved at first contact: of ``having`` (months with facts) those up
    to its end are read.
    """
    found: dict[str, set[str] | None] = {"agents": None}
    last = max(period.months())
    until = {month for month in having if month <= last}
    for measure in measures:
        if measure.link == "resolved_first" and measure.day == "done_date":
            _add(found, measure.table, until)
            _add(found, "calls", until)
            continue
        _add(found, measure.table, _months(measure, period))
        if measure.kind == "linked":
            _add_linked(found, measure, period, None)
    return {table: None if months is None else sorted(months) for table, months in sorted(found.items())}


def _add(found: dict[str, set[str] | None], table: str, months: set[str] | None) -> None:
    known = found.get(table, set())
    found[table] = None if months is None or known is None else known | months


def _measures(plan: Plan) -> list[Measure]:
    return [measure for metric in metrics_read(plan) for measure in metric.measures]


def _months(measure: Measure, period: Period) -> set[str] | None:
    if measure.day != "local_date":  # partitions follow local_date, which for a ticket is the day it was opened
        return None
    return set(period.shifted(_SHIFT[measure.window]).months() if period.kind == "month" else period.months())


def _add_linked(found: dict[str, set[str] | None], measure: Measure, period: Period, facts: Facts | None) -> None:
    if measure.link in ("answered_without_order", "kept_without_order"):
        _add(found, "orders", None)
    elif measure.link == "resolved_first":
        _add(found, "calls", _since_opened(period, facts) if facts else None)
    else:
        _add(found, "orders", {month for step in range(-3, 2) for month in period.shifted(step).months()})


def _since_opened(period: Period, facts: Facts) -> set[str]:
    """The months from the first opening of a ticket done in the period to its end."""
    rows = facts.rows("tickets", day="done_date", first=period.first, last=period.last, agent_id=None)
    opened = [cell.astimezone(ZoneInfo("UTC")).date() for row in rows if isinstance(cell := row.get("opened_at"), datetime)]
    first: date = min([*opened, period.first])
    months, current = set(period.months()), containing(first, "month").shifted(-1)
    while current.first <= period.last:
        months.add(str(current))
        current = current.shifted(1)
    return months
