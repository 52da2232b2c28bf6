"""A customer who does not agree to recording: nothing is kept of that call and of later ones but messages; other customers' stay."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.test import Client

from chot.calls.models import TelephonyJournal
from chot.customers.actions_consents import note_consent
from chot.customers.actions_customers import create
from chot.customers.actions_requests import erase
from chot.people.models import AuditEntry, User
from chot.recordings import actions, actions_delete, actions_keep, storage
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


class Killed(BaseException):
    """The process ends."""


def _with_a_message(call_id: str, stopped: Callable[..., list[Path]]) -> Recording:
    """A kept recording of 10 seconds of a call with an agent, in which the caller left a message from second 4 on."""
    payload = {"call_id": call_id, "agents": ["a02"], "message_from_s": 4, "message_s": 1}
    TelephonyJournal.objects.create(node="n1", call_id=call_id, kind="call_ended", payload=payload, at=BEGAN)
    stopped(call_id, customer="k1", seconds=10)
    assert (actions_keep.take_in_recordings(), actions_keep.keep_waiting(), actions_keep.remove_sources()) == (1, 1, 1)
    return Recording.objects.get(call_id=call_id)


def test_of_a_kept_call_in_which_a_message_was_left_the_message_stays_alone(
    stopped: Callable[..., list[Path]], sign_in: Callable[[str], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = create({"name": "Kín", "phone": "+84912000001"}, by=None, address=None, customer_id="k1")
    before = _with_a_message("both", stopped)
    manager = User.objects.get(username="manager")
    actions.classify(before.pk, "sale", by=manager, address=None)
    for second, text in ((1, "khách nói số thẻ"), (5, "lời nhắn")):
        actions.comment(before, second, text, by=manager, address=None)
    client = sign_in("manager")
    say(customer, given=False, minutes=2)
    assert client.get("/recordings/both/sound").status_code == 404 and "chot-replay" not in client.get("/recordings/both").content.decode()
    with monkeypatch.context() as patch:  # killed when the new file lies at its place and no row knows of it
        patch.setattr(actions_keep, "classify_new", lambda _rows: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            actions_keep.keep_waiting()
    assert (actions_keep.keep_waiting(), actions_keep.keep_waiting()) == (1, 0)
    row = Recording.objects.get()
    sound, rate = soundfile.read(io.BytesIO(storage.read(row, 0, row.size)), dtype="int16")
    first, last = np.flatnonzero(sound.any(axis=1))[[0, -1]]
    assert (row.state, sound.shape, first // rate, last // rate, row.duration_ms) == ("kept", (80000, 2), 4, 6, 10_000)
    heard = np.flatnonzero(np.frombuffer(bytes(row.peaks), dtype=np.uint8).reshape(2, -1).any(axis=0))
    assert (heard[0], heard[-1]) == (320, 559), "the waveform shows nothing of the rest"
    assert (row.retention, list(row.comments.values_list("text", flat=True))) == ("sale", ["lời nhắn"])
    assert {str(path.relative_to(tmp_path / "recordings")) for path in (tmp_path / "recordings").rglob("*.sealed")} == {before.path, row.path}
    assert (actions_delete.remove_files(), actions_delete.remove_files()) == (1, 0)
    assert [str(path.relative_to(tmp_path / "recordings")) for path in (tmp_path / "recordings").rglob("*.sealed")] == [row.path]
    assert "Chỉ giữ lời nhắn" in client.get("/recordings/both").content.decode()
    say(customer, given=False, minutes=3)
    assert Recording.objects.get().state == "kept", "a second refusal takes nothing more"


def test_what_cannot_be_made_anew_stays_unheard_and_is_tried_again(stopped: Callable[..., list[Path]], sign_in: Callable[[str], Client]) -> None:
    customer = create({"name": "Kín", "phone": "+84912000001"}, by=None, address=None, customer_id="k1")
    before = _with_a_message("both", stopped)
    say(customer, given=False, minutes=2)
    place = storage.folder() / before.path
    away = place.rename(place.with_suffix(".away"))
    assert (actions_keep.keep_waiting(), Recording.objects.get().state) == (0, "waiting")
    assert sign_in("manager").get("/recordings/both/sound").status_code == 404
    away.rename(place)
    assert (actions_keep.keep_waiting(), Recording.objects.get().state, Recording.objects.get().problem) == (1, "kept", "")
    erase(customer.pk, by=User.objects.get(username="manager"), address=None)
    assert (Recording.objects.get().state, actions_delete.remove_files(), list(storage.folder().rglob("*.sealed"))) == ("gone", 2, [])
