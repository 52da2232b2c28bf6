"""Facts from other systems: every row is written once, refused in words, or taken back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from chot.api.actions_rows import KEPT, MODELS, forget_answers, stored
from chot.api.models import StoredAnswer
from chot.api.scopes import KINDS
from chot.core import clock
from chot.customers.models import Order
from chot.kpi.schema import TABLES
from chot.people.models import AuditEntry
from chot.people.models_time import Workday
from tests.web.api.conftest import Call

pytestmark = pytest.mark.django_db
ORDER = {"agent_id": "a02", "ordered_at": "2026-11-02T09:30:00+07:00", "status": "pending", "status_at": "2026-11-02T09:30:00+07:00", "amount_vnd": 450000}


def test_a_new_row_is_created_and_the_same_again_changes_nothing(call: Call) -> None:
    first, again = call("put", "/orders/A1", ORDER), call("put", "/orders/A1", ORDER)
    assert (first.status_code, first.json()) == (201, {"id": "A1", "result": "created"})
    assert (again.status_code, again.json()) == (200, {"id": "A1", "result": "unchanged"})
    saved = Order.objects.get(order_id="A1")
    assert (saved.agent_id, saved.amount_vnd, saved.status, saved.product) == ("a02", 450000, "pending", "")
    assert AuditEntry.objects.filter(action="api.orders_written").count() == 1


def test_a_later_status_replaces_and_an_earlier_one_is_refused(call: Call) -> None:
    call("put", "/orders/A1", ORDER)
    later = {**ORDER, "status": "completed", "status_at": "2026-11-03T09:30:00+07:00"}
    assert call("put", "/orders/A1", later).json()["result"] == "changed"
    refused = call("put", "/orders/A1", ORDER)
    assert refused.status_code == 409
    assert refused.json()["problems"][0]["field"] == "status_at"
    assert Order.objects.get(order_id="A1").status == "completed"


def test_a_survey_with_other_values_needs_a_correction(call: Call) -> None:
    survey = {"agent_id": "a02", "kind": "csat", "score": 4, "answered_at": "2026-11-02T09:30:00+07:00"}
    call("put", "/surveys/S1", survey)
    assert call("put", "/surveys/S1", {**survey, "score": 5}).status_code == 409
    assert call("put", "/surveys/S1?correct=true", {**survey, "score": 5}).json()["result"] == "changed"


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("orders", {"agent_id": "a02", "ordered_at": "2026-11-02T09:30:00"}, "ordered_at"),  # no offset
        ("orders", {"agent_id": "a02"}, "ordered_at"),
        ("orders", {**ORDER, "amount_vnd": 4.5}, "amount_vnd"),
        ("orders", {**ORDER, "amount_vnd": "450000"}, "amount_vnd"),
        ("orders", {**ORDER, "amount_vnd": 10**16}, "amount_vnd"),
        ("orders", {**ORDER, "status": "lost"}, "status"),
        ("orders", {**ORDER, "colour": "red"}, "colour"),
        ("orders", {**ORDER, "agent_id": "a\u0000"}, "agent_id"),
        ("orders", {**ORDER, "ordered_at": "0001-01-01T00:00:00+07:00"}, "ordered_at"),
        ("surveys", {"agent_id": "a02", "kind": "csat", "score": 7, "answered_at": "2026-11-02T09:30:00+07:00"}, ""),
        ("tickets", {"agent_id": "a02", "opened_at": "2026-11-02T09:30:00+07:00", "done_at": "2026-11-01T09:30:00+07:00"}, ""),
    ],
)
def test_a_bad_row_is_refused_and_nothing_is_written(call: Call, kind: str, body: dict[str, object], field: str) -> None:
    answer = call("put", f"/{kind}/X1", body)
    assert answer.status_code == 422
    assert field in [problem["field"] for problem in answer.json()["problems"]]
    assert not MODELS[kind]._default_manager.filter(**{TABLES[kind].key[0]: "X1"}).exists()


def test_one_bad_row_does_not_stop_the_others(call: Call) -> None:
    rows = [{"order_id": "B1", **ORDER}, {"order_id": "B2", **ORDER, "status": "lost"}, {"order_id": "B3", **ORDER}, {"order_id": "B1", **ORDER}]
    answer = call("post", "/orders/bulk", {"rows": rows})
    assert answer.status_code == 200
    said = answer.json()
    assert {name: said[name] for name in ("created", "changed", "unchanged", "rejected")} == {"created": 2, "changed": 0, "unchanged": 1, "rejected": 1}
    assert [(row["id"], row["result"]) for row in said["rows"]] == [("B1", "created"), ("B2", "rejected"), ("B3", "created"), ("B1", "unchanged")]
    assert set(Order.objects.filter(order_id__startswith="B").values_list("order_id", flat=True)) == {"B1", "B3"}


def test_a_repeated_request_gets_its_first_answer(call: Call) -> None:
    first = call("put", "/orders/A1", ORDER, idempotency_key="k1")
    Order.objects.filter(order_id="A1").delete()
    again = call("put", "/orders/A1", ORDER, idempotency_key="k1")
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, {"id": "A1", "result": "created"})
    assert not Order.objects.filter(order_id="A1").exists()
    other = call("put", "/orders/A2", ORDER, idempotency_key="k1")
    assert other.status_code == 422 and other.json()["problems"][0]["field"] == "Idempotency-Key"
    assert StoredAnswer.objects.count() == 1


def test_answers_are_kept_for_a_day(call: Call) -> None:
    call("put", "/orders/A1", ORDER, idempotency_key="old")
    call("put", "/orders/A2", ORDER, idempotency_key="new")
    StoredAnswer.objects.filter(key="old").update(at=clock.now() - KEPT - timedelta(seconds=1))
    assert forget_answers() == 1
    assert [answer.key for answer in StoredAnswer.objects.all()] == ["new"]


def test_a_refused_write_keeps_no_answer(call: Call) -> None:
    """A mended request may use the key again."""
    assert call("put", "/orders/A1", {"agent_id": "a02"}, idempotency_key="k1").status_code == 422
    assert call("put", "/orders/A1", ORDER, idempotency_key="k1").status_code == 201


def test_pages_hold_every_row_once(call: Call) -> None:
    before = Order.objects.count()
    call("post", "/orders/bulk", {"rows": [{"order_id": f"C{number:02}", **ORDER} for number in range(25)]})
    seen, mark = [], {}
    while mark is not None:
        page = call("get", f"/orders?{urlencode({'limit': 10, **mark})}").json()
        seen += [row["order_id"] for row in page["rows"]]
        mark = page["next"]
    assert len(seen) == len(set(seen)) == before + 25
    assert call("get", "/orders?since=2026-11-01T00:00:00").status_code == 422


def test_a_row_reads_as_it_was_written(call: Call) -> None:
    call("put", "/orders/A1", ORDER)
    said = call("get", "/orders/A1").json()
    assert said == {
        "order_id": "A1", "agent_id": "a02", "customer_id": None, "call_id": None, "ordered_at": "2026-11-02T02:30:00Z", "status": "pending",
        "status_at": "2026-11-02T02:30:00Z", "amount_vnd": 450000, "quantity": None, "product": None,
    }  # fmt: skip
    assert call("get", "/orders/none").status_code == 404


def test_a_workday_is_named_by_agent_and_day(call: Call) -> None:
    day = {"scheduled_s": 28800, "worked_s": 27000, "pause_s": 1800}
    assert call("put", "/workdays/a02/2027-03-02", day).status_code == 201
    assert Workday.objects.get(agent_id="a02", date="2027-03-02").leave == "none"
    assert call("get", "/workdays/a02/2027-03-02").json()["worked_s"] == 27000
    assert call("delete", "/workdays/a02/2027-03-02").status_code == 204
    assert call("delete", "/workdays/a02/2027-03-02").status_code == 404


def test_what_is_taken_back_stays_in_the_trail(call: Call) -> None:
    call("put", "/orders/A1", ORDER)
    assert call("delete", "/orders/A1").status_code == 204
    entry = AuditEntry.objects.filter(action="api.orders_deleted").get()
    assert entry.before and entry.before["amount_vnd"] == 450000
    assert not Order.objects.filter(order_id="A1").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_the_contract_has_a_place(kind: str) -> None:
    assert set(stored(kind, {})) == set(TABLES[kind].names)
