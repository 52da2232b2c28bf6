"""Reads about goals: the tree, how far each has come, and which KPIs and people serve it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chot.core import clock
from chot.kpi.metrics import Metric
from chot.people.queries import agent_names
from chot.performance import goal_progress
from chot.performance.fact_states import facts_now
from chot.performance.goal_progress import BEHIND, Spark, Status
from chot.performance.models import Acknowledgement, Goal, PlanVersion
from chot.performance.queries import item_title, metric_title, opened_plan
from chot.performance.workplace import metrics


@dataclass(frozen=True, kw_only=True)
class Serving:
    """One KPI of an announced plan, the goal that it names, and whom it pays."""

    plan: PlanVersion
    title: Any
    weight: int
    goal: str
    agents: Sequence[str]

    @property
    def people(self) -> int:
        """How many people it pays."""
        return len(self.agents)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One goal in the tree, with where it stands."""

    goal: Goal
    depth: int
    first: bool
    last: bool
    title: Any
    unit: str
    value: str | None
    reached: Fraction | None
    measured: str
    elapsed: Fraction | None
    status: Status
    spark: Spark | None
    serving: Sequence[Serving]
    names: Sequence[str]

    @property
    def people(self) -> int:
        """How many people the plans behind the goal pay."""
        return len(self.names)

    @property
    def behind(self) -> bool:
        """Whether it needs somebody's attention."""
        return self.status in BEHIND


def tree(served: Sequence[Serving] | None = None) -> list[Node]:
    """Every goal, parents before children, in rank order, with those of ``served`` (else all KPIs) that serve it."""
    goals = list(Goal.objects.select_related("owner", "parent"))
    served, names = serving() if served is None else served, agent_names()
    facts = facts_now()
    values, months = goal_progress.values(goals, facts), goal_progress.months_of(goals, facts)
    known = metrics()
    children: dict[int | None, list[Goal]] = {}
    for goal in goals:
        children.setdefault(goal.parent_id, []).append(goal)
    found: list[Node] = []

    def walk(parent: int | None, depth: int) -> None:
        siblings = children.get(parent, [])
        for place, goal in enumerate(siblings):
            mine = [each for each in served if each.goal == goal.slug]
            node = _node(goal, known.get(goal.metric), values, months.get(goal.metric, {}))
            agents = {agent for each in mine for agent in each.agents}
            found.append(
                Node(
                    goal=goal, depth=depth, first=place == 0, last=place + 1 == len(siblings), serving=mine,
                    names=sorted(names.get(agent, agent) for agent in agents), **node,
                )
            )  # fmt: skip
            walk(goal.pk, depth + 1)

    walk(None, 0)
    return found


def _node(goal: Goal, metric: Metric | None, values: Mapping[str, Any], months: Mapping[str, str | None]) -> dict[str, Any]:
    """Where one goal stands."""
    found = values.get(goal_progress.key(goal, metric)) if metric else None
    value = found["value"] if found else None
    part, over = goal_progress.reached(goal, metric, value), goal_progress.elapsed(goal)
    return {
        "title": metric_title({goal.metric: metric}, goal.metric) if metric else goal.metric, "unit": metric.unit if metric else "count",
        "value": value, "reached": part, "measured": found["period"] if found else "", "elapsed": over if metric else None,
        "status": goal_progress.status(goal, metric, part, over), "spark": goal_progress.spark(goal, metric, months),
    }  # fmt: skip


def counts(nodes: Sequence[Node]) -> dict[str, int]:
    """How many goals are reached, on time, behind, and not measured."""
    return {
        "reached": sum(node.status == "reached" for node in nodes), "on_time": sum(node.status == "on_time" for node in nodes),
        "behind": sum(node.behind for node in nodes), "unmeasured": sum(not node.status for node in nodes),
    }  # fmt: skip


def serving() -> list[Serving]:
    """Every KPI of the announced plans with its goal (empty: none), and the people whom the plan names.

    A plan that has ended counts until another one for the same people is announced.
    """
    plans = list(PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED).order_by("starts", "plan_id"))
    opened = {plan.pk: opened_plan(plan.text) for plan in plans}
    latest = {(opened[plan.pk].roles, opened[plan.pk].teams): plan.pk for plan in plans}
    today = clock.today()
    running = [plan for plan in plans if plan.ends >= today or plan.pk in latest.values()]
    agents: dict[int, list[str]] = {plan.pk: [] for plan in running}
    given = Acknowledgement.objects.filter(plan__in=agents).order_by("agent_id")
    for plan_pk, agent_id in given.values_list("plan_id", "agent_id"):
        agents[plan_pk].append(agent_id)
    return [
        Serving(plan=plan, title=item_title(item), weight=item.weight, goal=item.goal or opened[plan.pk].goal, agents=agents[plan.pk])
        for plan in running
        for item in opened[plan.pk].items
    ]


def unserving(served: Sequence[Serving], goals: Sequence[Goal]) -> list[Serving]:
    """The KPIs that serve no goal, or one that does not exist."""
    slugs = {goal.slug for goal in goals}
    return [each for each in served if each.goal not in slugs]


def serves(goal: Goal) -> list[str]:
    """What stands in the way of deleting a goal: the titles of its sub-goals and of the plans that name it."""
    found = [child.title for child in goal.children.all()]
    for plan in PlanVersion.objects.exclude(state=PlanVersion.State.RETIRED):
        opened = opened_plan(plan.text)
        if goal.slug in {opened.goal, *(item.goal for item in opened.items)}:
            found.append(plan.title)
    return found
