"""What the telephone side wrote of calls goes when it is old, and with a customer's data; nothing that is still needed goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from chot.calls.actions_dial import release_undialled
from chot.calls.actions_forget import purge_journal
from chot.calls.actions_journal import take_in_calls
from chot.calls.actions_telephony import send_command
from chot.calls.models import Call, Callback, CallOutcome, JournalReader, OpenCall, TelephonyCommand, TelephonyJournal
from chot.charges.actions import prepare_call
from chot.charges.models import CallCharge, Quota, QuotaUse
from chot.core import clock
from chot.core.messages import CallEnded, Dial, PhoneChanged, Seat, encode
from chot.customers.actions_requests import erase
from chot.customers.models import Customer
from chot.people.models import User
from chot.recordings.actions_keep import take_in_recordings
from chot.switchboard.models import Number, Trunk
from tests.web.charges.conftest import trunk  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=91)


def told(call_id: str, kind: str, payload: dict, ago: timedelta = LONG_AGO) -> TelephonyJournal:
    return TelephonyJournal.objects.create(node="n1", call_id=call_id, kind=kind, payload=payload, at=clock.instant() - ago)


def went(call_id: str, ago: timedelta = LONG_AGO, customer: str = "", **changed: str) -> None:
    """A call's entries: its beginning, an event, its end."""
    at = clock.instant() - ago
    ended = CallEnded(
        call_id=call_id, direction="out", number="+84912345610", agent_id="a02", customer_id=customer, started_at=at, ended_at=at,
        outcome="no_answer",
    )  # fmt: skip
    told(call_id, "event:created", {}, ago)
    told(call_id, "event:leg_gone", {}, ago)
    told(call_id, "call_ended", encode(ended) | changed, ago)


def journal() -> set[str]:
    return set(TelephonyJournal.objects.exclude(call_id="").values_list("call_id", flat=True))


def test_old_entries_of_calls_that_are_facts_go(settings: object) -> None:
    went("old")
    went("bad", outcome="vanished")
    went("new", timedelta(days=89))
    went("late")
    told("late", "recording_stopped", {}, timedelta(days=1))
    went("open")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_call (call_id, node, direction, number, line, agent_id, customer_id, campaign_id, started_at, changed_at) "
            "VALUES ('open', 'n1', 'out', '1', '', '', '', '', now(), now())"
        )
    for online in (True, False):
        told("", "phone_changed", encode(PhoneChanged(phone="a02", online=online)))
    told("", "phone_changed", encode(PhoneChanged(phone="a03", online=True)))
    send_command(Dial(call_id="old", seat=Seat(phone="a02"), number="0912345610"), key="dial:old")
    TelephonyCommand.objects.update(created_at=clock.instant() - LONG_AGO)
    assert purge_journal() == 0, "nobody has read them"
    take_in_calls()
    assert purge_journal() == 0, "recordings have not been looked for"
    take_in_recordings()
    went("unread")
    assert purge_journal() == 4
    assert journal() == {"bad", "new", "late", "open", "unread"}
    phones = TelephonyJournal.objects.filter(call_id="").values_list("payload__phone", "payload__online")
    assert sorted(phones) == [("a02", False), ("a03", True)]
    assert Call.objects.filter(call_id="old").exists() and not TelephonyCommand.objects.exists()
    assert purge_journal() == 0
    JournalReader.objects.all().delete()
    assert purge_journal() == 0


def test_a_customers_words_and_numbers_go_with_the_data(trunk: Trunk) -> None:  # noqa: F811
    customer = Customer.objects.create(customer_id="K-17", name="Nguyễn Lan", phone="+84912345610")
    prepare_call("a02", "+84912345610", "care", "", "c1")
    for call_id, whose in (("c1", "K-17"), ("c2", "K-18")):
        went(call_id, timedelta(0), whose)
        CallOutcome.objects.create(call_id=call_id, agent_id="a02", note="Chị Lan ở 12 Hàng Bài", values={"1": "Lan"}, fields_collected=1)
    take_in_calls()
    take_in_recordings()
    now = datetime.now(clock.ZONE)
    Callback.objects.create(agent_id="a02", number="+84912345610", customer_id="K-17", call_id="c1", note="Lan", due_at=now, made_at=now)
    manager = User.objects.filter(role="manager")[0]
    assert erase(customer.pk, by=manager, address=None)["call_notes"] == 3
    noted = CallOutcome.objects.order_by("call_id").values_list("call_id", "note", "values", "fields_collected")
    assert list(noted) == [("c1", "", {}, 1), ("c2", "Chị Lan ở 12 Hàng Bài", {"1": "Lan"}, 1)]
    assert not Callback.objects.exists() and journal() == {"c2"}
    assert CallCharge.objects.get(call_id="c1").number == ""
    assert Call.objects.get(call_id="c1").customer_id.startswith("xoa-")


def test_what_a_call_set_aside_is_free_as_soon_as_the_exchange_says_no(trunk: Trunk) -> None:  # noqa: F811
    Quota.objects.create(holder="agent", period="day", limit_vnd=150_000)
    Number.objects.update(number="+842471234567")
    for call_id in ("late", "done", "waits"):
        prepare_call("a02", "+84912345610", "care", "", call_id)
        send_command(Dial(call_id=call_id, seat=Seat(phone="a02"), number="0912345610"), key=f"dial:{call_id}")
    outcomes = {"late": "expired", "done": "done"}
    for call_id, outcome in outcomes.items():
        TelephonyCommand.objects.filter(payload__call_id=call_id).update(outcome=outcome, done_at=clock.instant())
    assert (release_undialled(), release_undialled()) == (1, 0)
    assert set(CallCharge.objects.filter(state="held").values_list("call_id", flat=True)) == {"done", "waits"}
    held = sum(CallCharge.objects.filter(state="held").values_list("reserved_vnd", flat=True))
    assert QuotaUse.objects.get(holder_id="a02").reserved_vnd == held
    assert not OpenCall.objects.exists()
