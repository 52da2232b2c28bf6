"""Reads about runs: which there are, what an agent reached and earns in them, and what the plan calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError
from chot.core.periods import Period, between, parse
from chot.facts.runs import Archive
from chot.kpi.metrics import Metric, Words
from chot.kpi.people import working_days
from chot.kpi.plan import Item, Plan
from chot.performance import actions
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.workplace import data_folder, read_plan


@dataclass(frozen=True, kw_only=True)
class Card:
    """One KPI of an agent: the plan's item and the figures of the run."""

    item: Item
    title: Any
    found: Mapping[str, Any]
    elapsed: Fraction | None
    whole: Fraction

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.found["attainment"] is not None and Fraction(self.found["attainment"]) >= 1

    @property
    def filled(self) -> Fraction:
        """The attainment as a part of the whole bar."""
        return Fraction(self.found["attainment"] or 0) / self.whole

    @property
    def full_mark(self) -> Fraction:
        """Where 100 % stands on the bar."""
        return 1 / self.whole

    @property
    def time_mark(self) -> Fraction | None:
        """Where the time elapsed stands on the bar; None for ratios, which do not grow with time."""
        return None if self.elapsed is None else self.elapsed / self.whole

    @property
    def behind(self) -> bool:
        """Whether the KPI is behind the time elapsed."""
        attained = self.found["attainment"]
        return self.elapsed is not None and attained is not None and Fraction(attained) < self.elapsed


def days_between(first: date, last: date) -> Period:
    """The days ``first`` to ``last``, both inclusive."""
    return between(first, last)


@lru_cache(maxsize=64)
def opened_plan(text: str) -> Plan:
    """A stored plan, read once for each document."""
    return read_plan(text)


def period_names(results: Sequence[str]) -> list[str]:
    """Period names, each once, the latest first."""
    return sorted(set(results), key=lambda name: (parse(name).last, parse(name).first), reverse=True)


def chosen_period(asked: str | None, periods: Sequence[str]) -> str:
    """The period asked for when there is one of that name, else the latest; empty without any."""
    return asked if asked and asked in periods else next(iter(periods), "")


def periods_of_agent(agent_id: str) -> list[str]:
    """The periods in which a run pays the agent, the latest first."""
    return period_names(list(published(agent_id).values_list("run__period", flat=True)))


def published(agent_id: str | None = None) -> Any:
    """Results of announced and retired plans; of one agent when named. Drafts are nobody's pay.

    Their runs come without the documents of everyone, which are read when somebody asks for one.
    """
    found = Result.objects.exclude(run__plan__state=PlanVersion.State.DRAFT).select_related("run", "run__plan")
    found = found.defer("run__document", "run__scorecard", "head", "forecast")
    return found if agent_id is None else found.filter(agent_id=agent_id)


def results_of(agent_id: str, period: str) -> list[Result]:
    """The agent's results of a period, one for each plan: that of its newest version."""
    return list(newest(published(agent_id).filter(run__period=period)).values())


BY_VERSION = ("run__plan__plan_id", "run__plan__created_at", "run__plan__pk")
"""The newest version of each plan last."""


def newest(results: Any) -> dict[tuple[str, str], Result]:
    """The results by plan and agent; where several versions of a plan were computed, the newest version's."""
    return {(result.run.plan.plan_id, result.agent_id): result for result in results.order_by(*BY_VERSION)}


def item_title(item: Item) -> Any:
    """What the plan calls a KPI, else the metric's title in both languages."""
    return item.title or both(item.metric.title)


def both(words: Words) -> dict[str, str]:
    """Words as the filter ``said`` takes them."""
    return {"vi": words.vi, "en": words.en}


def line_titles(plan: Plan) -> dict[str, Any]:
    """What the plan calls each of its lines, by line id."""
    found: dict[str, Any] = {f"item:{item.metric.id}": item_title(item) for item in plan.items}
    for place, gate in enumerate(plan.gates, start=1):
        found[f"gate:{place}"] = gate.title or _("Gate %(number)s") % {"number": place}
    for place, rule in enumerate(plan.commission, start=1):
        found[f"commission:{place}"] = rule.title or _("Commission")
    for line in plan.lines:
        found[f"line:{line.name}"] = line.title or line.name
    return {**found, "pool": _("Bonus pool"), "guarantee": _("Guarantee"), "floor": _("Made up to 0")}


def line_title(plan: Plan, line_id: str) -> Any:
    """What a line is called; corrections of closed periods by the line that they correct."""
    titles = line_titles(plan)
    if line_id in titles:
        return titles[line_id]
    return _("Correction of a closed period") if line_id.startswith("adjust") else line_id


def elapsed(plan: Plan, period: Period) -> tuple[int, int]:
    """Working days over (today's too), and working days of the period."""
    days, today = working_days(plan.proration, period), clock.today()
    return sum(day <= today for day in days), len(days)


def cards(result: Result) -> list[Card]:
    """Every KPI of the agent's result, in the plan's order."""
    plan = opened_plan(result.run.plan.text)
    over, total = elapsed(plan, parse(result.run.period))
    running = Fraction(over, total) if total and over < total else None
    items = {item.metric.id: item for item in plan.items}
    return [
        Card(
            item=items[found["metric"]], title=item_title(items[found["metric"]]), found=found,
            elapsed=running if items[found["metric"]].metric.always else None,
            whole=max(Fraction(1), items[found["metric"]].scale.points[-1][0]),
        )
        for found in result.items
        if found["metric"] in items
    ]  # fmt: skip


def is_closed(run: Run) -> bool:
    """Whether the period is closed: its pay is final."""
    return Archive(data_folder() / "runs").find(run.plan.plan_id, parse(run.period)) is not None


def statement_head(result: Result) -> dict[str, Any] | None:
    """Days and gates of the agent's statement, stored with the result; of runs from before that: of the statement, which is
    made when it is not there, None while the facts have moved on.
    """
    return result.head or _head_of_statement(result.run, result.agent_id)


def _head_of_statement(run: Run, agent_id: str) -> dict[str, Any] | None:
    found = _stored_head(run.run_id, agent_id)
    if found is None:
        try:
            made = actions.statement(run, agent_id)
        except InputError:
            return None
        found = _stored_head(made.run_id, agent_id)
    return found


def _stored_head(run_id: str, agent_id: str) -> dict[str, Any] | None:
    import json

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (document - 'lines')::text FROM performance_statement WHERE run_id = %s AND agent_id = %s", [run_id, agent_id]
        )
        row = cursor.fetchone()
    return json.loads(row[0]) if row else None


def metric_title(metrics: Mapping[str, Metric], name: str) -> Any:
    """A metric's title in both languages; its name when there is no such metric."""
    return both(metrics[name].title) if name in metrics else name
