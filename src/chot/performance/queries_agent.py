"""Reads about one agent: KPIs over periods, activity of any days, and the rows behind a line of pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from chot.core.errors import InternalError
from chot.core.money import exact_text
from chot.core.periods import Period, between, parse
from chot.kpi.measures import Measure, Measured
from chot.kpi.metrics import Metric
from chot.kpi.plan import Plan
from chot.kpi.statement_rows import Rows
from chot.kpi.values import measures_of, metric_columns
from chot.kpi.wording import counted_words, value_words
from chot.performance.fact_states import facts_now
from chot.performance.measured_once import measured_once
from chot.performance.models import Result
from chot.performance.queries import both, item_title, opened_plan, published
from chot.performance.workplace import metrics, workplace
from chot.quality.fact_links import fact_links

ACTIVITY = (
    "calls_out", "calls_in", "calls_answered", "calls_missed", "talk_time_out", "talk_time_in", "tickets_done", "tickets_overdue",
    "orders", "revenue",
)  # fmt: skip
LONGEST = 366 * 2  # days of one look at activity
COLOURS = ["#3b7bff", "#8b93a3", "#d97706", "#0d9488", "#a855f7", "#dc2626"]  # legible on light and on dark
SHOWN = 50  # rows of a measure on a page
_REMEMBERED_S = 24 * 3600
_WORDED = {
    "calls": ("direction", "outcome", "disposition"), "orders": ("status", "product"), "leads": ("stage",), "tickets": ("status",),
    "surveys": ("kind",), "workdays": ("leave",),
}  # fmt: skip
_FIGURES = {
    "orders": "amount_vnd", "calls": "talk_s", "surveys": "score", "reviews": "score_bp", "exams": "score_bp", "workdays": "worked_s",
}  # fmt: skip
_MOMENTS = ("started_at", "ordered_at", "assigned_at", "opened_at", "answered_at", "reviewed_at", "taken_at", "date", "local_date")


@dataclass(frozen=True, kw_only=True)
class Past:
    """One KPI over periods; ``cells`` in the order of the periods, None where the agent had none."""

    metric: str
    title: Any
    unit: str
    cells: Sequence[Any]


def history(agent_id: str) -> tuple[list[Result], list[Past]]:
    """The agent's results, oldest first, and each KPI across them."""
    results = sorted(newest_by_period(agent_id), key=lambda each: (parse(each.run.period).last, each.run.plan.plan_id))
    pasts: dict[str, Past] = {}
    for each in results:
        for item in opened_plan(each.run.plan.text).items:
            pasts[item.metric.id] = Past(
                metric=item.metric.id, title=item_title(item), unit=item.metric.unit,
                cells=[_cell(result, item.metric.id) for result in results],
            )  # fmt: skip
    return results, list(pasts.values())


def newest_by_period(agent_id: str) -> list[Result]:
    """One result for each plan and period."""
    periods: dict[str, list[Any]] = {}
    for result in published(agent_id).order_by("run__plan__created_at", "run__plan__pk"):
        periods.setdefault(f"{result.run.period} {result.run.plan.plan_id}", []).append(result)
    return [found[-1] for found in periods.values()]


def _cell(result: Result, metric: str) -> Any:
    return next((item for item in result.items if item["metric"] == metric), None)


def history_chart(results: Sequence[Result], pasts: Sequence[Past], names: Sequence[str], titles: Sequence[str]) -> dict[str, Any]:
    """Attainment by period: a line for the whole, one for each KPI; per cent."""
    lines = [{"name": _("Weighted"), "type": "line", "lineStyle": {"width": 3}, "data": [_percent(each.attainment) for each in results]}]
    lines += [
        {"name": title, "type": "line", "lineStyle": {"width": 1.5, "type": "dashed"},
         "data": [_percent(cell["attainment"] if cell else None) for cell in past.cells]}
        for past, title in zip(pasts, titles, strict=True)
    ]  # fmt: skip
    target: dict[str, Any] = {"silent": True, "symbol": "none", "data": [{"yAxis": 100}],
                              "label": {"show": False}}
    lines[0]["markLine"] = target
    return {
        "color": COLOURS, "legend": {"bottom": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 24, "top": 24, "bottom": 36, "containLabel": True},
        "xAxis": {"type": "category", "data": list(names)},
        "yAxis": {"type": "value", "scale": True, "axisLabel": {"formatter": "{value} %"}},
        "series": lines,
    }  # fmt: skip


def _percent(value: Any) -> float | None:
    return None if value is None else round(float(Fraction(value)) * 100, 1)


