"""Recordings go when their time is over, and with a customer's data."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from chot.customers.actions_requests import erase
from chot.customers.models import Customer, DataRequest, Order
from chot.people.models import AuditEntry, User
from chot.recordings import actions, actions_delete, actions_retention, storage
from chot.recordings.models import Recording
from tests.web.recordings.conftest import BEGAN

pytestmark = pytest.mark.django_db
Kept = Callable[..., Recording]


def manager() -> User:
    return User.objects.filter(role="manager")[0]


def test_what_is_over_goes_at_night_and_held_ones_stay(kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    over, held = kept("c1"), kept("c2")
    actions.classify(held.pk, "held", by=manager(), address=None)
    monkeypatch.setenv("CHOT_TODAY", "2027-05-02")
    assert actions_delete.purge_due() == 0
    monkeypatch.setenv("CHOT_TODAY", "2027-05-03")
    assert (actions_delete.purge_due(), actions_delete.purge_due()) == (1, 0)
    place = tmp_path / "recordings" / over.path
    assert place.exists()
    assert (actions_delete.remove_files(), actions_delete.remove_files()) == (1, 0)
    assert not place.exists()
    row = Recording.objects.get(call_id="c1")
    assert (row.state, row.sealed_key, bytes(row.peaks), row.path) == ("gone", "", b"", "")
    assert Recording.objects.get(call_id="c2").state == "kept"
    assert [each.before for each in AuditEntry.objects.filter(action="recording.purged")] == [{"calls": ["c1"]}]


def test_a_rule_counts_the_recordings_that_are_there_anew(kept: Kept, sign_in: Callable[[str], Client]) -> None:
    kept("c1")
    sign_in("manager").post("/recordings/retention", {"retention": "standard", "since": "2026-11-01", "days": "10"})
    assert Recording.objects.get().delete_after == date(2026, 11, 13)
    sign_in("manager").post("/recordings/retention", {"retention": "standard", "since": "2026-11-04", "days": "1"})
    assert Recording.objects.get().delete_after == date(2026, 11, 13)
    auditor = User.objects.filter(role="auditor", is_active=True)[0]
    assert sign_in(auditor.username).post("/recordings/retention", {"retention": "standard", "since": "2026-11-01", "days": "1"}).status_code == 403


def test_a_call_with_an_order_is_kept_as_one_unless_somebody_chose_otherwise(kept: Kept, sign_in: Callable[[str], Client]) -> None:
    for order, call, status in (("o1", "early", "pending"), ("o2", "void", "cancelled")):
        Order.objects.create(order_id=order, agent_id="a02", call_id=call, status=status, ordered_at=BEGAN)
    for call in ("early", "late", "chosen", "void", "plain"):
        kept(call)
    for order, call in (("o3", "late"), ("o4", "chosen"), ("o5", "")):
        Order.objects.create(order_id=order, agent_id="a02", call_id=call, status="pending", ordered_at=BEGAN)
    sign_in("manager").post("/recordings/chosen/retention", {"retention": "standard"})
    classes = dict.fromkeys(("late", "chosen", "void", "plain"), ("standard", date(2027, 5, 2))) | {"early": ("sale", date(2028, 11, 2))}
    found = Recording.objects.values_list("call_id", "retention", "delete_after")
    assert {call: (retention, day) for call, retention, day in found} == classes
    assert (actions_retention.classify_sales(), actions_retention.classify_sales()) == (1, 0)
    assert {call: (retention, day) for call, retention, day in found.all()} == classes | {"late": ("sale", date(2028, 11, 2))}
    told = AuditEntry.objects.filter(action="recording.classified").order_by("pk").values_list("subject", "after")
    assert list(told) == [
        ("recording:chosen", {"retention": "standard"}), ("recordings:2026-11-03", {"retention": "sale", "calls": ["late"]})
    ]  # fmt: skip


def test_a_customers_recordings_go_with_the_data(kept: Kept, sign_in: Callable[[str], Client]) -> None:
    customer = Customer.objects.create(customer_id="K-17", name="Nguyễn Lan", phone="+84987654321")
    kept("c1", customer="K-17")
    kept("c2", customer="K-18")
    actions.comment(Recording.objects.get(call_id="c1"), 1, "Chị Lan", by=manager(), address=None)
    assert erase(customer.pk, by=manager(), address=None)["recordings"] == 1
    assert dict(Recording.objects.values_list("call_id", "state")) == {"c1": "gone", "c2": "kept"}
    assert not Recording.objects.get(call_id="c1").comments.exists()
    client = sign_in("manager")
    assert client.get("/recordings/c1").status_code == 200
    assert client.get("/recordings/c1/sound").status_code == 404


def test_requests_go_from_the_customers_page_to_the_disk(kept: Kept, sign_in: Callable[[str], Client]) -> None:
    """Access, correction and deletion, each noted, answered and in the trail; the recording's sound is gone from the disk."""
    customer, client = Customer.objects.create(customer_id="K-17", name="Nguyễn Lam", phone="+84987654321"), sign_in("manager")
    kept("c1", customer="K-17")
    kept("c2", customer="K-18")
    sound, other = (storage.folder() / row.path for row in Recording.objects.order_by("call_id"))
    assert sound.exists() and other.exists()

    def ask(kind: str) -> str:
        given = {"kind": kind, "received_at": "2026-11-02T10:00", "received_by": "thư", "text": ""}
        assert client.post(f"/customers/{customer.pk}/data-request", given).status_code == 302
        return f"/data-requests/{DataRequest.objects.get(kind=kind).pk}"

    access = ask("access")
    found = json.loads(client.get(f"{access}/file/json").content)
    assert [row["name"] for row in found["customer"]] == ["Nguyễn Lam"] and [row["call_id"] for row in found["calls"]] == ["c1"]
    client.post(access, {"does": "done", "answer": "Đã gửi"})
    correct = ask("correct")
    changed = {"name": "Nguyễn Lan", "phone": "0987654321", "owner": "", "source": ""}
    assert client.post(f"/customers/{customer.pk}/edit", changed).status_code == 302
    client.post(correct, {"does": "done", "answer": "Đã sửa"})
    customer.refresh_from_db()
    assert customer.name == "Nguyễn Lan"
    client.post(ask("delete"), {"does": "done", "answer": "Đã xóa"})
    assert dict(Recording.objects.values_list("call_id", "state")) == {"c1": "gone", "c2": "kept"}
    assert actions_delete.remove_files() == 1
    assert not sound.exists() and other.exists()
    assert client.get("/recordings/c1/sound").status_code == 404
    assert set(DataRequest.objects.values_list("kind", "state")) == {(kind, "done") for kind in ("access", "correct", "delete")}
    trail = AuditEntry.objects.filter(action__in=("data_request.file", "customer.erased")).order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["data_request.file", "customer.erased"]
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("Khách hàng đã xóa", "")
