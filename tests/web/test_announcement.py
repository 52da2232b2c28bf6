"""Announced plans: what people read, answer and ask, and what others see of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.kpi.history import past_periods, replays
from chot.people.models import AgentRow, AuditEntry, User
from chot.performance import actions
from chot.performance.models import Acknowledgement, PlanVersion
from chot.performance.queries_plans import pending_announcement, unanswered
from chot.performance.workplace import read_plan, workplace

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def telesale() -> PlanVersion:
    return PlanVersion.objects.get(plan_id__startswith="telesale")


@pytest.fixture
def given(telesale: PlanVersion, agent: str) -> Acknowledgement:
    """The agent has still to answer."""
    Acknowledgement.objects.filter(plan=telesale, agent_id=agent).update(state="sent", answered_at=None)
    return Acknowledgement.objects.get(plan=telesale, agent_id=agent)


def test_the_announcement_waits_until_it_is_answered(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    user = User.objects.get(agent_id=agent)
    assert pending_announcement(user) == given
    client = sign_in(agent)
    answer = client.post(f"/announcements/{given.plan_id}/acknowledge", {"does": "agree"})
    assert answer.headers["Location"] == f"/announcements/{given.plan_id}"
    given.refresh_from_db()
    assert given.state == "agreed" and given.answered_at is not None and pending_announcement(user) is None
    entry = AuditEntry.objects.latest("pk")
    after = {"state": "agreed", "document": given.plan.document_hash}
    assert (entry.action, entry.before, entry.after, entry.user) == ("plan.acknowledged", {"state": "sent"}, after, user)
    client.post(f"/announcements/{given.plan_id}/acknowledge", {"does": "agree"})
    assert AuditEntry.objects.latest("pk") == entry


def test_nobody_of_the_office_has_anything_to_acknowledge() -> None:
    assert pending_announcement(User.objects.get(username="manager")) is None


def test_a_question_is_answered_and_read(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    staff, manager = sign_in(agent), sign_in("manager")
    staff.post(f"/announcements/{given.plan_id}/acknowledge", {"does": "ask", "question": "   "})
    given.refresh_from_db()
    assert given.state == "sent"
    staff.post(f"/announcements/{given.plan_id}/acknowledge", {"does": "ask", "question": "Nghỉ phép thì sao?"})
    assert list(unanswered()) == [given]
    page = manager.get(f"/plans/{given.plan_id}/answers")
    assert page.context["open"] == 1 and page.context["rows"][0]["given"] == given and "Nghỉ phép thì sao?" in page.content.decode()
    manager.post(f"/plans/{given.plan_id}/answers", {"given": given.pk, "answer": "Chỉ tiêu giảm theo ngày nghỉ."})
    given.refresh_from_db()
    assert (given.state, given.question, given.answer) == ("asked", "Nghỉ phép thì sao?", "Chỉ tiêu giảm theo ngày nghỉ.")
    assert "Chỉ tiêu giảm theo ngày nghỉ." in staff.get(f"/announcements/{given.plan_id}").content.decode()
    assert list(unanswered()) == []


def test_the_worked_example_is_the_agents_last_period_by_this_plan(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    example = sign_in(agent).get(f"/announcements/{given.plan_id}").context["example"]
    plan = read_plan(given.plan.text)
    with workplace() as work:
        periods = past_periods(plan, work.facts, 1)
        run = replays(plan, work.facts, periods)[0]
    place = run.place(agent)
    assert place is not None and example["period"] == str(periods[0])
    assert example["variable_vnd"] == run.variable_vnd(place) == sum(line["amount_vnd"] for line in example["lines"])
    assert [line["title"] for line in example["lines"]][:3] == ["Doanh thu", "Tỷ lệ chuyển đổi", "Cuộc gọi thành công"]


def test_an_agent_sees_only_the_own_plan_and_the_own_example(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    client = sign_in(agent)
    colleague = Acknowledgement.objects.filter(plan=given.plan).exclude(agent_id=agent)[0].agent_id
    assert client.get(f"/announcements/{given.plan_id}?agent={colleague}").status_code == 403
    other = PlanVersion.objects.exclude(pk=given.plan_id).get()
    assert client.get(f"/announcements/{other.pk}").status_code == 403
    assert client.post(f"/announcements/{other.pk}/acknowledge", {"does": "agree"}).status_code == 404
    assert [each.plan_id for each in client.get("/announcements").context["rows"]] == [given.plan_id]


@pytest.mark.parametrize(("who", "status"), [("manager", 200), ("payroll", 200), ("auditor", 200), ("quality", 403), ("admin", 403)])
def test_a_preview_is_for_those_who_see_plans(given: Acknowledgement, agent: str, sign_in: SignIn, who: str, status: int) -> None:
    assert sign_in(who).get(f"/announcements/{given.plan_id}?agent={agent}").status_code == status


def test_a_leader_without_leave_to_see_pay_sees_no_example(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    team = AgentRow.objects.filter(agent_id=agent).latest("valid_from").team_id
    leader = next(
        user for user in User.objects.filter(role="leader") if AgentRow.objects.filter(agent_id=user.agent_id, team_id=team).exists()
    )
    client = sign_in(leader.username)
    assert client.get(f"/announcements/{given.plan_id}?agent={agent}").status_code == 200
    User.objects.filter(pk=leader.pk).update(sees_pay=False)
    assert client.get(f"/announcements/{given.plan_id}?agent={agent}").status_code == 403
    shown = {row["given"].agent_id for row in client.get(f"/plans/{given.plan_id}/answers").context["rows"]}
    assert shown and shown <= set(AgentRow.objects.filter(team_id=team).values_list("agent_id", flat=True))


@pytest.mark.parametrize("who", ["auditor", "payroll"])
def test_only_a_manager_answers(given: Acknowledgement, sign_in: SignIn, who: str) -> None:
    Acknowledgement.objects.filter(pk=given.pk).update(state="asked", question="?")
    assert sign_in(who).post(f"/plans/{given.plan_id}/answers", {"given": given.pk, "answer": "x"}).status_code == 403
    given.refresh_from_db()
    assert given.answer == "" and sign_in(who).post(f"/announcements/{given.plan_id}/acknowledge", {"does": "agree"}).status_code == 403


def test_the_reminder_list_names_those_who_have_not_answered(given: Acknowledgement, agent: str, sign_in: SignIn) -> None:
    Acknowledgement.objects.filter(plan=given.plan).exclude(pk=given.pk).update(state="agreed")
    lines = sign_in("manager").get(f"/plans/{given.plan_id}/answers?export=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and f",{agent}," in lines[1]


def test_a_draft_is_announced_to_nobody(agent: str, sign_in: SignIn, given: Acknowledgement) -> None:
    PlanVersion.objects.filter(pk=given.plan_id).update(state="draft")
    client = sign_in(agent)
    assert list(client.get("/announcements").context["rows"]) == []
    assert client.post(f"/announcements/{given.plan_id}/acknowledge", {"does": "agree"}).status_code == 404
    given.refresh_from_db()
    assert given.state == "sent"


def test_the_answers_ask_the_database_no_more_for_three_agents_than_for_one(given: Acknowledgement, sign_in: SignIn) -> None:
    from django.db import connection

    client = sign_in("manager")
    kept = list(Acknowledgement.objects.filter(plan=given.plan)[:3].values_list("pk", flat=True))
    Acknowledgement.objects.filter(plan=given.plan).exclude(pk__in=kept).delete()
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(f"/plans/{given.plan_id}/answers").context["rows"]) == 3
    Acknowledgement.objects.filter(pk__in=kept[1:]).delete()
    with CaptureQueriesContext(connection) as one:
        assert len(client.get(f"/plans/{given.plan_id}/answers").context["rows"]) == 1
    assert len(one) == len(three)


def test_a_second_question_waits_for_a_second_answer(given: Acknowledgement, agent: str) -> None:
    user, manager = User.objects.get(agent_id=agent), User.objects.get(username="manager")
    actions.acknowledge(given, by=user, question="Một?")
    actions.answer(given, "Một.", by=manager)
    actions.acknowledge(given, by=user, question="Hai?")
    given.refresh_from_db()
    assert (given.question, given.answer) == ("Hai?", "") and list(unanswered()) == [given]
