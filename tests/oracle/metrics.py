"""Every metric of the catalogue, one function per row of the contract's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracle.facts import Facts, Period, Row, local_day

Whose = Callable[[Row, date], bool]


@dataclass(frozen=True)
class Reading:
    """A metric's value (None: unmeasured) and its sample."""

    value: Fraction | None
    sample: int


@dataclass
class Figures:
    """Whose facts are counted, in which period, with which settings. ``agent_id`` only for one agent's own figures."""

    facts: Facts
    whose: Whose
    period: Period
    agent_id: str | None = None
    calendar: str | list[date] = "mon-sat"
    settings: dict[str, int] = field(default_factory=dict)

    def rows(self, table: str, column: str) -> list[Row]:
        """"The period is that of the column in brackets." """
        found = []
        for row in self.facts.tables[table]:
            moment = row[column]
            if moment is not None:
                day = local_day(moment) if isinstance(moment, datetime) else moment
                if day in self.period and self.whose(row, day):
                    found.append(row)
        return found

    def of_period(self, period: Period) -> Figures:
        """The same people in another period."""
        return Figures(self.facts, self.whose, period, self.agent_id, self.calendar, self.settings)


# --- what is counted ---------------------------------------------------------------------------------------------------


def counted_orders(figures: Figures) -> list[Row]:
    """"counted orders" = status in {confirmed, completed}." """
    return [row for row in figures.rows("orders", "ordered_at") if row["status"] in ("confirmed", "completed")]


def calls(figures: Figures) -> list[Row]:
    """"Internal calls count in no metric." """
    return [row for row in figures.rows("calls", "started_at") if row["direction"] in ("in", "out")]


def calls_of(figures: Figures, direction: str) -> list[Row]:
    return [row for row in calls(figures) if row["direction"] == direction]


def answered(rows: Iterable[Row]) -> list[Row]:
    """""answered" = outcome `answered`, direction in or out." """
    return [row for row in rows if row["outcome"] == "answered" and row["direction"] in ("in", "out")]


def opportunity_leads(figures: Figures) -> list[Row]:
    """"leads whose best_stage is `interested`, `trial` or `won` [assigned_at]"; "best_stage (empty = stage)" """
    rows = figures.rows("leads", "assigned_at")
    return [row for row in rows if (row["best_stage"] or row["stage"]) in ("interested", "trial", "won")]


def is_done(ticket: Row) -> bool:
    """A ticket is done when its status is done and it has a done_at; an empty status is done when done_at is set."""
    return ticket["done_at"] is not None and ticket["status"] in ("done", "")


def done_tickets(figures: Figures) -> list[Row]:
    """"tickets done [done_at]" """
    return [row for row in figures.rows("tickets", "done_at") if is_done(row)]


def done_in_time(ticket: Row) -> bool:
    """"tickets done at or before due_at" """
    return is_done(ticket) and ticket["due_at"] is not None and ticket["done_at"] <= ticket["due_at"]


def scores(figures: Figures, kind: str) -> list[int]:
    """"a survey or review without score is left out" """
    rows = figures.rows("surveys", "answered_at")
    return [row["score"] for row in rows if row["kind"] == kind and row["score"] is not None]


def total(rows: Iterable[Row], *columns: str) -> int:
    """"An empty number [...] adds 0" """
    return sum(row[column] or 0 for row in rows for column in columns)


def at_least(number: int | None, bound: int) -> bool:
    """"An empty number fails every comparison" """
    return number is not None and number >= bound


# --- readings ----------------------------------------------------------------------------------------------------------


def count(rows: list[Row]) -> Reading:
    """"Sums and counts are always measured (0 is a measurement)"; "The sample is [...] rows counted, for sums and counts" """
    return Reading(Fraction(len(rows)), len(rows))


def summed(rows: list[Row], column: str) -> Reading:
    return Reading(Fraction(total(rows, column)), len(rows))


def ratio(top: int, bottom: int) -> Reading:
    """"The *sample* of a metric is its denominator"; "with an empty denominator is unmeasured" """
    return Reading(Fraction(top, bottom) if bottom > 0 else None, bottom)


def revenue(f: Figures) -> Reading:
    """"sum amount_vnd of counted orders [ordered_at]" """
    return summed(counted_orders(f), "amount_vnd")


