"""Leads, orders, tickets and tasks: what the facts hold after each step, and whose steps they are."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from chot.calls.models import Call, OpenCall
from chot.core import clock
from chot.core.errors import InputError
from chot.customers import actions_orders, actions_work
from chot.customers.actions_orders import Line
from chot.customers.models import Customer, Lead, Order, Task, Ticket
from chot.people.models import AuditEntry, Notification, User
from chot.people.queries import team_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
AT = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.get(username="manager")


def agents(count: int) -> list[User]:
    return list(User.objects.filter(role="agent").order_by("pk")[:count])


def by(user: User) -> dict[str, Any]:
    return {"by": user, "address": None}


def test_a_lead_remembers_how_far_it_came(customer: Make, manager: User) -> None:
    lead = actions_work.new_lead(customer("A", customer_id="c1"), "a02", "Gói Vàng", "Facebook", **by(manager))
    assert (lead.customer_id, lead.stage, lead.best_stage, lead.stage_at) == ("c1", "new", "new", lead.assigned_at)
    seen = []
    for stage in ("interested", "contacted", "lost", "won", "lost"):
        moved = actions_work.move_lead(lead.pk, stage, **by(manager))
        seen.append((moved.stage, moved.best_stage))
    assert seen == [("interested", "interested"), ("contacted", "interested"), ("lost", "interested"), ("won", "won"), ("lost", "won")]
    before = Lead.objects.get(pk=lead.pk).stage_at
    assert actions_work.move_lead(lead.pk, "lost", **by(manager)).stage_at == before
    with pytest.raises(InputError, match=r"meantime|vừa thay đổi"):
        actions_work.move_lead(lead.pk, "won", was="new", **by(manager))
    assert Lead.objects.get(pk=lead.pk).stage == "lost"
    assert AuditEntry.objects.filter(action="lead.moved", subject=f"lead:{lead.lead_id}").count() == 5


def test_an_imported_lead_without_a_best_stage_keeps_its_stage(manager: User) -> None:
    lead = Lead.objects.create(lead_id="x", agent_id="a02", assigned_at=AT, stage="trial")
    assert actions_work.move_lead(lead.pk, "lost", **by(manager)).best_stage == "trial"


def test_leads_are_moved_by_whose_they_are(
    sign_in: Callable[[str], Client], customer: Make, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = agents(2)
    lead = actions_work.new_lead(customer("A"), one.agent_id, "x", "", **by(manager))
    assert Notification.objects.filter(user=one, kind="work.given", link=f"/leads/{lead.pk}").count() == 1
    move = f"/leads/{lead.pk}/move"
    assert sign_in(other.username).post(move, {"stage": "won"}).status_code == 403
    assert sign_in(other.username).get(f"/leads/{lead.pk}").status_code == 403
    assert sign_in("quality").get(f"/leads/{lead.pk}").status_code == 200
    assert sign_in(one.username).post(move, {"stage": "won", "was": "new", "next": "//evil.example"}).headers["Location"] == "/leads"
    assert sign_in(one.username).post(move, {"stage": "nonsense"}).status_code == 302
    assert sign_in(one.username).post(f"/leads/{lead.pk}/give", {"agent_id": other.agent_id}).status_code == 403
    assert Lead.objects.get(pk=lead.pk).stage == "won"
    leader = next(user for user in User.objects.filter(role="leader") if team_of(user.agent_id) == team_of(one.agent_id))
    assert sign_in(leader.username).get(f"/leads/{lead.pk}").status_code == 200
    monkeypatch.setenv("CHOT_TODAY", "2026-11-04")
    sign_in("manager").post(f"/leads/{lead.pk}/give", {"agent_id": other.agent_id})
    given = Lead.objects.get(pk=lead.pk)
    assert given.agent_id == other.agent_id and given.assigned_at > lead.assigned_at


def test_many_leads_are_given_at_once(sign_in: Callable[[str], Client], customer: Make, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = next(user for user in User.objects.filter(role="leader") if team_of(user.agent_id))
    team = [user for user in User.objects.filter(role="agent", is_active=True).order_by("pk") if team_of(user.agent_id) == team_of(leader.agent_id)]
    other = next(user for user in agents(99) if team_of(user.agent_id) not in ("", team_of(leader.agent_id)))
    Lead.objects.all().delete()
    made = [actions_work.new_lead(customer(f"K{n}"), team[0].agent_id, "", "", **by(manager)) for n in range(4)]
    foreign, client = actions_work.new_lead(customer("N"), other.agent_id, "", "", **by(manager)), sign_in(leader.username)
    monkeypatch.setenv("CHOT_TODAY", "2026-11-04")
    keys = [str(lead.pk) for lead in (*made[:2], foreign)]
    assert sign_in(team[0].username).post("/leads/give", {"key": keys, "to": team[1].agent_id}).status_code == 403
    client.post("/leads/give", {"key": keys, "to": other.agent_id})  # of another team: nobody of theirs may be chosen
    assert set(Lead.objects.exclude(pk=foreign.pk).values_list("agent_id", flat=True)) == {team[0].agent_id}
    client.post("/leads/give", {"key": keys, "to": team[1].agent_id})
    found = {lead.pk: lead for lead in Lead.objects.all()}
    assert [found[lead.pk].agent_id for lead in made] == [team[1].agent_id] * 2 + [team[0].agent_id] * 2
    assert found[foreign.pk].agent_id == other.agent_id, "a leader gives what the own team has"
    assert [found[lead.pk].assigned_at > lead.assigned_at for lead in made] == [True, True, False, False]
    entry = AuditEntry.objects.filter(action="lead.given").latest("pk")
    assert (entry.before, entry.after) == (
        {lead.lead_id: team[0].agent_id for lead in made[:2]}, {team[1].agent_id: [lead.lead_id for lead in made[:2]]},
    )  # fmt: skip
    told = Notification.objects.get(kind="leads.given")
    assert (told.user, told.params["count"]) == (team[1], 2)
    sign_in("manager").post(f"/leads/give?whose={team[0].agent_id}&stage=new", {"all": "1", "to": other.agent_id})
    assert Lead.objects.filter(agent_id=other.agent_id).count() == 3 and Lead.objects.filter(agent_id=team[1].agent_id).count() == 2
    sign_in("manager").post("/leads/give", {"all": "1", "to": "spread"})
    assert len(set(Lead.objects.values_list("agent_id", flat=True))) == 5


def test_lists_are_taken_along_as_they_are_filtered(sign_in: Callable[[str], Client], customer: Make, manager: User) -> None:
    for rows in (Lead, Order, Ticket):
        rows.objects.all().delete()
    made, client = customer("Lê An", customer_id="c1"), sign_in("manager")
    actions_work.new_lead(made, "a02", "=Gói Vàng", "hội chợ", **by(manager))
    order = actions_orders.place(made, "a02", [Line(product="Gói Vàng", quantity=2, price_vnd=100)], call_id="k1", **by(manager))
    Order.objects.filter(pk=actions_orders.place(None, "a02", [Line(product="x", quantity=1, price_vnd=1)], **by(manager)).pk).update(
        customer_id="+84912345678", status="cancelled"
    )
    actions_work.open_ticket(made, "a02", "Đổi hàng", "", AT, **by(manager))

    def lines(address: str) -> list[list[str]]:
        return [row[:8] for row in csv.reader(client.get(address).content.decode("utf-8-sig").splitlines())][1:]

    (lead,) = lines("/leads/export/csv?stage=new")
    assert (lead[0], lead[1], lead[3], lead[4], lead[5]) == ("c1", "Lê An", "'=Gói Vàng", "hội chợ", "Mới")
    assert lines("/leads/export/csv?stage=won") == []
    assert lines("/orders/export/csv?status=pending")[0][:7] == ["c1", "Lê An", order.order_id, "Gói Vàng", "2", "200", "Chờ xác nhận"]
    assert [row[0] for row in lines("/orders/export/csv")] == ["091••••678", "c1"]
    assert [row[3] for row in lines("/tickets/export/csv?state=late")] == ["Đổi hàng"] and lines("/tickets/export/csv?state=done") == []
    book = load_workbook(BytesIO(client.get("/orders/export/xlsx?status=pending").content))
    assert [cell.value for cell in book.worksheets[0][2]][4:6] == [2, 200]
    assert sign_in(agents(1)[0].username).get("/orders/export/csv").status_code == 403
    told = AuditEntry.objects.filter(action="orders.exported").order_by("pk").values_list("after", flat=True)
    assert list(told) == [{"rows": 1, "filter": ["status"]}, {"rows": 2, "filter": []}, {"rows": 1, "filter": ["status"]}]


def test_an_order_is_the_sum_of_its_lines(sign_in: Callable[[str], Client], customer: Make, manager: User) -> None:
    seller = agents(1)[0]
    made, client = customer("A", customer_id="c1"), sign_in(seller.username)
    lines = {"product_0": "Gói Vàng", "quantity_0": "2", "price_0": "1.200.000", "product_2": "Phí giao", "price_2": "30000"}
    assert client.post(f"/customers/{made.pk}/orders/new", {"agent_id": seller.agent_id, "call": "call-9", **lines}).status_code == 302
    order = Order.objects.get(customer_id="c1")
    assert (order.amount_vnd, order.quantity, order.product) == (2_430_000, 3, "Gói Vàng, Phí giao")
    assert (order.status, order.status_at, order.call_id, order.agent_id) == ("pending", order.ordered_at, "call-9", seller.agent_id)
    refused = client.post(f"/customers/{made.pk}/orders/new", {"agent_id": seller.agent_id, "product_0": "x"})
    assert refused.status_code == 422 and Order.objects.count() == 1
    foreign = client.post(f"/customers/{made.pk}/orders/new", {"agent_id": "somebody", **lines})
    assert foreign.status_code == 422 and Order.objects.count() == 1
    client.post(f"/orders/{order.pk}/edit", {"agent_id": seller.agent_id, "product_0": "Gói Bạc", "quantity_0": "1", "price_0": "900000"})
    order.refresh_from_db()
    assert (order.amount_vnd, order.quantity, [item.product for item in order.items.all()]) == (900_000, 1, ["Gói Bạc"])


def test_an_order_names_the_call_that_it_comes_from(sign_in: Callable[[str], Client], customer: Make) -> None:
    """The call that goes on with the customer, else the one just now; the agent says when it is another story."""
    seller, other = agents(2)
    made, client, now = customer("A", customer_id="c1", phone="+84912345678"), sign_in(seller.username), clock.now()
    new, lines = f"/customers/{made.pk}/orders/new", {"agent_id": seller.agent_id, "product_0": "x", "quantity_0": "1", "price_0": "1000"}

    def offered() -> list[str]:
        return re.findall(r'name="call" value="([^"]+)" checked', client.get(new).content.decode())

    def called(call_id: str, whose: str, outcome: str, minutes_ago: int) -> None:
        ended = now - timedelta(minutes=minutes_ago)
        began = ended - timedelta(minutes=30)
        Call.objects.create(
            call_id=call_id, agent_id=whose, customer_id="c1", direction="out", outcome=outcome, started_at=began,
            answered_at=began if outcome == "answered" else None, ended_at=ended,
        )  # fmt: skip

    called("long-ago", seller.agent_id, "answered", 61)
    called("missed", seller.agent_id, "no_answer", 1)
    called("others", other.agent_id, "answered", 1)
    assert offered() == []
    called("just-now", seller.agent_id, "answered", 59)
    assert offered() == ["just-now"]
    OpenCall.objects.create(
        call_id="goes-on", node="n1", direction="in", number="+84912345678", agents=[seller.agent_id], started_at=now, answered_at=now, changed_at=now
    )
    assert offered() == ["goes-on"]
    assert 'name="call" value="goes-on">' in client.post(new, {**lines, "price_0": "?"}).content.decode(), "what was unticked stays so"
    client.post(new, {**lines, "call": "goes-on"})
    client.post(new, lines)
    assert list(Order.objects.filter(customer_id="c1").order_by("pk").values_list("call_id", flat=True)) == ["goes-on", ""]


def test_an_order_goes_only_where_its_status_leads(customer: Make, manager: User) -> None:
    seller = agents(1)[0]
    order = actions_orders.place(customer("A"), seller.agent_id, [Line(product="x", quantity=1, price_vnd=5)], **by(seller))
    with pytest.raises(InputError):
        actions_orders.lead_to(order.pk, "completed", **by(manager))
    assert actions_orders.lead_to(order.pk, "confirmed", **by(seller)).status == "confirmed"
    with pytest.raises(InputError):
        actions_orders.lead_to(order.pk, "completed", **by(seller))  # what is delivered is not said by whom it pays
    with pytest.raises(InputError):
        actions_orders.change_lines(order.pk, [Line(product="x", quantity=9, price_vnd=5)], **by(seller))
    assert actions_orders.lead_to(order.pk, "completed", **by(manager)).status == "completed"
    assert actions_orders.lead_to(order.pk, "returned", **by(manager)).amount_vnd == 5
    with pytest.raises(InputError):
        actions_orders.lead_to(order.pk, "confirmed", **by(manager))


def test_a_ticket_that_was_reopened_stays_marked(sign_in: Callable[[str], Client], customer: Make, manager: User) -> None:
    one = agents(1)[0]
    made, client = customer("A", customer_id="c1"), sign_in(one.username)
    given = {"agent_id": one.agent_id, "title": "Đổi hàng", "details": "", "due_at": "2026-11-02T17:00"}
    client.post(f"/customers/{made.pk}/tickets/new", given)
    ticket = Ticket.objects.get(customer_id="c1")
    assert (ticket.status, ticket.done_at, ticket.reopened, ticket.title) == ("open", None, False, "Đổi hàng")
    assert ticket.due_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert "Đổi hàng" in client.get("/tickets?state=late").content.decode()
    for does, wanted in (("done", ("done", True, False)), ("open", ("open", False, True)), ("done", ("done", True, True))):
        client.post(f"/tickets/{ticket.pk}/settle", {"status": does})
        ticket.refresh_from_db()
        assert (ticket.status, ticket.done_at is not None, ticket.reopened) == wanted
    done_at = ticket.done_at
    client.post(f"/tickets/{ticket.pk}/settle", {"status": "done"})
    ticket.refresh_from_db()
    assert ticket.done_at == done_at
    assert "Đổi hàng" not in client.get("/tickets?state=late").content.decode()
    assert sign_in("auditor").post(f"/tickets/{ticket.pk}", {**given, "title": "x"}).status_code == 403


def test_tasks_are_ticked_by_whose_they_are(sign_in: Callable[[str], Client], customer: Make) -> None:
    one, other = agents(2)
    made = customer("A")
    given = {"agent_id": one.agent_id, "title": "Gọi lại", "due_at": "2026-11-03T09:00", "customer": made.pk}
    assert sign_in(one.username).post("/tasks", given).headers["Location"] == f"/customers/{made.pk}"
    task = Task.objects.get()
    assert task.customer == made and "Gọi lại" in sign_in(one.username).get("/tasks").content.decode()
    assert "Gọi lại" not in sign_in(other.username).get("/tasks?whose=").content.decode()
    assert sign_in(other.username).post(f"/tasks/{task.pk}/tick", {"done": "1"}).status_code == 403
    sign_in(one.username).post(f"/tasks/{task.pk}/tick", {"done": "1"})
    assert Task.objects.get().done_at is not None
    assert sign_in("auditor").post("/tasks", given).status_code == 403 and Task.objects.count() == 1


@pytest.mark.parametrize("address", ["/leads", "/leads?as=list", "/orders", "/tickets?state=", "/tasks?whose="])
def test_lists_ask_as_often_for_one_as_for_three(
    sign_in: Callable[[str], Client], customer: Make, manager: User, address: str
) -> None:
    client, counts = sign_in("manager"), []
    for rows in (Lead, Order, Ticket, Task):
        rows.objects.all().delete()
    for wanted in (1, 3):
        while Task.objects.count() < wanted:
            made = customer(f"Khách {Task.objects.count()}")
            actions_work.new_lead(made, "a02", "dòng", "", **by(manager))
            actions_orders.place(made, "a02", [Line(product="dòng", quantity=1, price_vnd=1)], **by(manager))
            actions_work.open_ticket(made, "a02", "dòng", "", None, **by(manager))
            actions_work.new_task("a02", "dòng", clock.now(), made, by=manager)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).content.decode().count("Khách ") >= wanted
        counts.append(len(asked))
    assert counts[0] == counts[1]
