"""Requests about personal data: days by the law of the day, the file with everything, a deletion that leaves facts countable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from chot.calls.actions_outcomes import remind_of_callbacks
from chot.calls.models import Call, Callback, CallOutcome, OutcomeField, QueueTask
from chot.core.errors import InputError
from chot.customers import actions_merge, references
from chot.customers.actions_orders import Line, place
from chot.customers.actions_requests import answer, erase, receive
from chot.customers.actions_work import new_lead, new_task, open_ticket
from chot.customers.calling import may_call
from chot.customers.deadlines import due, extended
from chot.customers.models import Consent, Customer, CustomerAlias, CustomerPhone, DataRequest, DoNotCall, Merge, Note, Order, Ticket
from chot.customers.models_contact import Purpose
from chot.customers.queries import Asked, customer_of, listed
from chot.customers.reminders import remind_of_requests
from chot.people.models import AuditEntry, Notification, User
from chot.recordings.models import Recording

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
AT = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.get(username="manager")


@pytest.mark.parametrize(
    ("kind", "day", "acknowledge", "done", "later"),
    [
        ("access", date(2026, 11, 2), date(2026, 11, 4), date(2026, 11, 12), None),
        ("correct", date(2026, 11, 7), date(2026, 11, 10), date(2026, 11, 17), None),  # a Saturday; Sunday is no working day
        ("withdraw", date(2026, 11, 2), date(2026, 11, 4), date(2026, 11, 17), date(2026, 12, 2)),
        ("delete", date(2026, 11, 2), date(2026, 11, 4), date(2026, 11, 22), None),
        ("access", date(2025, 12, 31), date(2026, 1, 2), date(2026, 1, 3), None),  # the decree before it
    ],
)
def test_the_day_of_the_request_says_which_law_holds(
    db: None, kind: str, day: date, acknowledge: date, done: date, later: date | None
) -> None:
    assert (due(kind, day), extended(kind, day)) == ((acknowledge, done), later)


def full(customer: Make, manager: User) -> Customer:
    by: dict[str, Any] = {"by": manager, "address": None}
    made = customer("Lê Kín Đáo", phone="+84987650001", email="kin@example.com", customer_id="c1", address="1 Phố Huế", fields={"x": "bí mật"})
    other = customer("Lê Kín", phone="+84987650002", customer_id="c0")
    actions_merge.merge(made.pk, other.pk, **by)
    Note.objects.create(customer=made, text="ghi chú bí mật", at=AT)
    Consent.objects.create(customer=made, purpose="care", given=True, at=AT, how="call", proof="giấy bí mật", noted_at=AT)
    DoNotCall.objects.create(phone="+84987650001", reason="bí mật", noted_at=AT)
    for place_, customer_id in enumerate(("c1", "c0", "+84987650002")):
        Call.objects.create(call_id=f"k{place_}", customer_id=customer_id, direction="in", outcome="answered", started_at=AT)
    new_lead(made, "a02", "tiêu đề bí mật", "", **by)
    open_ticket(made, "a02", "phiếu bí mật", "chi tiết bí mật", None, **by)
    place(made, "a02", [Line(product="Gói Vàng", quantity=1, price_vnd=100)], **by)
    return made


def test_access_gives_everything(sign_in: Callable[[str], Client], customer: Make, manager: User) -> None:
    made = full(customer, manager)
    field = OutcomeField.objects.create(label="Nhu cầu")
    CallOutcome.objects.create(call_id="k1", agent_id="a02", note="hỏi giá", values={str(field.pk): "xe"})
    Callback.objects.create(agent_id="a02", number="+84987650002", call_id="k2", note="gọi lại", due_at=AT, made_at=AT)
    QueueTask.objects.create(call_id="k0", kind="message", customer_id="c1", left_at=AT, message_s=7)
    Recording.objects.create(call_id="k1", started_at=AT, noted_at=AT, state="kept", duration_ms=61_000)
    Recording.objects.create(call_id="k2", started_at=AT, noted_at=AT, state="gone")
    asked = receive(made, "access", AT, "thư", "", by=manager, address=None)
    client = sign_in("manager")
    found = json.loads(client.get(f"/data-requests/{asked.pk}/file/json").content)
    assert found["customer"][0]["email"] == "kin@example.com" and found["customer"][0]["fields"] == {"x": "bí mật"}
    assert {row["phone"] for row in found["phones"]} == {"+84987650001", "+84987650002"}
    assert {row["call_id"] for row in found["calls"]} == {"k0", "k1", "k2"}
    assert [len(found[name]) for name in ("notes", "consents", "do_not_call", "leads", "tickets", "orders", "surveys")] == [1, 1, 1, 1, 1, 1, 0]
    assert [(row["product"], row["quantity"], row["price_vnd"]) for row in found["order_items"]] == [("Gói Vàng", 1, 100)]
    assert [(row["customer_id"], row["name"], row["phone"]) for row in found["merged"]] == [("c0", "Lê Kín", "+84987650002")]
    assert [(row["call_id"], row["note"], row["values"]) for row in found["call_notes"]] == [("k1", "hỏi giá", {"Nhu cầu": "xe"})]
    assert [(row["number"], row["note"]) for row in found["callbacks"]] == [("+84987650002", "gọi lại")]
    assert [(row["call_id"], row["message_s"]) for row in found["messages"]] == [("k0", 7)]
    assert [(row["call_id"], row["duration_ms"]) for row in found["recordings"]] == [("k1", 61_000)]
    assert client.get(f"/data-requests/{asked.pk}/file/xlsx").status_code == 200
    assert AuditEntry.objects.filter(action="data_request.file").count() == 2
    assert sign_in("auditor").get(f"/data-requests/{asked.pk}/file/json").status_code == 403


def test_deletion_forgets_who_it_was_and_facts_stay_countable(
    sign_in: Callable[[str], Client], customer: Make, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = full(customer, manager)
    asked = receive(made, "delete", AT, "email của khách", "xóa giúp tôi", by=manager, address=None)
    told: list[list[str]] = []
    monkeypatch.setitem(references._ERASERS, "recordings", lambda ids: told.append(sorted(ids)) or 2)
    client = sign_in("manager")
    assert client.post(f"/data-requests/{asked.pk}", {"does": "done", "answer": ""}).status_code == 422
    assert not told
    client.post(f"/data-requests/{asked.pk}", {"does": "done", "answer": "Đã xóa"})
    assert told == [["+84987650001", "+84987650002", "c0", "c1"]]
    made.refresh_from_db()
    pseudonym = made.customer_id
    assert pseudonym.startswith("xoa-") and made.erased_at is not None
    assert (made.name, made.phone, made.email, made.address, made.fields) == ("Khách hàng đã xóa", "", "", "", {})
    assert set(Call.objects.filter(call_id__in=["k0", "k1", "k2"]).values_list("customer_id", flat=True)) == {pseudonym}
    order, ticket = Order.objects.get(customer_id=pseudonym), Ticket.objects.get(customer_id=pseudonym)
    assert (order.amount_vnd, order.agent_id, ticket.title, ticket.details) == (100, "a02", "", "")
    for rows in (CustomerPhone, CustomerAlias, Note, Merge):
        assert not rows.objects.exists(), rows
    assert (Consent.objects.get().proof, DoNotCall.objects.get().reason) == ("", "")
    assert customer_of("c0") is None and listed(Asked(q="kin dao")).rows == []
    asked.refresh_from_db()
    assert (asked.state, asked.text, asked.received_by, asked.answer) == ("done", "", "", "Đã xóa")
    entry = AuditEntry.objects.get(action="customer.erased")
    assert entry.after and entry.after["calls.Call"] == 3 and entry.after["recordings"] == 2
    everything = json.dumps([[entry.before, entry.after] for entry in AuditEntry.objects.filter(subject=f"customer:{made.pk}")])
    assert "kin@" not in everything and "98765" not in everything
    assert "Kín" not in client.get(f"/customers/{made.pk}").content.decode()
    assert client.post(f"/customers/{made.pk}/notes", {"text": "x"}).status_code == 404


def test_a_request_is_acknowledged_put_off_once_and_answered_once(sign_in: Callable[[str], Client], customer: Make) -> None:
    made, client = customer("A"), sign_in("manager")
    given = {"kind": "withdraw", "received_at": "2026-11-02T08:00", "received_by": "cuộc gọi", "text": ""}
    assert client.post(f"/customers/{made.pk}/data-request", {**given, "received_at": "2026-11-09T08:00"}).status_code == 422
    page = str(client.post(f"/customers/{made.pk}/data-request", given).headers["Location"])
    for does in ("acknowledge", "put_off", "put_off"):
        client.post(page, {"does": does})
    asked = DataRequest.objects.get()
    assert (asked.due_on, asked.extended, asked.acknowledged_at is not None) == (date(2026, 12, 2), True, True)
    assert sign_in("auditor").post(page, {"does": "refused", "answer": "x"}).status_code == 404
    client.post(page, {"does": "refused", "answer": "Không phải khách hàng"})
    client.post(page, {"does": "done", "answer": "lần hai"})
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("refused", "Không phải khách hàng")
    assert "Không phải khách hàng" in sign_in("auditor").get(page).content.decode()


def test_an_open_request_stands_on_the_customers_page(sign_in: Callable[[str], Client], customer: Make) -> None:
    made, agent = customer("A"), sign_in("a02")
    given = {"kind": "delete", "received_at": "2026-11-02T08:00", "received_by": "cuộc gọi", "text": ""}
    noted = agent.post(f"/customers/{made.pk}/data-request", given, follow=True).content.decode()
    asked = DataRequest.objects.get()
    assert "Đã ghi nhận. Quản lý trả lời khách chậm nhất ngày 22/11/2026." in noted
    pages = [client.get(f"/customers/{made.pk}").content.decode() for client in (agent, sign_in("manager"))]
    assert ["hạn trả lời 22/11/2026" in page for page in pages] == [True, True]
    assert [f'href="/data-requests/{asked.pk}"' in page for page in pages] == [False, True]
    answer(asked.pk, "refused", "x", by=User.objects.get(username="manager"), address=None)
    assert "hạn trả lời" not in agent.get(f"/customers/{made.pk}").content.decode()


def test_a_withdrawal_that_is_done_stands_in_the_ledger(sign_in: Callable[[str], Client], customer: Make, manager: User) -> None:
    made, client = customer("A", phone="+84987650001"), sign_in("manager")
    for purpose, channel in (("advertising", ""), ("care", "call"), ("recording", "call")):
        Consent.objects.create(customer=made, purpose=purpose, channel=channel, given=True, at=AT - timedelta(days=9), how="form", proof="p", noted_at=AT)
    asked = receive(made, "withdraw", AT, "thư", "Đừng quảng cáo nữa", by=manager, address=None)
    page = client.get(f"/data-requests/{asked.pk}").content.decode()
    assert [each for each in Purpose.values if re.search(f'value="{each}"[^>]* checked', page)] == ["advertising", "care", "recording"]
    assert client.post(f"/data-requests/{asked.pk}", {"does": "done", "answer": "Xong"}).status_code == 422
    with pytest.raises(InputError):
        answer(asked.pk, "done", "Xong", by=manager, address=None)
    assert (Consent.objects.count(), may_call(number=made.phone, purpose="advertising", customer=made)) == (3, None)
    given = {"does": "done", "answer": "Xong", "purposes": ["advertising", "recording"]}
    assert client.post(f"/data-requests/{asked.pk}", given).status_code == 302
    refusal = may_call(number=made.phone, purpose="advertising", customer=made)
    assert refusal is not None and refusal.code == "refused" and may_call(number=made.phone, purpose="care", customer=made) is None
    lines = Consent.objects.filter(given=False).order_by("purpose").values_list("purpose", "channel", "at", "proof", "wording", "noted_by__username")
    kept = ("", AT, f"Yêu cầu về dữ liệu cá nhân {asked.pk}", "Đừng quảng cáo nữa", "manager")
    assert list(lines) == [("advertising", *kept), ("recording", *kept)]


def test_what_people_were_told_of_a_customer_goes_with_the_data(customer: Make, manager: User) -> None:
    made, other, agent = customer("Lê Kín"), customer("Trần Mở"), User.objects.get(agent_id="a02")
    for each in (made, other):
        new_task("a02", f"Gọi {each.name}", AT, each, by=manager)
        new_lead(each, "a02", f"Bán cho {each.name}", "", by=manager, address=None)
        now = datetime.now(UTC)
        Callback.objects.create(agent_id="a02", number="+84912345610", customer_id=each.customer_id, due_at=now - timedelta(days=30), made_at=now)
    assert remind_of_callbacks() == 2
    def told(name: str) -> int:
        return sum(name in str(row.params) for row in Notification.objects.filter(user=agent))

    assert (told("Lê Kín"), told("Trần Mở")) == (3, 3)
    erase(made.pk, by=manager, address=None)
    assert (told("Lê Kín"), told("Trần Mở")) == (0, 3)


@pytest.mark.parametrize(
    ("due_on", "acknowledged", "kinds"),
    [
        (date(2026, 11, 9), True, []),
        (date(2026, 11, 8), True, ["data_request.due"]),
        (date(2026, 11, 3), True, ["data_request.due"]),
        (date(2026, 11, 2), True, ["data_request.late"]),
        (date(2026, 11, 20), False, ["data_request.unanswered"]),
    ],
)
def test_managers_are_told_of_a_request_whose_day_comes_near_once(
    customer: Make, manager: User, due_on: date, acknowledged: bool, kinds: list[str]
) -> None:
    asked = receive(customer("A"), "access", AT, "thư", "", by=manager, address=None)
    DataRequest.objects.filter(pk=asked.pk).update(due_on=due_on, acknowledge_by=date(2026, 11, 3), acknowledged_at=AT if acknowledged else None)
    assert (remind_of_requests(), remind_of_requests()) == (len(kinds), 0)
    told = Notification.objects.filter(link=f"/data-requests/{asked.pk}")
    assert [(row.kind, row.user.username) for row in told] == [(kind, "manager") for kind in kinds]