def growth(f: Figures, months_back: int) -> Reading:
    """"revenue / revenue of the previous month (same month last year) - 1; month plans only; unmeasured when the base is 0
    or absent, or the agent was not employed on every working day of both"; "a base below 0 leaves it unmeasured too" """
    if f.period.kind != "month":
        return Reading(None, 0)
    before = f.period.earlier(months_back)
    base = total(counted_orders(f.of_period(before)), "amount_vnd")
    if base <= 0 or not employed_throughout(f, before) or not employed_throughout(f, f.period):
        return Reading(None, base)
    return Reading(Fraction(total(counted_orders(f), "amount_vnd"), base) - 1, base)


def employed_throughout(f: Figures, period: Period) -> bool:
    """"employed on every working day" — asked of one agent, not of a group"""
    if f.agent_id is None:
        return True
    working = [day for day in period.days if f.facts.is_working_day(f.agent_id, day, f.calendar)]
    return all(f.facts.employed(f.agent_id, day) for day in working)


def orders(f: Figures) -> Reading:
    """"number of counted orders [ordered_at]" """
    return count(counted_orders(f))


def close_rate(f: Figures) -> Reading:
    """"counted orders / answered calls [ordered_at, started_at]" """
    return ratio(len(counted_orders(f)), len(answered(calls(f))))


def opportunities(f: Figures) -> Reading:
    return count(opportunity_leads(f))


def conversion_rate(f: Figures) -> Reading:
    """"leads `won` / opportunities [assigned_at]" """
    won = [row for row in f.rows("leads", "assigned_at") if row["stage"] == "won"]
    return ratio(len(won), len(opportunity_leads(f)))


def average_order_value(f: Figures) -> Reading:
    """"revenue / orders" """
    return ratio(total(counted_orders(f), "amount_vnd"), len(counted_orders(f)))


def repeat_customer_rate(f: Figures) -> Reading:
    """"of the customers with a counted order of this agent in the month 3 months earlier, the share with another counted
    order (any agent, another order_id) 0 to 90 x 24 h after one of those; customers without an id left out" """
    if f.period.kind != "month":
        return Reading(None, 0)
    first_orders = [row for row in counted_orders(f.of_period(f.period.earlier(3))) if row["customer_id"]]
    came_back = set()
    for first in first_orders:
        for other in f.facts.tables["orders"]:
            same_customer = other["customer_id"] == first["customer_id"] and other["order_id"] != first["order_id"]
            if same_customer and other["status"] in ("confirmed", "completed"):
                wait = other["ordered_at"] - first["ordered_at"]
                if timedelta(0) <= wait <= timedelta(hours=90 * 24):
                    came_back.add(first["customer_id"])
    return ratio(len(came_back), len({row["customer_id"] for row in first_orders}))


def interest_kept_rate(f: Figures) -> Reading:
    """"over answered calls that no counted order (any agent, any time) names as call_id: those with disposition
    `interested` or `callback` / all" """
    sold = {row["call_id"] for row in f.facts.tables["orders"] if row["status"] in ("confirmed", "completed")}
    unsold = [row for row in answered(calls(f)) if row["call_id"] not in sold]
    return ratio(sum(row["disposition"] in ("interested", "callback") for row in unsold), len(unsold))


def successful_calls(f: Figures) -> Reading:
    """"answered calls with talk_s >= 30 and fields_collected >= 1; an item may set `settings: {min_talk_s, min_fields}`" """
    talk, fields = f.settings.get("min_talk_s", 30), f.settings.get("min_fields", 1)
    rows = answered(calls(f))
    return count([row for row in rows if at_least(row["talk_s"], talk) and at_least(row["fields_collected"], fields)])


def calls_missed(f: Figures) -> Reading:
    """"missed = direction `in`, outcome in {no_answer, abandoned}" """
    return count([row for row in calls_of(f, "in") if row["outcome"] in ("no_answer", "abandoned")])


def average_talk_time(f: Figures) -> Reading:
    """"talk_time / answered calls" """
    return ratio(total(answered(calls(f)), "talk_s"), len(answered(calls(f))))


def average_handle_time(f: Figures) -> Reading:
    """"(talk_s + hold_s + wrap_s) of answered calls / answered calls" """
    return ratio(total(answered(calls(f)), "talk_s", "hold_s", "wrap_s"), len(answered(calls(f))))


