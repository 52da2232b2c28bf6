"""A plan as the contract words it: its numbers, its people, their days and shares, and their targets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

from tests.oracle.facts import Facts, Period, Row, period_called, period_of
from tests.oracle.groups import of_agent, of_company, of_team
from tests.oracle.metrics import LOWER_IS_BETTER, METRICS, Figures, Reading, Whose


class NoTargetError(Exception):
    """No target by ability: nobody of the plan's role or team has a value before the plan, or it would not be above 0."""


ALL_LEAVES = ["holiday", "annual", "sick", "maternity", "unpaid"]


def number(text: str) -> Fraction:
    """"Numbers match `-?[0-9][0-9_]*(\\.[0-9]+)?%?`" """
    bare = text.replace("_", "")
    return Fraction(bare[:-1]) / 100 if bare.endswith("%") else Fraction(bare)


def whole(text: str) -> int:
    return int(number(text))


def listed(value: str | list[str]) -> list[str]:
    """One name or a list of names."""
    return value if isinstance(value, list) else [value]


@dataclass
class Item:
    """One weighted metric; ``target`` is a number or how to find one."""

    metric: str
    weight: int
    target: Fraction | dict[str, str]
    scale: str
    min_sample: int
    unmeasured: str
    of: str
    lower: bool
    settings: dict[str, int]


@dataclass
class Plan:
    """A plan with every value typed by its field."""

    name: str
    roles: list[str]
    teams: list[str]
    kind: str
    starts: date
    bonus_vnd: Fraction
    items: list[Item]
    scales: dict[str, tuple[str, list[tuple[Fraction, Fraction]]]]
    gates: list[dict[str, Any]]
    commission: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    pool: dict[str, str] | None
    target_leaves: list[str]
    bonus_leaves: list[str]
    joins: bool
    calendar: str | list[date]
    absent: str
    min_measured_weight: int
    guarantee: dict[str, str] | None
    unit_vnd: int
    files: dict[str, str] = field(default_factory=dict)

    def names(self, row: Row) -> bool:
        """"Agents are those whose role (or team) the plan names" """
        return row["role"] in self.roles or row["team_id"] in self.teams


def read_plan(raw: Mapping[str, Any], files: Mapping[str, str] | None = None) -> Plan:
    """"Every scalar is read as text and typed by its field" """
    proration = raw.get("proration") or {}
    calendar = proration.get("calendar", "mon-sat")
    scales = {}
    for name, scale in (raw.get("scales") or {}).items():
        scales[name] = (scale["mode"], [(number(reached), number(pays)) for reached, pays in scale["points"]])
    return Plan(
        name=raw["plan"],
        roles=listed(raw["role"]) if "role" in raw else [],
        teams=listed(raw["team"]) if "team" in raw else [],
        kind=raw["period"],
        starts=date.fromisoformat(raw["starts"]),
        bonus_vnd=number(raw.get("bonus_vnd", "0")),
        items=[read_item(item) for item in raw.get("items") or []],
        scales=scales,
        gates=raw.get("gates") or [],
        commission=raw.get("commission") or [],
        lines=raw.get("lines") or [],
        pool=raw.get("pool"),
        target_leaves=proration.get("targets", ALL_LEAVES),
        bonus_leaves=proration.get("bonus", ["maternity", "unpaid"]),
        joins=proration.get("joins", "true") == "true",
        calendar=[date.fromisoformat(day) for day in calendar] if isinstance(calendar, list) else calendar,
        absent=proration.get("absent", "zero"),
        min_measured_weight=whole(raw.get("min_measured_weight", "50")),
        guarantee=raw.get("guarantee"),
        unit_vnd=whole((raw.get("rounding") or {}).get("unit_vnd", "1")),
        files=dict(files or {}),
    )


def read_item(raw: Mapping[str, Any]) -> Item:
    """"direction lower [...]; higher for all others; an item may say `direction:`" """
    lower = raw["metric"] in LOWER_IS_BETTER
    if "direction" in raw:
        lower = raw["direction"] == "lower"
    return Item(
        metric=raw["metric"],
        weight=whole(raw["weight"]),
        target=raw["target"] if isinstance(raw["target"], dict) else number(raw["target"]),
        scale=raw["scale"],
        min_sample=whole(raw.get("min_sample", "0")),
        unmeasured=raw.get("unmeasured", "redistribute"),
        of=raw.get("of", "own"),
        lower=lower,
        settings={name: whole(value) for name, value in (raw.get("settings") or {}).items()},
    )


# --- people and their days ---------------------------------------------------------------------------------------------


def span(plan: Plan, facts: Facts, agent_id: str, period: Period) -> list[date]:
    """"A *span* is the days of a period under one plan" """
    days = []
    for day in period.days:
        row = facts.agent_row(agent_id, day)
        if row is not None and plan.names(row) and facts.employed(agent_id, day):
            days.append(day)
    return days


def agents_of(plan: Plan, facts: Facts, period: Period) -> list[str]:
    """"Agents are those whose role (or team) the plan names and who were employed on a day of the period." """
    return [agent_id for agent_id in facts.agent_ids() if span(plan, facts, agent_id, period)]


def share(plan: Plan, facts: Facts, agent_id: str, period: Period, leaves: list[str]) -> Fraction:
    """"`target share` = counted days under the `targets` list / working days; `bonus share` likewise" """
    working = [day for day in period.days if facts.is_working_day(agent_id, day, plan.calendar)]
    counted = sum((day_counts(plan, facts, agent_id, day, leaves) for day in working), Fraction(0))
    return counted / len(working) if working else Fraction(0)


