"""Each guard on a situation that has its mistake, and on one that has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chot.core.errors import InputError
from chot.core.periods import parse
from chot.kpi.backtest import backtest, document
from chot.kpi.catalogue import METRICS
from chot.kpi.checks import Records, check, load_records
from chot.kpi.findings import Finding, Thresholds, load_thresholds
from chot.kpi.forecast import forecast
from chot.kpi.plan import Plan
from chot.kpi.plan_loading import load_plan
from chot.kpi.review import review
from chot.kpi.run import compute
from chot.kpi.source import AgentRow, Workday
from tests.kpi.memory import MemoryFacts, at, call, order

PLAN = """plan: p1
title: KPI
role: telesale
period: month
starts: 2026-10-01
ends: 2026-12-31
announced: 2026-09-01
bonus_vnd: 5000000
items:
  - {{metric: revenue, weight: 100, target: {target}, scale: s}}
scales:
  s: {{mode: linear, points: [[70%, 0%], [100%, 100%], [120%, 150%]]}}
"""
MONTHS = ("2026-07", "2026-08", "2026-09")


def plan_of(folder: Path, target: int = 100, extra: str = "") -> Plan:
    path = folder / "plan.yaml"
    path.write_text(PLAN.format(target=target) + extra)
    return load_plan(path, metrics=METRICS)


def people(*ids: str, **cells: Any) -> list[AgentRow]:
    return [AgentRow(agent_id=each, role="telesale", team_id="t1", hired_on=date(2024, 1, 1), **cells) for each in ids]


def sales(amounts: dict[str, int]) -> list[dict[str, Any]]:
    """One order a month for every agent, a little more each month."""
    return [
        order(1000 * place + number, agent, f"{month}-10", amount + number)
        for place, (agent, amount) in enumerate(amounts.items())
        for number, month in enumerate(MONTHS)
    ]


def codes(found: Sequence[Finding]) -> set[tuple[str, str]]:
    return {(finding.code, finding.severity) for finding in found}


TEN = {f"a{number}": 10 * number for number in range(1, 11)}


def test_a_target_nobody_reaches_is_an_error(tmp_path: Path) -> None:
    facts = MemoryFacts(people(*TEN), orders=sales(TEN))
    found = [each for each in check(plan_of(tmp_path, 200), facts) if each.code == "K1"]
    assert [(each.severity, each.subject, each.figures["share_reaching"]) for each in found] == [("error", "revenue", Fraction(0))]


def test_a_target_everyone_reaches_is_a_warning_and_a_healthy_one_is_silent(tmp_path: Path) -> None:
    facts = MemoryFacts(people(*TEN), orders=sales(TEN))
    assert ("K1", "warning") in codes(check(plan_of(tmp_path, 5), facts))
    assert not {code for code, _ in codes(check(plan_of(tmp_path, 41), facts))} & {"K1", "K3", "K4", "G1", "L1"}


def test_a_scheme_that_pays_less_than_the_old_one(tmp_path: Path) -> None:
    facts = MemoryFacts(people(*TEN), orders=sales(TEN))
    old = plan_of(tmp_path, 41)
    new = replace(plan_of(tmp_path, 41), bonus_vnd=4_000_000)
    found = {each.figures.get("median_change") for each in check(new, facts, against=old) if each.code == "K2" and each.severity == "error"}
    assert Fraction(-1, 5) in found
    same = check(old, facts, against=old)
    assert not [each for each in same if each.code == "K2"]


def test_teams_under_one_target_with_unequal_lists(tmp_path: Path) -> None:
    rich, poor = {f"r{n}": 100 + n for n in range(6)}, {f"p{n}": 50 + n for n in range(6)}
    members = people(*rich) + [replace(each, team_id="t2") for each in people(*poor)]
    found = check(plan_of(tmp_path, 90), MemoryFacts(members, orders=sales(rich | poor)))
    standard = next(each for each in found if each.code == "K3" and each.severity == "error")
    assert (standard.figures["lowest_team"], standard.figures["highest_team"], standard.figures["ratio"]) == ("t2", "t1", 0)


def test_people_without_a_plan_are_named(tmp_path: Path) -> None:
    members = [*people(*TEN), AgentRow(agent_id="x1", role="cskh", team_id="t9", hired_on=date(2024, 1, 1))]
    found = [each for each in check(plan_of(tmp_path, 41), MemoryFacts(members, orders=sales(TEN))) if each.code == "K3"]
    assert [(each.severity, each.subject) for each in found] == [("note", "x1")]


def test_a_metric_that_is_chance_is_not_influenceable(tmp_path: Path) -> None:
    noise = [
        order(100 * n + m, f"a{n}", f"{month}-10", 10 + 80 * ((n * 7 + m * 5) % 3)) for n in range(1, 11) for m, month in enumerate(MONTHS)
    ]
    found = check(plan_of(tmp_path, 50), MemoryFacts(people(*TEN), orders=noise))
    assert ("K4", "error") in codes(found)


def test_transparency_number_and_time(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 41, "lines:\n  - {name: early, formula: '1 if orders >= 2 else 0'}\n")
    late = replace(plan, announced=date(2026, 9, 25), title="")
    found = check(late, MemoryFacts(people(*TEN), orders=sales(TEN)), records=Records(acknowledged=["a1"]))
    assert {("K5", "note"), ("K5", "warning"), ("K7", "error")} <= codes(found)
    silent = replace(plan, announced=None)
    assert {("K5", "error"), ("L3", "error")} <= codes(check(silent, MemoryFacts(people(*TEN), orders=sales(TEN))))
    many = replace(plan, items=tuple(replace(plan.items[0], weight=10) for _ in range(10)))
    assert {("K6", "error"), ("K6", "warning")} <= codes(check(many, MemoryFacts([])))


def test_base_pay_below_the_minimum_of_the_day(tmp_path: Path) -> None:
    low = people("a1", base_pay_vnd=5_309_999, wage_region="I") + people("a2", base_pay_vnd=5_310_000, wage_region="I")
    found = [each for each in check(plan_of(tmp_path), MemoryFacts(low)) if each.code == "L1"]
    assert [(each.subject, each.figures["minimum_vnd"]) for each in found] == [("a1", 5_310_000)]


def test_consultation_comes_before_publication(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert ("L3", "warning") in codes(check(plan, MemoryFacts([]), records=Records(consulted=date(2026, 9, 20))))
    assert not [each for each in check(plan, MemoryFacts([]), records=Records(consulted=date(2026, 8, 20))) if each.code == "L3"]


def gaming_calls() -> list[dict[str, Any]]:
    clean = [call(1000 * n + k, f"a{n}", "2026-09-10", talk_s=20 + k % 20) for n in range(1, 10) for k in range(100)]
    made = [
        call(
            90_000 + k, "g1", "2026-09-11", talk_s=30 + k % 4, customer_id=f"z{k % 20}", started_at=at("2026-09-11") + timedelta(minutes=k)
        )
        for k in range(60)
    ]
    return clean + made


def test_only_the_one_who_games_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    item = "{metric: successful_calls, weight: 100, target: 40, scale: s, settings: {min_talk_s: 30, min_fields: 1}}"
    path.write_text(PLAN.format(target=1).replace("{metric: revenue, weight: 100, target: 1, scale: s}", item))
    facts = MemoryFacts(people(*(f"a{n}" for n in range(1, 10)), "g1"), calls=gaming_calls())
    found = [each for each in check(load_plan(path, metrics=METRICS), facts) if each.code == "G1"]
    assert {each.subject for each in found} == {"g1"}
    assert {("just_above" in each.figures, "redials" in each.figures) for each in found} == {(True, False), (False, True)}


def test_backtest_adds_up(tmp_path: Path) -> None:
    facts = MemoryFacts(people(*TEN), orders=sales(TEN))
    result = backtest(plan_of(tmp_path, 41), facts, periods=2)
    doc = document(result, [])
    assert doc["periods"] == ["2026-08", "2026-09"]
    assert doc["cost_vnd"] == sum(pay["new_vnd"] for pay in doc["pays"])
    assert doc["share_reaching"][0]["agent_periods"] == 20


def test_review_gives_each_miss_one_reason(tmp_path: Path) -> None:
    roster = [Workday(agent_id="a1", date=date(2026, 10, day), scheduled_s=28800, leave="sick") for day in range(5, 10)]
    orders = [order(n, f"a{n}", "2026-10-10", 10 * n if n in (1, 2) else 100) for n in range(1, 11)]
    plan = plan_of(tmp_path, 90)
    facts = MemoryFacts(people(*TEN), roster, orders=orders)
    result = review(compute(plan, parse("2026-10"), facts), facts, Thresholds())
    assert {(miss.agent_id, miss.reason) for miss in result.misses} == {("a1", "event"), ("a2", "individual")}
    assert result.misses[0].evidence["days"] == [f"2026-10-{day:02d}" for day in range(5, 10)]


def test_review_proposes_within_the_change_cap(tmp_path: Path) -> None:
    orders = [order(n, f"a{n}", "2026-10-10", 100_000_000) for n in range(1, 11)]
    facts = MemoryFacts(people(*TEN), orders=orders)
    hard = review(compute(plan_of(tmp_path, 400_000_000), parse("2026-10"), facts), facts, Thresholds())
    assert {miss.reason for miss in hard.misses} == {"unrealistic"}
    assert [(each.verdict, each.proposed) for each in hard.targets] == [("unrealistic", 360_000_000)]
    easy = review(compute(plan_of(tmp_path, 50_000_000), parse("2026-10"), facts), facts, Thresholds())
    assert [(each.verdict, each.proposed) for each in easy.targets] == [("too easy", 55_000_000)]


def test_review_sees_a_list_that_turned_cold(tmp_path: Path) -> None:
    def day_of_calls(day: int, good: int) -> list[dict[str, Any]]:
        return [
            call(100 * day + k, "a1", f"2026-10-{day:02d}", campaign_id="c1", disposition="interested" if k < good else "refused")
            for k in range(20)
        ]

    days = [each for day in range(1, 15) for each in day_of_calls(day, 10)] + [
        each for day in range(15, 29) for each in day_of_calls(day, 2)
    ]
    orders = [order(n, f"a{n}", "2026-10-10", 10 if n == 1 else 100) for n in range(1, 11)]
    facts = MemoryFacts(people(*TEN), calls=days, orders=orders)
    result = review(compute(plan_of(tmp_path, 90), parse("2026-10"), facts), facts, Thresholds())
    assert [(miss.agent_id, miss.reason, miss.evidence["since"]) for miss in result.misses] == [("a1", "event", "2026-10-15")]


def test_a_forecast_on_the_last_day_is_the_run_itself(tmp_path: Path) -> None:
    orders = [order(n, f"a{n}", "2026-10-10", 9 * n) for n in range(1, 11)]
    plan, facts = plan_of(tmp_path, 60), MemoryFacts(people(*TEN), orders=orders)
    run = compute(plan, parse("2026-10"), facts)
    found = forecast(plan, facts, date(2026, 10, 31))
    assert [each.pay_vnd for each in found.outlooks] == [run.variable_vnd(place) for place in range(10)]


def test_a_forecast_looks_at_nothing_after_its_day(tmp_path: Path) -> None:
    early = [order(n, f"a{n}", "2026-10-10", 9 * n) for n in range(1, 11)]
    late = [order(100 + n, f"a{n}", "2026-10-20", 10**9) for n in range(1, 11)]
    plan = plan_of(tmp_path, 60)
    with_late = forecast(plan, MemoryFacts(people(*TEN), orders=early + late), date(2026, 10, 15))
    without = forecast(plan, MemoryFacts(people(*TEN), orders=early), date(2026, 10, 15))
    assert with_late == replace(without)
    assert all(each.pay_low_vnd <= each.pay_vnd <= each.pay_high_vnd for each in without.outlooks)


def test_thresholds_and_records_are_read_and_checked(tmp_path: Path) -> None:
    settings = tmp_path / "guards.yaml"
    settings.write_text("k1_error_below: 20%\n")
    assert load_thresholds(settings).k1_error_below == Fraction(1, 5)
    settings.write_text("k1_eror_below: 20%\nk2_loss: viele\n")
    with pytest.raises(InputError) as caught:
        load_thresholds(settings)
    assert [problem.line for problem in caught.value.problems] == [1, 2]
    assert "Did you mean 'k1_error_below'?" in str(caught.value)
    records = tmp_path / "records.yaml"
    records.write_text("p1: {consulted: 2026-08-20, acknowledged: [a1]}\n")
    assert load_records(records, "p1") == Records(consulted=date(2026, 8, 20), acknowledged=["a1"])
    assert load_records(records, "p2") == Records()


def test_a_plan_that_starts_today_is_too_late_not_merely_unannounced(tmp_path: Path) -> None:
    silent = replace(plan_of(tmp_path, 41), announced=None)
    facts = MemoryFacts(people(*TEN), orders=sales(TEN))

    def told(today: date | None) -> dict[str, list[str]]:
        found = check(silent, facts, today=today)
        return {code: [each.what.en for each in found if each.code == code and each.severity == "error"] for code in ("K5", "K7", "L3")}

    unannounced = {"K5": ["The plan has not been announced"], "K7": [], "L3": ["No day of publication of the bonus rule"]}
    assert told(None) == told(silent.starts - timedelta(days=1)) == unannounced
    late = {
        "K5": [], "K7": ["It is too late to announce this plan: it starts on 01/10/2026"],
        "L3": ["The bonus rule would apply to days before its publication"],
    }  # fmt: skip
    assert told(silent.starts) == told(silent.starts + timedelta(days=40)) == late


def test_what_to_do_names_no_option_and_no_field(tmp_path: Path) -> None:
    bare = replace(plan_of(tmp_path, 41, "lines:\n  - {name: early, formula: '1 if orders >= 2 else 0'}\n"), announced=None, title="")
    members = [*people(*TEN), AgentRow(agent_id="x1", role="cskh", team_id="t9", hired_on=date(2024, 1, 1))]
    found = check(bare, MemoryFacts(members, orders=sales(TEN)))
    assert {"--also PLAN", "--against PLAN", "title:", "announced:"} <= {each.written for each in found}
    for words in (text for each in found for text in vars(each.suggestion).values()):
        assert "--" not in words and not words.endswith(":") and "_vnd" not in words


def test_people_of_a_new_role_get_the_median_of_their_team(tmp_path: Path) -> None:
    from chot.kpi.ability import in_teams, proposed
    from chot.kpi.history import Point
    from chot.kpi.people import People

    plan = replace(plan_of(tmp_path, 41), roles=("junior",))
    rows = [AgentRow(agent_id=each, role="junior", team_id=team, hired_on=date(2026, 10, 1)) for each, team in (("n1", "t1"), ("n2", "t9"))]
    past = [
        Point(period="2026-09", agent_id=agent, team_id=team, metric="revenue", actual=Fraction(actual) * share, target=Fraction(1),
              attainment=Fraction(1), sample=1, share=share)
        for agent, team, actual, share in (
            ("a1", "t1", 10**7, Fraction(1)), ("a2", "t1", 3 * 10**7, Fraction(1, 2)), ("a3", "t1", 2 * 10**7, Fraction(1)), ("a4", "t2", 9 * 10**7, Fraction(1)),
            ("a5", "t1", 9 * 10**9, Fraction(0)),
        )
    ]  # fmt: skip
    found = in_teams(plan, plan.items[0], past, People(rows))
    assert found is not None and len(found.deviations) == 0
    assert {each.agent_id: (int(proposed(each, plan.items[0])), each.past) for each in found.people} == {
        "n1": (20_000_000, ()), "n2": (25_000_000, ()),
    }  # fmt: skip
    assert in_teams(plan, plan.items[0], [], People(rows)) is None
