"""Full-time targets for every agent of a run: fixed, from a file, or from the agent's own past."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from chot.core.errors import InputError, Problem
from chot.core.periods import Period, containing
from chot.kpi.people import People, Span, outside_days, spans
from chot.kpi.plan import AbilityTarget, FixedTarget, Item, PerAgentTargets, Plan
from chot.kpi.source import Facts
from chot.kpi.values import measures_of, metric_columns

PERIODS = 6  # how many periods before ``starts`` a target by ability looks back
FEW = 3  # fewer measured periods than this: the role's quantile alone

Targets = Sequence[Mapping[str, Fraction]]
"""One mapping agent_id -> full-time target for every item of the plan, in their order."""


def quantile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The lower quantile by nearest rank: the smallest value that at least ``share`` of the values do not exceed.

    >>> quantile([Fraction(n) for n in (10, 20, 30, 40, 50)], Fraction(2, 5))
    Fraction(20, 1)
    """
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def by_ability(item: Item, own: Sequence[Fraction], role: Sequence[Fraction], share: Fraction) -> Fraction | None:
    """One agent's target from the measured values of his own periods, pooled towards his role's.

    ``n`` measured periods weigh ``n/6``, the role ``1 - n/6``; under 3 the role's quantile alone.
    None when neither has a value.
    """
    wanted = share if item.direction == "higher" else 1 - share
    if not role:
        return None
    of_role = quantile(role, wanted)
    if len(own) < FEW:
        return of_role
    weight = Fraction(len(own), PERIODS)
    return weight * quantile(own, wanted) + (1 - weight) * of_role


def history(plan: Plan, items: Sequence[Item], facts: Facts, people: People) -> list[dict[str, list[Fraction]]]:
    """The measured values of each item's metric, by agent, over the periods before the plan starts.

    A period counts for an agent employed in it under the plan's role or team, and only if any fact exists in it.
    """
    months = set(facts.months())
    found: list[dict[str, list[Fraction]]] = [{} for _ in items]
    metrics = {item.metric.id: item.metric for item in items}
    for period in reversed(periods_before(plan)):
        if not months.intersection(period.months()):
            continue
        members = [span.agent_id for span in spans(plan, period, people, ())]
        measured = facts.measure(measures_of(list(metrics.values())), period, outside=outside_days(people, plan))
        columns = metric_columns(list(metrics.values()), measured, members)
        for place, agent_id in enumerate(members):
            for values, item in zip(found, items, strict=True):
                value = columns[item.metric.id][place].exact
                if value is not None:
                    values.setdefault(agent_id, []).append(value)
    return found


def periods_before(plan: Plan) -> list[Period]:
    """The periods that a target by ability looks at, the latest first."""
    start = containing(plan.starts, plan.period)
    return [start.shifted(-steps) for steps in range(1, PERIODS + 1)]


def resolve(plan: Plan, members: Sequence[Span], facts: Facts, people: People) -> Targets:
    """The full-time target of every item for every agent of the run.

    Raises ``InputError`` naming every agent without a row in a per-agent file, and every target by
    ability that cannot be computed or is not above 0.
    """
    able = [item for item in plan.items if isinstance(item.target, AbilityTarget)]
    past = dict(zip((item.metric.id for item in able), history(plan, able, facts, people) if able else (), strict=True))
    problems: list[Problem] = []
    found = [_for_item(plan, item, members, past.get(item.metric.id, {}), problems) for item in plan.items]
    if problems:
        raise InputError(problems)
    return found


def _for_item(
    plan: Plan, item: Item, members: Sequence[Span], past: Mapping[str, Sequence[Fraction]], problems: list[Problem]
) -> dict[str, Fraction]:
    role = [value for values in past.values() for value in values]
    targets: dict[str, Fraction] = {}
    for span in members:
        target = _for_agent(item, span.agent_id, past.get(span.agent_id, ()), role)
        if target is None or target < 0 or (target == 0 and item.direction == "higher"):
            problems.append(_missing(plan, item, span.agent_id, target))
        else:
            targets[span.agent_id] = target
    return targets


def _for_agent(item: Item, agent_id: str, own: Sequence[Fraction], role: Sequence[Fraction]) -> Fraction | None:
    match item.target:
        case FixedTarget(value=value):
            return value
        case PerAgentTargets(by_agent=by_agent):
            return by_agent.get(agent_id)
        case AbilityTarget(quantile=share):
            return by_ability(item, own, role, share)


def _missing(plan: Plan, item: Item, agent_id: str, target: Fraction | None) -> Problem:
    if isinstance(item.target, PerAgentTargets):
        return Problem(
            file=item.target.path,
            field=item.metric.id,
            what=f"agent {agent_id} has no target",
            fix=f"Add the row {agent_id},{item.metric.id},<target>",
        )
    why = (
        "there is no measured value in the periods before the plan starts"
        if target is None
        else f"it would be {target}, and must be above 0"
    )
    return Problem(
        file=plan.file,
        field=f"items.{item.metric.id}.target",
        what=f"no target by ability for agent {agent_id}: {why}",
        fix="Give a fixed target or a per_agent file for this metric",
    )
