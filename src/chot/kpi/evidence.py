"""The rows behind a measure: those counted, with what each adds, and those not counted, with the reason.

Evaluated row by row from the same conditions that engines compile, so that the sum of the rows is a
second computation of the measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from chot.core.errors import InternalError
from chot.core.periods import Period
from chot.kpi.measures import Condition, Measure
from chot.kpi.metrics import Words
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.schema import TABLES
from chot.kpi.source import Row, Within
from chot.kpi.wording import column_words, failed, words

_SHIFT = {"period": 0, "previous_month": -1, "same_month_last_year": -12, "three_months_before": -3}
_COUNTED = Condition("status", "in", ("confirmed", "completed"))
_ANSWERED = (Condition("direction", "in", ("in", "out")), Condition("outcome", "in", ("answered",)))
_KEPT = Condition("disposition", "in", ("interested", "callback"))
_REPEAT = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One measure with its rows; ``counted`` pairs a row with what it adds."""

    measure: Measure
    value: int
    counted: Sequence[tuple[Row, int]]
    left_out: Sequence[tuple[Row, Words]]


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose rows: one agent's (outside days apart), or those of a team or of the company."""

    plan: Plan
    people: People
    scope: str
    agent_id: str
    team_id: str

    def takes(self, row: Row, day: date) -> Words | None:
        """None when the row belongs to the group; the reason when it does not count; ``NOT_OURS`` when it is another's."""
        agent_id = row.get("agent_id")
        on_day = self.people.on(str(agent_id), day) if agent_id else None
        if self.scope == "own":
            if on_day and not self.plan.names(role=on_day.role, team_id=on_day.team_id):
                return words("outside", role=on_day.role, team=on_day.team_id)
            return None
        team = on_day.team_id if on_day else None if agent_id else row.get("team_id")
        return None if self.scope == "company" or (team and team == self.team_id) else NOT_OURS


NOT_OURS = Words(vi="", en="")


class RowSource(Protocol):
    """What evidence asks of ``kpi.source.Facts``."""

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """As ``Facts.rows``."""

    def rows_where(self, table: str, column: str, values: Sequence[str], *, within: Within | None = None) -> Sequence[Row]:
        """As ``Facts.rows_where``."""


class RememberedRows:
    """Facts whose rows are read once, however many measures stand on them."""

    def __init__(self, facts: RowSource) -> None:
        self._facts, self._known = facts, dict[tuple[object, ...], Sequence[Row]]()

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """As ``Facts.rows``."""
        key = (table, day, first, last, agent_id)
        if key not in self._known:
            self._known[key] = self._facts.rows(table, day=day, first=first, last=last, agent_id=agent_id)
        return self._known[key]

    def rows_where(self, table: str, column: str, values: Sequence[str], *, within: Within | None = None) -> Sequence[Row]:
        """As ``Facts.rows_where``."""
        key = (table, column, within, *sorted(set(values)))
        if key not in self._known:
            self._known[key] = self._facts.rows_where(table, column, values, within=within)
        return self._known[key]


def evidence(measure: Measure, period: Period, facts: RowSource, whose: Whose) -> Evidence:
    """The rows of a measure for one group and period, as they happened."""
    window = period.shifted(_SHIFT[measure.window]) if measure.window != "period" else period
    rows = facts.rows(
        measure.table, day=measure.day, first=window.first, last=window.last, agent_id=whose.agent_id if whose.scope == "own" else None
    )
    ours, left_out = _split(rows, measure, whose)
    if measure.kind == "linked":
        counted, more = _LINKED[measure.link](ours, facts)
    else:
        counted, more = _plain(measure, ours)
    value = sum(added for _, added in counted)
    return Evidence(measure=measure, value=value, counted=counted, left_out=[*left_out, *more])


def moment_column(measure: Measure) -> str:
    """The column that tells when a row of the measure happened."""
    table = TABLES[measure.table]
    return next((source for day, source in table.days if day == measure.day), table.moment[0])


def _in_time(measure: Measure, rows: Sequence[Row]) -> list[Row]:
    """The rows as they happened; of one day those without a time first, equal ones by key, as they come."""
    column, day = moment_column(measure), measure.day
    return sorted(rows, key=lambda row: (row[day], row[column] is not None, row[column] or 0))


def _split(rows: Sequence[Row], measure: Measure, whose: Whose) -> tuple[list[Row], list[tuple[Row, Words]]]:
    ours, left_out = list[Row](), list[tuple[Row, Words]]()
    known: dict[tuple[object, date, object], Words | None] = {}
    for row in _in_time(measure, rows):
        day = row[measure.day]
        assert isinstance(day, date)
        key = (row.get("agent_id"), day, row.get("team_id"))
        if key not in known:
            known[key] = whose.takes(row, day)
        reason = known[key]
        if reason is None:
            ours.append(row)
        elif reason is not NOT_OURS:
            left_out.append((row, reason))
    return ours, left_out


Parts = tuple[list[tuple[Row, int]], list[tuple[Row, Words]]]


def _plain(measure: Measure, rows: Sequence[Row]) -> Parts:
    counted: list[tuple[Row, int]] = []
    left_out: list[tuple[Row, Words]] = []
    seen: set[object] = set()
    for row in rows:
        failure = measure.first_failure(row)
        if failure:
            left_out.append((row, failed(failure, row)))
        elif measure.kind == "distinct":
            cell = row.get(measure.column)
            if cell is None or cell in seen:
                left_out.append((row, _twice(measure.column, cell)))
            else:
                seen.add(cell)
                counted.append((row, 1))
        else:
            counted.append((row, 1 if measure.kind == "count" else _whole(row.get(measure.column))))
    return _largest(measure, counted, left_out) if measure.kind == "max" else (counted, left_out)