def activity(agent_id: str, first: date, last: date) -> list[dict[str, Any]]:
    """The agent's calls, tickets and orders of the days ``first`` to ``last``, both inclusive; remembered while the facts stay."""
    known = metrics()
    asked = [known[name] for name in ACTIVITY]
    values = metric_columns(asked, _everyone(asked, between(first, last)), [agent_id])
    return [
        {"metric": metric.id, "title": both(metric.title), "about": both(metric.about), "unit": metric.unit,
         "value": value, "clock": hours(Fraction(value)) if metric.unit == "seconds" and value else ""}
        for metric in asked
        for exact in [values[metric.id][0].exact]
        for value in [None if exact is None else exact_text(exact)]
    ]  # fmt: skip


def hours(seconds: Fraction) -> str:
    """A duration as hours, minutes and seconds.

    >>> hours(Fraction(120_423))
    '33:27:03'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _everyone(asked: Sequence[Metric], days: Period) -> Measured:
    measures = measures_of(asked)
    key = f"activity:{days.first}:{days.last}:{facts_now().of(measures, days)}"
    found: Measured | None = cache.get(key)
    if found is None:
        with workplace() as work:
            found = measured_once(work.facts, measures, days, grain="agent")
        cache.set(key, found, _REMEMBERED_S)
    return found


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One row behind a figure, in words."""

    id: str
    at: Any
    timed: bool
    what: Sequence[Any]
    figure: str
    adds: str = ""
    added: int = 0
    agent_id: str = ""
    reason: Any = None
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Behind:
    """One measure of a line with its rows; the ``rest`` is counted where not every row is shown."""

    title: Any
    value: str
    total: int
    counted: Sequence[Shown]
    count: int
    count_words: str
    shown_sum: str
    rest_count: int
    rest_sum: str
    reasons: Sequence[tuple[Any, int]] = ()
    left_out: Sequence[Shown] = ()
    left_count: int = 0
    agents: bool = False
    measure: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)


def behind(plan: Plan, found: Mapping[str, Any], *, scope: str, lang: str, zone: Any, everything: bool) -> Behind:
    """A measure of a statement's line for a page. Raises ``InternalError`` when its rows do not add up to its value."""
    measure = measures_by_name(plan).get(found["measure"])
    rows = Rows(lang=lang, zone=zone)
    counted, left = found["counted"], found["not_counted"]
    if sum(row["adds"] for row in counted) != found["value"]:
        raise InternalError(f"{found['measure']}: its rows do not add up to {found['value']}")
    shown = counted if everything else counted[:SHOWN]
    part = sum(row["adds"] for row in shown)
    links = fact_links(found["table"], [row["id"] for row in shown])
    return Behind(
        title=found["title"], value=_value(rows, measure, found["value"]), total=found["value"], measure=found["measure"],
        counted=[_shown(rows, measure, found["table"], row, links) for row in shown], count=len(counted),
        count_words=counted_words(len(counted), found["table"], lang), shown_sum=_value(rows, measure, part),
        rest_count=len(counted) - len(shown), rest_sum=_value(rows, measure, found["value"] - part), reasons=_reasons(left),
        left_out=[_shown(rows, measure, found["table"], row) for row in (left if everything else left[:SHOWN])], left_count=len(left),
        agents=scope != "own",
    )  # fmt: skip


def measures_by_name(plan: Plan) -> dict[str, Measure]:
    """Every measure that the plan's metrics read."""
    found = {measure.name: measure for metric in plan.metrics.values() for measure in metric.measures}
    return found | {measure.name: measure for item in plan.items for measure in item.metric.measures}


def _value(rows: Rows, measure: Measure | None, value: int) -> str:
    return str(value) if measure is None else rows.value(measure, value)


def _reasons(left: Sequence[Mapping[str, Any]]) -> list[tuple[Any, int]]:
    counts: dict[tuple[str, str], int] = {}
    for row in left:
        key = (row["reason"]["vi"], row["reason"]["en"])
        counts[key] = counts.get(key, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return [({"vi": vi, "en": en}, count) for (vi, en), count in ordered]


def _shown(rows: Rows, measure: Measure | None, table: str, row: Mapping[str, Any], links: Mapping[str, str] | None = None) -> Shown:
    column = measure.column if measure and measure.kind in ("sum", "max") else _FIGURES.get(table, "")
    figure = row.get(column)
    said = rows.cell(column, figure) if isinstance(figure, int) and not isinstance(figure, bool) else ""
    at = next((row[name] for name in _MOMENTS if row.get(name)), "")
    words = [both(value_words(row[name])) for name in _WORDED.get(table, ()) if row.get(name) not in (None, "none")]
    adds = row.get("adds")
    return Shown(
        id=row["id"], at=datetime.fromisoformat(at) if "T" in at else at, timed="T" in at, what=words, figure=said,
        adds="" if adds is None else _value(rows, measure, adds), added=adds or 0, agent_id=row.get("agent_id", ""),
        reason=row.get("reason"), link=(links or {}).get(row["id"], ""),
    )  # fmt: skip
