"""The journal of the telephone side becomes rows of ``calls``: each call once, none passed over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from chot.calls.actions_journal import take_in_calls
from chot.calls.holding import AGENT, CALL
from chot.calls.models import Call, JournalProblem, JournalReader, TelephonyJournal
from chot.core import clock
from chot.core.messages import CallEnded, CallStarted, encode
from chot.customers.models import Customer
from chot.people.queries import team_of

pytestmark = pytest.mark.django_db

BEGAN = datetime(2026, 11, 3, 9, 0, 0, tzinfo=clock.ZONE)


def ended(call_id: str, **changed: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "direction": "out", "number": "0987654321", "line": "02471234567", "agent_id": "a02", "started_at": BEGAN,
        "answered_at": BEGAN + timedelta(seconds=8), "ended_at": BEGAN + timedelta(seconds=70), "ring_s": 5, "talk_s": 52, "hold_s": 10,
        "outcome": "answered", "hangup_by": "customer",
    }  # fmt: skip
    return dict(encode(CallEnded(call_id=call_id, **(fields | changed))))


def tell(call_id: str, payload: dict[str, Any], kind: str = "call_ended", **named: Any) -> TelephonyJournal:
    return TelephonyJournal.objects.create(node="n1", call_id=call_id, kind=kind, payload=payload, at=BEGAN, **named)


def test_an_ended_call_is_one_row_with_team_and_customer() -> None:
    Customer.objects.create(customer_id="K-17", name="Nguyễn Lan", phone="+84987654321")
    tell("c1", {}, kind="event:created")
    last = tell("c1", ended("c1"))
    assert take_in_calls() == 1
    row = Call.objects.get(call_id="c1")
    assert team_of("a02", BEGAN.date())
    assert (row.agent_id, row.team_id, row.customer_id, row.line_id) == ("a02", team_of("a02", BEGAN.date()), "K-17", "02471234567")
    assert (row.ring_s, row.wait_s, row.talk_s, row.hold_s, row.outcome, row.hangup_by) == (5, 0, 52, 10, "answered", "customer")
    assert (row.started_at, row.answered_at, row.ended_at) == (BEGAN, BEGAN + timedelta(seconds=8), BEGAN + timedelta(seconds=70))
    assert JournalReader.objects.get(name="calls").seq == last.seq
    assert take_in_calls() == 0


def test_a_number_of_nobody_or_of_two_is_the_customer() -> None:
    for customer_id in ("K-1", "K-2"):
        Customer.objects.create(customer_id=customer_id, name="Trần An", phone="+84912000111")
    tell("c1", ended("c1", number="0912000111"))
    tell("c2", ended("c2", number="0912000222"))
    tell("c3", ended("c3", number=""))
    assert take_in_calls() == 3
    assert dict(Call.objects.filter(call_id__in=["c1", "c2", "c3"]).values_list("call_id", "customer_id")) == {
        "c1": "+84912000111", "c2": "+84912000222", "c3": "",
    }  # fmt: skip


def test_reading_again_changes_nothing() -> None:
    tell("c1", ended("c1"))
    assert take_in_calls() == 1
    Call.objects.filter(call_id="c1").update(disposition="sold")
    JournalReader.objects.update(seq=0)
    assert take_in_calls() == 0
    assert Call.objects.get(call_id="c1").disposition == "sold"


def test_a_row_that_cannot_be_taken_in_stops_no_other_and_is_tried_again() -> None:
    bad = tell("c1", ended("c1") | {"outcome": "vanished"})
    worse = tell("c2", {"call_id": "c2"})
    tell("c3", ended("c3"))
    assert take_in_calls() == 1
    assert set(JournalProblem.objects.values_list("seq", flat=True)) == {bad.seq, worse.seq}
    assert "is missing" in JournalProblem.objects.get(seq=worse.seq).problem
    TelephonyJournal.objects.filter(seq=bad.seq).update(payload=ended("c1"))
    assert take_in_calls() == 1
    assert list(JournalProblem.objects.values_list("seq", flat=True)) == [worse.seq]
    assert Call.objects.filter(call_id__in=["c1", "c2", "c3"]).count() == 2


def test_many_calls_ask_the_database_as_often_as_one() -> None:
    def queries(*ids: str) -> int:
        lost = {"direction": "in", "agent_id": "", "outcome": "abandoned", "answered_at": None, "talk_s": 0, "hold_s": 0}
        for call_id in ids:
            begun = CallStarted(call_id=call_id, direction="in", number="0987654321", started_at=BEGAN)
            tell(call_id, dict(encode(begun)), kind="call_started")
            tell(call_id, ended(call_id, **lost))
        with CaptureQueriesContext(connection) as asked:
            assert take_in_calls() == len(ids)
        return len(asked)

    queries("c0")  # the reader begins
    assert queries("c1") == queries("c2", "c3", "c4", "c5")


def test_who_notes_an_outcome_meanwhile_waits_in_no_circle() -> None:
    agents = ("a02", "a03")
    held: list[tuple[int, str]] = []

    def order(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "pg_advisory_xact_lock" in sql:
            held.extend((params[0], each) for each in params[1])
        return execute(sql, params, many, context)

    for call_id, agent_id in zip(("c2", "c1"), agents, strict=True):
        tell(call_id, ended(call_id, agent_id=agent_id, agents=(agent_id,)))
    with connection.execute_wrapper(order):
        assert take_in_calls() == 2
    first = {lock: held.index(lock) for lock in held}
    assert set(first) == {(AGENT, "a02"), (AGENT, "a03"), (CALL, "c1"), (CALL, "c2")}
    assert max(first[AGENT, each] for each in agents) < min(first[CALL, each] for each in ("c1", "c2"))


def test_a_smaller_number_that_is_still_being_written_is_waited_for() -> None:
    settings = connection.get_connection_params()
    keep = {name: settings[name] for name in ("dbname", "host", "port", "user", "password") if settings.get(name)}
    with psycopg.connect(**keep) as writer:
        writer.execute(
            "INSERT INTO telephony_journal (node, call_id, kind, payload, at) VALUES ('n1', 'early', 'call_ended', '{}', now())"
        )
        tell("late", ended("late"))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            take_in_calls()
        assert not Call.objects.filter(call_id="late").exists()
        writer.rollback()
    assert take_in_calls() == 1
