"""The example plans are those of the default company, and load."""

from __future__ import annotations

from pathlib import Path

import pytest

from chot.demo.figures import figures
from chot.demo.plans import plans
from chot.demo.settings import Settings
from chot.demo.world import World, happen
from chot.kpi.plan_loading import load_plan, plan_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "plans"


def test_the_examples_are_what_the_default_company_gets(world: World) -> None:
    for name, text in plans(world.company, figures(world)).items():
        assert (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("name", "items"), [("telesale", 3), ("cskh", 4)])
def test_the_good_plans_keep_the_rules(name: str, items: int) -> None:
    plan = load_plan(EXAMPLES / f"{name}.yaml")
    assert plan.warnings == ()
    assert len(plan.items) == items
    assert min(item.weight for item in plan.items) >= 20
    assert plan.announced is not None
    assert (plan.starts - plan.announced).days >= 14
    assert plan.guarantee is not None
    assert plan.gates and plan.commission and plan.lines
    assert all(part.title for part in (plan, *plan.items, *plan.gates, *plan.commission, *plan.lines))


def test_the_bad_plan_loads_with_its_mistakes() -> None:
    plan = load_plan(EXAMPLES / "mistakes.yaml")
    assert len(plan.items) == 8
    assert plan.announced is not None
    assert (plan.starts - plan.announced).days == 3
    assert plan.guarantee is None
    assert not any(item.title for item in plan.items)


@pytest.mark.parametrize("settings", [Settings(agents=4, months=1, end="2026-02"), Settings(agents=9, months=2, seed=5, end="2025-01")])
def test_plans_of_small_companies_load(settings: Settings) -> None:
    small = happen(settings)
    for text in plans(small.company, figures(small)).values():
        plan = plan_of(text)
        assert plan.starts == small.company.months[0].first
        assert plan.ends == small.company.calendar.last
