"""A plan replayed over past periods: the figures on which K1, K2, K3 and K4 stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from chot.core.errors import InputError
from chot.core.periods import Period, containing
from chot.kpi.people import People, spans
from chot.kpi.plan import PerAgentTargets, Plan
from chot.kpi.run import Run, compute
from chot.kpi.source import Facts
from chot.kpi.targets import Targets, resolve


@dataclass(frozen=True, kw_only=True)
class Point:
    """One agent, item and period of a replay."""

    period: str
    agent_id: str
    team_id: str
    metric: str
    actual: Fraction
    target: Fraction
    attainment: Fraction
    sample: int
    share: Fraction  # target share


class HasMonths(Protocol):
    """Whatever knows which months hold facts."""

    def months(self) -> Sequence[str]:
        """The months (``YYYY-MM``), in order."""


def past_periods(plan: Plan, facts: HasMonths, count: int) -> list[Period]:
    """The last ``count`` periods with facts before the plan starts; when there are none, the first inside it."""
    months = set(facts.months())
    start = containing(plan.starts, plan.period)
    before = [start.shifted(-steps) for steps in range(1, 61)]
    found = [period for period in before if months.issuperset(period.months())][:count]
    if not found:
        inside = [start.shifted(steps) for steps in range(12)]
        found = [period for period in inside if period.last <= plan.ends and months.issuperset(period.months())][:count]
    return sorted(found)


def replays(plan: Plan, facts: Facts, periods: Sequence[Period]) -> list[Run]:
    """The plan's run of each period on its facts, without guarantee and without closed runs."""
    plain = replace(plan, guarantee=None)
    people = People(list(facts.agents()))
    found = []
    for period in periods:
        targets = _targets(plain, period, facts, people)
        if targets is not None:
            found.append(compute(plain, period, facts, targets=targets))
    return found


def _targets(plan: Plan, period: Period, facts: Facts, people: People) -> Targets | None:
    """Targets of those for whom there are any: a per-agent file does not know earlier colleagues."""
    members = spans(plan, period, people, ())
    files = [item.target.by_agent for item in plan.items if isinstance(item.target, PerAgentTargets)]
    members = [span for span in members if all(span.agent_id in each for each in files)]
    if not members:
        return None
    try:
        return resolve(plan, members, facts, people)
    except InputError:
        return None


def points(runs: Sequence[Run]) -> Iterator[Point]:
    """Every measured item of every agent of the runs."""
    for run in runs:
        for scored in run.scored:
            for place, span in enumerate(run.spans):
                if scored.measured[place]:
                    yield Point(
                        period=str(run.period),
                        agent_id=span.agent_id,
                        team_id=span.team_id,
                        metric=scored.item.metric.id,
                        actual=scored.value.exact[place],
                        target=scored.target[place],
                        attainment=scored.attainment[place],
                        sample=int(scored.value.sample[place]),
                        share=span.target_share,
                    )


def share_reached(found: Sequence[Point]) -> Fraction:
    """The share of points at or above 100 %; of none it is 0."""
    return Fraction(sum(point.attainment >= 1 for point in found), len(found)) if found else Fraction(0)
