"""Off-boarding: everything that a leaver has in hand gets a successor, can come back, and nothing stays behind silently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.calls.models import AgentPhone, Callback
from chot.core import clock
from chot.core.errors import InputError
from chot.customers.models import Customer, Lead, Order, Task, Ticket
from chot.people import actions_handover as actions
from chot.people import actions_people, handover
from chot.people.models import AgentRow, AuditEntry, HandOver, Notification, Team, User
from chot.performance.models import Goal
from chot.switchboard.models_queues import AgentSkill

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def by(db: None) -> dict[str, Any]:
    return {"by": User.objects.get(username="manager"), "address": None}


@pytest.fixture
def leaver(db: None, by: dict[str, Any]) -> str:
    """A leader with one of everything in hand, a colleague, and what is none of this."""
    now, manager = clock.now(), by["by"]
    for agent, role in (("z1", "leader"), ("z2", "leader")):
        AgentRow.objects.create(agent_id=agent, name=f"Tên {agent}", team_id="t-z", plan_role="telesale", hired_on="2024-01-02", valid_from="2024-01-02")
        User.objects.create_user(agent, "long-enough-words", name=f"Tên {agent}", agent_id=agent, role=role)
    for owner in ("z1", "z1", "z2"):
        Customer.objects.create(customer_id=f"k{Customer.objects.count()}", name="Khách", owner=owner)
    for lead_id, stage in (("l-open", "contacted"), ("l-won", "won")):
        Lead.objects.create(lead_id=lead_id, agent_id="z1", assigned_at=now - timedelta(days=9), stage=stage, stage_at=now, best_stage=stage)
    for order_id, status in (("o-open", "confirmed"), ("o-done", "completed")):
        Order.objects.create(order_id=order_id, agent_id="z1", ordered_at=now, status=status, status_at=now, amount_vnd=1_000_000, quantity=1)
    Ticket.objects.create(ticket_id="p-open", agent_id="z1", opened_at=now, status="open")
    Ticket.objects.create(ticket_id="p-done", agent_id="z1", opened_at=now, done_at=now, status="done")
    Task.objects.create(agent_id="z1", title="gọi lại", due_at=now, made_by=manager, made_at=now)
    Callback.objects.create(agent_id="z1", number="+84912345678", due_at=now, made_at=now)
    Goal.objects.create(slug="z-goal", title="Mục tiêu", owner=User.objects.get(username="z1"))
    Team.objects.create(team_id="t-z", name="Nhóm Z", leader_id="z1")
    AgentPhone.objects.create(agent_id="z1", digest="x", given_at=now)
    AgentSkill.objects.create(agent_id="z1", skill="vip")
    return "z1"


EVERYTHING = {"customers": 2, "leads": 1, "orders": 1, "tickets": 1, "tasks": 1, "callbacks": 1, "goals": 1, "teams": 1}


def left() -> dict[str, int]:
    return handover.without_successor(handover.leaver_of("z1"))


def test_everything_goes_to_a_colleague_and_comes_back(sign_in: SignIn, leaver: str) -> None:
    manager = sign_in("manager")
    assert left() == EVERYTHING
    answer = manager.post(f"/people/last-day/{leaver}", {"last_day": "2026-11-30"})
    assert answer.headers["Location"] == "/people/hand-over/z1"
    page = manager.get("/people/hand-over/z1").content.decode()
    assert page.count('name="to_') == len(EVERYTHING) and '<option value="z1">' not in page
    assert manager.post("/people/close-account/z1", follow=True).content.decode().count("Khách hàng đang chăm sóc (2)") == 1
    assert User.objects.get(username="z1").is_active
    assert manager.post("/people/hand-over/z1", {"everything": "z2"}).status_code == 302
    assert left() == {}
    lead, order, task = Lead.objects.get(lead_id="l-open"), Order.objects.get(order_id="o-open"), Task.objects.get(title__contains="o-open")
    assert (lead.agent_id, lead.assigned_at.date(), order.agent_id, task.agent_id) == ("z2", clock.today(), "z1", "z2")
    assert set(Lead.objects.filter(agent_id="z1").values_list("lead_id", flat=True)) == {"l-won"}
    assert (Ticket.objects.get(ticket_id="p-done").agent_id, Ticket.objects.get(ticket_id="p-open").agent_id) == ("z1", "z2")
    team = Team.objects.get(team_id="t-z", valid_to=None)
    assert (team.leader_id, team.valid_from, Goal.objects.get(slug="z-goal").owner.username) == ("z2", date(2026, 12, 1), "z2")
    told = Notification.objects.get(kind="handover.received")
    assert (told.user.username, told.params["count"]) == ("z2", 9)
    entry = AuditEntry.objects.get(action="handover.given")
    assert entry.subject == "agent:z1" and entry.after["customers"] == {"to": "z2", "count": 2}
    made = HandOver.objects.get()
    assert manager.post(f"/people/hand-over/{made.pk}/undo").status_code == 302
    assert left() == EVERYTHING and not Task.objects.filter(title__contains="o-open").exists()
    with pytest.raises(InputError):
        actions.undo(made.pk, by=User.objects.get(username="manager"), address=None)


def test_a_row_that_went_on_does_not_come_back(leaver: str, by: dict[str, Any]) -> None:
    made = actions.give(leaver, {"tickets": "z2", "tasks": "z2"}, **by)
    assert made and {kind: len(each["ids"]) for kind, each in made.moved.items()} == {"tickets": 1, "tasks": 1}
    Ticket.objects.filter(ticket_id="p-open").update(agent_id="a02")
    assert actions.undo(made.pk, **by) == 1
    assert (Ticket.objects.get(ticket_id="p-open").agent_id, Task.objects.get().agent_id) == ("a02", "z1")
    assert actions.give(leaver, {"tickets": "z2"}, **by) is None  # nothing is left of it


@pytest.mark.parametrize("to", ["z1", "nobody", "gone"])
def test_who_cannot_take_it(leaver: str, by: dict[str, Any], to: str) -> None:
    AgentRow.objects.create(agent_id="gone", name="Đã nghỉ", team_id="t-z", left_on="2026-10-01")
    with pytest.raises(InputError):
        actions.give(leaver, {"customers": to, "tasks": "z2"}, **by)
    assert left() == EVERYTHING and not HandOver.objects.exists()


def test_the_account_closes_with_its_sessions_when_nothing_is_left(sign_in: SignIn, leaver: str, by: dict[str, Any]) -> None:
    agent = sign_in("z1")
    assert agent.get("/").status_code in (200, 302)
    actions.give(leaver, dict.fromkeys(EVERYTHING, "z2") | {"goals": User.objects.get(username="z2").pk}, **by)
    with pytest.raises(InputError):  # the last day is not noted
        actions.close(leaver, **by)
    actions_people.off_board(leaver, date(2026, 11, 30), **by)
    assert sign_in("manager").post("/people/close-account/z1").status_code == 302
    assert not User.objects.get(username="z1").is_active and agent.get("/").headers["Location"].startswith("/sign-in")
    assert not AgentPhone.objects.filter(agent_id="z1").exists() and not AgentSkill.objects.filter(agent_id="z1").exists()
    assert actions.close(leaver, **by) is False


def test_what_is_left_when_the_day_is_over_is_told_to_managers(leaver: str, by: dict[str, Any]) -> None:
    actions_people.off_board(leaver, date(2026, 11, 2), **by)
    told = Notification.objects.get(kind="handover.open", user=by["by"])
    assert (told.link, told.params["count"], User.objects.get(username="z1").is_active) == ("/people/hand-over/z1", sum(EVERYTHING.values()), False)
    assert "/people/hand-over/z1" in _page(by)


def _page(by: dict[str, Any]) -> str:
    client = Client()
    client.force_login(by["by"], backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/people/agents/z1").content.decode()


def test_the_page_asks_as_often_for_more_in_hand_and_more_before(sign_in: SignIn, leaver: str, by: dict[str, Any]) -> None:
    client, counts, shown = sign_in("manager"), [], []
    for more in (1, 2):
        for number in range(more):
            Ticket.objects.create(ticket_id=f"q-{more}-{number}", agent_id="z1", opened_at=clock.now(), status="open")
            Task.objects.create(agent_id="z1", title="thêm", due_at=clock.now(), made_by=by["by"], made_at=clock.now())
            actions.give(leaver, {"tickets": "z2"}, **by)
        client.get("/people/hand-over/z1")
        with CaptureQueriesContext(connection) as asked:
            shown.append(client.get("/people/hand-over/z1").content.decode().count("/undo"))
        counts.append(len(asked))
    assert shown == [1, 3] and counts[0] == counts[1]
