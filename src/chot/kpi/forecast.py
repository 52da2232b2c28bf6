"""``forecast``: where attainment and pay will stand at the end of the period, with an interval.

Each additive measure goes on at the agent's own rate per scheduled hour, pulled towards his
colleagues' rate when he has few hours so far; then the plan's real scoring and pay run on the
projected measures. The interval is conformal: the same forecast is made at the same point of past
periods, and the spread of its errors is put around this one (Shafer & Vovk 2008). Never pay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text, round_half_away
from chot.core.periods import Period, between, containing
from chot.kpi.history import past_periods, replays
from chot.kpi.measures import Grain, Measure, Measured, Outside
from chot.kpi.plan import Plan
from chot.kpi.run import Run, compute
from chot.kpi.source import AgentRow, Facts, Row, Within, Workday

_PULL_DAYS = 5  # working days at which own and colleagues' rate weigh the same
_PAST = 4  # past periods whose forecast errors make the interval
_LOW, _HIGH = Fraction(1, 10), Fraction(9, 10)
_ADDITIVE = ("count", "sum", "distinct", "linked")


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """One agent's forecast: pay now, at the end, and the interval; attainment of each item likewise."""

    agent_id: str
    pay_vnd: int
    pay_low_vnd: int
    pay_high_vnd: int
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The forecast of one plan and period, seen on the evening of ``as_of``."""

    plan: Plan
    period: Period
    as_of: date
    elapsed: Fraction
    outlooks: Sequence[Outlook]
    learnt_from: Sequence[str]


class Projected:
    """Facts as they would be at the end of a period, judged on the evening of ``as_of``."""

    def __init__(self, facts: Facts, period: Period, as_of: date, hours: Mapping[int, Fraction]) -> None:
        self._facts, self._period, self._as_of = facts, period, as_of
        days = list(period.days())
        self._past = sum((hours[day.weekday()] for day in days if day <= as_of), Fraction(0))
        self._rest = sum((hours[day.weekday()] for day in days if day > as_of), Fraction(0))
        self._pull = _PULL_DAYS * max(hours.values())
        self.warnings: Sequence[str] = facts.warnings

    @property
    def elapsed(self) -> Fraction:
        """The share of the period's scheduled hours that is over."""
        return self._past / (self._past + self._rest) if self._past + self._rest else Fraction(1)

    def agents(self) -> Sequence[AgentRow]:
        """Every agent row."""
        return self._facts.agents()

    def workdays(self, first: date, last: date) -> Sequence[Workday]:
        """The roster, planned days included."""
        return self._facts.workdays(first, last)

    def measure(self, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = ()) -> Measured:
        """The measures of the period to date, carried on to its end; other periods as they are."""
        if period.first != self._period.first:
            return self._facts.measure(measures, period, grain=grain, outside=outside)
        to_date = between(period.first, self._as_of)
        own, other = ([each for each in measures if (each.window == "period") == now] for now in (True, False))
        found = self._facts.measure(own, to_date, grain=grain, outside=outside)
        carried = Measured(found.keys, {each.name: self._carried(each, found) for each in own})
        if not other:
            return carried
        return _joined(carried, self._facts.measure(other, period, grain=grain, outside=outside))

    def _carried(self, measure: Measure, found: Measured) -> list[int]:
        values = [int(value) for value in found.columns[measure.name]]
        if measure.kind not in _ADDITIVE or measure.window != "period" or not self._past or not values:
            return values
        usual = Fraction(sum(values), len(values)) / self._past
        return [value + round_half_away((value + self._pull * usual) / (self._past + self._pull) * self._rest) for value in values]

    def agents_with_facts(self, period: Period) -> Sequence[str]:
        """The agents named by any fact of the period."""
        return self._facts.agents_with_facts(period)

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """Rows up to ``as_of``."""
        return self._facts.rows(table, day=day, first=first, last=min(last, self._as_of), agent_id=agent_id)

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """Rows of any day."""
        return self._facts.rows_where(table, column, values, columns=columns, within=within)

    def months(self) -> Sequence[str]:
        """The months that hold a fact."""
        return self._facts.months()


def _joined(one: Measured, two: Measured) -> Measured:
    """Measures of both for the groups of either."""
    keys = sorted({*one.keys, *two.keys})
    return Measured(keys, {name: [each.get(key, name) for key in keys] for each in (one, two) for name in each.columns})


Errors = Mapping[str, Sequence[Fraction]]
"""Actual less forecast, for ``pay`` and for each item's attainment (by metric id)."""


@dataclass(frozen=True)
class Lesson:
    """What was forecast wrongly in a past period on the evening of ``day``, with the same weight of weekdays."""

    period: Period
    day: date
    hours: Mapping[int, Fraction]


def _at_once(_lesson: Lesson, learn: Callable[[], Errors]) -> Errors:
    return learn()


