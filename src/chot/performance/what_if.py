"""What an agent would earn with a little more: the plan computed twice, on today's facts and on supposed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chot.core.errors import InputError
from chot.kpi import what_if as supposing
from chot.kpi.metrics import Metric
from chot.kpi.pay import names_read
from chot.kpi.people import outside_days
from chot.kpi.plan import Plan
from chot.kpi.run import Run as Computed
from chot.kpi.run import compute
from chot.kpi.values import measures_of
from chot.performance.models import Result
from chot.performance.queries import item_title, line_title, opened_plan
from chot.performance.what_if_reasons import reasons
from chot.performance.workplace import workplace

MOST_ORDERS = 10_000
_NUMBER = re.compile(r"([+-]?)(\d{1,15})(?:[.,](\d{1,6}))?")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One field of the form: a KPI that may move, ``name`` in the query and what is ``typed``."""

    name: str
    title: Any
    unit: str
    typed: str = ""

    @property
    def step(self) -> str:
        """What the field counts in, where it is not the unit itself: per cent points."""
        return "points" if self.unit == "ratio" else self.unit


@dataclass(frozen=True, kw_only=True)
class Supposition:
    """What comes out: pay now and then, each line and KPI that changes, and what the form could not do."""

    now_vnd: int
    then_vnd: int
    orders: int
    items: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    order_vnd: int = 0
    unmoved: Sequence[Any] = ()
    reasons: Sequence[str] = ()

    @property
    def difference(self) -> int:
        """What it brings, in đồng."""
        return self.then_vnd - self.now_vnd


def wishes(plan: Plan, typed: Mapping[str, str]) -> list[Wish]:
    """The fields of the form: each KPI on the agent's own figures."""
    return [
        Wish(name=f"x_{item.metric.id}", title=item_title(item), unit=item.metric.unit, typed=typed.get(f"x_{item.metric.id}", ""))
        for item in plan.items
        if item.of == "own"
    ]


def counts_orders(plan: Plan) -> bool:
    """Whether orders move anything in the plan."""
    return any(measure.name in (supposing.ORDERS, supposing.AMOUNT) for measure in measures_of(_own_metrics(plan)))


def amount(typed: str) -> Fraction | None:
    """A number as people type it: ``5``, ``-0,1``, ``1.500.000`` (groups of three after the first point are thousands).

    >>> amount("1.500.000"), amount("0,5"), amount("-2.25"), amount("viel")
    (Fraction(1500000, 1), Fraction(1, 2), Fraction(-9, 4), None)
    """
    text = typed.replace("\N{MINUS SIGN}", "-").replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}|[+-]?\d{1,3}(,\d{3}){2,}", text):
        text = re.sub("[.,]", "", text)
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    part = match[3] or ""
    return Fraction(int(match[2] + part), 10 ** len(part)) * (-1 if match[1] == "-" else 1)


def suppose(result: Result, asked: Mapping[str, str]) -> Supposition | None:
    """The agent's pay with the figures ``asked`` for; None when nothing is asked, or the run has no such agent."""
    plan = opened_plan(result.run.plan.text)
    orders = int(min(max(amount(asked.get("orders", "")) or Fraction(0), Fraction(0)), Fraction(MOST_ORDERS)))
    steps = {wish.name: step for wish in wishes(plan, asked) if (step := amount(wish.typed))}
    if not orders and not steps:
        return None
    period = plan.period_of(result.run.period)
    with workplace() as work:
        history = work.archive.history(period)
        now = compute(plan, period, work.facts, closed=history)
        place = now.place(result.agent_id)
        if place is None:
            return None
        values = _values(plan, now, work.facts, result.agent_id)
        extra, unmoved = _extra(plan, values, orders, steps)
        facts = supposing.Supposed(work.facts, period, agent_id=result.agent_id, team_id=now.spans[place].team_id, extra=extra)
        then = compute(plan, period, facts, closed=history)
    return _compared(plan, now, then, place, orders=orders, extra=extra, unmoved=unmoved)


def _own_metrics(plan: Plan) -> list[Metric]:
    return [item.metric for item in plan.items if item.of == "own"] + [plan.metrics[name] for name in names_read(plan)]


def _values(plan: Plan, run: Computed, facts: Any, agent_id: str) -> dict[str, int]:
    measures = measures_of(_own_metrics(plan))
    found = facts.measure(measures, run.period, outside=outside_days(run.people, plan))
    return {measure.name: found.get(agent_id, measure.name) for measure in measures}


def _extra(plan: Plan, values: Mapping[str, int], orders: int, steps: Mapping[str, Fraction]) -> tuple[dict[str, int], list[Any]]:
    """The extra by measure, and the titles of the KPIs that cannot be moved."""
    extra: dict[str, int] = {}
    if orders:
        extra = {name: more for name, more in supposing.more_orders(orders, values).items() if name in values}
    unmoved = []
    for item in plan.items:
        step = steps.get(f"x_{item.metric.id}") if item.of == "own" else None
        if not step:
            continue
        by = step / 100 if item.metric.unit == "ratio" else step
        more = supposing.moved(item.metric, {name: value + extra.get(name, 0) for name, value in values.items()}, by)
        if not more:
            unmoved.append(item_title(item))
        for name, count in more.items():
            extra[name] = extra.get(name, 0) + count
    return extra, unmoved


def _compared(
    plan: Plan, now: Computed, then: Computed, place: int, *, orders: int, extra: Mapping[str, int], unmoved: Sequence[Any]
) -> Supposition:
    agent_id = now.spans[place].agent_id
    there = then.place(agent_id)
    if there is None:
        raise InputError([])
    before = {line.id: line.amount for line in now.lines[place]}
    after = {line.id: line.amount for line in then.lines[there]}
    items = [
        {
            "title": item_title(old.item), "unit": old.item.metric.unit,
            "before": str(old.value.exact[place]) if old.value.known[place] else None,
            "after": str(new.value.exact[there]) if new.value.known[there] else None,
        }
        for old, new in zip(now.scored, then.scored, strict=True)
    ]  # fmt: skip
    return Supposition(
        now_vnd=now.variable_vnd(place), then_vnd=then.variable_vnd(there), orders=orders,
        order_vnd=extra.get(supposing.AMOUNT, 0) // orders if orders and extra.get(supposing.ORDERS) else 0,
        items=[item for item in items if item["before"] != item["after"]],
        lines=[
            {"title": line_title(plan, name), "before": before.get(name, 0), "after": after.get(name, 0),
             "difference": after.get(name, 0) - before.get(name, 0)}
            for name in dict.fromkeys([*before, *after])
            if before.get(name, 0) != after.get(name, 0)
        ],
        unmoved=unmoved, reasons=reasons(now, then, place, there),
    )  # fmt: skip
