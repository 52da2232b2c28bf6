"""Whose facts count for an agent, a team, a role and the company; the rows of `kpi metrics`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from tests.oracle.facts import Facts, Folder, Period, Row, local_day, period_called
from tests.oracle.metrics import METRICS, MONTHLY, Figures, Whose

DAY_COLUMNS = {
    "calls": ["started_at"], "leads": ["assigned_at"], "orders": ["ordered_at"], "tickets": ["due_at", "done_at"],
    "surveys": ["answered_at"], "reviews": ["reviewed_at"], "exams": ["taken_at"], "workdays": ["date"],
}  # fmt: skip
"""The columns by which metrics group each table."""


def of_agent(agent_id: str) -> Whose:
    """"An order belongs to its own agent_id; its call_id never moves credit." """
    return lambda row, _day: row["agent_id"] == agent_id


def of_team(facts: Facts, team_id: str) -> Whose:
    """"the facts of agents whose row on the fact's day has the team [...], and that team's calls without an agent" """
    return lambda row, day: group_of(facts, row, day, "team_id") == team_id


def of_role(facts: Facts, role: str) -> Whose:
    """The facts of agents whose row on the fact's day has the role."""
    return lambda row, day: group_of(facts, row, day, "role") == role


def of_company() -> Whose:
    """Every fact, with or without an agent."""
    return lambda _row, _day: True


def group_of(facts: Facts, row: Row, day: date, column: str) -> str | None:
    """The team or role that a fact belongs to; None when it belongs to none."""
    if not row["agent_id"]:
        return row.get("team_id") or None if column == "team_id" else None
    agent = facts.agent_row(row["agent_id"], day)
    return agent[column] or None if agent else None


def facts_of(facts: Facts, period: Period) -> Iterable[tuple[Row, date]]:
    """Every fact of the period with its day."""
    for table, columns in DAY_COLUMNS.items():
        for row in facts.tables[table]:
            for column in columns:
                moment = row[column]
                if moment is not None:
                    day = local_day(moment) if isinstance(moment, datetime) else moment
                    if day in period:
                        yield row, day


def people_of(facts: Facts, period: Period) -> Iterable[tuple[Row, date]]:
    """The agents rows under which somebody was employed on a day of the period."""
    for agent_id in facts.agent_ids():
        for day in period.days:
            row = facts.agent_row(agent_id, day)
            if row is not None and facts.employed(agent_id, day):
                yield row, day


def groups(facts: Facts, period: Period, by: str) -> list[str]:
    """The agents employed on a day of the period or named by a fact of it; their teams or roles on those days."""
    rows = [*people_of(facts, period), *facts_of(facts, period)]
    if by == "agent":
        return sorted({row["agent_id"] for row, _ in rows if row["agent_id"]})
    column = {"team": "team_id", "role": "role"}[by]
    return sorted({group for row, day in rows if (group := group_of(facts, row, day, column))})


def metrics(folder: Folder, period: str, by: str, metric_ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The rows of `kpi metrics --format json`."""
    facts, when = Facts(folder), period_called(period)
    found = []
    for group in groups(facts, when, by) if by != "company" else ["company"]:
        whose = {"agent": of_agent(group), "team": of_team(facts, group), "role": of_role(facts, group), "company": of_company()}
        figures = Figures(facts, whose[by], when, agent_id=group if by == "agent" else None)
        for metric_id in metric_ids or [name for name in METRICS if when.kind == "month" or name not in MONTHLY]:
            metric = METRICS[metric_id]
            reading = metric.read(figures)
            key = {"agent": "agent_id", "team": "team_id", "role": "role", "company": "company"}[by]
            row = {key: group, "metric": metric_id, "sample": reading.sample, "unit": metric.unit}
            row["value"] = exact(reading.value)
            row["decimal"] = None if reading.value is None else decimal(reading.value)
            found.append(row)
    return found


def exact(value: Fraction | None) -> str | None:
    """"ratios as exact strings n/d" """
    return None if value is None else f"{value.numerator}/{value.denominator}"


def decimal(value: Fraction) -> str:
    """"decimal has at most 12 places, half away from zero" """
    shifted = abs(value) * 10**12
    digits = int(shifted + Fraction(1, 2))
    text = f"{digits // 10**12}.{digits % 10**12:012}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 and digits else text
