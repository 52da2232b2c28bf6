"""One pay run: who, which figures, which targets, which lines, and what closed runs owe or are owed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chot.core.money import exact_text
from chot.core.periods import Period
from chot.core.rationals import Rationals
from chot.kpi import settling
from chot.kpi.measures import Measured
from chot.kpi.metrics import Metric
from chot.kpi.pay import LineColumn, metrics_read, names_read, pay_lines
from chot.kpi.people import People, Span, outside_days, spans, working_days
from chot.kpi.plan import Plan
from chot.kpi.scoring import Scored, score
from chot.kpi.settling import ClosedRun, Line
from chot.kpi.source import Facts
from chot.kpi.targets import Targets, resolve
from chot.kpi.values import Column, measures_of, metric_columns, with_minimum

ENGINE_VERSION = "1"
"""The version of the arithmetic: it changes when the same facts and plan would give another line."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A computed run: columns by agent (in the order of ``spans``), and the statement lines of each."""

    plan: Plan
    period: Period
    spans: Sequence[Span]
    targets: Targets
    scored: Sequence[Scored]
    own: Mapping[str, Column]
    columns: Sequence[LineColumn]
    lines: Sequence[Sequence[Line]]
    carry: Sequence[int]
    warnings: Sequence[str]
    people: People = field(repr=False)

    def place(self, agent_id: str) -> int | None:
        """Where the agent stands in the run's columns."""
        return next((place for place, span in enumerate(self.spans) if span.agent_id == agent_id), None)

    def variable_vnd(self, place: int) -> int:
        """The agent's variable pay: the sum of the published lines."""
        return sum(line.amount for line in self.lines[place])


def compute(plan: Plan, period: Period, facts: Facts, *, closed: Sequence[ClosedRun] = (), targets: Targets | None = None) -> Run:
    """The run of ``plan`` for ``period`` on today's facts.

    ``closed`` are the closed runs of any plan; those of this plan before ``period`` are recomputed and
    settled. ``targets`` given (a replay, a closed run) are used as they are.
    """
    people = People(list(facts.agents()))
    run = _compute_alone(plan, period, facts, people=people, closed=closed, targets=targets)
    earlier = [each for each in closed if each.plan.id == plan.id and each.period.last < period.first]
    again = {
        each.run_id: _lines_again(
            _compute_alone(each.plan, each.period, facts, people=people, closed=each.before(closed), targets=each.targets)
        )
        for each in earlier
    }
    return settling.settle(run, earlier, again)


def _lines_again(run: Run) -> dict[str, list[Line]]:
    return {span.agent_id: list(lines) for span, lines in zip(run.spans, run.lines, strict=True)}


def _compute_alone(
    plan: Plan, period: Period, facts: Facts, *, people: People, closed: Sequence[ClosedRun], targets: Targets | None
) -> Run:
    """The run without the settlement of closed runs."""
    members = spans(plan, period, people, facts.workdays(period.first, period.last))
    agents = [span.agent_id for span in members]
    if targets is None:
        targets = resolve(plan, members, facts, people)
    else:
        members = [span for span in members if all(span.agent_id in each for each in targets)]
        agents = [span.agent_id for span in members]
    values, own = _figures(plan, period, facts, people, members)
    scored = score(
        plan,
        values,
        [Rationals.of(each[agent_id] for agent_id in agents) for each in targets],
        target_shares=Rationals.of(span.target_share for span in members),
        bonus_shares=Rationals.of(span.bonus_share for span in members),
    )
    columns, warnings = pay_lines(plan, scored, own, agents=agents)
    lines, more = settling.statement_lines(plan, period, members, columns, closed)
    return Run(
        plan=plan,
        period=period,
        spans=members,
        targets=targets,
        scored=scored,
        own=own,
        columns=columns,
        lines=lines,
        carry=[0] * len(members),
        warnings=[*plan.warnings, *facts.warnings, *warnings, *more],
        people=people,
    )


