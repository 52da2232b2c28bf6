"""What an agent's KPIs ask of today and of this week: the month's targets spread over the working days that are left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Q

from chot.core import clock
from chot.core.periods import Period, between, parse
from chot.facts import held
from chot.facts.access import OpenFacts
from chot.kpi.measures import Measure
from chot.kpi.metrics import Metric
from chot.kpi.people import working_days
from chot.kpi.plan import Item, Plan
from chot.kpi.values import measures_of, metric_columns
from chot.kpi.wording import measure_words
from chot.people.models import Leave, LeavePart, LeaveState, PublicHoliday
from chot.performance.fact_states import facts_now
from chot.performance.figures_shown import Figure
from chot.performance.measured_once import measured_once
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.queries import item_title, opened_plan
from chot.performance.workplace import data_folder, workplace

_REMEMBERED_S = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A KPI in some days: what was reached, what was needed, and each number that it is made of, with the query of its rows."""

    actual: Fraction | None
    target: Fraction | None
    parts: Sequence[tuple[Figure, int, str]]
    lower: bool = False

    @property
    def done(self) -> bool:
        """Whether it is as it should be."""
        if self.actual is None or self.target is None:
            return False
        return self.actual <= self.target if self.lower else self.actual >= self.target


@dataclass(frozen=True, kw_only=True)
class Pace:
    """One KPI: today, this week, and for those that add up what each working day from today on has to bring (or may, for ``lower``)."""

    title: Any
    unit: str
    lower: bool
    grows: bool  # it adds up over days
    plain: bool  # the figure is one measure: its number opens to the rows
    today: Reached
    week: Reached
    needed: Fraction | None


@dataclass(frozen=True, kw_only=True)
class Course:
    """The agent's running period: working days over (before today) and in all, whether today is one, and each KPI's pace."""

    over: int
    days: int
    works_today: bool
    paces: Sequence[Pace]

    @property
    def share(self) -> Fraction:
        """The part of the working days that is over."""
        return Fraction(self.over, self.days) if self.days else Fraction(0)


def course(result: Result) -> Course | None:
    """What the agent's targets ask of today and this week; None for a period that does not run today."""
    plan, period, today = opened_plan(result.run.plan.text), parse(result.run.period), clock.today()
    if today not in period:
        return None
    days = own_days(result.agent_id, plan, period)
    monday, firsts = _beginnings(period)
    left = [day for day in days if day >= today]
    in_week = [day for day in left if day <= monday + timedelta(days=6 - monday.weekday())]
    items = {item.metric.id: item for item in _own_items(plan)}
    spans = [_measured(result.run, list(items.values()), between(first, today)) for first in firsts]
    paces = [
        _pace(result, items[found["metric"]], found, [each.get(result.agent_id, {}) for each in spans], monday, left, in_week)
        for found in result.items
        if found["metric"] in items
    ]  # fmt: skip
    return Course(over=len(days) - len(left), days=len(days), works_today=today in left, paces=paces)


def prepare(run: Run) -> None:
    """Measure what everyone's ``course`` of a run of today's period is made of, so that no page has to."""
    plan, period = opened_plan(run.plan.text), parse(run.period)
    for first in _beginnings(period)[1]:
        _measured(run, _own_items(plan), between(first, clock.today()))


def _beginnings(period: Period) -> tuple[date, tuple[date, ...]]:
    """The week's first day in the period; where today, the week and the period begin."""
    today = clock.today()
    monday = max(today - timedelta(days=today.weekday()), period.first)
    return monday, (today, monday, period.first)


def _own_items(plan: Plan) -> list[Item]:
    return [item for item in plan.items if item.of == "own" and "week" in item.metric.periods]


def own_days(agent_id: str, plan: Plan, period: Period) -> list[date]:
    """The plan's working days of the period without public holidays and the agent's approved whole days off."""
    within = Q(first_day__lte=period.last, last_day__gte=period.first)
    leaves = list(
        Leave.objects.filter(within, agent_id=agent_id, state=LeaveState.APPROVED, part=LeavePart.DAY).values_list("first_day", "last_day")
    )
    holidays = set(PublicHoliday.objects.filter(day__range=(period.first, period.last)).values_list("day", flat=True))
    return [
        day for day in working_days(plan.proration, period)
        if day not in holidays and not any(first <= day <= last for first, last in leaves)
    ]  # fmt: skip


def _measured(run: Run, items: Sequence[Item], period: Period) -> dict[str, dict[str, Any]]:
    """Everyone's metrics and measures of some days: of the run's own facts where they are held, as the KPIs beside them, else of today's.

    Once for each run, or for each state of the facts.
    """
    metrics = [item.metric for item in items]
    of_run = f"pace:{run.run_id}:{run.plan_id}:{period.first}:{period.last}"
    found: dict[str, dict[str, Any]] | None = cache.get(of_run)
    if found is None:
        with held.open_held(data_folder(), run.run_id) as facts:
            if facts:
                found = _everyones(metrics, facts, period)
                cache.set(of_run, found, _REMEMBERED_S)
    return _measured_now(run, metrics, period) if found is None else found


