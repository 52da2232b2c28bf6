"""The measures of one month as the best DuckDB SQL written by hand, to hold the compiled queries against.

One scan per fact table and day, in two stages where there are many measures (rows to a few parts for each agent,
parts to measures), the exact distinct count in two stages, only the month's files where a month is enough. Each
text returns an agent and the measures named beside it.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from chot.core.periods import Period

_CALLS = """
SELECT agent_id,
  coalesce(sum(CASE WHEN contact AND answered THEN n END), 0)::BIGINT AS answered_calls,
  coalesce(sum(CASE WHEN contact AND answered THEN full_talks END), 0)::BIGINT AS successful_calls_30s_1f,
  coalesce(sum(CASE WHEN direction = 'out' THEN n END), 0)::BIGINT AS outbound_calls,
  coalesce(sum(CASE WHEN direction = 'in' THEN n END), 0)::BIGINT AS inbound_calls,
  coalesce(sum(CASE WHEN direction = 'out' AND answered THEN n END), 0)::BIGINT AS answered_outbound,
  coalesce(sum(CASE WHEN direction = 'in' AND answered THEN n END), 0)::BIGINT AS answered_inbound,
  coalesce(sum(CASE WHEN direction = 'in' AND outcome IN ('no_answer', 'abandoned') THEN n END), 0)::BIGINT AS missed_calls,
  coalesce(sum(CASE WHEN contact AND answered THEN talk END), 0)::BIGINT AS answered_talk_s,
  coalesce(sum(CASE WHEN direction = 'out' AND answered THEN talk END), 0)::BIGINT AS outbound_talk_s,
  coalesce(sum(CASE WHEN direction = 'in' AND answered THEN talk END), 0)::BIGINT AS inbound_talk_s,
  coalesce(sum(CASE WHEN contact AND answered THEN held END), 0)::BIGINT AS answered_hold_s,
  coalesce(sum(CASE WHEN contact AND answered THEN wrap END), 0)::BIGINT AS answered_wrap_s,
  coalesce(sum(CASE WHEN contact THEN talk END), 0)::BIGINT AS all_talk_s,
  coalesce(sum(CASE WHEN contact THEN held END), 0)::BIGINT AS all_hold_s,
  coalesce(sum(CASE WHEN contact THEN wrap END), 0)::BIGINT AS all_wrap_s,
  coalesce(sum(CASE WHEN direction = 'in' AND answered THEN quick END), 0)::BIGINT AS quick_answers,
  coalesce(sum(CASE WHEN direction = 'in' AND outcome = 'abandoned' THEN waited END), 0)::BIGINT AS waited_abandons,
  coalesce(sum(CASE WHEN direction = 'in' AND outcome = 'abandoned' THEN n END), 0)::BIGINT AS abandoned_calls,
  coalesce(sum(CASE WHEN direction = 'out' THEN charge END), 0)::BIGINT AS outbound_charge
FROM (
  SELECT agent_id, direction, outcome, outcome = 'answered' AS answered, direction <> 'internal' AS contact,
    count(*) AS n, sum(talk_s) AS talk, sum(hold_s) AS held, sum(wrap_s) AS wrap, sum(charge_vnd) AS charge,
    count(CASE WHEN talk_s >= 30 AND fields_collected >= 1 THEN 1 END) AS full_talks,
    count(CASE WHEN wait_s <= 20 THEN 1 END) AS quick, count(CASE WHEN wait_s > 5 THEN 1 END) AS waited
  FROM {calls} WHERE local_date BETWEEN '{first}' AND '{last}' GROUP BY agent_id, direction, outcome
) GROUP BY agent_id"""

_REACHED = """
SELECT agent_id, count(*) AS reached_customers FROM (
  SELECT DISTINCT agent_id, customer_id FROM {calls}
  WHERE local_date BETWEEN '{first}' AND '{last}' AND direction = 'out' AND outcome = 'answered' AND customer_id IS NOT NULL
) GROUP BY agent_id"""

_WITHOUT_ORDER = """
SELECT agent_id, count(*) AS answered_without_order,
  count(CASE WHEN disposition IN ('interested', 'callback') THEN 1 END) AS kept_without_order
FROM {calls} c ANTI JOIN (SELECT call_id FROM {all_orders} WHERE status IN ('confirmed', 'completed') AND call_id IS NOT NULL) o
  ON o.call_id = c.call_id
