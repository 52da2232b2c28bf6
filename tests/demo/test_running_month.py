"""The demo company in the middle of a month: nothing from ahead is known, and the months before are whole."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chot.core.errors import UsageError
from chot.demo.figures import figures
from chot.demo.plans import plans
from chot.demo.planted import planted
from chot.demo.settings import Settings
from chot.demo.tables import tables
from chot.demo.world import World, happen
from chot.kpi.plan_loading import plan_of
from chot.kpi.schema import STAGES

RUNNING = Settings(agents=12, months=7, seed=3, end="2026-11", until="2026-11-18T10:30")
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture(scope="module")
def running() -> World:
    return happen(RUNNING)


@pytest.fixture(scope="module")
def found(running: World) -> dict[str, pa.Table]:
    return {name: make() for name, make in tables(running).items()}


def test_nothing_lies_ahead(found: dict[str, pa.Table]) -> None:
    """No moment of any table lies after now, but for when tickets are due; today has calls of the morning."""
    for name, table in found.items():
        for column in table.column_names:
            if pa.types.is_timestamp(table.schema.field(column).type) and column != "due_at":
                latest = pc.max(table.column(column)).as_py()
                assert latest is None or latest <= NOW, (name, column)
    days = found["calls"].column("local_date").to_pylist()
    assert max(days) == NOW.date() and 5 < days.count(NOW.date()) < days.count(date(2026, 11, 17))


def test_references_are_to_rows_that_exist(found: dict[str, pa.Table]) -> None:
    calls = set(found["calls"].column("call_id").to_pylist())
    for name in ("orders", "surveys", "reviews"):
        assert set(found[name].column("call_id").to_pylist()) <= calls


def test_a_lead_says_what_its_calls_said_so_far(found: dict[str, pa.Table]) -> None:
    """Every won lead has an order, and no lead has been won later than now."""
    sold = set(found["orders"].column("customer_id").to_pylist())
    won = {row["customer_id"] for row in found["leads"].to_pylist() if row["stage"] == STAGES[4]}
    assert won and won <= sold


def test_the_roster_is_known_to_the_end_of_the_month(found: dict[str, pa.Table]) -> None:
    days = found["workdays"].to_pylist()
    assert max(row["date"] for row in days) == date(2026, 11, 30)
    assert {row["worked_s"] is None for row in days if row["date"] >= NOW.date()} == {True}
    assert all(row["worked_s"] is not None for row in days if row["date"] < NOW.date())
    assert not [row for row in days if row["date"] > NOW.date() and row["leave"] in ("sick", "unpaid")]


def test_plans_cover_the_running_quarter_and_the_one_before(running: World) -> None:
    made = {name: plan_of(text) for name, text in plans(running.company, figures(running)).items()}
    assert {name: (plan.starts, plan.ends) for name, plan in made.items() if name != "mistakes"} == {
        "telesale": (date(2026, 10, 1), date(2026, 12, 31)), "cskh": (date(2026, 10, 1), date(2026, 12, 31)),
        "telesale-truoc": (date(2026, 7, 1), date(2026, 9, 30)), "cskh-truoc": (date(2026, 7, 1), date(2026, 9, 30)),
    }  # fmt: skip
    assert len({plan.id for plan in made.values()}) == len(made)


def test_targets_come_from_months_that_are_over(running: World) -> None:
    """Half a month of figures does not lower a target."""
    got = figures(running)
    whole = np.where(got.share["telesale"] >= 0.3, got.values["revenue"], np.nan)[:, :-1]
    assert got.healthy("revenue") == np.quantile(whole[~np.isnan(whole)], 0.4)


def test_what_review_must_see_lies_in_the_last_whole_month() -> None:
    change = planted(RUNNING).list_change
    assert (change.day.year, change.day.month) == (2026, 10)


@pytest.mark.parametrize("until", ["2026-12-01", "tomorrow", "2026-10-31"])
def test_until_lies_in_the_last_month(until: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        Settings(end="2026-11", until=until).checked()


def test_the_first_days_of_a_month_and_a_whole_last_day() -> None:
    """A company whose only month has just begun, and one of a day given as a date."""
    for until in ("2026-11-01", "2026-11-30"):
        small = happen(Settings(agents=6, months=1, end="2026-11", until=until))
        assert all(plan_of(text) for text in plans(small.company, figures(small)).values())
        assert max(tables(small)["workdays"]().column("date").to_pylist()) == date(2026, 11, 30)