def day_counts(plan: Plan, facts: Facts, agent_id: str, day: date, leaves: list[str]) -> Fraction:
    """"A working day counts 1, but 0 before hired_on, after left_on or without an agents row (unless `joins: false`)";
    "the days of a period under one plan (all other employed days count 0)" """
    if facts.employed(agent_id, day):
        row = facts.agent_row(agent_id, day)
        if row is not None and not plan.names(row):
            return Fraction(0)
    elif plan.joins:
        return Fraction(0)
    return part_worked(facts.workday(agent_id, day), leaves)


def part_worked(workday: Row | None, leaves: list[str]) -> Fraction:
    """"on a day with a listed leave worked_s / scheduled_s of that day (at most 1, so a half day off counts half; 0 when
    scheduled_s is empty or 0). No row, or leave `none`, counts 1." """
    if workday is None or workday["leave"] not in leaves:
        return Fraction(1)
    if not workday["scheduled_s"]:
        return Fraction(0)
    return min(Fraction(1), Fraction(workday["worked_s"] or 0, workday["scheduled_s"]))


# --- figures -----------------------------------------------------------------------------------------------------------


def own_facts(plan: Plan, facts: Facts, agent_id: str) -> Whose:
    """"Facts of the period count unless their local_date lies on a day when the agent's row has a role or team that this
    plan does not name; hired_on and left_on change targets, they do not remove facts." """

    def counts(row: Row, day: date) -> bool:
        agent = facts.agent_row(agent_id, day)
        return of_agent(agent_id)(row, day) and (agent is None or plan.names(agent))

    return counts


def own_figures(plan: Plan, facts: Facts, agent_id: str, period: Period) -> Figures:
    return Figures(facts, own_facts(plan, facts, agent_id), period, agent_id, plan.calendar)


def own_reading(plan: Plan, facts: Facts, agent_id: str, period: Period, metric: str) -> Reading:
    """"Gates, commission, lines and pool use the agent's own figures and default settings" """
    return METRICS[metric].read(own_figures(plan, facts, agent_id, period))


def item_reading(plan: Plan, facts: Facts, agent_id: str, period: Period, item: Item) -> Reading:
    """"of: own (default) | team | company: whose figures" """
    figures = own_figures(plan, facts, agent_id, period)
    if item.of == "team":
        last_day = span(plan, facts, agent_id, period)[-1]
        row = facts.agent_row(agent_id, last_day)
        assert row is not None
        figures = Figures(facts, of_team(facts, row["team_id"]), period)
    elif item.of == "company":
        figures = Figures(facts, of_company(), period)
    figures.settings = item.settings
    return METRICS[item.metric].read(figures)


# --- targets -----------------------------------------------------------------------------------------------------------


def target_of(plan: Plan, facts: Facts, agent_id: str, item: Item) -> Fraction:
    """"target: number | {ability: 0.40} | {per_agent: targets.csv}" — before proration"""
    if isinstance(item.target, Fraction):
        return item.target
    if "per_agent" in item.target:
        for row in csv.DictReader(io.StringIO(plan.files[item.target["per_agent"]])):
            if row["agent_id"] == agent_id and row["metric"] == item.metric:
                return number(row["target"])
        raise AssertionError("an agent without a row is an error")
    return ability_target(plan, facts, agent_id, item, number(item.target["ability"]))


def ability_target(plan: Plan, facts: Facts, agent_id: str, item: Item, q: Fraction) -> Fraction:
    """"the q-quantile (lower, nearest rank) of the agents' own values over the 6 periods before `starts`, pooled towards
    the role's for agents with few periods (under 3: the role's); for `lower` metrics the (1-q)-quantile" """
    if item.lower:
        q = 1 - q
    start = period_of(plan.starts, plan.kind)
    window = [start.earlier(back) for back in range(1, 7)]
    everyone = [value for agent in facts.agent_ids() for value in past_values(plan, facts, agent, item, window)]
    own = past_values(plan, facts, agent_id, item, window)
    if not everyone:
        raise NoTargetError(item.metric)
    trust = Fraction(len(own), 6) if len(own) >= 3 else Fraction(0)
    target = trust * quantile(own or everyone, q) + (1 - trust) * quantile(everyone, q)
    if target < 0 or (target == 0 and not item.lower):
        raise NoTargetError(item.metric)
    return target


def past_values(plan: Plan, facts: Facts, agent_id: str, item: Item, window: list[Period]) -> list[Fraction]:
    """The agent's measured values in the periods in which he was employed under the plan's role or team."""
    found = []
    for period in window:
        if span(plan, facts, agent_id, period):
            value = item_reading(plan, facts, agent_id, period, item).value
            if value is not None:
                found.append(value)
    return found


def quantile(values: list[Fraction], q: Fraction) -> Fraction:
    """The value at rank ceil(q * n), at least 1, of the ascending values."""
    return sorted(values)[max(1, ceil(q * len(values))) - 1]


def guaranteed(plan: Plan, period: Period) -> bool:
    """"in the first N periods from `starts`" """
    if plan.guarantee is None:
        return False
    first = period_of(plan.starts, plan.kind)
    back = [period.earlier(count) for count in range(whole(plan.guarantee["periods"]))]
    return first in back


__all__ = ["Item", "Plan", "period_called", "read_plan"]
