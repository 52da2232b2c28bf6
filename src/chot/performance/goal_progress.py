"""Where goals stand: the company's value over a goal's days, month by month, against the target and the time that is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import Any, Literal

from chot.core import clock
from chot.core.periods import Period, containing, parse
from chot.core.rationals import Rationals
from chot.kpi.metrics import Metric
from chot.kpi.scoring import attainment
from chot.performance.company_values import company_values
from chot.performance.fact_states import FactState, facts_now
from chot.performance.models import Goal
from chot.performance.queries import days_between
from chot.performance.workplace import metrics

Status = Literal["reached", "on_time", "behind", "below", "overdue", ""]
BEHIND = {"behind", "below", "overdue"}
MONTHS = 12
_WIDE, _HIGH, _EDGE = 120, 32, 3


@dataclass(frozen=True)
class Spark:
    """A small chart, in the units of its own box: the course so far, and the course that leads to the target."""

    line: str
    pace: str
    last: tuple[str, str]


def reached(goal: Goal, metric: Metric | None, value: str | None) -> Fraction | None:
    """The part of the target that is reached, as a plan would score it."""
    if metric is None or value is None or goal.target is None:
        return None
    actual, target = Rationals.of([Fraction(value)]), Rationals.of([Fraction(goal.target)])
    return attainment(actual, target, direction=metric.direction)[0]


def window(goal: Goal) -> tuple[date, date]:
    """The days over which a goal is measured: from its start (else the year's) to its end, or today."""
    today = clock.today()
    due = goal.due or today
    first = goal.starts or date(due.year, 1, 1)
    return first, max(min(due, today), first)


def elapsed(goal: Goal) -> Fraction | None:
    """The share of the goal's days that is over; None without an end or once it is past."""
    if not goal.due or clock.today() >= goal.due:
        return None
    first, last = window(goal)
    if clock.today() < first:
        return Fraction(0)
    return Fraction((last - first).days + 1, (goal.due - first).days + 1)


def _by_month(metric: Metric) -> bool:
    """Whether the metric exists for whole months only: then the latest full month is shown."""
    return metric.periods == ("month",) or any(measure.window != "period" for measure in metric.measures)


def key(goal: Goal, metric: Metric | None) -> str:
    if metric and _by_month(metric):
        return f"{goal.metric} month"
    return f"{goal.metric} {window(goal)}"


def values(goals: Sequence[Goal], facts: FactState | None = None) -> dict[str, Any]:
    """The company's value behind every goal, by ``key``."""
    known, facts = metrics(), facts or facts_now()
    wanted = {key(goal, metric): (goal, metric) for goal in goals if (metric := known.get(goal.metric))}
    months = facts.months()
    asked = {name: (metric, period) for name, (goal, metric) in wanted.items() if (period := _period(goal, metric, months))}
    return {
        name: {"value": value, "period": period.name if _by_month(metric) else ""}
        for (name, (metric, period)), value in zip(asked.items(), company_values(list(asked.values()), facts), strict=True)
    }


def _period(goal: Goal, metric: Metric, months: Sequence[str]) -> Period | None:
    return _latest_month(months) if _by_month(metric) else days_between(*window(goal))


def _latest_month(months: Sequence[str]) -> Period | None:
    """The latest month that holds facts and is over; the running one when there is no other."""
    running = str(containing(clock.today(), "month"))
    past = [month for month in months if month < running]
    named = past[-1:] or list(months[-1:])
    return parse(named[0]) if named else None


def status(goal: Goal, metric: Metric | None, part: Fraction | None, over: Fraction | None) -> Status:
    """How a goal stands: sums and counts against the time that is over, rates and averages against the target itself."""
    if metric is None or part is None:
        return ""
    if part >= 1:
        return "reached"
    if goal.due and clock.today() > goal.due:
        return "overdue"
    if not metric.always:
        return "below"
    return "behind" if over is not None and part < over else "on_time"


def months_of(goals: Sequence[Goal], facts: FactState | None = None) -> dict[str, dict[str, str | None]]:
    """The company's value in each of the last months with facts, by metric and month."""
    known, facts = metrics(), facts or facts_now()
    named = sorted({goal.metric for goal in goals if goal.metric in known})
    asked = [(known[name], parse(month)) for name in named for month in facts.months()[-MONTHS:]]
    found: dict[str, dict[str, str | None]] = {name: {} for name in named}
    for (metric, month), value in zip(asked, company_values(asked, facts), strict=True):
        found[metric.id][month.name] = value
    return found


def spark(goal: Goal, metric: Metric | None, months: Mapping[str, str | None]) -> Spark | None:
    """The goal's small chart: a sum grows towards its target over its days, a rate moves around it. None for less than two months."""
    first, last = window(goal)
    shown = [(parse(month), value) for month, value in months.items() if value is not None]
    if metric is None or goal.target is None:
        return None
    target = float(goal.target)
    if metric.always:
        shown = [(month, value) for month, value in shown if month.last >= first and month.first <= last]
        course = list(accumulate((float(Fraction(value)) for _month, value in shown), initial=0.0))
        days = max((max(goal.due or last, last) - first).days + 1, 1)
        places = [0.0, *(min((min(month.last, last) - first).days + 1, days) / days for month, _value in shown)]
        pace = [(0.0, 0.0), (1.0, target)]
    else:
        course = [float(Fraction(value)) for _month, value in shown]
        places = [place / max(len(course) - 1, 1) for place in range(len(course))]
        pace = [(0.0, target), (1.0, target)]
    return _drawn(list(zip(places, course, strict=True)), pace) if len(course) > 1 else None


def _drawn(course: list[tuple[float, float]], pace: list[tuple[float, float]]) -> Spark:
    heights = [height for _place, height in (*course, *pace)]
    low, high = min(heights), max(heights)
    reach = (high - low) or 1.0

    def at(place: float, height: float) -> tuple[str, str]:
        across = _EDGE + place * (_WIDE - 2 * _EDGE)
        return f"{across:.1f}", f"{_HIGH - _EDGE - (height - low) / reach * (_HIGH - 2 * _EDGE):.1f}"

    line, wanted = ([at(*point) for point in points] for points in (course, pace))
    return Spark(" ".join(",".join(each) for each in line), " ".join(",".join(each) for each in wanted), line[-1])
