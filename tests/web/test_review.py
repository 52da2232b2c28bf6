"""The review of a period that is over, events, the next version, and what versions brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from chot.core.errors import InputError
from chot.kpi.findings import Thresholds
from chot.kpi.review_changes import by_id, suggestions
from chot.people.models import AuditEntry, User
from chot.performance import queries_review_days as days
from chot.performance.actions_plans import new_draft
from chot.performance.actions_review import draft_next, record_event, remove_event
from chot.performance.models import Event, PlanVersion, Result
from chot.performance.plan_editing import with_values
from chot.performance.queries_review import ended_periods, following, review_of, shares
from chot.performance.queries_versions import versions
from chot.performance.report_filter import span_days
from chot.performance.workplace import read_plan

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
PERIOD = "2026-10"


@pytest.fixture
def manager() -> User:
    return User.objects.get(username="manager")


@pytest.fixture
def telesale() -> PlanVersion:
    return PlanVersion.objects.get(plan_id__startswith="telesale")


@pytest.fixture
def hard(manager: User, telesale: PlanVersion) -> PlanVersion:
    """The plan with a target that nobody reaches, of its last period."""
    return new_draft(
        with_values(telesale.text, [(("items", 0, "target"), "9000000000"), (("starts",), "2026-10-01"), (("announced",), "")]), by=manager
    )


def doc_of(saved: PlanVersion) -> dict[str, Any]:
    plan = read_plan(saved.text)
    return review_of(plan, plan.period_of(PERIOD))


def test_the_periods_that_are_over(telesale: PlanVersion) -> None:
    assert ended_periods(telesale) == ["2026-10", "2026-09", "2026-08"]


def test_shares_are_those_of_the_run(telesale: PlanVersion) -> None:
    plan = read_plan(telesale.text)
    results = Result.objects.filter(run__plan=telesale, run__period=PERIOD)
    for place, row in enumerate(shares(plan, doc_of(telesale))):
        found = [each.items[place]["attainment"] for each in results if each.items[place]["attainment"] is not None]
        assert row["share"] == pytest.approx(sum(Fraction(each) >= 1 for each in found) / len(found)) and row["people"] == len(found)


def test_an_unreachable_target_is_called_so_and_a_change_is_suggested(hard: PlanVersion) -> None:
    plan, doc = read_plan(hard.text), doc_of(hard)
    own = [each for each in doc["misses"] if each["metric"] == plan.items[0].metric.id]
    assert own and {each["reason"] for each in own} == {"unrealistic"}
    found = suggestions(plan, doc, limits=Thresholds())
    assert found[0].id == f"target:{plan.items[0].metric.id}" and found[0].before == 9_000_000_000 and found[0].after == 8_100_000_000


def test_weights_change_together_or_not_at_all(telesale: PlanVersion) -> None:
    plan, doc = read_plan(telesale.text), doc_of(telesale)
    weak = min(plan.items, key=lambda item: -item.weight).metric.id
    found = [each for each in suggestions(plan, doc, unreliable={weak}, limits=Thresholds()) if each.kind == "weight"]
    assert sum(each.after - each.before for each in found) == 0 and found[0].metric == weak and found[0].after == found[0].before - 10
    assert by_id(found, [found[0].id]) == [] and by_id(found, [each.id for each in found]) == found


def test_a_recorded_event_explains_a_miss(telesale: PlanVersion, manager: User) -> None:
    before = [each for each in doc_of(telesale)["misses"] if each["reason"] == "individual"]
    assert before
    team = doc_of(telesale)["team_of"][before[0]["agent_id"]]
    event = record_event(team_id=team, first=date(2026, 10, 5), last=date(2026, 10, 9), note="Mất tổng đài", by=manager)
    after = doc_of(telesale)["misses"]
    hit = [each for each in after if each["reason"] == "event" and each["evidence"].get("note") == "Mất tổng đài"]
    assert before[0]["agent_id"] in {each["agent_id"] for each in hit}
    assert {doc_of(telesale)["team_of"][each["agent_id"]] for each in hit} == {team} and len(hit[0]["evidence"]["days"]) == 5
    assert remove_event(event.pk, by=manager) and not remove_event(event.pk, by=manager)
    assert [each for each in doc_of(telesale)["misses"] if each["reason"] == "individual"] == before
    assert AuditEntry.objects.filter(action__startswith="event.").count() == 2


@pytest.mark.parametrize(
    ("first", "last", "note"),
    [(None, date(2026, 10, 1), "x"), (date(2026, 10, 2), date(2026, 10, 1), "x"), (date(2026, 10, 1), date(2026, 10, 1), " ")],
)
def test_an_event_needs_days_and_words(manager: User, first: date | None, last: date | None, note: str) -> None:
    with pytest.raises(InputError):
        record_event(team_id="", first=first, last=last, note=note, by=manager)
    assert not Event.objects.exists()


def test_the_next_version_is_a_draft_with_its_changes(hard: PlanVersion, manager: User) -> None:
    plan = read_plan(hard.text)
    period, metric = plan.period_of(PERIOD), plan.items[0].metric.id
    draft = draft_next(hard, period, [f"target:{metric}"], by=manager)
    after = read_plan(draft.text)
    assert (
        draft.state == PlanVersion.State.DRAFT and draft.follows == hard and after.starts == date(2026, 12, 1) and after.announced is None
    )
    assert after.items[0].target.value == 8_100_000_000 and after.items[1:] == plan.items[1:]  # type: ignore[union-attr]
    assert [(each["before"], each["after"], each["kind"]) for each in draft.changes] == [("9000000000", "8100000000", "target")]
    assert draft_next(hard, period, [f"target:{metric}"], by=manager).pk == draft.pk


def test_what_follows_in_mid_plan_is_the_rest_of_its_days(telesale: PlanVersion, manager: User) -> None:
    longer = new_draft(with_values(telesale.text, [(("ends",), "2027-01-31")]), by=manager)
    plan = read_plan(following(longer, read_plan(longer.text).period_of(PERIOD)))
    assert (plan.id, plan.starts, plan.ends) == (longer.plan_id, date(2026, 12, 1), date(2027, 1, 31))


def test_versions_tell_what_their_periods_brought(telesale: PlanVersion, hard: PlanVersion) -> None:
    rows = {row["plan"].pk: row["periods"] for row in versions(telesale)}
    assert rows[hard.pk] == [] and [each["period"] for each in rows[telesale.pk]] == ["2026-10", "2026-09", "2026-08"]
    pays = sorted(Result.objects.filter(run__plan=telesale, run__period=PERIOD).values_list("variable_vnd", flat=True))
    assert rows[telesale.pk][0]["cost_vnd"] == sum(pays) and rows[telesale.pk][0]["people"] == len(pays)
    items = Result.objects.filter(run__plan=telesale, run__period=PERIOD).values_list("items", flat=True)
    attained = [Fraction(item["attainment"]) for each in items for item in each if item["attainment"] is not None]
    expected = [sum(low <= each < high for each in attained) for low, high in ((-9, Fraction(7, 10)), (Fraction(7, 10), 1), (1, Fraction(6, 5)), (Fraction(6, 5), 99))]
    assert rows[telesale.pk][0]["bands"] == expected and sum(expected) == len(attained)
    found = {row["plan"].pk: row for row in versions(telesale)}
    assert found[hard.pk]["before"] is not None and any("9.000.000.000" in each.after for each in found[hard.pk]["changes"])
    assert found[telesale.pk]["days"] == (telesale.starts, telesale.ends)
    assert pays[(len(pays) - 1) // 2] <= rows[telesale.pk][0]["median_vnd"] <= pays[len(pays) // 2]


def test_the_pages(telesale: PlanVersion, hard: PlanVersion, sign_in: SignIn) -> None:
    client, metric = sign_in("manager"), read_plan(hard.text).items[0].metric.id
    page = client.get(f"/plans/{telesale.pk}/review/{PERIOD}").content.decode()
    assert "Ai chưa đạt và vì sao" in page and f"/statements/{telesale.pk}/{PERIOD}/" in page
    sent = client.post(f"/plans/{hard.pk}/review/{PERIOD}/draft", {"changes": [f"target:{metric}"]})
    draft = PlanVersion.objects.latest("pk")
    assert sent.status_code == 302 and sent["Location"] == f"/plans/{draft.pk}" and draft.state == "draft"
    text = client.get(f"/plans/{draft.pk}").content.decode()
    assert "không thực tế" in text and "9.000.000.000" in text and "8.100.000.000" in text
    assert client.get(f"/plans/{telesale.pk}/versions").status_code == 200
    event = {"first": "2026-10-05", "last": "2026-10-09", "team": "", "note": "Bão"}
    assert client.post(f"/plans/{telesale.pk}/review/{PERIOD}/event", event).status_code == 302
    assert "Bão" in client.get(f"/plans/{telesale.pk}/review/{PERIOD}").content.decode()
    assert client.get(f"/plans/{telesale.pk}/review/2027-01").status_code == 404


def test_a_leader_reviews_the_own_team_without_pay(telesale: PlanVersion, sign_in: SignIn) -> None:
    leader = User.objects.filter(role="leader").order_by("username")[0]
    from chot.performance.queries_plans import own_team

    found = sign_in(leader.username).get(f"/plans/{telesale.pk}/review/{PERIOD}")
    assert {each["agent_id"] for each in found.context["misses"]} <= own_team(leader) and found.context["cost"] is None
    assert not found.context["designs"] and not sign_in(leader.username).get(f"/plans/{telesale.pk}/versions").context["pays"]


def test_the_history_asks_no_more_for_three_versions(
    telesale: PlanVersion, manager: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("manager")
    for number in (1, 2):
        with django_assert_max_num_queries(8):
            client.get(f"/plans/{telesale.pk}/versions")
        new_draft(with_values(telesale.text, [(("title",), f"Bản {number}")]), by=manager)


# several periods together


def test_presets_of_days_take_the_periods_that_ended_in_them(telesale: PlanVersion, hard: PlanVersion) -> None:
    every = ["2026-08", "2026-09", "2026-10"]
    names = {span: [name for _saved, name in days.periods_in(telesale, span)] for span in (*days.PRESETS, "nonsense")}
    assert names == {
        "month": [], "last_month": ["2026-10"], "months_3": every, "months_6": every, "quarter": ["2026-10"],
        "last_quarter": ["2026-08", "2026-09"], "all": every, "nonsense": [],
    }  # fmt: skip
    assert days.periods_in(hard, "all") == [(hard, "2026-10")]  # a draft pays nobody: it has only its own
    assert span_days("months_3") == (date(2026, 8, 1), date(2026, 10, 31))


def test_several_periods_add_up_to_each_of_them(telesale: PlanVersion, sign_in: SignIn) -> None:
    client = sign_in("manager")
    page = client.get(f"/plans/{telesale.pk}/review?span=months_3")
    plan = read_plan(telesale.text)
    docs = [review_of(plan, plan.period_of(name)) for name in ("2026-08", "2026-09", "2026-10")]
    misses = [each for doc in docs for each in doc["misses"]]
    assert {name: number for name, _title, number in page.context["counts"]} == {
        reason: sum(each["reason"] == reason for each in misses) for reason in ("unrealistic", "event", "individual", "unmeasured")
    }
    rows = {row["agent_id"]: row for row in page.context["page"]}
    assert {agent: row["missed"] for agent, row in rows.items()} == Counter(each["agent_id"] for each in misses)
    assert all(row["of"] == sum(agent in doc["team_of"] for doc in docs) * len(plan.items) for agent, row in rows.items())
    assert page.context["cost"] == sum(sum(doc["pays"].values()) for doc in docs)
    shown = {row["metric"]: row["shares"] for row in page.context["reach"]}
    assert shown == {item.metric.id: [next(row["share"] for row in shares(plan, doc) if row["metric"] == item.metric.id) for doc in docs] for item in plan.items}
    only = client.get(f"/plans/{telesale.pk}/review?span=months_3&reason=individual").context["page"]
    assert sum(row["missed"] for row in only) == sum(each["reason"] == "individual" for each in misses)


@pytest.mark.parametrize(
    ("span", "leads"),
    [("last_month", "/review/2026-10?span=last_month"), ("2026-09", "/review/2026-09"), ("quarter", "/review/2026-10?span=quarter")],
)
def test_one_period_is_its_own_page(telesale: PlanVersion, sign_in: SignIn, span: str, leads: str) -> None:
    assert sign_in("manager").get(f"/plans/{telesale.pk}/review?span={span}")["Location"] == f"/plans/{telesale.pk}{leads}"


def test_days_without_an_ended_period_say_so(telesale: PlanVersion, sign_in: SignIn) -> None:
    assert "Không có kỳ nào" in sign_in("manager").get(f"/plans/{telesale.pk}/review?span=month").content.decode()


def test_a_leader_sees_the_own_team_over_all_periods(telesale: PlanVersion, sign_in: SignIn) -> None:
    leader = User.objects.filter(role="leader").order_by("username")[0]
    from chot.performance.queries_plans import own_team

    found = sign_in(leader.username).get(f"/plans/{telesale.pk}/review?span=all")
    assert {row["agent_id"] for row in found.context["page"]} <= own_team(leader) and found.context["cost"] is None