def connect_rate(f: Figures) -> Reading:
    """"answered outbound calls / outbound calls" """
    return ratio(len(answered(calls_of(f, "out"))), len(calls_of(f, "out")))


def customers_reached(f: Figures) -> Reading:
    """"distinct customer_id of answered outbound calls"; "The sample of customers_reached is the distinct customers." """
    reached = {row["customer_id"] for row in answered(calls_of(f, "out")) if row["customer_id"]}
    return Reading(Fraction(len(reached)), len(reached))


def service_level(f: Figures) -> Reading:
    """"inbound calls answered with wait_s <= 20 / (inbound answered + abandoned with wait_s > 5)" """
    taken = answered(calls_of(f, "in"))
    quick = [row for row in taken if row["wait_s"] is not None and row["wait_s"] <= 20]
    lost = [row for row in calls_of(f, "in") if row["outcome"] == "abandoned" and row["wait_s"] is not None and row["wait_s"] > 5]
    return ratio(len(quick), len(taken) + len(lost))


def abandon_rate(f: Figures) -> Reading:
    """"inbound abandoned / inbound calls" """
    inbound = calls_of(f, "in")
    return ratio(sum(row["outcome"] == "abandoned" for row in inbound), len(inbound))


def average_score(f: Figures, kind: str) -> Reading:
    """"csat, ces: average score (a plain number: 4.5)" """
    return ratio(sum(scores(f, kind)), len(scores(f, kind)))


def nps(f: Figures) -> Reading:
    """"(promoters 9-10 minus detractors 0-6) / answers" """
    given = scores(f, "nps")
    return ratio(sum(score >= 9 for score in given) - sum(score <= 6 for score in given), len(given))


def quality_score(f: Figures) -> Reading:
    """"average of score_bp/10000 of final reviews (a ratio); an auto-fail review counts 0"; "a survey or review without
    score is left out (an auto-fail review still counts)" """
    points = []
    for row in f.rows("reviews", "reviewed_at"):
        if row["final"] and row["auto_fail"]:
            points.append(0)
        elif row["final"] and row["score_bp"] is not None:
            points.append(row["score_bp"])
    return Reading(Fraction(sum(points), 10_000 * len(points)) if points else None, len(points))


def first_contact_resolution(f: Figures) -> Reading:
    """"tickets done, not reopened, with exactly one answered call of that customer ended between opened_at and done_at
    (inclusive) / tickets done [done_at]" """
    done = done_tickets(f)
    return ratio(sum(not row["reopened"] and contacts_within(f, row) == 1 for row in done), len(done))


def contacts_within(f: Figures, ticket: Row) -> int:
    """The answered calls of the ticket's customer, whoever took them, that ended while the ticket was open."""
    if not ticket["customer_id"] or ticket["opened_at"] is None:
        return 0
    rows = [row for row in answered(f.facts.tables["calls"]) if row["customer_id"] == ticket["customer_id"] and row["ended_at"]]
    return sum(ticket["opened_at"] <= row["ended_at"] <= ticket["done_at"] for row in rows)


def tickets_done(f: Figures) -> Reading:
    return count(done_tickets(f))


def tickets_overdue(f: Figures) -> Reading:
    """"tickets, not cancelled, not done at or before due_at [due_at]" """
    rows = f.rows("tickets", "due_at")
    return count([row for row in rows if row["status"] != "cancelled" and not done_in_time(row)])


def on_time_rate(f: Figures) -> Reading:
    """"tickets done at or before due_at / tickets done that have a due_at [done_at]" """
    promised = [row for row in done_tickets(f) if row["due_at"] is not None]
    return ratio(sum(done_in_time(row) for row in promised), len(promised))


def defect_rate(f: Figures) -> Reading:
    """"orders returned / orders that are counted or returned [ordered_at]" """
    returned = [row for row in f.rows("orders", "ordered_at") if row["status"] == "returned"]
    return ratio(len(returned), len(returned) + len(counted_orders(f)))


def exam_score(f: Figures) -> Reading:
    """"best score_bp/10000 in the period (a ratio)" """
    points = [row["score_bp"] for row in f.rows("exams", "taken_at") if row["score_bp"] is not None]
    return Reading(Fraction(max(points), 10_000) if points else None, len(points))


def call_charge(f: Figures) -> Reading:
    """"sum charge_vnd of outbound calls" """
    return summed(calls_of(f, "out"), "charge_vnd")


