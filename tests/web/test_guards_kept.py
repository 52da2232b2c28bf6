"""What the guards found stays while calls come in: it rests on past periods, and changes with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chot.core.periods import Period, parse
from chot.kpi.plan import Plan
from chot.performance import plan_guards, queries_targets
from chot.performance.fact_states import FactState
from chot.performance.models import PlanVersion
from chot.performance.plan_guards import Stand
from chot.performance.workplace import read_plan

pytestmark = pytest.mark.django_db
WHAT = ["findings", "backtest-3", "example", "targets", "review-2026-10"]


@pytest.fixture
def plan() -> Plan:
    """Telesales from August on: July is its past, and by November August to October are over."""
    return read_plan(PlanVersion.objects.get(plan_id="telesale-2026-08", state="announced").text)


def _other(table: str, month: str) -> Stand:
    """As things stand, but for one month of a table."""
    facts = FactState()
    facts._files[table] = {**facts._files[table], month: ["another"]}
    return replace(plan_guards.stand(), facts=facts)


def _changed(plan: Plan, now: Stand, periods: list[Period] | None = None) -> set[str]:
    """What is made anew as things stand."""
    then = plan_guards.stand()
    asked = {what: [parse("2026-10")] if what.startswith("review") else periods for what in WHAT}
    return {what for what in WHAT if plan_guards._place(what, plan, now, asked[what]) != plan_guards._place(what, plan, then, asked[what])}


@pytest.mark.parametrize(
    ("table", "month", "anew"),
    [
        ("calls", "2026-11", set()),
        ("calls", "2026-10", {"review-2026-10"}),
        ("calls", "2026-07", set(WHAT)),
        ("workdays", "2026-07", set(WHAT)),
        ("agents", "", set(WHAT)),
    ],
)
def test_only_what_rests_on_a_month_is_made_anew(plan: Plan, table: str, month: str, anew: set[str]) -> None:
    assert _changed(plan, _other(table, month)) == anew


def test_orders_that_follow_calls_of_the_past_count_as_past(plan: Plan) -> None:
    """A metric over two tables looks at orders of the month after: where a plan has one they are part of what is kept."""
    linked = next(metric for metric in plan.metrics.values() if any(each.link == "conversion" or "order" in each.link for each in metric.measures))
    looking = replace(plan, items=(replace(plan.items[0], metric=linked), *plan.items[1:]))
    assert {"example", "targets"} <= _changed(looking, _other("orders", "2026-08"))
    assert not {"example", "targets"} & _changed(plan, _other("orders", "2026-08"))


def test_other_plans_matter_to_findings_and_not_to_an_example(plan: Plan) -> None:
    now = plan_guards.stand()
    assert _changed(plan, replace(now, announced=[*now.announced, replace(plan, id="another")])) == {"findings", "backtest-3"}


def test_without_a_past_or_with_loose_files_every_fact_counts(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _changed(plan, _other("calls", "2026-11"), []) == {"findings", "backtest-3", "example", "targets"}
    monkeypatch.setattr(FactState, "loose", True)
    assert _changed(plan, _other("calls", "2026-11")) == set(WHAT)


def test_targets_rest_on_periods_that_are_over(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month that goes on says little, and a call more in it makes nothing anew."""
    saved, later = PlanVersion.objects.get(plan_id="telesale-2026-08", state="announced"), _other("calls", "2026-11").facts
    first = queries_targets.grid(saved, plan)
    monkeypatch.setattr(plan_guards, "facts_now", lambda: later)
    monkeypatch.setattr(queries_targets, "_expected", lambda *_asked: pytest.fail("made anew"))
    assert queries_targets.grid(saved, plan) == first