def _twice(column: str, cell: object) -> Words:
    if column == "customer_id":
        return words("no_customer" if cell is None else "seen_before")
    return words("no_cell" if cell is None else "same_value", column=column_words(column))


def _largest(measure: Measure, rows: Sequence[tuple[Row, int]], left_out: list[tuple[Row, Words]]) -> Parts:
    """The first row with the largest value counts, every other one does not."""
    known = [(row, value) for row, value in rows if row.get(measure.column) is not None]
    best = max(known, key=lambda pair: pair[1], default=None)
    column = column_words(measure.column)
    lost = [(row, words("no_cell" if row.get(measure.column) is None else "not_largest", column=column))
            for row, _ in rows if best is None or row is not best[0]]
    return [best] if best else [], [*left_out, *lost]


def _whole(cell: object) -> int:
    return cell if isinstance(cell, int) else 0


def _without_order(rows: Sequence[Row], facts: RowSource, *, kept: bool) -> Parts:
    ids = [str(row["call_id"]) for row in rows]
    sold = {order["call_id"]: order["order_id"] for order in facts.rows_where("orders", "call_id", ids) if _COUNTED.holds(order)}
    counted, left_out = list[tuple[Row, int]](), list[tuple[Row, Words]]()
    for row in rows:
        failure = next((each for each in (*_ANSWERED, *((_KEPT,) if kept else ())) if not each.holds(row)), None)
        if row["call_id"] in sold:
            left_out.append(({**row, "order_id": sold[row["call_id"]]}, words("became_order")))
        elif failure:
            left_out.append((row, failed(failure, row)))
        else:
            counted.append((row, 1))
    return counted, left_out


def _repeat(rows: Sequence[Row], facts: RowSource, *, again: bool) -> Parts:
    counted: list[tuple[Row, int]] = []
    left_out: list[tuple[Row, Words]] = []
    later = _orders_by_customer(rows, facts) if again else {}
    done: set[object] = set()
    for row in rows:
        customer = row.get("customer_id")
        if not _COUNTED.holds(row):
            left_out.append((row, failed(_COUNTED, row)))
        elif customer is None or customer in done:
            left_out.append((row, words("no_customer" if customer is None else "seen_before")))
        elif again and not _bought_again(row, later.get(customer, ())):
            left_out.append((row, words("not_again")))
        else:
            done.add(customer)
            counted.append((row, 1))
    return counted, left_out


def _orders_by_customer(rows: Sequence[Row], facts: RowSource) -> dict[object, list[Row]]:
    customers = [str(row["customer_id"]) for row in rows if row.get("customer_id") is not None]
    found: dict[object, list[Row]] = {}
    for order in facts.rows_where("orders", "customer_id", customers):
        if _COUNTED.holds(order):
            found.setdefault(order["customer_id"], []).append(order)
    return found


def _bought_again(row: Row, orders: Sequence[Row]) -> bool:
    start = row["ordered_at"]
    return any(
        other["order_id"] != row["order_id"] and timedelta(0) <= other["ordered_at"] - start <= _REPEAT  # type: ignore[operator]
        for other in orders
    )


def _open_in(rows: Sequence[Row]) -> Within | None:
    """From the first opening to the last closing of tickets: calls that ended at other times play no part."""
    opened, closed = ([at for row in rows if isinstance(at := row.get(name), datetime)] for name in ("opened_at", "done_at"))
    return Within("ended_at", min(opened), max(closed)) if opened and closed else None


def _resolved_first(rows: Sequence[Row], facts: RowSource) -> Parts:
    done = Condition("status", "in", ("done",))
    customers = [str(row["customer_id"]) for row in rows if row.get("customer_id") is not None]
    calls: dict[object, list[datetime]] = {}
    for call in facts.rows_where("calls", "customer_id", customers, within=_open_in(rows)):
        ended = call.get("ended_at")
        if isinstance(ended, datetime) and all(condition.holds(call) for condition in _ANSWERED):
            calls.setdefault(call["customer_id"], []).append(ended)
    counted: list[tuple[Row, int]] = []
    left_out: list[tuple[Row, Words]] = []
    for row in rows:
        opened, closed = row.get("opened_at"), row.get("done_at")
        within = [end for end in calls.get(row.get("customer_id"), ()) if opened and closed and opened <= end <= closed]  # type: ignore[operator]
        if not done.holds(row):
            left_out.append((row, failed(done, row)))
        elif row.get("reopened"):
            left_out.append((row, words("reopened")))
        elif len(within) != 1:
            left_out.append((row, words("calls_of_ticket", count=str(len(within)))))
        else:
            counted.append((row, 1))
    return counted, left_out


_LINKED: Mapping[str, Callable[[Sequence[Row], RowSource], Parts]] = {
    "answered_without_order": lambda rows, facts: _without_order(rows, facts, kept=False),
    "kept_without_order": lambda rows, facts: _without_order(rows, facts, kept=True),
    "repeat_base": lambda rows, facts: _repeat(rows, facts, again=False),
    "repeat_again": lambda rows, facts: _repeat(rows, facts, again=True),
    "resolved_first": _resolved_first,
}


def checked(found: Evidence, engine_value: int, *, who: str) -> Evidence:
    """The evidence, when its rows add up to what the engine counted; ``InternalError`` when they do not."""
    if found.value != engine_value:
        raise InternalError(f"{found.measure.name} of {who}: the engine counted {engine_value}, its rows add to {found.value}")
    return found


def row_id(measure: Measure, row: Row) -> str:
    """The id of a row, as text."""
    return "/".join(str(row.get(part) or "") for part in TABLES[measure.table].key)