WHERE local_date BETWEEN '{first}' AND '{last}' AND direction <> 'internal' AND outcome = 'answered'
GROUP BY agent_id"""

_ORDERS = """
SELECT agent_id,
  count(CASE WHEN counted AND now THEN 1 END) AS counted_orders,
  coalesce(sum(CASE WHEN counted AND now THEN amount_vnd ELSE 0 END), 0)::BIGINT AS counted_amount,
  coalesce(sum(CASE WHEN counted AND local_date BETWEEN '{first_1}' AND '{last_1}' THEN amount_vnd ELSE 0 END), 0)::BIGINT
    AS revenue_previous_month,
  coalesce(sum(CASE WHEN counted AND local_date BETWEEN '{first_12}' AND '{last_12}' THEN amount_vnd ELSE 0 END), 0)::BIGINT
    AS revenue_same_month_last_year,
  count(CASE WHEN status = 'returned' AND now THEN 1 END) AS returned_orders,
  count(CASE WHEN (counted OR status = 'returned') AND now THEN 1 END) AS final_orders
FROM (SELECT *, status IN ('confirmed', 'completed') AS counted, local_date BETWEEN '{first}' AND '{last}' AS now FROM {growth_orders})
GROUP BY agent_id"""

_REPEAT = """
SELECT agent_id, count(*) AS repeat_base, count(CASE WHEN again THEN 1 END) AS repeat_again FROM (
  SELECT b.agent_id, b.customer_id, bool_or(n.order_id IS NOT NULL) AS again
  FROM (SELECT * FROM {base_orders} WHERE local_date BETWEEN '{first_3}' AND '{last_3}'
        AND status IN ('confirmed', 'completed') AND customer_id IS NOT NULL) b
  LEFT JOIN (SELECT * FROM {next_orders} WHERE status IN ('confirmed', 'completed') AND customer_id IN (
        SELECT customer_id FROM {base_orders} WHERE status IN ('confirmed', 'completed'))) n
    ON n.customer_id = b.customer_id AND n.order_id <> b.order_id AND n.ordered_at >= b.ordered_at
    AND epoch_us(n.ordered_at) <= epoch_us(b.ordered_at) + 7776000000000
  GROUP BY b.agent_id, b.customer_id
) GROUP BY agent_id"""

_LEADS = """
SELECT agent_id, count(CASE WHEN best_stage IN ('interested', 'trial', 'won') THEN 1 END) AS opportunity_leads,
  count(CASE WHEN stage = 'won' THEN 1 END) AS won_leads
FROM {leads} WHERE local_date BETWEEN '{first}' AND '{last}' GROUP BY agent_id"""

_DONE_TICKETS = """
SELECT agent_id, count(*) AS done_tickets, count(due_at) AS dated_tickets, count(CASE WHEN done_at <= due_at THEN 1 END) AS on_time_tickets
FROM {all_tickets} WHERE done_date BETWEEN '{first}' AND '{last}' AND status = 'done' GROUP BY agent_id"""

_DUE_TICKETS = """
SELECT agent_id, count(*) AS due_tickets, count(CASE WHEN status = 'done' AND done_at <= due_at THEN 1 END) AS met_tickets
FROM {all_tickets} WHERE due_date BETWEEN '{first}' AND '{last}' AND status <> 'cancelled' GROUP BY agent_id"""

_FIRST_OPENED = """
SELECT min(epoch_us(opened_at)) FROM {all_tickets}
WHERE done_date BETWEEN '{first}' AND '{last}' AND status = 'done' AND NOT reopened"""

_RESOLVED = """
SELECT agent_id, count(CASE WHEN calls = 1 THEN 1 END) AS resolved_first FROM (
  SELECT t.agent_id, t.ticket_id, count(*) AS calls
  FROM (SELECT * FROM {all_tickets} WHERE done_date BETWEEN '{first}' AND '{last}' AND status = 'done' AND NOT reopened) t
  JOIN (SELECT customer_id, ended_at FROM {calls_so_far} WHERE direction <> 'internal' AND outcome = 'answered'
        AND ended_at >= make_timestamptz({first_opened})) c
    ON c.customer_id = t.customer_id AND c.ended_at BETWEEN t.opened_at AND t.done_at
  GROUP BY t.agent_id, t.ticket_id
) GROUP BY agent_id"""

_SURVEYS = """
SELECT agent_id,
  coalesce(sum(CASE WHEN kind = 'csat' THEN score ELSE 0 END), 0)::BIGINT AS csat_points,
  count(CASE WHEN kind = 'csat' THEN score END) AS csat_answers,
  coalesce(sum(CASE WHEN kind = 'ces' THEN score ELSE 0 END), 0)::BIGINT AS ces_points,
  count(CASE WHEN kind = 'ces' THEN score END) AS ces_answers,
  count(CASE WHEN kind = 'nps' AND score >= 9 THEN 1 END) AS nps_promoters,
  count(CASE WHEN kind = 'nps' AND score <= 6 THEN 1 END) AS nps_detractors, count(CASE WHEN kind = 'nps' THEN score END) AS nps_answers
