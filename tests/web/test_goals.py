"""Goals: the tree, its progress, what serves it, and who may change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from chot.core.errors import InputError
from chot.core.periods import Period, parse
from chot.kpi.metric_report import report
from chot.people.models import AuditEntry, User
from chot.performance import actions_goals
from chot.performance.models import Acknowledgement, Goal, PlanVersion
from chot.performance.queries import days_between
from chot.performance.workplace import workplace

SignIn = Callable[[str], Client]
URL = "/goals"


def _nodes(answer: Any) -> list[tuple[str, int]]:
    return [(node.goal.slug, node.depth) for node in answer.context["nodes"]]


def _company(metric: str, period: Period) -> Fraction:
    with workplace() as work:
        return Fraction(report([work.metrics[metric]], period, work.facts, by="company")["rows"][0]["value"])


@pytest.fixture
def manager() -> User:
    """Who sets goals."""
    return User.objects.get(username="manager")


def test_tree_in_rank_order(sign_in: SignIn) -> None:
    """Parents before their children."""
    expected = [("grow-revenue-20", 0), ("convert-better", 1), ("keep-customers-90", 0), ("solve-first-time", 1)]
    assert _nodes(sign_in("manager").get(URL)) == expected


def test_progress_is_the_companys_value(sign_in: SignIn) -> None:
    """Over the days of the goal, or of the latest full month where a metric is monthly; scored as a plan would."""
    cache.clear()
    nodes = {node.goal.slug: node for node in sign_in("manager").get(URL).context["nodes"]}
    year = days_between(date(2026, 1, 1), date(2026, 11, 3))
    kept = _company("csat", year)
    assert Fraction(nodes["keep-customers-90"].value) == kept
    assert nodes["keep-customers-90"].reached == kept / Fraction("4.1")
    with workplace() as work:
        row = report([work.metrics["revenue_growth_yoy"]], parse("2026-10"), work.facts, by="company")["rows"][0]
    grown = nodes["grow-revenue-20"]
    assert (grown.value, grown.measured) == (row["value"], "2026-10")


def test_additive_goal_stands_against_time(sign_in: SignIn, manager: User) -> None:
    """Revenue of the year so far, the part of the target, and the part of the year that is over."""
    Goal.objects.create(slug="sell", title="Bán", metric="revenue", target=Decimal(10_000_000_000), due=date(2026, 12, 31), rank=9)
    node = next(each for each in sign_in("manager").get(URL).context["nodes"] if each.goal.slug == "sell")
    revenue = _company("revenue", days_between(date(2026, 1, 1), date(2026, 11, 3)))
    assert Fraction(node.value) == revenue and node.reached == revenue / 10_000_000_000
    assert node.elapsed == Fraction(307, 365)


def test_progress_is_remembered_until_the_facts_change(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look opens no facts."""
    from chot.performance import company_values

    client = sign_in("manager")
    client.get(URL)
    monkeypatch.setattr(company_values, "workplace", None)
    assert client.get(URL).status_code == 200


def test_what_serves_a_goal(sign_in: SignIn) -> None:
    """The KPIs of the announced plans that name it, and the people whom those plans name."""
    nodes = {node.goal.slug: node for node in sign_in("manager").get(URL).context["nodes"]}
    plan = PlanVersion.objects.get(plan_id__startswith="telesale")
    assert [each.title for each in nodes["grow-revenue-20"].serving] == ["Doanh thu", "Tỷ lệ chuyển đổi", "Cuộc gọi thành công"]
    assert nodes["grow-revenue-20"].people == Acknowledgement.objects.filter(plan=plan).count() > 0
    assert nodes["convert-better"].serving == []


def test_kpis_without_a_goal_are_listed(sign_in: SignIn) -> None:
    """All serve one at first; those of a goal that goes are named."""
    client = sign_in("manager")
    assert client.get(URL).context["unserving"] == []
    Goal.objects.filter(slug="grow-revenue-20").update(slug="other")
    answer = client.get(URL)
    assert [each.title for each in answer.context["unserving"]] == ["Doanh thu", "Tỷ lệ chuyển đổi", "Cuộc gọi thành công"]


