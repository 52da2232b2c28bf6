"""Questions about pay: asked by the agent about the own pay, answered by the office, in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chot.core.errors import InputError
from chot.pay import actions_disputes
from chot.pay.models import Dispute
from chot.people.models import AgentRow, AuditEntry, Role, User
from chot.performance.models import Result

PERIOD = "2026-10"
SignIn = Callable[[str], Client]


@pytest.fixture
def paid(agent: str) -> Result:
    """The agent's pay of October."""
    return Result.objects.select_related("run__plan").get(agent_id=agent, run__period=PERIOD)


@pytest.fixture
def asked(paid: Result) -> Dispute:
    """A question of the agent about the first line."""
    by = User.objects.get(agent_id=paid.agent_id)
    return actions_disputes.ask(paid.run.plan, PERIOD, paid.lines[0]["id"], "Two orders are missing", by=by)


def new_url(paid: Result, line: str) -> str:
    return reverse("pay:dispute_new", args=[paid.run.plan_id, paid.run.period, line])


def somebody_else(agent: str) -> User:
    return User.objects.filter(role=Role.AGENT).exclude(agent_id__in=["", agent])[0]


@pytest.mark.parametrize(
    ("asked_on", "due"),
    [
        (date(2026, 11, 2), date(2026, 11, 7)), (date(2026, 11, 3), date(2026, 11, 9)), (date(2026, 11, 7), date(2026, 11, 13)),
        (date(2026, 11, 8), date(2026, 11, 13)), (date(2026, 8, 29), date(2026, 9, 8)),  # 31 August to 2 September: National Day
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_due_after_five_working_days(asked_on: date, due: date) -> None:
    assert actions_disputes.answer_due(asked_on) == due


def test_an_agent_asks_and_reads_the_answer(paid: Result, sign_in: SignIn) -> None:
    client, line = sign_in(paid.agent_id), paid.lines[0]["id"]
    assert client.get(new_url(paid, line)).status_code == 200
    assert client.post(new_url(paid, line), {"text": "   "}).status_code == 422
    assert not Dispute.objects.exists()
    assert client.post(new_url(paid, line), {"text": "Two orders are missing"}).status_code == 302
    found = Dispute.objects.get()
    assert (found.agent_id, found.line, found.due, found.state) == (paid.agent_id, line, date(2026, 11, 9), "open")
    office = sign_in("payroll")
    assert office.post(reverse("pay:answer", args=[found.pk]), {"decision": "accept", "answer": "They come with November"}).status_code == 302
    found.refresh_from_db()
    assert (found.state, found.answer, found.answered_by and found.answered_by.username) == ("accepted", "They come with November", "payroll")
    page = client.get(reverse("pay:dispute", args=[found.pk])).content.decode()
    assert "They come with November" in page
    assert "They come with November" in client.get(reverse("pay:disputes"), {"state": "answered"}).content.decode()
    assert [AuditEntry.objects.filter(action=each).count() for each in ("pay.asked", "pay.answered")] == [1, 1]


def test_asking_twice_is_one_question(asked: Dispute, paid: Result, sign_in: SignIn) -> None:
    assert sign_in(paid.agent_id).post(new_url(paid, asked.line), {"text": "again"}).status_code == 302
    assert [each.text for each in Dispute.objects.all()] == ["Two orders are missing"]
    assert AuditEntry.objects.filter(action="pay.asked").count() == 1


def test_only_own_lines_that_exist(paid: Result, sign_in: SignIn) -> None:
    client = sign_in(paid.agent_id)
    assert client.get(new_url(paid, "total")).status_code == 200
    for url in (
        new_url(paid, "item:nonsense"), reverse("pay:dispute_new", args=[paid.run.plan_id, "2031-01", "total"]),
        reverse("pay:dispute_new", args=[paid.run.plan_id, "nonsense", "total"]), reverse("pay:dispute_new", args=[999_999, PERIOD, "total"]),
    ):  # fmt: skip
        assert (client.get(url).status_code, client.post(url, {"text": "x"}).status_code) == (404, 404)
    for username in ("manager", "payroll", "auditor", "admin", "quality"):
        assert sign_in(username).post(new_url(paid, "total"), {"text": "x"}).status_code == 403
    assert not Dispute.objects.exists()


def test_answered_once(asked: Dispute, sign_in: SignIn) -> None:
    office = User.objects.get(username="manager")
    actions_disputes.answer(asked, "No", accept=False, by=office)
    with pytest.raises(InputError):
        actions_disputes.answer(asked, "Yes", accept=True, by=office)
    asked.refresh_from_db()
    assert (asked.state, asked.answer, AuditEntry.objects.filter(action="pay.answered").count()) == ("refused", "No", 1)


def test_nobody_answers_the_own_question(asked: Dispute) -> None:
    own = User.objects.get(agent_id=asked.agent_id)
    User.objects.filter(pk=own.pk).update(role=Role.PAYROLL)
    own.refresh_from_db()
    with pytest.raises(InputError):
        actions_disputes.answer(asked, "Yes", accept=True, by=own)
    asked.refresh_from_db()
    assert asked.state == "open"


@pytest.mark.parametrize(
    ("username", "reads", "answers"),
    [
        ("payroll", 200, 422), ("manager", 200, 422), ("auditor", 200, 403), ("admin", 403, 403), ("quality", 403, 403), ("other", 403, 403),
        ("own", 200, 403),
    ],
)  # fmt: skip
def test_who_reads_and_who_answers(asked: Dispute, sign_in: SignIn, username: str, reads: int, answers: int) -> None:
    who = {"own": asked.agent_id, "other": somebody_else(asked.agent_id).username}.get(username, username)
    client = sign_in(who)
    assert client.get(reverse("pay:disputes")).status_code == 200
    assert len(client.get(reverse("pay:disputes")).context["rows"]) == (1 if reads == 200 else 0)
    assert client.get(reverse("pay:dispute", args=[asked.pk])).status_code == reads
    assert client.post(reverse("pay:answer", args=[asked.pk]), {"decision": "accept"}).status_code == answers
    if answers == 403:
        assert client.post(reverse("pay:answer", args=[asked.pk]), {"decision": "accept", "answer": "x"}).status_code == 403
    asked.refresh_from_db()
    assert (asked.state, AuditEntry.objects.filter(action="pay.answered").count()) == ("open", 0)


def test_a_leader_reads_the_own_team_where_allowed(asked: Dispute, sign_in: SignIn) -> None:
    leader = User.objects.filter(role=Role.LEADER)[0]
    team = AgentRow.objects.filter(agent_id=asked.agent_id).order_by("-valid_from")[0].team_id
    url = reverse("pay:dispute", args=[asked.pk])
    AgentRow.objects.filter(agent_id=leader.agent_id).update(team_id="elsewhere")
    assert sign_in(leader.username).get(url).status_code == 403
    AgentRow.objects.filter(agent_id=leader.agent_id).update(team_id=team)
    assert sign_in(leader.username).get(url).status_code == 200
    User.objects.filter(pk=leader.pk).update(sees_pay=False)
    assert sign_in(leader.username).get(url).status_code == 403


def test_overdue_questions_come_first_and_are_marked(asked: Dispute, paid: Result, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    by = User.objects.get(agent_id=paid.agent_id)
    monkeypatch.setenv("CHOT_TODAY", "2026-11-10")
    later = actions_disputes.ask(paid.run.plan, PERIOD, "total", "All of it", by=by)
    page = sign_in("payroll").get(reverse("pay:disputes"))
    assert [each.pk for each, _label in page.context["rows"]] == [asked.pk, later.pk]
    assert page.content.decode().count('class="tag bad"') == 1


def test_the_list_takes_the_same_queries_for_one_and_three_questions(asked: Dispute, paid: Result, sign_in: SignIn) -> None:
    client, by = sign_in("manager"), User.objects.get(agent_id=paid.agent_id)
    client.get(reverse("pay:disputes"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("pay:disputes"))
    for line in ("total", paid.lines[1]["id"]):
        actions_disputes.ask(paid.run.plan, PERIOD, line, "And this?", by=by)
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(reverse("pay:disputes")).context["rows"]) == 3
    assert len(one) == len(three)
