"""The rows behind measures over two tables: what each row's partners in the other table make of it.

Partners are sought by id or customer, and by customer only at the times at which they can matter: months without such rows are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chot.kpi.measures import Condition
from chot.kpi.metrics import Words
from chot.kpi.row_sources import RowSource
from chot.kpi.source import Row, Within
from chot.kpi.wording import failed, words

Parts = tuple[list[tuple[Row, int]], list[tuple[Row, Words]]]

_COUNTED = Condition("status", "in", ("confirmed", "completed"))
_ANSWERED = (Condition("direction", "in", ("in", "out")), Condition("outcome", "in", ("answered",)))
_KEPT = Condition("disposition", "in", ("interested", "callback"))
_DONE = Condition("status", "in", ("done",))
_REPEAT = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Sought:
    """The partners of some rows: those in ``table`` of one of the customers, ``within`` some time, by ``columns``."""

    table: str
    customers: Sequence[str]
    columns: Sequence[str]
    within: Within

    def found(self, facts: RowSource) -> Sequence[Row]:
        """The partners."""
        return facts.rows_where(self.table, "customer_id", self.customers, columns=self.columns, within=self.within)


def calls_of_tickets(tickets: Sequence[Row]) -> Sought | None:
    """Calls that ended between the first opening and the last closing of the tickets; None when none of these can be resolved at first."""
    able = [row for row in tickets if _DONE.holds(row) and not row.get("reopened") and row.get("customer_id") is not None]
    opened = [moment for row in able if isinstance(moment := row.get("opened_at"), datetime)]
    closed = [moment for row in able if isinstance(moment := row.get("done_at"), datetime)]
    if not opened or not closed:
        return None
    return Sought(
        table="calls", customers=[str(row["customer_id"]) for row in able], columns=("customer_id", "direction", "outcome", "ended_at"),
        within=Within("ended_at", min(opened), max(closed)),
    )  # fmt: skip


def orders_after(orders: Sequence[Row]) -> Sought | None:
    """Orders of the customers of the counted orders, from the first of these to 90 days after the last; None without any."""
    counted = [row for row in orders if _COUNTED.holds(row) and row.get("customer_id") is not None]
    times = [moment for row in counted if isinstance(moment := row["ordered_at"], datetime)]
    if not times:
        return None
    return Sought(
        table="orders", customers=[str(row["customer_id"]) for row in counted], columns=("customer_id", "status", "ordered_at"),
        within=Within("ordered_at", min(times), max(times) + _REPEAT),
    )  # fmt: skip


SOUGHT: Mapping[str, Callable[[Sequence[Row]], Sought | None]] = {"resolved_first": calls_of_tickets, "repeat_again": orders_after}
"""Of the links whose partners are sought by customer: whom they seek for some rows."""


def _without_order(rows: Sequence[Row], facts: RowSource, *, kept: bool) -> Parts:
    ids = [str(row["call_id"]) for row in rows]
    orders = facts.rows_where("orders", "call_id", ids, columns=("call_id", "status"))
    sold = {order["call_id"]: order["order_id"] for order in orders if _COUNTED.holds(order)}
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
    sought, found = orders_after(rows), dict[object, list[Row]]()
    for order in sought.found(facts) if sought else ():
        if _COUNTED.holds(order):
            found.setdefault(order["customer_id"], []).append(order)
    return found


def _bought_again(row: Row, orders: Sequence[Row]) -> bool:
    start = row["ordered_at"]
    return any(
        other["order_id"] != row["order_id"] and timedelta(0) <= other["ordered_at"] - start <= _REPEAT  # type: ignore[operator]
        for other in orders
    )


def _resolved_first(rows: Sequence[Row], facts: RowSource) -> Parts:
    sought, calls = calls_of_tickets(rows), dict[object, list[datetime]]()
    for call in sought.found(facts) if sought else ():
        ended = call.get("ended_at")
        if isinstance(ended, datetime) and all(condition.holds(call) for condition in _ANSWERED):
            calls.setdefault(call["customer_id"], []).append(ended)
    counted: list[tuple[Row, int]] = []
    left_out: list[tuple[Row, Words]] = []
    for row in rows:
        opened, closed = row.get("opened_at"), row.get("done_at")
        within = [end for end in calls.get(row.get("customer_id"), ()) if opened and closed and opened <= end <= closed]  # type: ignore[operator]
        if not _DONE.holds(row):
            left_out.append((row, failed(_DONE, row)))
        elif row.get("reopened"):
            left_out.append((row, words("reopened")))
        elif len(within) != 1:
            left_out.append((row, words("calls_of_ticket", count=str(len(within)))))
        else:
            counted.append((row, 1))
    return counted, left_out


LINKED: Mapping[str, Callable[[Sequence[Row], RowSource], Parts]] = {
    "answered_without_order": lambda rows, facts: _without_order(rows, facts, kept=False),
    "kept_without_order": lambda rows, facts: _without_order(rows, facts, kept=True),
    "repeat_base": lambda rows, facts: _repeat(rows, facts, again=False),
    "repeat_again": lambda rows, facts: _repeat(rows, facts, again=True),
    "resolved_first": _resolved_first,
}