def _figures(plan: Plan, period: Period, facts: Facts, people: People, members: Sequence[Span]) -> tuple[list[Column], dict[str, Column]]:
    """The values of every item, and the agents' own figures that the other lines read."""
    agents = [span.agent_id for span in members]
    extra = [plan.metrics[name] for name in names_read(plan)]
    own_items = [item.metric for item in plan.items if item.of == "own"]
    own_measured = facts.measure(measures_of([*own_items, *extra]), period, outside=outside_days(people, plan))
    own = {metric.id: _employed(metric, column, plan, period, people, agents) for metric, column in _columns(extra, own_measured, agents)}
    values = []
    for item in plan.items:
        if item.of == "own":
            measured, keys = own_measured, agents
        else:
            measured = facts.measure(measures_of([item.metric]), period, grain=item.of)
            keys = [span.team_id for span in members] if item.of == "team" else ["company"] * len(members)
        column = metric_columns([item.metric], measured, keys)[item.metric.id]
        if item.of == "own":
            column = _employed(item.metric, column, plan, period, people, agents)
        values.append(with_minimum(column, item.metric, item.min_sample))
    return values, own


def _columns(metrics: Sequence[Metric], measured: Measured, keys: Sequence[str]) -> list[tuple[Metric, Column]]:
    columns = metric_columns(metrics, measured, keys)
    return [(metric, columns[metric.id]) for metric in metrics]


def _employed(metric: Metric, column: Column, plan: Plan, period: Period, people: People, agents: Sequence[str]) -> Column:
    """Growth counts only for agents employed on every working day of the period and of its base."""
    if not metric.employed:
        return column
    base = period.shifted(-12 if any(measure.window == "same_month_last_year" for measure in metric.measures) else -1)
    pairs = [(each, working_days(plan.proration, each)) for each in (period, base)]
    away = np.array([not all(people.employed_throughout(agent_id, each, days) for each, days in pairs) for agent_id in agents], dtype=bool)
    return column.unknown(away, f"not employed on every working day of {base} and {period}")


def document(run: Run, run_id: str) -> dict[str, Any]:
    """The run as the published JSON of the contract."""
    agents = _entries(run)
    for place, entry in enumerate(agents):
        entry["lines"] = [line.document() for line in run.lines[place]]
        entry["variable_vnd"] = run.variable_vnd(place)
        entry["carry_vnd"] = run.carry[place]
    return {
        "run_id": run_id,
        "plan": run.plan.id,
        "plan_version": run.plan.version,
        "period": str(run.period),
        "currency": "VND",
        "agents": agents,
        "total_variable_vnd": sum(entry["variable_vnd"] for entry in agents),
        "warnings": list(run.warnings),
    }


def _entries(run: Run) -> list[dict[str, Any]]:
    items = [_items(scored) for scored in run.scored]
    return [
        {
            "agent_id": span.agent_id,
            "target_share": exact_text(span.target_share),
            "bonus_share": exact_text(span.bonus_share),
            "items": [column[place] for column in items],
        }
        for place, span in enumerate(run.spans)
    ]


def _items(scored: Scored) -> list[dict[str, Any]]:
    """One item for every agent."""
    metric, weight = scored.item.metric.id, scored.item.weight
    columns = zip(
        scored.value.known.tolist(),
        scored.measured.tolist(),
        scored.unpaid.tolist(),
        scored.value.exact.texts(),
        scored.target.texts(),
        scored.attainment.texts(),
        scored.payout.texts(),
        scored.effective_weight.texts(),
        scored.amount.tolist(),
        scored.value.sample.tolist(),
        strict=True,
    )
    found: list[dict[str, Any]] = [
        {
            "metric": metric,
            "actual": actual if known else None,
            "target": target,
            "attainment": attained if measured else None,
            "payout": None if unpaid else pays,
            "weight": weight,
            "effective_weight": effective,
            "amount_vnd": amount,
            "sample": sample,
            "status": "measured" if measured else "unmeasured",
        }
        for known, measured, unpaid, actual, target, attained, pays, effective, amount, sample in columns
    ]
    for place in np.flatnonzero(~scored.measured):
        found[place]["reason"] = scored.reason(int(place))
    return found


def run_id(run: Run, *, fingerprint: str) -> str:
    """The identity of a run: plan version, metric versions, facts, targets and engine version."""
    metrics = {metric.id: [metric.version, metric.formula] for metric in metrics_read(run.plan)}
    targets = [{agent: exact_text(value) for agent, value in sorted(each.items())} for each in run.targets]
    identity = [run.plan.version, metrics, fingerprint, targets, ENGINE_VERSION, str(run.period)]
    return hashlib.sha256(json.dumps(identity, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def scorecard(run: Run) -> dict[str, Any]:
    """The document of ``kpi score``: the items without the money lines."""
    return {
        "plan": run.plan.id,
        "plan_version": run.plan.version,
        "period": str(run.period),
        "agents": _entries(run),
        "warnings": list(run.warnings),
    }
