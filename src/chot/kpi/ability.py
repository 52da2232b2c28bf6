"""``targets``: a target for each person that about three in five reach, from his conditions and his own past.

The target is the 0.40 quantile of full-time values given tenure, scheduled days and team (quantile
regression over agent-periods), pooled with the person's own median by the reliability of n periods:
``R_n = t² / (t² + s²/n)``, so newcomers get what their conditions say. The probability of reaching it
comes from the spread of the residuals. Estimates, never pay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chot.core.money import decimal_text
from chot.core.periods import Period, parse
from chot.kpi.findings import Thresholds
from chot.kpi.history import Point, points, replays
from chot.kpi.people import People
from chot.kpi.plan import FixedTarget, Item, PerAgentTargets, Plan
from chot.kpi.source import Facts
from chot.kpi.statistics import median, quantile_regression, reliability

SHARE = 0.40
Origin = Literal["own", "colleagues", "team", "plan"]
"""Where what is expected comes from: the own past, colleagues of the role, the team whatever the role, or the plan alone."""
_TENURE_MONTHS = 24  # after two years more tenure adds nothing


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One person's proposed target of one item, full time, what it comes from, and how likely he is to reach it (None: not known)."""

    agent_id: str
    metric: str
    target: Fraction
    present: Fraction | None
    probability: float | None
    periods: int
    origin: Origin


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
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What to expect of everyone in one item, and the deviations of the past around it, in order."""

    item: Item
    sign: float
    deviations: NDArray[np.float64]
    people: Sequence[Expected]

    def probability(self, centre: float, target: float) -> float | None:
        """The share of past deviations with which a value around ``centre`` still reaches the target; None when there are none."""
        return float((centre + self.deviations >= self.sign * target).mean()) if len(self.deviations) else None


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
        origin: Origin = "own" if past else "colleagues"
        expected.append(Expected(agent_id=agent_id, team_id=team, centre=centre, aimed=aimed, past=known, origin=origin))
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
        expected.append(Expected(agent_id=agent_id, team_id=team, centre=middle, aimed=middle, past=(), origin="team"))
    return Outlook(item=item, sign=sign, deviations=np.array([]), people=expected)


def of_the_plan(plan: Plan, item: Item, people: People) -> Outlook | None:
    """What the plan itself expects where no past says anything: its target, or the median of its people's; None without a number."""
    numbers = [item.target.value] if isinstance(item.target, FixedTarget) else []
    if isinstance(item.target, PerAgentTargets):
        numbers = list(item.target.by_agent.values())
    if not numbers:
        return None
    sign = 1.0 if item.direction == "higher" else -1.0
    at = sign * float(median(numbers))
    expected = [
        Expected(agent_id=agent_id, team_id=team, centre=at, aimed=at, past=(), origin="plan")
        for agent_id, (_day, team) in members(plan, people).items()
    ]
    return Outlook(item=item, sign=sign, deviations=np.array([]), people=expected)


def outlooks(plan: Plan, facts: Facts, over: Sequence[Period], people: People) -> dict[str, Outlook]:
    """What is expected of everyone whom the plan names, by metric in the order of its items.

    From what the periods ``over`` say of its roles, else of their teams whatever the role, else from the plan's own numbers. An item
    that none of them says anything about is left out.
    """
    plain = replace(plan, items=tuple(replace(item, target=FixedTarget(value=Fraction(1))) for item in plan.items))
    own = list(points(replays(plain, facts, over)))
    found = {item.metric.id: outlook(plan, item, own, people) for item in plan.items}
    named = members(plan, people)
    if named and not all(found.values()):
        teams = tuple(sorted({team for _day, team in named.values()}))
        beside = list(points(replays(replace(plain, roles=(), teams=teams), facts, over)))
        found |= {item.metric.id: found[item.metric.id] or in_teams(plan, item, beside, people) for item in plan.items}
    expected = {item.metric.id: found[item.metric.id] or of_the_plan(plan, item, people) for item in plan.items}
    return {metric: each for metric, each in expected.items() if each}


def proposed(each: Expected, item: Item) -> Fraction:
    """The target that about three in five periods like this person's reach, as people can remember it; the plan's own as it is."""
    value = Fraction(abs(each.aimed)).limit_denominator(10**6)
    return value if each.origin == "plan" else sensible(value, item)


def propose(found: Outlook) -> list[Proposal]:
    """A proposal for everyone of whom something is expected."""
    return [
        Proposal(
            agent_id=each.agent_id, metric=found.item.metric.id, target=proposed(each, found.item),
            present=present_target(found.item, each.agent_id), periods=len(each.past), origin=each.origin,
            probability=found.probability(each.centre, float(proposed(each, found.item))),
        )
        for each in found.people
    ]  # fmt: skip


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
    known = proposal.probability
    low, high = known is not None and known < limits.probability_low, known is not None and known > limits.probability_high
    return {
        "agent_id": proposal.agent_id,
        "metric": proposal.metric,
        "target": decimal_text(proposal.target, 6),
        "present": None if proposal.present is None else decimal_text(proposal.present, 6),
        "probability": None if known is None else f"{known:.2f}",
        "periods": proposal.periods,
        "origin": proposal.origin,
        "flag": "too hard" if low else "too easy" if high else "",
    }
