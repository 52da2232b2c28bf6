"""``targets``: a target for each person that about three in five reach, from his conditions and his own past.

The target is the 0.40 quantile of full-time values given tenure, scheduled days and team (quantile
regression over agent-periods), pooled with the person's own median by the reliability of n periods:
``R_n = t² / (t² + s²/n)``, so newcomers get what their conditions say. The probability of reaching it
comes from the spread of the residuals. Estimates, never pay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chot.core.money import decimal_text
from chot.core.periods import parse
from chot.kpi.findings import Thresholds
from chot.kpi.history import Point
from chot.kpi.people import People
from chot.kpi.plan import Item, Plan
from chot.kpi.statistics import quantile_regression, reliability

SHARE = 0.40
_TENURE_MONTHS = 24  # after two years more tenure adds nothing


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One person's proposed target of one item, full time, and how likely he is to reach it."""

    agent_id: str
    metric: str
    target: Fraction
    present: Fraction | None
    probability: float
    periods: int


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What to expect of one person: where his values lie, and his full-time values by period.

    ``centre`` and ``aimed`` are on the item's scale turned so that more is harder.
    """

    agent_id: str
    team_id: str
    centre: float
    aimed: float
    past: Sequence[tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What to expect of everyone in one item, and the deviations of the past around it, in order."""

    item: Item
    sign: float
    deviations: NDArray[np.float64]
    people: Sequence[Expected]

    def probability(self, centre: float, target: float) -> float:
        """The share of past deviations with which a value around ``centre`` still reaches the target."""
        return float((centre + self.deviations >= self.sign * target).mean())


def members(plan: Plan, people: People) -> dict[str, tuple[date, str]]:
    """Whom the plan names while it runs: the first such employed day of each agent, and the team on it."""
    found: dict[str, tuple[date, str]] = {}
    for agent_id in people.ids:
        for row in people.rows(agent_id):
            first = max(row.valid_from or date.min, row.hired_on or date.min, plan.starts)
            end = row.valid_to - timedelta(days=1) if row.valid_to else date.max
            if first <= min(end, row.left_on or date.max, plan.ends) and plan.names(role=row.role, team_id=row.team_id):
                found[agent_id] = min((first, row.team_id), found.get(agent_id, (date.max, "")))
    return found


def outlook(plan: Plan, item: Item, points: Sequence[Point], people: People) -> Outlook | None:
    """What to expect of every agent whom the plan names; None when the past holds nothing to learn from."""
    own = [point for point in points if point.metric == item.metric.id and point.share > 0]
    if not own:
        return None
    sign = 1.0 if item.direction == "higher" else -1.0  # the harder side is always the upper one
    teams = sorted({point.team_id for point in own})
    features = np.array([_features(people, point.agent_id, containing_day(point.period), point.team_id, teams) for point in own])
    values = np.array([sign * full_time(item, point) for point in own])
    fitted = quantile_regression(features, values, SHARE)
    spread = reliability(_residuals_by_agent(own, values, features, fitted))
    residuals = np.sort(values - _predict(features, fitted))
    middle = float(np.median(residuals))
    expected = []
    for agent_id, (day, team) in members(plan, people).items():
        fit = float(_predict(np.array([_features(people, agent_id, day, team, teams)]), fitted)[0])
        past = [(point.period, float(value)) for point, value in zip(own, values, strict=True) if point.agent_id == agent_id]
        figures = [value for _period, value in past]
        weight = spread.between / (spread.between + spread.within / len(past)) if spread and past and spread.between else 0.0
        centre, aimed = fit + middle, fit
        if past:
            centre = weight * float(np.median(figures)) + (1 - weight) * centre
            aimed = weight * float(np.quantile(figures, SHARE)) + (1 - weight) * aimed
        known = [(period, sign * value) for period, value in past]
        expected.append(Expected(agent_id=agent_id, team_id=team, centre=centre, aimed=aimed, past=known))
    return Outlook(item=item, sign=sign, deviations=residuals - middle, people=expected)


