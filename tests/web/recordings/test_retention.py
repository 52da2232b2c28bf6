"""Recordings go when their time is over, and with a customer's data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from chot.customers.actions_requests import erase
from chot.customers.models import Customer
from chot.people.models import AuditEntry, User
from chot.recordings import actions, actions_delete
from chot.recordings.models import Recording

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
