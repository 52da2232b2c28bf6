"""Every row of the demo company is a good fact: typed, in order, unique, inside employment and the law."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chot.demo.people import ROLES, TEAMS
from chot.demo.tables import schema
from chot.demo.world import World
from chot.kpi.schema import SURVEY_RANGES, TABLES

_HOUR_US = 3600 * 1_000_000


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_those_of_the_contract(facts: dict[str, pa.Table], name: str) -> None:
    assert facts[name].schema == schema(name)
    assert facts[name].num_rows > 30


@pytest.mark.parametrize("name", TABLES)
def test_required_cells_are_filled_and_values_lie_in_their_bounds(facts: dict[str, pa.Table], name: str) -> None:
    for column in TABLES[name].columns:
        cells = facts[name].column(column.name)
        if column.required:
            assert cells.null_count == 0, column.name
        if column.values:
            assert set(pc.unique(cells).to_pylist()) - {None} <= set(column.values), column.name
        if column.type == "int" and cells.null_count < len(cells):
            low, high = pc.min_max(cells).as_py().values()
            assert column.low is None or low >= column.low, column.name
            assert column.high is None or high <= column.high, column.name


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique_and_times_do_not_run_backwards(facts: dict[str, pa.Table], name: str) -> None:
    table = facts[name]
    keys = list(zip(*(table.column(column).to_pylist() for column in TABLES[name].key), strict=True))
    assert len(set(keys)) == len(keys)
    for start, end in TABLES[name].order:
        assert not pc.any(pc.less(table.column(end), table.column(start))).as_py(), (start, end)


def test_survey_scores_lie_in_the_range_of_their_kind(facts: dict[str, pa.Table]) -> None:
    for kind, (least, most) in SURVEY_RANGES.items():
        scores = facts["surveys"].filter(pc.equal(facts["surveys"].column("kind"), kind)).column("score")
        low, high = pc.min_max(scores).as_py().values()
        assert least <= low < most - 2
        assert high == most


def test_agent_rows_do_not_overlap_and_start_on_the_first_day(facts: dict[str, pa.Table]) -> None:
    rows = facts["agents"].to_pylist()
    for agent in {row["agent_id"] for row in rows}:
        own = sorted((row for row in rows if row["agent_id"] == agent), key=lambda row: row["valid_from"])
        assert own[0]["valid_from"] == own[0]["hired_on"]
        assert [row["valid_to"] for row in own] == [*(row["valid_from"] for row in own[1:]), None]


def test_every_fact_belongs_to_someone_employed_and_at_work_that_day(world: World, facts: dict[str, pa.Table]) -> None:
    place = {person.agent_id: number for number, person in enumerate(world.company.people)}
    for name, table in facts.items():
        if name == "agents":
            continue
        own = table.filter(pc.is_valid(table.column("agent_id"))) if name == "calls" else table
        pairs = own.select(["agent_id", "local_date"]).group_by(["agent_id", "local_date"]).aggregate([]).to_pylist()
        for pair in pairs:
            person = world.company.people[place[pair["agent_id"]]]
            assert pair["local_date"] >= person.hired_on, (name, pair)
            if name in ("surveys", "reviews"):  # what others say may come later
                continue
            assert person.left_on is None or pair["local_date"] <= person.left_on, (name, pair)
            if name in ("calls", "leads", "orders", "exams"):
                portion = world.attendance.portion[place[pair["agent_id"]], world.company.calendar.at(pair["local_date"])]
                assert portion > 0, (name, pair)


def test_calls_are_made_by_telesales_and_care_only(world: World) -> None:
    roles = world.company.role[world.calls["person"], world.calls["day"]]
    assert {ROLES[role] for role in np.unique(roles[(world.calls["person"] >= 0) & (world.calls["direction"] < 2)])} == {"telesale", "cskh"}
    assert {TEAMS[team] for team in np.unique(world.calls["team"][world.calls["person"] < 0])} == {"cs"}


def test_no_outbound_call_begins_outside_8_to_17(world: World) -> None:
    clock = world.calls["start"][world.calls["direction"] == 1] % 86_400
    assert clock.min() >= 8 * 3600
    assert clock.max() < 17 * 3600


def test_no_call_on_sundays_and_holidays(world: World) -> None:
    assert world.company.calendar.opening[world.calls["day"]].all()


def test_calls_of_one_agent_do_not_overlap(world: World) -> None:
    calls = world.calls
    own = np.flatnonzero(calls["person"] >= 0)
    begins = np.where(calls["direction"] == 0, calls["start"] + calls["wait"] - calls["ring"], calls["start"])
    order = own[np.lexsort((begins[own], calls["person"][own]))]
    same = np.diff(calls["person"][order]) == 0
    overlaps = same & (begins[order][1:] < calls["end"][order][:-1])
    assert overlaps.mean() < 0.0002  # a follow-up pushed before 17:00 may touch its neighbour


def test_answered_calls_and_only_they_have_an_answer_and_talk(facts: dict[str, pa.Table]) -> None:
    calls = facts["calls"]
    answered = pc.equal(calls.column("outcome"), "answered")
    assert pc.all(pc.equal(answered, pc.is_valid(calls.column("answered_at")))).as_py()
    assert pc.sum(calls.filter(pc.invert(answered)).column("talk_s")).as_py() == 0
    assert pc.min(calls.filter(answered).column("talk_s")).as_py() >= 6


def test_call_volumes_are_those_of_a_call_centre(world: World) -> None:
    person, day = world.calls["person"], world.calls["day"]
    real = (person >= 0) & (world.calls["direction"] < 2) & (person != world.company.who("gamer"))
    days = np.zeros(world.company.team.shape)
    np.add.at(days, (person[real], day[real]), 1)
    full = days[(world.attendance.portion == 1) & (days > 0)]
    assert 45 <= np.median(full) <= 75
    assert full.max() < 160


def test_orders_point_to_an_answered_call_of_the_same_agent_and_customer(facts: dict[str, pa.Table]) -> None:
    columns = ["call_id", "agent_id", "customer_id", "outcome", "disposition", "local_date"]
    joined = facts["orders"].join(facts["calls"].select(columns), "call_id", right_suffix="_of_call", join_type="left outer")
    for column in ("agent_id", "customer_id", "local_date"):
        assert pc.all(pc.equal(joined.column(column), joined.column(f"{column}_of_call"))).as_py(), column
    assert pc.unique(joined.column("disposition")).to_pylist() == ["ordered"]
    assert pc.unique(joined.column("outcome")).to_pylist() == ["answered"]


def test_ids_of_calls_and_customers_elsewhere_exist(facts: dict[str, pa.Table]) -> None:
    known = set(facts["calls"].column("call_id").to_pylist())
    for name in ("orders", "surveys", "reviews"):
        assert set(facts[name].column("call_id").to_pylist()) <= known, name


def test_everyone_who_sells_or_cares_is_reviewed_four_to_six_times_a_month(facts: dict[str, pa.Table]) -> None:
    counts = facts["reviews"].group_by(["agent_id", "period"]).aggregate([("review_id", "count")]).column("review_id_count")
    assert pc.max(counts).as_py() == 6
    assert pc.quantile(counts, 0.05).to_pylist()[0] >= 4


def test_money_is_realistic(facts: dict[str, pa.Table]) -> None:
    low, high = pc.min_max(facts["orders"].column("amount_vnd")).as_py().values()
    assert 400_000 <= low < high <= 15_000_000
    charge = facts["calls"].column("charge_vnd")
    assert pc.max(charge).as_py() <= 2400 * 780 // 60


def test_local_days_are_vietnamese(facts: dict[str, pa.Table]) -> None:
    calls = facts["calls"]
    shifted = pc.add(calls.column("started_at").cast(pa.int64()), 7 * _HOUR_US)
    assert pc.all(pc.equal(pc.divide(shifted, 24 * _HOUR_US), calls.column("local_date").cast(pa.int32()).cast(pa.int64()))).as_py()
    days = calls.select(["local_date", "period"]).group_by(["local_date", "period"]).aggregate([]).to_pylist()
    assert all(row["local_date"].strftime("%Y-%m") == row["period"] for row in days)
    assert len({row["period"] for row in days}) == 14


def test_nothing_is_known_after_the_last_day(world: World, facts: dict[str, pa.Table]) -> None:
    end = (world.until - 7 * 3600) * 1_000_000
    for name, table in facts.items():
        for field in table.schema:
            if pa.types.is_timestamp(field.type) and field.name != "due_at":
                latest = pc.max(table.column(field.name).cast(pa.int64())).as_py()
                assert latest < end + (3600 * 1_000_000 if name == "calls" else 0), (name, field.name)