def test_new_goal(sign_in: SignIn) -> None:
    """Figures as people write them, a name for plans from the title, last among its siblings, audited."""
    answer = sign_in("manager").post(
        reverse("performance:goal_new"),
        {"title": "Giảm đơn hoàn còn 5 %", "horizon": "short", "metric": "defect_rate", "target": "5 %", "due": "2026-12-31"},
    )
    assert answer.status_code == 302
    goal = Goal.objects.get(slug="giam-don-hoan-con-5")
    assert (goal.target, goal.rank, goal.parent) == (Decimal("0.05"), 2, None)
    entry = AuditEntry.objects.order_by("-pk")[0]
    assert (entry.action, entry.subject, entry.after["target"], str(entry.user)) == ("goal.added", f"goal:{goal.slug}", "0.05", "Phạm Thu Hà")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"target": "viel"}, "target"),
        ({"metric": ""}, "metric"),
        ({"metric": "no_such_metric"}, "metric"),
        ({"starts": "2027-01-01"}, "due"),
        ({"slug": "grow-revenue-20"}, "slug"),
        ({"owner": "999999"}, "owner"),
    ],
)
def test_form_names_what_is_wrong(sign_in: SignIn, change: dict[str, str], field: str) -> None:
    """Each mistake at its field, and nothing is stored."""
    before = list(Goal.objects.values()), AuditEntry.objects.count()
    data = {"title": "Mới", "horizon": "short", "metric": "revenue", "target": "1.000.000", "due": "2026-12-31", "slug": "moi"} | change
    answer = sign_in("manager").post(reverse("performance:goal_new"), data)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert (list(Goal.objects.values()), AuditEntry.objects.count()) == before


def test_goal_is_changed_and_an_unchanged_one_is_not_audited(sign_in: SignIn) -> None:
    """Before and after stand in the trail; the same form twice is one change."""
    client, goal = sign_in("manager"), Goal.objects.get(slug="convert-better")
    url = reverse("performance:goal_edit", args=[goal.pk])
    form = client.get(url).context["form"]
    assert form["target"].value() == "40 %"
    data = {name: value for name in form.fields if (value := form[name].value()) not in (None, "")} | {"target": "42 %"}
    for _time in range(2):
        assert client.post(url, data).status_code == 302
    goal.refresh_from_db()
    entries = AuditEntry.objects.filter(subject="goal:convert-better")
    assert goal.target == Decimal("0.42") and [entry.action for entry in entries] == ["goal.changed"]
    assert (entries[0].before["target"], entries[0].after["target"]) == ("0.4", "0.42")


def test_goal_cannot_serve_itself(sign_in: SignIn, manager: User) -> None:
    """Neither directly nor through one below it."""
    grow, child = Goal.objects.get(slug="grow-revenue-20"), Goal.objects.get(slug="convert-better")
    grow.parent = child
    with pytest.raises(InputError):
        actions_goals.save_goal(grow, by=manager)
    grow.refresh_from_db()
    assert grow.parent is None
    answer = sign_in("manager").post(
        reverse("performance:goal_edit", args=[grow.pk]), {"title": grow.title, "horizon": "long", "parent": child.pk}
    )
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["parent"]


def test_moving(sign_in: SignIn) -> None:
    """Down, up, under the goal above and out again: the tree as it was, ranks without gaps."""
    client = sign_in("manager")

    def move(slug: str, step: str) -> list[tuple[str, int]]:
        answer = client.post(reverse("performance:goal_move", args=[Goal.objects.get(slug=slug).pk]), {"step": step}, headers={"HX-Request": "true"})
        assert "<html" not in answer.content.decode() and 'id="goal-' in answer.content.decode()
        return _nodes(client.get(URL))

    start = _nodes(client.get(URL))
    assert move("grow-revenue-20", "down") == [*start[2:], *start[:2]]
    assert move("grow-revenue-20", "down") == [*start[2:], *start[:2]]
    assert move("grow-revenue-20", "up") == start
    under = [("grow-revenue-20", 0), ("convert-better", 1), ("keep-customers-90", 1), ("solve-first-time", 2)]
    assert move("keep-customers-90", "in") == under
    assert move("keep-customers-90", "out") == start
    assert move("convert-better", "sideways") == start
    assert list(Goal.objects.filter(parent=None).values_list("rank", flat=True)) == [0, 1]
    assert AuditEntry.objects.filter(action="goal.moved").count() == 4