def in_teams(plan: Plan, item: Item, points: Sequence[Point], people: People) -> Outlook | None:
    """What to expect of people whose role has no past: the median full-time value of their teams' ``points``, whatever the role.

    A team without values takes the median of all. How likely anybody is to reach it is not known: there are no deviations.
    """
    own = [point for point in points if point.metric == item.metric.id and point.share > 0]
    if not own:
        return None
    sign = 1.0 if item.direction == "higher" else -1.0
    values: dict[str, list[float]] = {"": []}
    for point in own:
        for team in ("", point.team_id):
            values.setdefault(team, []).append(sign * full_time(item, point))
    expected = []
    for agent_id, (_day, team) in members(plan, people).items():
        middle = float(np.median(values.get(team) or values[""]))
        expected.append(Expected(agent_id=agent_id, team_id=team, centre=middle, aimed=middle, past=()))
    return Outlook(item=item, sign=sign, deviations=np.array([]), people=expected)


def proposed(each: Expected, item: Item) -> Fraction:
    """The target that about three in five periods like this person's reach, as people can remember it."""
    return sensible(Fraction(abs(each.aimed)).limit_denominator(10**6), item)


def propose(plan: Plan, item: Item, points: Sequence[Point], people: People) -> list[Proposal]:
    """A proposal for every agent whom the plan names; empty when the past holds nothing to learn from."""
    found = outlook(plan, item, points, people)
    if found is None:
        return []
    return [
        Proposal(
            agent_id=each.agent_id,
            metric=item.metric.id,
            target=proposed(each, item),
            present=present_target(item, each.agent_id),
            periods=len(each.past),
            probability=found.probability(each.centre, float(proposed(each, item))),
        )
        for each in found.people
    ]


def containing_day(period: str) -> date:
    """The first day of a period by name."""
    return parse(period).first


def full_time(item: Item, point: Point) -> float:
    """The value of a full period: sums and counts grow by the days that did not count."""
    return float(point.actual / point.share if item.metric.always else point.actual)


def present_target(item: Item, agent_id: str) -> Fraction | None:
    """The target the plan has now, when it is a number."""
    value = getattr(item.target, "value", None)
    by_agent: Mapping[str, Fraction] = getattr(item.target, "by_agent", {})
    return value if isinstance(value, Fraction) else by_agent.get(agent_id)


def _features(people: People, agent_id: str, day: date, team_id: str, teams: Sequence[str]) -> list[float]:
    hired = min((row.hired_on for row in people.rows(agent_id) if row.hired_on), default=None)
    months = min(max((day - hired).days / 30.4, 0.0), _TENURE_MONTHS) if hired else _TENURE_MONTHS
    return [math.log1p(months), *(float(team == team_id) for team in teams[1:])]


def _predict(features: NDArray[np.float64], fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.column_stack([np.ones(len(features)), features]) @ fitted, dtype=np.float64)


def _residuals_by_agent(
    own: Sequence[Point],
    values: NDArray[np.float64],
    features: NDArray[np.float64],
    fitted: NDArray[np.float64],
) -> list[list[float]]:
    found: dict[str, list[float]] = {}
    for point, residual in zip(own, values - _predict(features, fitted), strict=True):
        found.setdefault(point.agent_id, []).append(float(residual))
    return list(found.values())


_STEPS = {"vnd": Fraction(100_000), "count": Fraction(1), "seconds": Fraction(1), "ratio": Fraction(1, 1000), "score": Fraction(1, 100)}


def sensible(value: Fraction, item: Item) -> Fraction:
    """A target that people can remember: whole counts and seconds, tenths of a per cent, 100.000 ₫."""
    step = _STEPS[item.metric.unit]
    rounded = round(value / step) * step
    return rounded if rounded > 0 else step


def row(proposal: Proposal, limits: Thresholds) -> dict[str, Any]:
    """A proposal as a row of the report; agent_id, metric and target alone make a ``per_agent`` file."""
    low, high = proposal.probability < limits.probability_low, proposal.probability > limits.probability_high
    return {
        "agent_id": proposal.agent_id,
        "metric": proposal.metric,
        "target": decimal_text(proposal.target, 6),
        "present": None if proposal.present is None else decimal_text(proposal.present, 6),
        "probability": f"{proposal.probability:.2f}",
        "periods": proposal.periods,
        "flag": "too hard" if low else "too easy" if high else "",
    }
