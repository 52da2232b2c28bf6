"""What customers are told of the recording: chosen by campaign and queue, kept with the recording; a refusal keeps nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.test import Client

from chot.calls.models import RecordingNotice
from chot.calls.queries_notices import notice_for
from chot.campaigns.models import Campaign
from chot.core import clock
from chot.customers.actions_consents import note_consent
from chot.customers.actions_customers import create
from chot.customers.models import Consent
from chot.people.models import AuditEntry, Notification, User
from chot.recordings import actions_keep, actions_refusal, actions_untold, storage
from chot.recordings.models import Recording
from chot.switchboard.documents_routing import present
from chot.switchboard.models import CallQueue
from tests.web.recordings.conftest import BEGAN
from tests.web.recordings.test_pauses import journal

pytestmark = pytest.mark.django_db
TOLD = {"mode": "ask", "text": "Bấm 9.", "prompt": "", "key": "9", "from_ms": 0, "to_ms": 4000, "whole": True, "over_at": "2026-11-03T09:00:04+07:00"}


def test_a_refusal_by_key_keeps_nothing_but_the_evidence(stopped: Callable[..., list[Path]], sign_in: Callable[[str], Client]) -> None:
    journal("yes", "recording_announced", **TOLD, refused=False)
    journal("no", "recording_announced", **TOLD, refused=True)
    files = stopped("no")
    stopped("yes")
    stopped("none")
    assert actions_keep.take_in_recordings() == 3
    assert (actions_keep.keep_waiting(), actions_keep.remove_sources()) == (2, 3)
    gone = Recording.objects.get(call_id="no")
    assert (gone.state, gone.path, gone.notice["refused"], [path.exists() for path in files]) == ("gone", "", True, [False] * 3)
    assert AuditEntry.objects.get(action="recording.refused").subject == "recording:no"
    pages = {name: sign_in("manager").get(f"/recordings/{name}").content.decode() for name in ("yes", "no", "none")}
    assert "Khách từ chối" in pages["no"] and "chot-replay" not in pages["no"]
    assert "Được hỏi và không từ chối." in pages["yes"] and "<q>Bấm 9.</q>" in pages["yes"]
    assert "không có lời báo ghi âm" in pages["none"]


def test_a_refusal_by_key_holds_for_later_calls_once_the_customer_is_known(
    stopped: Callable[..., list[Path]], kept: Callable[..., Recording]
) -> None:  # fmt: skip
    """Noted once, with its proof; what was recorded before stays, what comes later is not kept, until the customer agrees again."""
    known = create({"name": "Kín", "phone": "+84912000001"}, by=None, address=None, customer_id="k1")
    assert kept("before", customer="k1").state == "kept"
    for call_id, customer in (("no", "k1"), ("stranger", "+84912000002")):
        journal(call_id, "recording_announced", **TOLD | {"over_at": "2026-11-03T09:20:04+07:00"}, refused=True)
        stopped(call_id, customer=customer)
    assert (actions_keep.take_in_recordings(), actions_refusal.note_refusals(), actions_refusal.note_refusals()) == (2, 1, 0)
    line = Consent.objects.get()
    assert (line.customer_id, line.purpose, line.channel, line.given, line.how) == (known.pk, "recording", "call", False, "key")
    assert (line.proof, line.wording, line.at.isoformat()) == ("Cuộc gọi no, phím 9", "Bấm 9.", "2026-11-03T02:20:04+00:00")
    assert Recording.objects.get(call_id="before").state == "kept" and kept("later", customer="k1").state == "gone"
    create({"name": "Lạ", "phone": "+84912000002"}, by=None, address=None, customer_id="k2")
    assert actions_refusal.note_refusals() == 1 and Consent.objects.get(customer__customer_id="k2").proof == "Cuộc gọi stranger, phím 9"
    again = {"purpose": "recording", "channel": "call", "given": True, "at": BEGAN + timedelta(hours=1), "how": "call", "proof": "nói"}
    note_consent(known, again, by=None, address=None)
    assert kept("agreed", customer="k1").state == "kept" and not Recording.objects.filter(refusal_open=True).exists()


def test_a_refusal_of_nobody_known_is_let_go_after_a_day(stopped: Callable[..., list[Path]]) -> None:
    journal("no", "recording_announced", **TOLD, refused=True)
    stopped("no", customer="+84912000003")
    actions_keep.take_in_recordings()
    Recording.objects.update(noted_at=clock.now() - timedelta(days=1, seconds=1))
    assert actions_refusal.note_refusals() == 0 and not Recording.objects.get().refusal_open and not Consent.objects.exists()


def test_who_could_not_be_told_is_not_recorded_and_somebody_is_told_to_mend_it(
    stopped: Callable[..., list[Path]], sign_in: Callable[[str], Client]
) -> None:
    for call_id in ("talk", "again", "message"):
        journal(call_id, "recording_announced", **TOLD | {"whole": False}, failed=True)
    files = [*stopped("talk", others=["a03"]), *stopped("again", others=["a03"])]
    stopped("message")  # no agent took part
    assert (actions_keep.take_in_recordings(), actions_untold.drop_untold(), actions_untold.drop_untold()) == (3, 2, 0)
    assert (actions_keep.keep_waiting(), actions_keep.remove_sources()) == (1, 3)
    assert dict(Recording.objects.values_list("call_id", "state")) == {"talk": "gone", "again": "gone", "message": "kept"}
    assert not any(path.exists() for path in files)
    assert AuditEntry.objects.filter(action="recording.untold").count() == 2
    told = Notification.objects.filter(kind="recordings.untold").values_list("user__role", flat=True)
    assert sorted(told) == sorted(User.objects.filter(role__in=("admin", "manager"), is_active=True).values_list("role", flat=True))
    page = sign_in("manager").get("/recordings/talk").content.decode()
    assert "Không phát được lời báo ghi âm cho khách nên cuộc gọi này không có ghi âm." in page and "chot-replay" not in page


def test_where_no_conversation_may_be_kept_a_message_is_and_nothing_else(
    stopped: Callable[..., list[Path]], sign_in: Callable[[str], Client]
) -> None:
    """After a refusal by key, when the customer could not be told, and when the ledger says no; noted later, it deletes none of them."""
    known = create({"name": "Kín", "phone": "+84912000001"}, by=None, address=None, customer_id="k1")
    no = {"purpose": "recording", "channel": "call", "given": False, "at": BEGAN - timedelta(days=1), "how": "call", "proof": "nói"}
    note_consent(known, no, by=None, address=None)
    journal("key", "recording_announced", **TOLD, refused=True)
    journal("untold", "recording_announced", **TOLD | {"whole": False}, failed=True)
    for call_id in ("key", "untold", "ledger"):
        journal(call_id, "call_ended", agents=["a02"], message_from_s=4, message_s=1)
        stopped(call_id, customer="k1" if call_id != "untold" else "", seconds=10)
    assert (actions_keep.take_in_recordings(), actions_untold.drop_untold(), actions_untold.drop_untold()) == (3, 0, 0)
    assert (actions_refusal.note_refusals(), actions_keep.keep_waiting()) == (1, 3)
    for row in Recording.objects.all():
        sound, rate = soundfile.read(io.BytesIO(storage.read(row, 0, row.size)), dtype="int16")
        first, last = np.flatnonzero(sound.any(axis=1))[[0, -1]]
        assert (row.state, len(sound), first // rate, last // rate) == ("kept", 80000, 4, 6), row.call_id
    note_consent(known, no | {"at": BEGAN + timedelta(minutes=5)}, by=None, address=None)
    assert set(Recording.objects.values_list("state", flat=True)) == {"kept"}
    pages = {name: sign_in("manager").get(f"/recordings/{name}").content.decode() for name in ("key", "untold", "ledger")}
    assert all("Chỉ giữ lời nhắn" in page and "chot-replay" in page for page in pages.values())
    assert all('data-from="4"' in page and re.search('Lời nhắn của khách: <a href="#t=4">0:04</a> – 0:07', page) for page in pages.values())
    assert "không lưu phần ghi âm nào" not in pages["key"] and AuditEntry.objects.filter(action="recording.refused").count() == 2


def test_outbound_by_campaign_else_for_all(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("manager")
    assert notice_for("", "+84912345678") is None
    assert client.post("/desk/settings/announcements/new", {"mode": "announce", "key": "9"}).status_code == 302
    Campaign.objects.bulk_create([Campaign(code=code, name=code) for code in ("vay", "im")])
    ask = {"campaign_id": "vay", "mode": "ask", "key": "0"}
    assert client.post("/desk/settings/announcements/new", ask).status_code == 302
    assert client.post("/desk/settings/announcements/new", ask).status_code == 422, "one for each campaign"
    assert client.post("/desk/settings/announcements/new", ask | {"campaign_id": "im", "mode": "none"}).status_code == 302
    found = {name: notice_for(name, "+84912345678") for name in ("", "khac", "vay", "im")}
    assert [each and (each.mode, each.key) for each in found.values()] == [("announce", "9"), ("announce", "9"), ("ask", "0"), None]
    assert found["vay"] is not None and found["vay"].text.endswith("xin bấm phím 0.")
    assert notice_for("vay", "113") is None, "emergency calls wait for nothing"
    assert AuditEntry.objects.filter(action="recording_notice.kept").count() == 3
    assert "xin bấm phím 0." in client.get("/desk/settings").content.decode() and RecordingNotice.objects.count() == 3


@pytest.mark.parametrize(("mode", "told"), [("none", None), ("ask", ("ask", "5", "Có ghi âm."))])
def test_a_queue_tells_its_callers(mode: str, told: Any) -> None:
    CallQueue.objects.create(name="bao", title="Báo", notice_mode=mode, notice_text="Có ghi âm.", notice_key="5")
    (queue,) = [each for each in present().queues if each.name == "bao"]
    assert (queue.notice and (queue.notice.mode, queue.notice.key, queue.notice.text)) == told
