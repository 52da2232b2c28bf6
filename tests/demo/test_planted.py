"""What docs/demo.md says is planted is in the facts, and nobody else looks like it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import binomtest, fisher_exact

from chot.demo.calendar import minimum_wage
from chot.demo.figures import figures
from chot.demo.leads import SWAPPED
from chot.demo.planted import planted
from chot.demo.settings import Settings
from chot.demo.world import World

ROOT = Path(__file__).parents[2]


def _dialled(world: World, person: int) -> np.ndarray:
    return np.flatnonzero((world.calls["person"] == person) & (world.calls["direction"] == 1))


def _above_and_below(world: World, person: int) -> tuple[int, int]:
    rows = _dialled(world, person)
    talk = world.calls["talk"][rows][world.calls["outcome"][rows] == 0]
    return int(((talk >= 30) & (talk < 35)).sum()), int(((talk >= 25) & (talk < 30)).sum())


def _redials(world: World, person: int) -> int:
    rows = _dialled(world, person)
    rows = rows[np.lexsort((world.calls["start"][rows], world.calls["customer"][rows]))]
    same = np.diff(world.calls["customer"][rows]) == 0
    return int((same & (np.diff(world.calls["start"][rows]) < 86_400)).sum())


def test_only_the_gamer_stands_out_at_the_threshold(world: World) -> None:
    gamer = planted().gaming
    assert gamer is not None
    for place, person in enumerate(world.company.people):
        above, below = _above_and_below(world, place)
        if above + below == 0:
            continue
        chance = binomtest(above, above + below, 0.5, alternative="greater").pvalue
        if person.agent_id == gamer.agent_id:
            assert chance < 1e-50
            assert _redials(world, place) > 1000
        else:
            assert chance > 0.001, person.agent_id
            assert _redials(world, place) == 0, person.agent_id


def test_only_the_gamer_doubles_up_at_month_end(world: World) -> None:
    days, gamer = world.company.calendar, world.company.who("gamer")
    opening = np.flatnonzero(days.opening & (days.weekday < 5) & (np.arange(len(days)) >= world.company.begin))
    last = np.isin(opening, [opening[days.month[opening] == month][-3:] for month in range(3, len(days.months))])
    for place in range(len(world.company.people)):
        made = np.bincount(world.calls["day"][_dialled(world, place)], minlength=len(days))[opening]
        present = world.attendance.portion[place, opening] == 1
        if made.sum() < 3000:
            continue
        ratio = made[last & present].mean() / made[~last & present].mean()
        assert (ratio > 1.5) == (place == gamer), (place, ratio)
        assert place == gamer or ratio < 1.3, (place, ratio)  # newcomers rise within the month


def test_only_the_gamers_orders_crowd_into_the_last_three_days(world: World) -> None:
    days, orders, gamer = world.company.calendar, world.orders, world.company.who("gamer")
    opening = np.flatnonzero(days.opening)
    last = np.concatenate([opening[days.month[opening] == month][-3:] for month in range(3, len(days.months))])
    kept = orders.day >= world.company.begin
    for place in range(len(world.company.people)):
        own = kept & (orders.person == place)
        if own.sum() > 200:
            assert (np.isin(orders.day[own], last).mean() > 0.24) == (place == gamer), place
    padded = kept & (orders.person == gamer) & np.isin(orders.day, last)
    assert (world.status[padded] == 4).mean() > 0.5  # cancelled


@pytest.mark.parametrize(("metric", "planted_here"), [("revenue", True), ("conversion_rate", False), ("successful_calls", False)])
@pytest.mark.parametrize("window", [slice(-9, -3), slice(-6, None), slice(-9, None)])
def test_one_revenue_target_for_two_lists_is_a_double_standard_and_the_other_targets_are_not(
    world: World, metric: str, window: slice, *, planted_here: bool
) -> None:
    found = figures(world)
    target, values, share = found.healthy(metric), found.values[metric], found.share["telesale"]
    counts = []
    for team in (0, 1):
        reached = []
        for month in range(*window.indices(values.shape[1])):
            days = world.company.calendar.month == month + 3
            there = ((world.company.team[:, days] == team) & (world.company.role[:, days] == 0)).sum(axis=1) > 12
            measured = there & (share[:, month] > 0) & ~np.isnan(values[:, month])
            reached += (values[measured, month] >= target).tolist()
        counts.append((sum(reached), len(reached)))
    (a, b), (c, d) = counts
    ratio = min(a / b, c / d) / max(a / b, c / d)
    chance = fisher_exact([[a, b - a], [c, d - c]])[1]
    assert (ratio < 0.8 and chance < 0.05) == planted_here, (ratio, chance)


def test_targets_are_healthy(world: World) -> None:
    found = figures(world)
    for metric in found.values:
        target, values = found.healthy(metric), found.values[metric][:, -9:]
        measured = (found.share[found.role[metric]][:, -9:] > 0.3) & ~np.isnan(values)
        reached = values <= target if metric == "average_handle_time" else values >= target
        assert 0.55 <= reached[measured].mean() <= 0.65, metric


def test_only_one_base_pay_is_below_the_minimum(world: World, facts: dict[str, pa.Table]) -> None:
    last, underpaid = world.company.calendar.last, planted().underpaid
    assert underpaid is not None
    below = {
        (row["agent_id"], row["base_pay_vnd"], row["wage_region"])
        for row in facts["agents"].to_pylist()
        if row["base_pay_vnd"] < minimum_wage(row["wage_region"], last)
    }
    assert below == {(underpaid.agent_id, underpaid.base_pay_vnd, underpaid.wage_region)}
    assert underpaid.base_pay_vnd < underpaid.minimum_vnd


def test_the_swapped_list_is_cold_from_its_day_on(world: World) -> None:
    change, calls, days = planted().list_change, world.calls, world.company.calendar
    day, month = days.at(change.day), days.month == len(days.months) - 1
    on_it = (calls["campaign"] == SWAPPED) & (calls["direction"] == 1)

    def share(rows: np.ndarray, what: np.ndarray) -> float:
        return float(what[rows].mean())

    before, after = on_it & (calls["day"] < day), on_it & (calls["day"] >= day) & month[calls["day"]]
    answered = calls["outcome"] == 0
    assert share(after, answered) < 0.85 * share(before, answered)
    assert share(after & answered, calls["disposition"] == 3) > 3 * share(before & answered, calls["disposition"] == 3)  # wrong_number
    assert share(after & answered, calls["disposition"] == 0) < 0.8 * share(before & answered, calls["disposition"] == 0)  # interested
    other = (calls["campaign"] == SWAPPED + 1) & month[calls["day"]]
    assert abs(share(other, answered) / share((calls["campaign"] == SWAPPED + 1), answered) - 1) < 0.1


def test_the_sick_agent_misses_even_the_lowered_target(world: World) -> None:
    sick = planted().sick
    assert sick is not None
    place = world.company.who("sick")
    found = figures(world)
    for metric in ("conversion_rate", "successful_calls"):
        assert found.values[metric][place, -1] < found.healthy(metric), metric
        assert (found.values[metric][place, -7:-1] > found.healthy(metric)).mean() >= 0.5, metric
    assert 0.4 < found.share["telesale"][place, -1] < 0.65


def test_leave_and_moves_are_in_the_tables(facts: dict[str, pa.Table]) -> None:
    known = planted()
    assert known.sick and known.maternity and known.moved_role and known.moved_team
    days = facts["workdays"]
    for absence in (known.sick, known.maternity):
        own = pc.and_(pc.equal(days.column("agent_id"), absence.agent_id), pc.greater_equal(days.column("date"), absence.first))
        own = days.filter(pc.and_(own, pc.less_equal(days.column("date"), absence.last)))
        assert set(own.column("leave").to_pylist()) <= {absence.leave, "holiday"}
        assert pc.sum(own.column("worked_s")).as_py() == 0
    for move, column in ((known.moved_role, "role"), (known.moved_team, "team_id")):
        rows = [row for row in facts["agents"].to_pylist() if row["agent_id"] == move.agent_id]
        changed = [(row["valid_from"], row[column]) for row in rows if row["valid_from"] == move.day]
        assert changed == [(move.day, move.after)]
        assert next(row[column] for row in rows if row["valid_to"] == move.day) == move.before


def test_the_document_names_exactly_what_is_planted() -> None:
    known = planted(Settings())
    text = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    assert known.gaming and known.underpaid and known.sick and known.maternity and known.moved_role and known.moved_team

    def listed(ids: tuple[str, ...]) -> str:
        return ", ".join(f"`{agent_id}`" for agent_id in ids)

    for line in (
        f"| `{known.gaming.agent_id}` | holds calls",
        f"| `{known.underpaid.agent_id}` | 5.200.000 ₫ in region I, where 5.310.000 ₫",
        f"reviewer ({listed(known.without_plan)})",
        f"`{known.list_change.campaign_id}` of team `{known.list_change.team_id}`: {listed(known.list_change.agent_ids)}",
        f" | {known.list_change.day} |",
        f"| `{known.sick.agent_id}` | {known.sick.first} to {known.sick.last} |",
        f"| `{known.moved_role.agent_id}` | {known.moved_role.day} |",
        f"| `{known.moved_team.agent_id}` | {known.moved_team.day} |",
        f"| `{known.maternity.agent_id}` | from {known.maternity.first} |",
        f"| {listed(tuple(agent for agent, _ in known.joined))} | {', '.join(str(day) for _, day in known.joined)} |",
        f"| {listed(tuple(agent for agent, _ in known.left))} | {', '.join(str(day) for _, day in known.left)} |",
    ):
        assert line in text, line
