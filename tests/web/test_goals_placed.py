"""Dragging goals, two people at once, and how a goal stands at a glance."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from fractions import Fraction
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from chot.kpi.catalogue import METRICS
from chot.people.models import AuditEntry, User
from chot.performance import actions_goals, goal_progress
from chot.performance.models import Goal

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def by_slug(slug: str) -> Goal:
    return Goal.objects.get(slug=slug)


def shape(client: Client) -> list[tuple[str, int]]:
    return [(node.goal.slug, node.depth) for node in client.get("/goals").context["nodes"]]


def put(client: Client, slug: str, parent: str = "", before: str = "") -> Any:
    places = {name: str(by_slug(given).pk) if given else "" for name, given in (("parent", parent), ("before", before))}
    return client.post(f"/goals/{by_slug(slug).pk}/place", places, headers={"HX-Request": "true"})


def test_a_goal_goes_where_it_is_dropped(sign_in: SignIn) -> None:
    client = sign_in("manager")
    answer = put(client, "keep-customers-90", before="grow-revenue-20")
    assert answer.status_code == 200 and "<html" not in answer.content.decode()
    assert shape(client) == [("keep-customers-90", 0), ("solve-first-time", 1), ("grow-revenue-20", 0), ("convert-better", 1)]
    put(client, "keep-customers-90", parent="grow-revenue-20", before="convert-better")
    assert shape(client) == [("grow-revenue-20", 0), ("keep-customers-90", 1), ("solve-first-time", 2), ("convert-better", 1)]
    put(client, "solve-first-time")
    assert shape(client) == [("grow-revenue-20", 0), ("keep-customers-90", 1), ("convert-better", 1), ("solve-first-time", 0)]
    assert sorted(Goal.objects.filter(parent=by_slug("grow-revenue-20")).values_list("rank", flat=True)) == [0, 1]
    entries = AuditEntry.objects.filter(action="goal.moved")
    assert entries.count() == 3
    put(client, "solve-first-time")
    assert entries.count() == 3


def test_a_place_that_is_gone_changes_nothing_and_shows_the_tree_as_it_is(sign_in: SignIn) -> None:
    client = sign_in("manager")
    start = shape(client)
    answer = put(client, "grow-revenue-20", before="solve-first-time")
    assert answer.status_code == 409 and "đã sắp xếp lại" in answer.content.decode()
    assert put(client, "grow-revenue-20", parent="convert-better").status_code == 409
    assert client.post(f"/goals/{by_slug('grow-revenue-20').pk}/place", {"parent": "x"}).status_code == 400
    assert shape(client) == start and not AuditEntry.objects.filter(action="goal.moved").exists()


@pytest.mark.parametrize("who", ["auditor", "payroll", "admin"])
def test_only_managers_drag(sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    assert put(client, "convert-better").status_code == 403
    if who != "admin":
        assert 'class="grip"' not in client.get("/goals").content.decode()


def _goal(name: str, **given: Any) -> tuple[Goal, Any]:
    return Goal(slug="g", title="G", metric=name, **given), METRICS[name]


@pytest.mark.parametrize(
    ("metric", "part", "due", "found"),
    [
        ("revenue", "1", date(2026, 12, 31), "reached"),
        ("revenue", "307/365", date(2026, 12, 31), "on_time"),
        ("revenue", "306/365", date(2026, 12, 31), "behind"),
        ("revenue", "99/100", date(2026, 11, 2), "overdue"),
        ("csat", "99/100", date(2026, 12, 31), "below"),
        ("csat", "99/100", date(2026, 11, 2), "overdue"),
        ("csat", None, date(2026, 12, 31), ""),
    ],
)
def test_how_a_goal_stands(metric: str, part: str | None, due: date, found: str) -> None:
    """307 of the year's 365 days are over."""
    goal, known = _goal(metric, target=Decimal(1), due=due)
    assert goal_progress.status(goal, known, Fraction(part) if part else None, goal_progress.elapsed(goal)) == found


def test_the_course_of_a_sum_adds_up_and_that_of_a_rate_does_not() -> None:
    goal, revenue = _goal("revenue", target=Decimal(40), starts=date(2026, 9, 1), due=date(2026, 12, 31))
    found = goal_progress.spark(goal, revenue, {"2026-08": "1000", "2026-09": "10", "2026-10": "10", "2026-11": "20"})
    assert found is not None
    heights = [float(point.split(",")[1]) for point in found.line.split()]
    assert len(heights) == 4 and heights[0] == 29.0 and heights[-1] == 3.0 and heights[1] == pytest.approx(22.5)
    goal, csat = _goal("csat", target=Decimal("4.1"), due=date(2026, 12, 31))
    found = goal_progress.spark(goal, csat, {"2026-09": "4", "2026-10": "41/10"})
    assert found is not None and found.pace.split()[0].split(",")[1] == found.pace.split()[1].split(",")[1] == found.last[1]
    assert goal_progress.spark(goal, csat, {"2026-10": "4"}) is None


def test_the_page_says_how_many_are_behind(sign_in: SignIn) -> None:
    Goal.objects.create(slug="sell", title="Bán", metric="revenue", target=Decimal(10**13), due=date(2026, 12, 31), rank=9)
    page = sign_in("manager").get("/goals")
    nodes = {node.goal.slug: node for node in page.context["nodes"]}
    assert nodes["sell"].status == "behind" and nodes["sell"].spark is not None
    assert page.context["counts"]["behind"] == sum(node.behind for node in nodes.values()) > 0
    content = page.content.decode()
    assert content.count("goal behind") == 1 and content.count("goal behind") + content.count("goal short") == page.context["counts"]["behind"]


def test_two_people_at_once_take_turns() -> None:
    """The second drag waits for the first one's transaction; both are undone afterwards."""
    first, second = by_slug("convert-better"), by_slug("solve-first-time")
    manager = User.objects.get(username="manager")
    holding, let_go, done = Event(), Event(), Event()

    def drag(goal: Goal, signal: Event, wait: Event | None) -> bool:
        try:
            with transaction.atomic():
                moved = actions_goals.place_goal(goal, parent_id=None, before_id=None, by=manager)
                signal.set()
                if wait:
                    wait.wait(10)
                transaction.set_rollback(True)
                return moved
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(drag, first, holding, let_go)
        assert holding.wait(10)
        two = pool.submit(drag, second, done, None)
        assert not done.wait(0.5)
        let_go.set()
        assert one.result(10) and two.result(10) and done.is_set()