def forecast(
    plan: Plan, facts: Facts, as_of: date, *, remembered: Callable[[Lesson, Callable[[], Errors]], Errors] = _at_once
) -> Forecast:
    """The outlook of every agent of the plan for the period that holds ``as_of``.

    ``remembered`` gives the errors of a lesson that is known, or learns them by its second argument: they stay while the facts of the
    months up to that period, and of those that its measures look at, stay. Raises ``InputError`` when that day lies outside the plan.
    """
    period = containing(as_of, plan.period)
    if not (plan.starts <= period.first and period.last <= plan.ends):
        what = f"{as_of} lies in {period}, outside the plan, which runs from {plan.starts} to {plan.ends}"
        raise InputError(Problem(file=plan.file, field="--as-of", what=what))
    hours = scheduled_hours(facts, period)
    projected = Projected(facts, period, as_of, hours)
    run = compute(plan, period, projected)
    learnt = [each for each in past_periods(plan, facts, _PAST) if each.last < period.first]
    lessons = [Lesson(each, _same_point(each, projected.elapsed, hours), hours) for each in learnt]
    errors = _together([remembered(each, partial(_errors, plan, facts, each)) for each in lessons])
    outlooks = [_outlook(run, place, errors) for place in range(len(run.spans))]
    return Forecast(
        plan=plan,
        period=period,
        as_of=as_of,
        elapsed=projected.elapsed,
        outlooks=outlooks,
        learnt_from=[str(each) for each in learnt],
    )


def scheduled_hours(facts: Facts, period: Period) -> dict[int, Fraction]:
    """How much of a full day each weekday is, from the roster of the eight weeks before; Monday to Saturday when there is none."""
    roster = facts.workdays(period.first - timedelta(weeks=8), period.first - timedelta(days=1))
    totals: dict[int, list[int]] = {}
    for workday in roster:
        if workday.leave == "none" and workday.scheduled_s:
            totals.setdefault(workday.date.weekday(), []).append(workday.scheduled_s)
    if not totals:
        return {weekday: Fraction(weekday < 6) for weekday in range(7)}
    means = {weekday: Fraction(sum(values), len(values)) for weekday, values in totals.items()}
    full = max(means.values())
    most = max(len(values) for values in totals.values())
    return {
        weekday: means[weekday] / full * Fraction(len(totals[weekday]), most) if weekday in means else Fraction(0) for weekday in range(7)
    }


def _errors(plan: Plan, facts: Facts, lesson: Lesson) -> Errors:
    """What a past period's forecast would have missed; nothing where it has no targets."""
    found: dict[str, list[Fraction]] = {}
    for actual in replays(plan, facts, [lesson.period]):
        projected = Projected(facts, actual.period, lesson.day, lesson.hours)
        _add_errors(found, actual, compute(actual.plan, actual.period, projected, targets=actual.targets))
    return found


def _together(found: Sequence[Errors]) -> Errors:
    """The errors of all lessons, the least first."""
    names = {name for each in found for name in each}
    return {name: sorted(error for each in found for error in each.get(name, ())) for name in names}


def _add_errors(found: dict[str, list[Fraction]], actual: Run, guessed: Run) -> None:
    for place, span in enumerate(actual.spans):
        other = guessed.place(span.agent_id)
        if other is None:
            continue
        found.setdefault("pay", []).append(Fraction(actual.variable_vnd(place) - guessed.variable_vnd(other)))
        for mine, theirs in zip(actual.scored, guessed.scored, strict=True):
            if mine.measured[place] and theirs.measured[other]:
                found.setdefault(mine.item.metric.id, []).append(mine.attainment[place] - theirs.attainment[other])


def _same_point(period: Period, elapsed: Fraction, hours: Mapping[int, Fraction]) -> date:
    """The day of a past period on which the same share of its hours was over."""
    days = list(period.days())
    total = sum((hours[day.weekday()] for day in days), Fraction(0)) or Fraction(1)
    done = Fraction(0)
    for day in days:
        done += hours[day.weekday()]
        if done / total >= elapsed:
            return day
    return days[-1]


def _around(value: Fraction, errors: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The value with the errors that eight of ten lie between; ``errors`` in order."""
    if not errors:
        return value, value
    low, high = (errors[min(int(share * len(errors)), len(errors) - 1)] for share in (_LOW, _HIGH))
    return value + min(low, Fraction(0)), value + max(high, Fraction(0))


def _outlook(run: Run, place: int, errors: Errors) -> Outlook:
    pay = Fraction(run.variable_vnd(place))
    low, high = _around(pay, errors.get("pay", ()))
    items = []
    for scored in run.scored:
        metric = scored.item.metric.id
        if not scored.measured[place]:
            items.append({"metric": metric, "attainment": None, "low": None, "high": None, "reason": scored.reason(place)})
            continue
        attained = scored.attainment[place]
        bottom, top = _around(attained, errors.get(metric, ()))
        items.append(
            {"metric": metric, "attainment": decimal_text(attained, 4), "low": decimal_text(bottom, 4), "high": decimal_text(top, 4)}
        )
    return Outlook(
        agent_id=run.spans[place].agent_id,
        pay_vnd=int(pay),
        pay_low_vnd=max(round_half_away(low), 0),
        pay_high_vnd=round_half_away(high),
        items=items,
    )


def document(found: Forecast) -> dict[str, Any]:
    """The forecast as JSON."""
    return {
        "plan": found.plan.id,
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "elapsed": decimal_text(found.elapsed, 4),
        "interval": "80%",
        "learnt_from": list(found.learnt_from),
        "estimate": True,
        "agents": [vars(outlook) | {"items": list(outlook.items)} for outlook in found.outlooks],
    }
