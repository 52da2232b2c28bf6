"""Reads: the targets of a draft by person and item, where they come from, and how likely each is to be reached.

Who has no past gets a proposal too: from colleagues of the same role, else from the team, else the plan's own number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

from chot.core import clock
from chot.core.periods import Period
from chot.kpi import ability
from chot.kpi.findings import Thresholds
from chot.kpi.history import HasMonths, past_periods
from chot.kpi.people import People
from chot.kpi.plan import AbilityTarget, FixedTarget, Item, PerAgentTargets, Plan
from chot.kpi.statistics import median
from chot.performance import plan_guards
from chot.performance.models import PlanVersion, TargetChange
from chot.performance.workplace import Workplace

PERIODS = 6
Origin = Literal["own", "colleagues", "team", "plan"]
_KEPT = 400  # deviations that are kept of an item: enough for whole per cents


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One person's target of one item: what it is, what was proposed, what is known of the past, and who changed it.

    ``origin`` says where the proposal comes from: the person's ``own`` past, ``colleagues`` of the role, the ``team`` whatever the
    role, or the ``plan``. For the last two nothing tells how likely it is to be reached: ``probability`` is None.
    """

    agent_id: str
    metric: str
    target: Fraction
    proposed: Fraction
    present: Fraction | None
    probability: float | None
    centre: float
    past: Sequence[tuple[str, Fraction]]
    origin: Origin = "own"
    change: TargetChange | None = None

    @property
    def usual(self) -> Fraction | None:
        """The median of the person's past periods, full time; None without any."""
        return median([value for _period, value in self.past]) if self.past else None

    @property
    def flag(self) -> str:
        """``hard`` below 35 %, ``easy`` above 85 %, ``healthy`` from 50 to 70 %, else nothing."""
        limits = Thresholds()
        if self.probability is None:
            return ""
        if self.probability < limits.probability_low:
            return "hard"
        if self.probability > limits.probability_high:
            return "easy"
        return "healthy" if 0.5 <= self.probability <= 0.7 else ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One item of the plan: its cells by agent, in which direction it counts, and the deviations of the past."""

    item: Item
    sign: float
    deviations: Sequence[float]
    cells: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def wanted(self) -> bool:
        """Whether the plan asks for a target of each person's own, or somebody has changed one."""
        return not isinstance(self.item.target, FixedTarget) or any(cell.change for cell in self.cells.values())

    def probability(self, centre: float, target: float) -> float | None:
        """The share of past deviations with which a value around ``centre`` still reaches the target; None when none are known."""
        needed = self.sign * target - centre
        return 1 - bisect_left(self.deviations, needed) / len(self.deviations) if self.deviations else None


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Everyone whom the plan names with his team, and the items that the past says something about."""

    plan: Plan
    people: Sequence[tuple[str, str]]
    columns: Sequence[Column]

    def column(self, metric: str) -> Column | None:
        """The column of a metric."""
        return next((each for each in self.columns if each.item.metric.id == metric), None)


def grid(saved: PlanVersion, plan: Plan) -> Grid:
    """The targets of a plan as they stand: the latest change, else the plan's own number for the person, else the proposal."""
    now = plan_guards.stand()
    found = plan_guards.kept(f"targets-3-{clock.today():%G-W%V}", plan, _expected, now, periods=_over(plan, now.facts))
    changes = latest_changes(saved)
    columns = []
    for item in plan.items:
        known = found["items"].get(item.metric.id)
        if known:
            column = Column(item=item, sign=known["sign"], deviations=known["deviations"])
            cells = {each["agent_id"]: _cell(column, each, changes.get((each["agent_id"], item.metric.id))) for each in known["people"]}
            columns.append(replace(column, cells=cells))
    return Grid(plan=plan, people=[(agent, team) for agent, team in found["people"]], columns=columns)


def latest_changes(saved: PlanVersion) -> dict[tuple[str, str], TargetChange]:
    """The latest change of every person and metric, in one query."""
    changes = saved.target_changes.select_related("by").order_by("metric", "agent_id", "-pk").distinct("metric", "agent_id")
    return {(each.agent_id, each.metric): each for each in changes}


def _cell(column: Column, known: Mapping[str, Any], change: TargetChange | None) -> Cell:
    item, agent_id = column.item, known["agent_id"]
    proposed = Fraction(known["proposed"])
    own = item.target.by_agent.get(agent_id) if isinstance(item.target, PerAgentTargets) else None
    if change is not None:
        own = None if change.target is None else Fraction(change.target)
    target = proposed if own is None else own
    return Cell(
        agent_id=agent_id, metric=item.metric.id, target=target, proposed=proposed, present=ability.present_target(item, agent_id),
        probability=column.probability(known["centre"], float(target)), centre=known["centre"],
        past=[(period, Fraction(value)) for period, value in known["past"]], change=change, origin=known["origin"],
    )  # fmt: skip


def _over(plan: Plan, facts: HasMonths) -> list[Period]:
    """The past periods that are over: half a month says little."""
    return [period for period in past_periods(plan, facts, PERIODS + 1) if period.last < clock.today()][-PERIODS:]


def _expected(plan: Plan, work: Workplace) -> dict[str, Any]:
    """What is expected of everyone in each item."""
    people = People(list(work.facts.agents()))
    known = ability.outlooks(plan, work.facts, _over(plan, work.facts), people)
    members = sorted(ability.members(plan, people).items(), key=lambda each: (each[1][1], each[0]))
    return {"people": [[agent, team] for agent, (_day, team) in members], "items": {metric: _known(each) for metric, each in known.items()}}


def _known(found: ability.Outlook) -> dict[str, Any]:
    deviations = _thinned([float(each) for each in found.deviations])
    return {"sign": found.sign, "deviations": deviations, "people": [_person(each, found.item) for each in found.people]}


def _person(each: ability.Expected, item: Item) -> dict[str, Any]:
    past = [(period, str(Fraction(value).limit_denominator(10**6))) for period, value in each.past]
    proposed = str(ability.proposed(each, item))
    return {"agent_id": each.agent_id, "centre": each.centre, "proposed": proposed, "past": past, "origin": each.origin}


def _thinned(ordered: Sequence[float]) -> list[float]:
    """At most ``_KEPT`` of the values, evenly by rank."""
    if len(ordered) <= _KEPT:
        return list(ordered)
    return [ordered[(2 * place + 1) * len(ordered) // (2 * _KEPT)] for place in range(_KEPT)]


def reach(found: Grid) -> list[dict[str, Any]]:
    """For every team, and for all, the share of people expected to reach each target: the mean of their probabilities."""
    teams = sorted({team for _agent, team in found.people})
    rows = [(team, [agent for agent, own in found.people if own == team]) for team in teams]
    if len(teams) > 1:
        rows.append(("", [agent for agent, _team in found.people]))
    return [{"team": team, "people": len(agents), "shares": [_share(column, agents) for column in found.columns]} for team, agents in rows]


def _share(column: Column, agents: Sequence[str]) -> float | None:
    known = [cell.probability for agent in agents if (cell := column.cells.get(agent)) and cell.probability is not None]
    return sum(known) / len(known) if known else None


def source(item: Item) -> str:
    """How the plan writes the target now: ``fixed``, ``ability`` or ``people``."""
    return {FixedTarget: "fixed", AbilityTarget: "ability", PerAgentTargets: "people"}[type(item.target)]
