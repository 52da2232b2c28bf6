"""On the demo company the guards find what is planted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from chot.core.periods import Period, parse
from chot.demo.making import make
from chot.demo.planted import planted
from chot.demo.settings import Settings
from chot.facts.access import OpenFacts, open_facts
from chot.kpi.ability import members, outlooks, present_target, propose
from chot.kpi.catalogue import METRICS
from chot.kpi.checks import Records, check
from chot.kpi.findings import Thresholds
from chot.kpi.forecast import forecast
from chot.kpi.history import past_periods
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.plan_loading import load_plan
from chot.kpi.review import review
from chot.kpi.run import compute
from chot.kpi.source import AgentRow

CONSULTED = Records(consulted=date(2026, 7, 1))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "company"
    make(folder, Settings())
    return folder


@pytest.fixture(scope="module")
def facts(demo: Path) -> Iterator[OpenFacts]:
    opened = open_facts(demo)
    yield opened
    opened.close()


def plan_of(demo: Path, name: str) -> Plan:
    return load_plan(demo / "plans" / f"{name}.yaml", metrics=METRICS)


def found_in(demo: Path, facts: OpenFacts, name: str, *others: str, against: str = "") -> set[tuple[str, str, str]]:
    """(code, severity, subject) of every finding but notes; the company has recorded its consultation."""
    plan = plan_of(demo, name)
    old = plan_of(demo, against) if against else None
    found = check(plan, facts, others=[plan_of(demo, other) for other in others], against=old, records=CONSULTED)
    return {(each.code, each.severity, each.subject) for each in found if each.severity != "note"}


def test_telesale_shows_the_double_standard_and_the_one_who_games(demo: Path, facts: OpenFacts) -> None:
    truth = planted()
    assert truth.gaming is not None
    assert found_in(demo, facts, "telesale", "cskh") == {("K3", "error", "revenue"), ("G1", "warning", truth.gaming.agent_id)}


def test_cskh_shows_the_base_pay_below_the_minimum(demo: Path, facts: OpenFacts) -> None:
    truth = planted()
    assert truth.underpaid is not None
    assert found_in(demo, facts, "cskh", "telesale") == {("L1", "error", truth.underpaid.agent_id)}


def test_no_one_is_without_a_plan_when_both_plans_are_looked_at(demo: Path, facts: OpenFacts) -> None:
    found = check(plan_of(demo, "telesale"), facts, others=[plan_of(demo, "cskh")], records=CONSULTED)
    assert [each for each in found if each.code == "K3" and each.severity == "note"] == []


def test_the_plan_of_mistakes_shows_them(demo: Path, facts: OpenFacts) -> None:
    path = Path(__file__).parents[2] / "examples" / "plans" / "mistakes.yaml"
    found = check(load_plan(path, metrics=METRICS), facts, against=plan_of(demo, "telesale"))
    assert {each.code for each in found if each.severity == "error"} >= {"K1", "K2", "K4", "K6", "K7"}
    assert {"K5"} <= {each.code for each in found}


def test_review_tells_events_from_the_rest(demo: Path, facts: OpenFacts) -> None:
    truth = planted()
    assert truth.sick is not None
    plan = plan_of(demo, "telesale")
    run = compute(plan, plan.period_of("2026-10"), facts)
    events = {miss.agent_id for miss in review(run, facts, Thresholds()).misses if miss.reason == "event"}
    reached = {span.agent_id for place, span in enumerate(run.spans) if all(each.attainment[place] >= 1 for each in run.scored)}
    assert events == {truth.sick.agent_id, *truth.list_change.agent_ids} - reached


def test_targets_by_ability_are_reached_by_about_three_in_five(demo: Path, facts: OpenFacts) -> None:
    plan = plan_of(demo, "telesale")
    people = People(list(facts.agents()))
    proposals = propose(outlooks(plan, facts, past_periods(plan, facts, 6), people)[plan.items[0].metric.id])
    months = [plan.period_of(f"2026-{month:02d}") for month in (8, 9, 10)]
    assert {each.agent_id for each in proposals} == {span.agent_id for month in months for span in compute(plan, month, facts).spans}
    known = [each.probability for each in proposals if each.probability is not None]
    assert len(known) == len(proposals) and {each.origin for each in proposals} <= {"own", "colleagues"}
    assert 0.5 <= sum(known) / len(known) <= 0.7
    assert all(0 <= probability <= 1 for probability in known) and all(each.target > 0 for each in proposals)


def test_a_role_without_a_past_gets_what_its_teams_reach_else_what_the_plan_says(demo: Path, facts: OpenFacts) -> None:
    """Nobody was ever paid as a trainer: those of a sales team get its median, in the office the plan's own number."""
    plan = replace(plan_of(demo, "telesale"), roles=("trainer",))
    rows = [replace(row, role="trainer") if row.valid_to is None and row.role == "lead" else row for row in facts.agents()]
    people = People([*rows, AgentRow(agent_id="new", team_id="nowhere", role="trainer", hired_on=plan.starts, valid_from=plan.starts)])
    over = past_periods(plan, facts, 6)
    found = outlooks(plan, facts, over, people)
    item = next(item for item in plan.items if item.metric.id == "successful_calls")
    proposals = {each.agent_id: each for each in propose(found[item.metric.id])}
    assert set(proposals) == set(members(plan, people)) and len(proposals) > 1
    assert {(each.origin, each.probability, each.periods) for each in proposals.values()} == {("team", None, 0)}
    whole = outlooks(replace(plan, roles=("telesale",)), facts, over, people)[item.metric.id]
    for agent_id, (_day, team) in members(plan, people).items():
        own = [value for each in whole.people for _period, value in each.past if each.team_id == team]
        if own:  # people who have changed teams since are counted by the team of then
            assert min(own) <= proposals[agent_id].target <= max(own)
    assert {each.origin for each in propose(outlooks(plan, facts, [], people)[item.metric.id])} == {"plan"}
    assert {each.target for each in propose(outlooks(plan, facts, [], people)[item.metric.id])} == {present_target(item, "new")}


def test_the_forecast_interval_holds_most_of_what_came(demo: Path, facts: OpenFacts) -> None:
    plan = plan_of(demo, "telesale")
    run = compute(plan, plan.period_of("2026-09"), facts)
    found = forecast(plan, facts, date(2026, 9, 16))
    inside = [each.pay_low_vnd <= run.variable_vnd(place) <= each.pay_high_vnd
              for each in found.outlooks if (place := run.place(each.agent_id)) is not None]
    assert len(inside) == len(run.spans)
    assert Fraction(sum(inside), len(inside)) >= Fraction(6, 10)


def test_some_days_of_a_month_are_measured_as_those_days(facts: OpenFacts) -> None:
    """What the forecast and the pages call "to date": the parts of a month add up to it, and none is the whole."""
    revenue = [measure for measure in METRICS["revenue"].measures if measure.name == "counted_amount"]
    month = parse("2026-09")
    middle = month.first + timedelta(days=14)
    parts = [Period(month.first, middle, "month", month.name), Period(middle + timedelta(days=1), month.last, "month", month.name)]
    whole, *halves = (sum(facts.measure(revenue, each, grain="company").columns["counted_amount"]) for each in (month, *parts))
    assert sum(halves) == whole and all(0 < half < whole for half in halves)
