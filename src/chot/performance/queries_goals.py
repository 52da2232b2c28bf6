"""Reads about goals: the tree, how far each has come, and which KPIs and people serve it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.db.models import Count

from chot.core import clock
from chot.core.errors import InputError
from chot.core.periods import Period, containing, parse
from chot.core.rationals import Rationals
from chot.kpi.metric_report import report
from chot.kpi.metrics import Metric
from chot.kpi.scoring import attainment
from chot.performance.models import Goal, PlanVersion
from chot.performance.queries import days_between, facts_state, item_title, metric_title, opened_plan
from chot.performance.workplace import metrics, workplace

_REMEMBERED_S = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Serving:
    """One KPI of an announced plan, the goal that it names, and how many people it pays."""

    plan: PlanVersion
    title: Any
    goal: str
    people: int


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
    serving: Sequence[Serving]

    @property
    def people(self) -> int:
        """How many people the plans behind the goal pay."""
        return sum({each.plan.pk: each.people for each in self.serving}.values())


def tree() -> list[Node]:
    """Every goal, parents before children, in rank order."""
    goals = list(Goal.objects.select_related("owner", "parent"))
    served = serving()
    values = _values(goals)
    known = metrics()
    children: dict[int | None, list[Goal]] = {}
    for goal in goals:
        children.setdefault(goal.parent_id, []).append(goal)
    found: list[Node] = []

    def walk(parent: int | None, depth: int) -> None:
        siblings = children.get(parent, [])
        for place, goal in enumerate(siblings):
            mine = [each for each in served if each.goal == goal.slug]
            found.append(_node(goal, depth, (place, len(siblings)), values, known, mine))
            walk(goal.pk, depth + 1)

    walk(None, 0)
    return found


def _node(
    goal: Goal, depth: int, place: tuple[int, int], values: Mapping[str, Any], known: Mapping[str, Metric], served: Sequence[Serving]
) -> Node:
    metric = known.get(goal.metric)
    found = values.get(_key(goal, metric)) if metric else None
    value = found["value"] if found else None
    return Node(
        goal=goal, depth=depth, first=place[0] == 0, last=place[0] + 1 == place[1],
        title=metric_title(known, goal.metric) if goal.metric else "",
        unit=metric.unit if metric else "count", value=value, reached=_reached(goal, metric, value),
        measured=found["period"] if found else "", elapsed=_elapsed(goal) if metric and metric.always else None, serving=served,
    )  # fmt: skip


def _reached(goal: Goal, metric: Metric | None, value: str | None) -> Fraction | None:
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


def _elapsed(goal: Goal) -> Fraction | None:
    """The share of the goal's days that is over; None without an end or once it is past."""
    if not goal.due or clock.today() >= goal.due:
        return None
    first, last = window(goal)
    return Fraction((last - first).days + 1, (goal.due - first).days + 1)


def _by_month(metric: Metric) -> bool:
    """Whether the metric exists for whole months only: then the latest full month is shown."""
    return metric.periods == ("month",) or any(measure.window != "period" for measure in metric.measures)


def _key(goal: Goal, metric: Metric | None) -> str:
    if metric and _by_month(metric):
        return f"{goal.metric} month"
    return f"{goal.metric} {window(goal)}"


def _values(goals: Sequence[Goal]) -> dict[str, Any]:
    """The company's value behind every goal, remembered while the facts and the goals' days stay."""
    known = metrics()
    wanted = {_key(goal, known[goal.metric]): goal for goal in goals if goal.metric in known}
    if not wanted:
        return {}
    state = facts_state()
    keys = {f"goal:{name}:{state}".replace(" ", "_"): name for name in wanted}
    stored = {keys[key]: value for key, value in cache.get_many(list(keys)).items()}
    missing = {name: goal for name, goal in wanted.items() if name not in stored}
    if missing:
        computed = _computed(missing, known)
        cache.set_many({key: computed[name] for key, name in keys.items() if name in computed}, _REMEMBERED_S)
        stored |= computed
    return stored


def _computed(missing: Mapping[str, Goal], known: Mapping[str, Metric]) -> dict[str, Any]:
    found = {}
    with workplace() as work:
        months = work.facts.months()
        for name, goal in missing.items():
            metric = known[goal.metric]
            period = _latest_month(months) if _by_month(metric) else days_between(*window(goal))
            if period is None:
                continue
            try:
                row = report([metric], period, work.facts, by="company")["rows"][0]
            except InputError:
                continue
            found[name] = {"value": row["value"], "period": period.name if _by_month(metric) else ""}
    return found


def _latest_month(months: Sequence[str]) -> Period | None:
    """The latest month that holds facts and is over; the running one when there is no other."""
    running = str(containing(clock.today(), "month"))
    past = [month for month in months if month < running]
    named = past[-1:] or list(months[-1:])
    return parse(named[0]) if named else None


def serving() -> list[Serving]:
    """Every KPI of the announced plans with its goal (empty: none), and the people whom the plan names."""
    plans = PlanVersion.objects.filter(state=PlanVersion.State.ANNOUNCED).annotate(people=Count("acknowledgements"))
    return [
        Serving(plan=plan, title=item_title(item), goal=item.goal or opened.goal, people=plan.people)
        for plan in plans
        for opened in [opened_plan(plan.text)]
        for item in opened.items
    ]


def unserving() -> list[Serving]:
    """The KPIs that serve no goal, or one that does not exist."""
    slugs = set(Goal.objects.values_list("slug", flat=True))
    return [each for each in serving() if each.goal not in slugs]


def serves(goal: Goal) -> list[str]:
    """What stands in the way of deleting a goal: the titles of its sub-goals and of the plans that name it."""
    found = [child.title for child in goal.children.all()]
    for plan in PlanVersion.objects.exclude(state=PlanVersion.State.RETIRED):
        opened = opened_plan(plan.text)
        if goal.slug in {opened.goal, *(item.goal for item in opened.items)}:
            found.append(plan.title)
    return found