def _measured_now(run: Run, metrics: Sequence[Metric], period: Period) -> dict[str, dict[str, Any]]:
    key = f"pace:{run.plan_id}:{run.plan.version}:{period.first}:{period.last}:{facts_now().of(measures_of(metrics), period)}"
    found: dict[str, dict[str, Any]] | None = cache.get(key)
    if found is None:
        with workplace() as work:
            found = _everyones(metrics, work.facts, period)
        cache.set(key, found, _REMEMBERED_S)
    return found


def _everyones(metrics: Sequence[Metric], facts: OpenFacts, period: Period) -> dict[str, dict[str, Any]]:
    measures = measures_of(metrics)
    got = measured_once(facts, measures, period, grain="agent")
    columns = metric_columns(metrics, got, got.keys)
    return {
        agent: {
            "values": {metric.id: columns[metric.id][place].exact for metric in metrics},
            "measures": {measure.name: got.get(agent, measure.name) for measure in measures},
        }
        for place, agent in enumerate(got.keys)
    }


def _pace(
    result: Result, item: Item, found: Any, spans: Sequence[dict[str, Any]], monday: date, left: Sequence[date], in_week: Sequence[date]
) -> Pace:
    today, metric = clock.today(), item.metric
    lower = metric.direction == "lower"
    actual = [_value(span, metric) for span in spans]
    goal = None if found["target"] is None else Fraction(found["target"])
    needed, rest, aims = None, Fraction(0), [goal, goal]
    if metric.always:
        of_today, of_week, of_period = (each or Fraction(0) for each in actual)
        if goal is not None:
            rest = max(goal - (of_period - of_today), Fraction(0))
            needed = _whole(rest / len(left), metric, lower=lower) if left else None
        if needed is not None and (rest or lower):
            so_far = of_week - of_today
            aims = [needed if today in left else None, so_far + min(needed * len(in_week), rest) if in_week else None]
        else:
            aims = [None, None]
    days = [(today, aims[0]), (monday, aims[1])]
    reached = [
        Reached(actual=actual[place], target=aim, parts=_parts(result, metric, spans[place], first), lower=lower)
        for place, (first, aim) in enumerate(days)
    ]
    return Pace(
        title=item_title(item), unit=metric.unit, lower=lower, grows=metric.always, today=reached[0], week=reached[1], needed=needed,
        plain=any(each.name == metric.formula for each in metric.measures),
    )  # fmt: skip


def _value(span: dict[str, Any], metric: Metric) -> Fraction | None:
    return span["values"][metric.id] if span else Fraction(0) if metric.always else None


def _whole(value: Fraction, metric: Metric, *, lower: bool) -> Fraction:
    """Half an order cannot be sold: up to the next whole one, down for a limit."""
    return Fraction((floor if lower else ceil)(value)) if metric.unit in ("count", "vnd", "seconds") else value


def _parts(result: Result, metric: Metric, span: dict[str, Any], first: date) -> list[tuple[Figure, int, str]]:
    """The measures that the formula names, each with its number and the query of its rows."""
    read = [each for each in metric.measures if each.name in metric.formula.replace("(", " ").replace(")", " ").split()]
    query = {"first": str(first), "last": str(clock.today()), "agent": result.agent_id}
    return [
        (
            figure := _figure(result.run.plan_id, metric, measure),
            span["measures"][measure.name] if span else 0,
            urlencode({**query, "figure": figure.name}) if opens(measure) else "",
        )
        for measure in read
    ]  # fmt: skip


def opens(measure: Measure) -> bool:
    """Whether the measure counts or sums single rows of the days asked for, so that they can be listed."""
    return measure.kind in ("count", "sum") and measure.window == "period"


def _figure(plan: int, metric: Metric, measure: Measure) -> Figure:
    words = measure_words(measure)
    unit = "vnd" if measure.column.endswith("_vnd") else "seconds" if measure.column.endswith("_s") else "count"
    return Figure(name=f"plan.{plan}.{metric.id}.{measure.name}", title=words, about=words, unit=unit, measure=measure)


def figure_of_plan(name: str) -> Figure | None:
    """The figure of a KPI's measure by its name in an address, ``plan.3.csat.csat_answers``; None when there is none."""
    parts = name.split(".")
    if len(parts) != 4 or parts[0] != "plan" or not parts[1].isdecimal() or len(parts[1]) > 18:
        return None
    saved = PlanVersion.objects.exclude(state=PlanVersion.State.DRAFT).filter(pk=int(parts[1])).first()
    metric = next((item.metric for item in opened_plan(saved.text).items if item.metric.id == parts[2]), None) if saved else None
    measure = next((each for each in metric.measures if each.name == parts[3] and opens(each)), None) if metric else None
    return _figure(int(parts[1]), metric, measure) if metric and measure else None
