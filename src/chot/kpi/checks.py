"""``check``: every guard over one plan (and its neighbours), before it is announced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.kpi import checks_history, checks_people, checks_plan
from chot.kpi.backtest import Backtest, backtest, real_pay
from chot.kpi.document import Listing, Scalar, Section, read_document
from chot.kpi.findings import MISTAKES, Finding, Thresholds
from chot.kpi.gaming import gaming
from chot.kpi.history import past_periods
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.settling import ClosedRun
from chot.kpi.source import Facts

_SEVERITY = {"error": 0, "warning": 1, "note": 2}
PERIODS = 6


@dataclass(frozen=True, kw_only=True)
class Records:
    """What the company recorded about a plan: the day of consultation, and who acknowledged it."""

    consulted: date | None = None
    acknowledged: Sequence[str] | None = None


def check(
    plan: Plan,
    facts: Facts,
    *,
    others: Sequence[Plan] = (),
    closed: Sequence[ClosedRun] = (),
    against: Plan | None = None,
    records: Records | None = None,
    limits: Thresholds | None = None,
    today: date | None = None,
) -> list[Finding]:
    """Every finding about ``plan``, by code, the gravest first. ``others`` are the company's other plans.

    With ``today`` a plan that starts by then without an announcement is too late to announce, not merely unannounced.
    """
    limits, records = limits or Thresholds(), records or Records()
    people = People(list(facts.agents()))
    result = backtest(plan, facts, periods=PERIODS, closed=closed, against=against)
    members = [
        row.agent_id
        for agent in people.ids
        if (row := people.employed(agent, plan.starts)) and plan.names(role=row.role, team_id=row.team_id)
    ]
    found = [
        *history_findings(result, limits),
        *checks_people.without_plan([plan, *others], people),
        *checks_people.different_scales([plan, *others]),
        *checks_plan.transparency(plan, acknowledged=records.acknowledged, members=members, today=today),
        *checks_plan.number_of_metrics(plan, limits),
        *checks_plan.time_to_adapt(plan, closed, limits, today),
        *checks_people.below_minimum(plan, people),
        *checks_plan.publication(plan, records.consulted, today),
    ]
    for period in past_periods(plan, facts, 1):
        found += gaming(plan, facts, people, period, limits)
    return in_order(found)


def history_findings(result: Backtest, limits: Thresholds) -> list[Finding]:
    """The findings that stand on a replay of the past: K1, K2, K3 and K4."""
    return in_order(
        [
            *checks_history.reachable(result.plan, result.points, limits),
            *real_pay(result, limits),
            *checks_history.equal_standards(result.plan, result.points, limits),
            *checks_history.influenceable(result.plan, result.points, limits),
        ]
    )


def in_order(found: Sequence[Finding]) -> list[Finding]:
    """Findings by code, then severity, then subject."""
    codes = list(MISTAKES)
    return sorted(found, key=lambda each: (codes.index(each.code), _SEVERITY[each.severity], each.subject))


def load_records(path: Path, plan_id: str) -> Records:
    """What ``records.yaml`` says about a plan: ``PLAN: {consulted: 2026-09-01, acknowledged: [a01, a02]}``.

    Raises ``InputError`` for a day that is none.
    """
    if not path.exists():
        return Records()
    section = read_document(path).fields.get(plan_id)
    if not isinstance(section, Section):
        return Records()
    consulted, acknowledged = section.fields.get("consulted"), section.fields.get("acknowledged")
    try:
        day = date.fromisoformat(consulted.text) if isinstance(consulted, Scalar) else None
    except ValueError:
        line = section.key_lines["consulted"]
        raise InputError(
            Problem(file=str(path), line=line, field=f"{plan_id}.consulted", what="this is not a day", fix="Write 2026-09-01")
        ) from None
    names = [item.text for item in acknowledged.items if isinstance(item, Scalar)] if isinstance(acknowledged, Listing) else None
    return Records(consulted=day, acknowledged=names)
