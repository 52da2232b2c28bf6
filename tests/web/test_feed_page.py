"""How fresh the facts are, what they cannot hold, and what was proved; rows tried again and left out, both audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from chot.core import clock
from chot.customers.models import Order
from chot.facts import rejects
from chot.feed.actions import report_rejects
from chot.feed.models import FactChange, Proof, RejectedRow
from chot.people.models import AuditEntry

SignIn = Callable[[str], Client]
URL = "/facts/feed"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own: what is rejected there holds up nobody else."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    return tmp_path


@pytest.fixture
def bad(db: None, data: Path) -> list[RejectedRow]:
    """Two rejected rows, the first of an order that there is."""
    Order.objects.create(order_id="bad-1", agent_id="a1", ordered_at=datetime(1800, 1, 1, tzinfo=UTC), status="confirmed", amount_vnd=5)
    FactChange.objects.all().delete()
    rows = [
        RejectedRow(fact_table=table, key=key, column=column, value="1800-01-01", reason="the year is before 1970", at=clock.now())
        for table, key, column in (("orders", "bad-1", "ordered_at"), ("workdays", "a1\x1f1800-01-01", "date"))
    ]
    RejectedRow.objects.bulk_create(rows)
    report_rejects(data)
    return rows


def _waiting(data: Path) -> list[str]:
    return [each.file for each in rejects.pending(data)]


def test_the_page_says_what_waits_and_why(sign_in: SignIn, bad: list[RejectedRow]) -> None:
    """The rows with the page where each is corrected, the waiting changes, and everything as a file."""
    order = Order.objects.get(order_id="bad-1")
    assert {row["key"]: row["url"] for row in sign_in("manager").get(URL).context["rows"]} == {
        "bad-1": f"/orders/{order.pk}", "a1 · 1800-01-01": "",
    }  # fmt: skip
    assert all(not row["url"] for row in sign_in("admin").get(URL).context["rows"])  # administrators see no customers
    order.save()
    fresh = sign_in("admin").get(URL).context["fresh"]
    assert [(each.table, each.changes, each.problems) for each in fresh.waiting] == [("orders", 1, ())] and not fresh.late
    answer = sign_in("auditor").get(f"{URL}/rejected.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[:4] for row in rows[1:]] == [["orders", "bad-1", "ordered_at", "1800-01-01"], ["workdays", "a1 · 1800-01-01", "date", "1800-01-01"]]
    assert sign_in("auditor").get(f"{URL}/rejected.xlsx").content.startswith(b"PK")


def test_left_out_on_purpose_no_period_waits_for_it(sign_in: SignIn, bad: list[RejectedRow], data: Path) -> None:
    """With a reason only; who, why and which are in the audit trail; a row tried again is judged anew."""
    client = sign_in("admin")
    assert len(_waiting(data)) == 2
    client.post(f"{URL}/dismiss", {"row": [bad[0].pk], "reason": "  "})
    assert not RejectedRow.objects.filter(dismissed_at__isnull=False).exists() and len(_waiting(data)) == 2
    client.post(f"{URL}/dismiss", {"row": [bad[0].pk], "reason": "a test order"})
    row = RejectedRow.objects.get(pk=bad[0].pk)
    assert row.dismissed_by and (row.dismissed_by.username, row.dismissed_because) == ("admin", "a test order")
    assert _waiting(data) == ["application/workdays/a1\x1f1800-01-01"]
    entry = AuditEntry.objects.get(action="facts.dismissed")
    assert entry.after == {"rows": 1, "keys": ["orders/bad-1"], "reason": "a test order"} and entry.user == row.dismissed_by
    assert [each["key"] for each in client.get(URL, {"show": "dismissed"}).context["rows"]] == ["bad-1"]
    client.post(f"{URL}/dismiss", {"row": [bad[0].pk], "reason": "again"})
    assert AuditEntry.objects.filter(action="facts.dismissed").count() == 1
    client.post(f"{URL}/retry", {"row": [bad[0].pk, "x"]})
    assert list(FactChange.objects.values_list("fact_table", "key")) == [("orders", "bad-1")]
    client.post(f"{URL}/retry", {"all": "1"})
    assert sorted(FactChange.objects.values_list("key", flat=True)) == ["a1\x1f1800-01-01", "bad-1"]
    told = list(AuditEntry.objects.filter(action="facts.retried").order_by("pk").values_list("after", flat=True))
    assert told == [{"rows": 1, "keys": ["orders/bad-1"]}, {"rows": 1, "keys": ["workdays/a1\x1f1800-01-01"]}]


def test_proofs_are_shown_with_what_differed_and_asked_for(sign_in: SignIn, data: Path) -> None:
    """The latest proof of each month counts; one is asked for once."""
    def proof(state: str, evidence: Any = None) -> Proof:
        return Proof(at=clock.now(), fact_table="orders", month="2026-10", rows=7, expected="a", found="b", state=state, evidence=evidence)

    Proof.objects.bulk_create([
        proof("repaired", {"differ": 1, "double": [], "rows": [{"key": "o9", "database": {"amount_vnd": "9"}, "facts": None}], "file": "f.csv"}),
    ])  # fmt: skip
    client = sign_in("admin")
    assert [(each.table, each.months, each.rows, each.repaired) for each in client.get(URL).context["proofs"]] == [("orders", 1, 7, 1)]
    Proof.objects.bulk_create([proof("equal")])
    answer = client.get(URL)
    assert [(each.repaired) for each in answer.context["proofs"]] == [0] and "o9" in answer.content.decode()
    for _twice in range(2):
        client.post(f"{URL}/prove")
    jobs = apps.get_model("procrastinate", "ProcrastinateJob").objects.filter(task_name="chot.jobs.tasks.prove_facts")
    assert jobs.count() == 1 == AuditEntry.objects.filter(action="facts.prove_asked").count()


def test_as_many_queries_for_many_rows(sign_in: SignIn, bad: list[RejectedRow], django_assert_max_num_queries: Any) -> None:
    """One more row of each table asks nothing more."""
    client = sign_in("manager")
    with django_assert_max_num_queries(40) as first:
        client.get(URL)
    RejectedRow.objects.bulk_create(
        [RejectedRow(fact_table="orders", key=f"o{n}", column="c", value="", reason="r", at=clock.now()) for n in range(3)]
    )
    with django_assert_max_num_queries(len(first.captured_queries)):
        assert len(client.get(URL).context["rows"]) == 5