def cost_per_order(f: Figures) -> Reading:
    """"call_charge / orders" """
    return ratio(total(calls_of(f, "out"), "charge_vnd"), len(counted_orders(f)))


def occupancy(f: Figures) -> Reading:
    """"(talk_s + hold_s + wrap_s) of all in and out calls / (worked_s - pause_s)" """
    days = f.rows("workdays", "date")
    return ratio(total(calls(f), "talk_s", "hold_s", "wrap_s"), total(days, "worked_s") - total(days, "pause_s"))


def adherence(f: Figures) -> Reading:
    """"worked_s / scheduled_s over days without leave" """
    days = [row for row in f.rows("workdays", "date") if row["leave"] in ("", "none")]
    return ratio(total(days, "worked_s"), total(days, "scheduled_s"))


@dataclass(frozen=True)
class Metric:
    """``additive``: a sum or count, whose targets are prorated and which is always measured."""

    unit: str
    additive: bool
    read: Callable[[Figures], Reading]


def _answered_talk(f: Figures, *directions: str) -> Reading:
    """"talk_time, talk_time_out, talk_time_in: sum talk_s of answered calls" """
    return summed([row for row in answered(calls(f)) if row["direction"] in directions], "talk_s")


METRICS = {
    "revenue": Metric("vnd", True, revenue),
    "revenue_growth_mom": Metric("ratio", False, lambda f: growth(f, 1)),
    "revenue_growth_yoy": Metric("ratio", False, lambda f: growth(f, 12)),
    "orders": Metric("count", True, orders),
    "close_rate": Metric("ratio", False, close_rate),
    "opportunities": Metric("count", True, opportunities),
    "conversion_rate": Metric("ratio", False, conversion_rate),
    "average_order_value": Metric("vnd", False, average_order_value),
    "repeat_customer_rate": Metric("ratio", False, repeat_customer_rate),
    "interest_kept_rate": Metric("ratio", False, interest_kept_rate),
    "successful_calls": Metric("count", True, successful_calls),
    "calls_out": Metric("count", True, lambda f: count(calls_of(f, "out"))),
    "calls_in": Metric("count", True, lambda f: count(calls_of(f, "in"))),
    "calls_answered": Metric("count", True, lambda f: count(answered(calls(f)))),
    "calls_missed": Metric("count", True, calls_missed),
    "talk_time": Metric("seconds", True, lambda f: _answered_talk(f, "in", "out")),
    "talk_time_out": Metric("seconds", True, lambda f: _answered_talk(f, "out")),
    "talk_time_in": Metric("seconds", True, lambda f: _answered_talk(f, "in")),
    "average_talk_time": Metric("seconds", False, average_talk_time),
    "average_handle_time": Metric("seconds", False, average_handle_time),
    "connect_rate": Metric("ratio", False, connect_rate),
    "customers_reached": Metric("count", True, customers_reached),
    "service_level": Metric("ratio", False, service_level),
    "abandon_rate": Metric("ratio", False, abandon_rate),
    "csat": Metric("score", False, lambda f: average_score(f, "csat")),
    "ces": Metric("score", False, lambda f: average_score(f, "ces")),
    "nps": Metric("ratio", False, nps),
    "quality_score": Metric("ratio", False, quality_score),
    "first_contact_resolution": Metric("ratio", False, first_contact_resolution),
    "tickets_done": Metric("count", True, tickets_done),
    "tickets_overdue": Metric("count", True, tickets_overdue),
    "on_time_rate": Metric("ratio", False, on_time_rate),
    "defect_rate": Metric("ratio", False, defect_rate),
    "exam_score": Metric("ratio", False, exam_score),
    "call_charge": Metric("vnd", True, call_charge),
    "cost_per_order": Metric("vnd", False, cost_per_order),
    "occupancy": Metric("ratio", False, occupancy),
    "adherence": Metric("ratio", False, adherence),
}

LOWER_IS_BETTER = (
    "average_handle_time", "abandon_rate", "calls_missed", "tickets_overdue", "defect_rate", "call_charge", "cost_per_order",
)  # fmt: skip
"""and "higher for all others" """

MONTHLY = ("revenue_growth_mom", "revenue_growth_yoy", "repeat_customer_rate")
""""month plans only": for quarters and weeks these do not exist."""
