"""Every measure once more, as plain DuckDB SQL written by hand: slow, obvious, and no part of the compiler.

Each text reads tables in which ``k`` is the row's group and ``d`` its day: ``calls_k``, ``orders_k``, … and
``tickets_by_done_date``, ``tickets_by_due_date``. Days outside are gone from them. ``{first}``/``{last}`` are the
period, ``{first_1}``/``{last_1}`` the month before, ``_3`` three months before, ``_12`` a year before.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from chot.core.periods import Period
from chot.kpi.measures import Outside
from tests.facts.engines.dataset import Rows

_DATED = ("calls", "leads", "orders", "surveys", "reviews", "exams", "workdays")
_IN_PERIOD = "d BETWEEN DATE '{first}' AND DATE '{last}'"
_COUNTED = "(status = 'confirmed' OR status = 'completed')"
_CONTACT = "(direction = 'in' OR direction = 'out') AND outcome = 'answered'"


def _calls(what: str, where: str) -> str:
    return f"SELECT k, {what} FROM calls_k WHERE {_IN_PERIOD} AND direction <> 'internal' AND {where} GROUP BY k"


def _orders(what: str, where: str, back: str = "") -> str:
    return f"SELECT k, {what} FROM orders_k WHERE d >= DATE '{{first{back}}}' AND d <= DATE '{{last{back}}}' AND {where} GROUP BY k"


def _plain(table: str, what: str, where: str) -> str:
    return f"SELECT k, {what} FROM {table} WHERE {_IN_PERIOD} AND {where} GROUP BY k"


_BASE = f"d BETWEEN DATE '{{first_3}}' AND DATE '{{last_3}}' AND {_COUNTED} AND customer_id IS NOT NULL"

HAND: dict[str, str] = {
    "answered_calls": _calls("count(*)", "outcome = 'answered'"),
    "successful_calls_30s_1f": _calls("count(*)", "outcome = 'answered' AND talk_s >= 30 AND fields_collected >= 1"),
    "outbound_calls": _calls("count(*)", "direction = 'out'"),
    "inbound_calls": _calls("count(*)", "direction = 'in'"),
    "answered_outbound": _calls("count(*)", "direction = 'out' AND outcome = 'answered'"),
    "answered_inbound": _calls("count(*)", "direction = 'in' AND outcome = 'answered'"),
    "missed_calls": _calls("count(*)", "direction = 'in' AND (outcome = 'no_answer' OR outcome = 'abandoned')"),
    "answered_talk_s": _calls("coalesce(sum(talk_s), 0)", "outcome = 'answered'"),
    "outbound_talk_s": _calls("coalesce(sum(talk_s), 0)", "outcome = 'answered' AND direction = 'out'"),
    "inbound_talk_s": _calls("coalesce(sum(talk_s), 0)", "outcome = 'answered' AND direction = 'in'"),
    "answered_hold_s": _calls("coalesce(sum(hold_s), 0)", "outcome = 'answered'"),
    "answered_wrap_s": _calls("coalesce(sum(wrap_s), 0)", "outcome = 'answered'"),
    "all_talk_s": _calls("coalesce(sum(talk_s), 0)", "true"),
    "all_hold_s": _calls("coalesce(sum(hold_s), 0)", "true"),
    "all_wrap_s": _calls("coalesce(sum(wrap_s), 0)", "true"),
    "reached_customers": _calls("count(DISTINCT customer_id)", "direction = 'out' AND outcome = 'answered'"),
    "quick_answers": _calls("count(*)", "direction = 'in' AND outcome = 'answered' AND wait_s <= 20"),
    "waited_abandons": _calls("count(*)", "direction = 'in' AND outcome = 'abandoned' AND wait_s > 5"),
    "abandoned_calls": _calls("count(*)", "direction = 'in' AND outcome = 'abandoned'"),
    "outbound_charge": _calls("coalesce(sum(charge_vnd), 0)", "direction = 'out'"),
    "answered_without_order": f"""
        SELECT k, count(*) FROM calls_k c WHERE {_IN_PERIOD} AND {_CONTACT}
        AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.call_id = c.call_id AND {_COUNTED}) GROUP BY k""",
    "kept_without_order": f"""
        SELECT k, count(*) FROM calls_k c WHERE {_IN_PERIOD} AND {_CONTACT} AND disposition IN ('interested', 'callback')
        AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.call_id = c.call_id AND {_COUNTED}) GROUP BY k""",
    "counted_orders": _orders("count(*)", _COUNTED),
    "counted_amount": _orders("coalesce(sum(amount_vnd), 0)", _COUNTED),
    "revenue_previous_month": _orders("coalesce(sum(amount_vnd), 0)", _COUNTED, "_1"),
    "revenue_same_month_last_year": _orders("coalesce(sum(amount_vnd), 0)", _COUNTED, "_12"),
    "returned_orders": _orders("count(*)", "status = 'returned'"),
    "final_orders": _orders("count(*)", f"({_COUNTED} OR status = 'returned')"),
    "repeat_base": f"SELECT k, count(DISTINCT customer_id) FROM orders_k WHERE {_BASE} GROUP BY k",
    "repeat_again": f"""
        SELECT k, count(DISTINCT customer_id) FROM orders_k b WHERE {_BASE} AND EXISTS (
            SELECT 1 FROM orders n WHERE n.customer_id = b.customer_id AND n.status IN ('confirmed', 'completed')
            AND n.order_id <> b.order_id AND epoch_us(n.ordered_at) - epoch_us(b.ordered_at) BETWEEN 0 AND 90::BIGINT * 24 * 3600 * 1000000
        ) GROUP BY k""",
    "opportunity_leads": _plain("leads_k", "count(*)", "best_stage IN ('interested', 'trial', 'won')"),
    "won_leads": _plain("leads_k", "count(*)", "stage = 'won'"),
    "done_tickets": _plain("tickets_by_done_date", "count(*)", "status = 'done'"),
    "due_tickets": _plain("tickets_by_due_date", "count(*)", "status <> 'cancelled'"),
    "met_tickets": _plain("tickets_by_due_date", "count(*)", "status = 'done' AND done_at <= due_at"),
    "on_time_tickets": _plain("tickets_by_done_date", "count(*)", "status = 'done' AND done_at <= due_at"),
    "dated_tickets": _plain("tickets_by_done_date", "count(*)", "status = 'done' AND due_at IS NOT NULL"),
    "resolved_first": f"""
        SELECT k, count(*) FROM tickets_by_done_date t WHERE {_IN_PERIOD} AND status = 'done' AND NOT reopened AND 1 = (
            SELECT count(*) FROM calls c WHERE c.customer_id = t.customer_id AND {_CONTACT}
            AND c.ended_at >= t.opened_at AND c.ended_at <= t.done_at
        ) GROUP BY k""",
    "csat_points": _plain("surveys_k", "sum(score)", "kind = 'csat' AND score IS NOT NULL"),
    "csat_answers": _plain("surveys_k", "count(score)", "kind = 'csat'"),
    "ces_points": _plain("surveys_k", "sum(score)", "kind = 'ces' AND score IS NOT NULL"),
    "ces_answers": _plain("surveys_k", "count(score)", "kind = 'ces'"),
    "nps_promoters": _plain("surveys_k", "count(*)", "kind = 'nps' AND score IN (9, 10)"),
    "nps_detractors": _plain("surveys_k", "count(*)", "kind = 'nps' AND score < 7"),
    "nps_answers": _plain("surveys_k", "count(score)", "kind = 'nps'"),
    "review_points": _plain("reviews_k", "coalesce(sum(score_bp), 0)", "final AND NOT auto_fail"),
    "scored_reviews": _plain("reviews_k", "count(score_bp)", "final AND NOT auto_fail"),
    "failed_reviews": _plain("reviews_k", "count(*)", "final AND auto_fail"),
    "best_exam_bp": _plain("exams_k", "coalesce(max(score_bp), 0)", "true"),
    "scored_exams": _plain("exams_k", "count(score_bp)", "true"),
    "worked_seconds": _plain("workdays_k", "coalesce(sum(worked_s), 0)", "true"),
    "paused_seconds": _plain("workdays_k", "coalesce(sum(pause_s), 0)", "true"),
    "present_seconds": _plain("workdays_k", "coalesce(sum(worked_s), 0)", "leave = 'none'"),
    "scheduled_seconds": _plain("workdays_k", "coalesce(sum(scheduled_s), 0)", "leave = 'none'"),
}


class Hand:
    """The facts in a DuckDB of their own, grouped by grain without the days outside, and the hand-written answers."""

    def __init__(self, dataset: Rows, grain: str, outside: Sequence[Outside]) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("SET TimeZone = 'UTC'")
        for name in ("agents", *_DATED, "tickets"):
            self._connection.register(name, dataset.arrow(name))

        for table in _DATED:
            self._view(f"{table}_k", table, "local_date", grain, outside)
        for day in ("done_date", "due_date"):
            self._view(f"tickets_by_{day}", "tickets", day, grain, outside)

    def answer(self, name: str, period: Period) -> dict[str, int]:
        """One measure by group; groups at 0 and rows without a group are left out."""
        back = {f"_{steps}": period.shifted(-steps) for steps in (1, 3, 12)} if period.kind == "month" else {}
        days = {f"{end}{step}": getattr(span, end) for step, span in {"": period, **back}.items() for end in ("first", "last")}
        rows = self._connection.execute(HAND[name].format(**days)).fetchall()
        return {key: int(value) for key, value in rows if key is not None and value}

    def _view(self, view: str, table: str, day: str, grain: str, outside: Sequence[Outside]) -> None:
        row = f"""SELECT %s FROM agents a WHERE a.agent_id = f.agent_id AND (a.valid_from IS NULL OR a.valid_from <= f.{day})
            AND (a.valid_to IS NULL OR f.{day} < a.valid_to)"""
        own = "f.team_id" if table == "calls" else "NULL"
        group = {
            "agent": "f.agent_id",
            "team": f"CASE WHEN f.agent_id IS NULL THEN {own} ELSE ({row % 'team_id'}) END",
            "role": f"({row % 'role'})",
            "company": "'company'",
        }[grain]
        spans = [f"(f.agent_id = '{each.agent_id}' AND f.{day} BETWEEN '{each.first}' AND '{each.last}')" for each in outside]
        kept = f"coalesce(NOT ({' OR '.join(spans)}), true)" if spans else "true"
        self._connection.execute(f"CREATE TEMP TABLE {view} AS SELECT {group} AS k, f.{day} AS d, f.* FROM {table} f WHERE {kept}")
