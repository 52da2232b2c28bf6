"""Metric values of a period by agent, team, role or for the company, as the contract's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text, exact_text
from chot.core.periods import Period
from chot.core.text import did_you_mean
from chot.kpi.measures import Grain
from chot.kpi.metrics import Metric
from chot.kpi.people import People, working_days
from chot.kpi.plan import Proration
from chot.kpi.source import Facts
from chot.kpi.values import Column, Value, measures_of, metric_columns

KEY = {"agent": "agent_id", "team": "team_id", "role": "role", "company": "company"}


def chosen(metrics: Mapping[str, Metric], names: Sequence[str], period: Period) -> list[Metric]:
    """The metrics asked for; all that exist for this kind of period when none is named."""
    if not names:
        return [metric for metric in metrics.values() if period.kind in metric.periods]
    problems = [
        Problem(field="--metric", what=f"there is no metric {name!r}", fix=did_you_mean(name, metrics))
        for name in names
        if name not in metrics
    ]
    problems += [
        Problem(
            field="--metric", what=f"{name} exists for {' and '.join(metrics[name].periods)} periods only, and {period} is a {period.kind}"
        )
        for name in names
        if name in metrics and period.kind not in metrics[name].periods
    ]
    if problems:
        raise InputError(problems)
    return [metrics[name] for name in dict.fromkeys(names)]


def report(metrics: Sequence[Metric], period: Period, facts: Facts, *, by: Grain) -> dict[str, Any]:
    """The document of ``kpi metrics``."""
    people = People(list(facts.agents()))
    measured = facts.measure(measures_of(metrics), period, grain=by)
    keys = _keys(by, people, period, facts, measured.keys)
    columns = metric_columns(metrics, measured, keys)
    if by == "agent":
        columns = {metric.id: _employed(metric, columns[metric.id], people, period, keys) for metric in metrics}
    rows = [_row(by, key, metric, columns[metric.id][place]) for place, key in enumerate(keys) for metric in metrics]
    return {"period": str(period), "by": by, "rows": rows, "warnings": list(facts.warnings)}


def _keys(by: Grain, people: People, period: Period, facts: Facts, measured: Sequence[str]) -> list[str]:
    if by == "company":
        return ["company"]
    employed = {agent_id: people.employed_days(agent_id, period) for agent_id in people.ids}
    if by == "agent":
        return sorted({agent_id for agent_id, days in employed.items() if days} | set(facts.agents_with_facts(period)))
    named = {row.team_id if by == "team" else row.role for stretches in employed.values() for _, row in stretches}
    return sorted((named | set(measured)) - {""})


def _employed(metric: Metric, column: Column, people: People, period: Period, keys: Sequence[str]) -> Column:
    if not metric.employed:
        return column
    base = period.shifted(-12 if metric.measures[1].window == "same_month_last_year" else -1)
    pairs = [(each, working_days(Proration(), each)) for each in (period, base)]
    away = np.array([not all(people.employed_throughout(key, each, days) for each, days in pairs) for key in keys], dtype=bool)
    return column.unknown(away, f"not employed on every working day of {base} and {period}")


def _row(by: Grain, key: str, metric: Metric, value: Value) -> dict[str, Any]:
    exact = value.exact
    row = {
        KEY[by]: key,
        "metric": metric.id,
        "value": None if exact is None else exact_text(exact),
        "decimal": None if exact is None else decimal_text(exact),
        "sample": value.sample,
        "unit": metric.unit,
    }
    return row if exact is not None else {**row, "reason": value.reason}
