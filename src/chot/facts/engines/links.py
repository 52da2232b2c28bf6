"""The measures over two tables, one query for each subject, as ``kpi.measures.LINKS`` words them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from chot.core.periods import Period
from chot.facts.engines.groups import Scope, needed, window
from chot.kpi.measures import CUT, Condition, Measure

COUNTED = Condition("status", "in", ("confirmed", "completed"))
ANSWERED = (Condition("direction", "in", ("in", "out")), Condition("outcome", "in", ("answered",)))
KEPT = Condition("disposition", "in", ("interested", "callback"))
DONE = (Condition("status", "in", ("done",)), Condition("done_at", "known"), Condition("reopened", "in", (False,)))
AGAIN_DAYS = 90
_NEVER = 10_000_000_000_000_000  # microseconds: in the year 2286, which every engine can write

Query = tuple[list[str], str]


def queries(scope: Scope, measures: Sequence[Measure]) -> Iterator[Query]:
    """The queries for the linked measures of one table; two that read the same rows share one."""
    for day, span in sorted({(each.day, window(scope.period, each.window)) for each in measures}):
        asked = {each.link: each.name for each in measures if (each.day, window(scope.period, each.window)) == (day, span)}
        for links, build in _SUBJECTS:
            names = [asked[link] for link in links if link in asked]
            if names:
                yield names, build(scope, day, span, [link for link in links if link in asked])


def _by_group(numbers: Sequence[str], rows: str) -> str:
    columns = ", ".join(["k", *(f"{number} AS n{place}" for place, number in enumerate(numbers))])
    return f"SELECT {columns}\nFROM (\n{rows}\n) r GROUP BY k"


def _without_order(scope: Scope, day: str, span: Period, links: Sequence[str]) -> str:
    """Answered calls that no counted order names."""
    sql = scope.engine.dialect
    orders, counted = scope.engine.table("orders"), scope.condition("orders", COUNTED, "o")
    named = f"SELECT o.call_id AS call_id FROM {orders} o WHERE o.call_id IS NOT NULL AND {counted}"
    join, unnamed = sql.without(named, "w.call_id = f.call_id")
    where = [scope.within(day, span), *scope.conditions("calls", ANSWERED), *scope.inside(day), *([unnamed] if unnamed else [])]
    months = needed([span]) if day == "local_date" else None
    of_link = {"answered_without_order": sql.count(""), "kept_without_order": sql.count(scope.condition("calls", KEPT))}
    columns = ", ".join([f"{scope.group('calls', day)} AS k", *(f"{of_link[link]} AS n{place}" for place, link in enumerate(links))])
    return f"SELECT {columns}\nFROM {scope.source('calls', [day], months)}\n{join}\nWHERE {' AND '.join(where)}\nGROUP BY 1"


def _repeat(scope: Scope, day: str, span: Period, links: Sequence[str]) -> str:
    """Customers of the window, and whether another order followed one of theirs within 90 x 24 h.

    ``next`` is the customer's following counted order by anyone, ``previous`` the one before: when that
    stands at the same moment, it follows 0 h after. Each customer's orders are sorted once, so one
    with very many orders costs no more than their number; customers without an order in the window are not sorted.
    """
    sql = scope.engine.dialect
    counted, in_window = scope.condition("orders", COUNTED, "o"), needed([span]) if day == "local_date" else None
    low, high = span.first.strftime("%Y-%m"), (span.last + timedelta(days=AGAIN_DAYS + 1)).strftime("%Y-%m")
    near = (lambda month: low <= month <= high) if day == "local_date" else None
    customers = (
        f"SELECT b.customer_id FROM {scope.engine.table('orders', in_window)} b\n"
        f"WHERE {scope.within(day, span, 'b')} AND {scope.condition('orders', COUNTED, 'b')}"
    )
    all_orders = (
        f"(SELECT o.agent_id, o.customer_id, o.ordered_at, o.{sql.name(day)}, LEAD(o.ordered_at) OVER w AS next_at,\n"
        f"LAG(o.ordered_at) OVER w AS previous_at FROM {scope.engine.table('orders', near)} o\n"
        f"WHERE o.customer_id IS NOT NULL AND {counted} AND o.customer_id IN ({customers})\n"
        "WINDOW w AS (PARTITION BY o.customer_id ORDER BY o.ordered_at))"
    )
    follows = f"{sql.micros('f.next_at')} - {sql.micros('f.ordered_at')} <= {AGAIN_DAYS * 86_400_000_000}"
    again = f"f.previous_at = f.ordered_at OR {follows}"
    rows = (
        f"SELECT {scope.group('orders', day)} AS k, f.customer_id AS customer_id, MAX(CASE WHEN {again} THEN 1 ELSE 0 END) AS again\n"
        f"FROM {scope.joined(all_orders, [day])}\nWHERE {' AND '.join([scope.within(day, span), *scope.inside(day)])} GROUP BY 1, 2"
    )
    of_link = {"repeat_base": sql.count(""), "repeat_again": sql.count("r.again = 1")}
    return _by_group([of_link[link] for link in links], rows)


def _resolved_first(scope: Scope, day: str, span: Period, links: Sequence[str]) -> str:
    """Tickets done in the window with exactly one answered call of their customer while they were open."""
    return _by_group([scope.engine.dialect.count("r.calls = 1") for _ in links], _called_tickets(scope, day, span))


def called_tickets(scope: Scope, each: Measure) -> Query:
    """The tickets that could be resolved at first contact, with their answered calls: what files of calls each add to."""
    part = f"r.k || {scope.engine.dialect.text(CUT)} || r.ticket_id"
    rows = _called_tickets(scope, each.day, window(scope.period, each.window))
    return [each.name], f"SELECT {part} AS k, r.calls AS n0\nFROM (\n{rows}\n) r"


def _called_tickets(scope: Scope, day: str, span: Period) -> str:
    """Tickets done in the window that had an answered call of their customer while they were open, and how many."""
    sql = scope.engine.dialect
    open_in = [scope.within(day, span), *scope.conditions("tickets", DONE), "f.opened_at IS NOT NULL", "f.customer_id IS NOT NULL"]
    tickets = (
        f"SELECT {scope.group('tickets', day)} AS k, f.ticket_id, f.customer_id, f.opened_at, f.done_at\n"
        f"FROM {scope.source('tickets', [day], None)}\nWHERE {' AND '.join([*open_in, *scope.inside(day)])}"
    )
    until = span.last.strftime("%Y-%m")  # a call ends on its own day or later, a ticket on its done_date
    months = (lambda month: month <= until) if day == "done_date" else None
    first = _first_opened(scope, open_in)  # calls that ended earlier play no part: a bound that skips stored rows
    source = scope.engine.table("calls", months, ("ended_at", first))
    answered = " AND ".join([*scope.conditions("calls", ANSWERED, "c"), f"c.ended_at >= {sql.moment(first)}"])
    calls = f"SELECT c.customer_id, c.ended_at FROM {source} c WHERE {answered}"
    return (
        f"SELECT t.k AS k, t.ticket_id AS ticket_id, COUNT(*) AS calls\nFROM ({tickets}) t\nJOIN ({calls}) c\n"
        "ON c.customer_id = t.customer_id AND c.ended_at >= t.opened_at AND c.ended_at <= t.done_at\nGROUP BY 1, 2"
    )


def _first_opened(scope: Scope, open_in: Sequence[str]) -> int:
    """When the first of the tickets was opened, in microseconds since 1970 UTC; far ahead when there is none."""
    opened = f"SELECT 'first' AS k, MIN({scope.engine.dialect.micros('f.opened_at')}) AS n0 FROM {scope.engine.table('tickets')} f"
    first = scope.engine.numbers(f"{opened} WHERE {' AND '.join(open_in)} HAVING COUNT(*) > 0")
    return int(first.columns[0][0]) if first.keys else _NEVER


_SUBJECTS = (
    (("answered_without_order", "kept_without_order"), _without_order),
    (("repeat_base", "repeat_again"), _repeat),
    (("resolved_first",), _resolved_first),
)