FROM {surveys} WHERE local_date BETWEEN '{first}' AND '{last}' GROUP BY agent_id"""

_REVIEWS = """
SELECT agent_id, coalesce(sum(CASE WHEN NOT auto_fail THEN score_bp ELSE 0 END), 0)::BIGINT AS review_points,
  count(CASE WHEN NOT auto_fail THEN score_bp END) AS scored_reviews, count(CASE WHEN auto_fail THEN 1 END) AS failed_reviews
FROM {reviews} WHERE local_date BETWEEN '{first}' AND '{last}' AND final GROUP BY agent_id"""

_EXAMS = """
SELECT agent_id, coalesce(max(score_bp), 0) AS best_exam_bp, count(score_bp) AS scored_exams
FROM {exams} WHERE local_date BETWEEN '{first}' AND '{last}' GROUP BY agent_id"""

_WORKDAYS = """
SELECT agent_id, coalesce(sum(worked_s), 0)::BIGINT AS worked_seconds, coalesce(sum(pause_s), 0)::BIGINT AS paused_seconds,
  coalesce(sum(CASE WHEN leave = 'none' THEN worked_s ELSE 0 END), 0)::BIGINT AS present_seconds,
  coalesce(sum(CASE WHEN leave = 'none' THEN scheduled_s ELSE 0 END), 0)::BIGINT AS scheduled_seconds
FROM {workdays} WHERE local_date BETWEEN '{first}' AND '{last}' GROUP BY agent_id"""

TEXTS = (
    _CALLS, _REACHED, _WITHOUT_ORDER, _ORDERS, _REPEAT, _LEADS, _DONE_TICKETS, _DUE_TICKETS, _RESOLVED, _SURVEYS, _REVIEWS, _EXAMS,
    _WORKDAYS,
)  # fmt: skip
FIRST_OPENED = _FIRST_OPENED


def names(folder: Path, month: Period) -> dict[str, str]:
    """What the texts leave open: the files to read and the days between which."""
    months = {0: month, **{back: month.shifted(-back) for back in (1, 3, 12)}}
    filled = {table: _files(folder, table, month.name) for table in ("calls", "leads", "surveys", "reviews", "exams", "workdays")}
    filled["all_orders"] = _files(folder, "orders", "*")
    filled["all_tickets"] = _files(folder, "tickets", "*")
    filled["growth_orders"] = _several(folder, "orders", [months[back].name for back in (0, 1, 12)])
    filled["base_orders"] = _several(folder, "orders", [months[3].name])
    filled["next_orders"] = _several(folder, "orders", _names(months[3].first, months[3].last + timedelta(days=91)))
    filled["calls_so_far"] = _several(folder, "calls", _names(date(2025, 1, 1), month.last))
    for back, each in months.items():
        filled |= {f"first{f'_{back}' if back else ''}": each.first.isoformat(), f"last{f'_{back}' if back else ''}": each.last.isoformat()}
    return filled


def _names(first: date, last: date) -> list[str]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{each // 12}-{each % 12 + 1:02d}" for each in months]


def _several(folder: Path, table: str, months: list[str]) -> str:
    paths = [path for month in months for path in sorted((folder / table / f"month={month}").glob("*.parquet"))]
    return f"read_parquet({[str(path) for path in paths]})" if paths else f"(SELECT * FROM {_files(folder, table, '*')} WHERE false)"


def _files(folder: Path, table: str, month: str) -> str:
    return f"read_parquet('{folder}/{table}/month={month}/*.parquet')"
