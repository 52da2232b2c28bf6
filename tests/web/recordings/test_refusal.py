"""A customer who does not agree to recording: nothing is kept of that call and of later ones; other customers' stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chot.customers.actions_consents import note_consent
from chot.customers.actions_customers import create
from chot.people.models import AuditEntry, User
from chot.recordings import actions_delete, actions_keep
from chot.recordings.models import Recording, Retention
from tests.web.recordings.conftest import BEGAN

pytestmark = pytest.mark.django_db


def say(customer: Any, *, given: bool, minutes: int) -> None:
    values = {"purpose": "recording", "channel": "call", "given": given, "at": BEGAN + timedelta(minutes=minutes), "how": "call", "proof": "nói"}
    note_consent(customer, values, by=User.objects.get(username="manager"), address=None)


def test_a_refusal_deletes_from_its_call_on(kept: Callable[..., Recording], stopped: Callable[..., list[Path]], tmp_path: Path) -> None:
    customer = create({"name": "Kín", "phone": "+84912000001"}, by=None, address=None, customer_id="k1")
    for name, whose in (("said", "k1"), ("held", "k1"), ("other", "k2")):
        kept(name, customer=whose)
    Recording.objects.filter(call_id="held").update(retention=Retention.HELD)
    say(customer, given=False, minutes=90)  # a call that began 90 minutes before is an earlier one
    assert set(Recording.objects.values_list("state", flat=True)) == {"kept"}
    say(customer, given=False, minutes=2)
    assert dict(Recording.objects.values_list("call_id", "state")) == {"said": "gone", "held": "kept", "other": "kept"}
    assert Recording.objects.get(call_id="said").sealed_key == "" and actions_delete.remove_files() == 1
    assert len(list((tmp_path / "recordings").rglob("*.sealed"))) == 2
    files = stopped("later", customer="k1")
    actions_keep.take_in_recordings()
    actions_keep.keep_waiting()
    actions_keep.remove_sources()
    later = Recording.objects.get(call_id="later")
    assert (later.state, later.path, later.sealed_key, [file.exists() for file in files]) == ("gone", "", "", [False] * 3)
    told = AuditEntry.objects.filter(action="recording.refused").order_by("pk").values_list("subject", "before")
    assert list(told) == [(f"customer:{customer.pk}", {"calls": ["said"]}), ("recording:later", None)]


def test_who_agrees_again_is_recorded_again(kept: Callable[..., Recording]) -> None:
    customer = create({"name": "Kín", "phone": "+84912000001"}, by=None, address=None, customer_id="k1")
    say(customer, given=False, minutes=-2)
    say(customer, given=True, minutes=-1)
    assert kept("again", customer="k1").state == "kept"