def test_moving_without_script(sign_in: SignIn) -> None:
    """The same form leads back to the page."""
    goal = Goal.objects.get(slug="grow-revenue-20")
    answer = sign_in("manager").post(reverse("performance:goal_move", args=[goal.pk]), {"step": "down"})
    assert answer.status_code == 302 and answer.headers["Location"] == URL


def test_only_goals_that_nothing_serves_are_deleted(sign_in: SignIn) -> None:
    """Sub-goals and plans keep a goal; a free one goes, once."""
    client = sign_in("manager")
    kept = Goal.objects.get(slug="grow-revenue-20")
    client.post(reverse("performance:goal_delete", args=[kept.pk]))
    assert Goal.objects.filter(pk=kept.pk).exists() and not AuditEntry.objects.filter(action="goal.deleted").exists()
    free = Goal.objects.get(slug="convert-better")
    assert "data-confirm" in client.get(reverse("performance:goal_edit", args=[free.pk])).content.decode()
    assert client.post(reverse("performance:goal_delete", args=[free.pk])).status_code == 302
    assert not Goal.objects.filter(pk=free.pk).exists()
    assert client.post(reverse("performance:goal_delete", args=[free.pk])).status_code == 404
    assert AuditEntry.objects.filter(action="goal.deleted", subject="goal:convert-better").count() == 1


@pytest.mark.parametrize("who", ["auditor", "payroll", "admin", "quality"])
def test_only_managers_write(sign_in: SignIn, who: str) -> None:
    """Everyone else gets 403 and nothing changes, whoever may read."""
    client, goal = sign_in(who), Goal.objects.get(slug="convert-better")
    before = list(Goal.objects.order_by("pk").values()), AuditEntry.objects.count()
    posts = [
        (reverse("performance:goal_new"), {"title": "X", "horizon": "short"}),
        (reverse("performance:goal_edit", args=[goal.pk]), {"title": "X", "horizon": "short"}),
        (reverse("performance:goal_move", args=[goal.pk]), {"step": "out"}),
        (reverse("performance:goal_delete", args=[goal.pk]), {}),
    ]
    assert [client.post(url, data).status_code for url, data in posts] == [403] * 4
    assert (list(Goal.objects.order_by("pk").values()), AuditEntry.objects.count()) == before
    assert client.get(URL).status_code == (200 if who in ("auditor", "payroll") else 403)
    if who == "auditor":
        content = client.get(URL).content.decode()
        assert "goals/new" not in content and "/move" not in content


def test_agents_see_no_goals(sign_in: SignIn, agent: str) -> None:
    """Their plan tells them which goal it serves."""
    assert sign_in(agent).get(URL).status_code == 403


def test_same_queries_for_one_goal_and_for_many(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    """The tree does not ask for each goal."""
    client = sign_in("manager")
    Goal.objects.filter(parent__isnull=False).delete()
    Goal.objects.exclude(slug="grow-revenue-20").delete()
    client.get(URL)
    with django_assert_num_queries(7) as asked:
        client.get(URL)
    Goal.objects.bulk_create([Goal(slug=f"g{number}", title=f"G{number}", rank=number) for number in range(5)])
    with django_assert_num_queries(len(asked)):
        assert len(client.get(URL).context["nodes"]) == 6


def test_empty_tree_says_what_to_do(sign_in: SignIn) -> None:
    """No goals, no error."""
    Goal.objects.filter(parent__isnull=False).delete()
    Goal.objects.all().delete()
    answer = sign_in("manager").get(URL)
    assert answer.status_code == 200 and 'class="panel empty"' in answer.content.decode()
