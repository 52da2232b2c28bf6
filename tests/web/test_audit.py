"""The audit trail: cannot be changed, shows when it was, and can be searched by those who read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.people.audit import cut_off, first_broken, record
from chot.people.models import AuditEntry, User
from chot.people.origin import normal_address
from chot.people.queries_audit import PAGE, actions_in_use, entries

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def trail(db: None) -> list[AuditEntry]:
    """Three entries of two people."""
    manager, admin = User.objects.get(username="manager"), User.objects.get(username="admin")
    return [
        record("plan.saved", "plan:x:1", by=manager, address="10.0.0.1", after={"title": "Kế hoạch"}),
        record("account.changed", "user:quality", by=admin, address="2001:db8::1", before={"role": "quality"}, after={"role": "agent"}),
        record("plan.saved", "plan:x:2", by=manager, after={"title": "=1+1"}),
    ]


def tamper(sql: str) -> None:
    """Change the trail behind the program's back, as somebody with the database's password could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing of this transaction is still to be checked
        cursor.execute("ALTER TABLE people_auditentry DISABLE TRIGGER append_only")
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE people_auditentry ENABLE TRIGGER append_only")


@pytest.mark.parametrize("username", ["manager", "payroll", "quality", "a01", "a02"])
def test_the_trail_is_for_administrators_and_auditors(sign_in: SignIn, username: str, trail: list[AuditEntry]) -> None:
    """Nobody else reads it."""
    client = sign_in(username)
    pages = ["/audit", "/audit/export.csv", "/audit/check", f"/audit/{trail[0].pk}"]
    assert [client.get(page).status_code for page in pages] == [403] * 4


@pytest.mark.parametrize("username", ["auditor", "admin"])
def test_nobody_writes_through_its_pages(sign_in: SignIn, username: str, trail: list[AuditEntry]) -> None:
    """They only read."""
    client, before = sign_in(username), AuditEntry.objects.count()
    assert [client.post(page).status_code for page in ("/audit", "/audit/check", f"/audit/{trail[0].pk}")] == [405] * 3
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("sql", ["UPDATE people_auditentry SET subject = 'x'", "DELETE FROM people_auditentry", "TRUNCATE people_auditentry"])
def test_the_database_refuses_to_change_it(sql: str, trail: list[AuditEntry]) -> None:
    """Whoever asks."""
    before = [*AuditEntry.objects.values()]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing of this transaction is still to be checked
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()
    assert [*AuditEntry.objects.values()] == before


def test_entries_cut_off_the_end_show(trail: list[AuditEntry], sign_in: SignIn) -> None:
    """Every seal that is left follows, but the trail does not end where it ended."""
    auditor = sign_in("auditor")
    assert cut_off() == 0 and auditor.get("/audit/check").context["cut"] == 0
    tamper(f"DELETE FROM people_auditentry WHERE id >= {trail[1].pk}")
    assert first_broken() is None and cut_off() == 2
    page = auditor.get("/audit/check")
    assert page.context["cut"] == 2 and page.context["broken"] is None
    tamper("DELETE FROM people_auditentry")
    assert cut_off() > 2


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE people_auditentry SET subject = 'user:other' WHERE id = {1}", 1),
        ("UPDATE people_auditentry SET after = '{{\"role\": \"admin\"}}' WHERE id = {1}", 1),
        ("UPDATE people_auditentry SET at = at + interval '1 microsecond' WHERE id = {1}", 1),
        ("UPDATE people_auditentry SET address = '10.0.0.7' WHERE id = {2}", 2),
        ("UPDATE people_auditentry SET user_id = NULL WHERE id = {0}", 0),
        ("DELETE FROM people_auditentry WHERE id = {1}", 2),
        ("UPDATE people_auditentry SET seal = repeat('0', 64) WHERE id = {0}", 0),
    ],
)
def test_tampering_shows(sql: str, found: int, trail: list[AuditEntry], sign_in: SignIn) -> None:
    """A change, a gap, another time, another person: the first entry that does not follow is named."""
    auditor = sign_in("auditor")
    assert first_broken() is None and auditor.get("/audit/check").context["broken"] is None
    tamper(sql.format(*(entry.pk for entry in trail)))
    broken = first_broken()
    assert broken and broken.pk == trail[found].pk
    page = auditor.get("/audit/check")
    assert page.context["broken"].pk == trail[found].pk and f"/audit/{trail[found].pk}" in page.content.decode()


@pytest.mark.parametrize("text", ["127.0.0.1", "2001:DB8::0001", "::1", "::ffff:10.0.0.3", "fe80::1%eth0", "", "unix:/run/x"])
def test_addresses_do_not_break_the_chain(text: str) -> None:
    """Whatever a server says, the database gives back what was sealed."""
    record("plan.saved", "plan:x:1", by=None, address=normal_address(text))
    assert first_broken() is None


def test_searching(trail: list[AuditEntry], monkeypatch: pytest.MonkeyPatch) -> None:
    """By action, part of the subject, person without accents, and days of the company."""
    plan, account, last = trail
    assert set(actions_in_use()) >= {"plan.saved", "account.changed"} and len(actions_in_use()) == len(set(actions_in_use()))
    mine = {entry.pk for entry in trail}
    found = {
        "action": entries(action="account.changed"), "subject": entries(subject="plan:X"), "person": entries(person="thu ha pham"),
        "nobody": entries(person="nobody at all"), "system": entries(person="%"),
    }  # fmt: skip
    held = {name: {entry.pk for entry in rows} & mine for name, rows in found.items()}
    assert held == {"action": {account.pk}, "subject": {plan.pk, last.pk}, "person": {plan.pk, last.pk}, "nobody": set(), "system": set()}
    monkeypatch.setenv("CHOT_TODAY", "2026-11-05T00:30:00+07:00")
    night = record("plan.saved", "plan:night", by=None)
    assert night in entries(first=date(2026, 11, 5)) and night not in entries(last=date(2026, 11, 4))
    assert night in entries(first=date(2026, 11, 5), last=date(2026, 11, 5))


def test_the_list_shows_pages_that_lead_on(sign_in: SignIn, trail: list[AuditEntry]) -> None:
    """Each entry once, however many come in between."""
    for number in range(PAGE + 3):
        record("plan.asked", f"many:{number}", by=None)
    client = sign_in("auditor")
    first = client.get("/audit", {"subject": "many:"}).context["page"]
    record("plan.asked", "many:late", by=None)
    second = client.get("/audit", {"subject": "many:", "before": first.older}).context["page"]
    assert (len(first.rows), len(second.rows), second.older) == (PAGE, 3, None)
    assert len({entry.pk for entry in first.rows + second.rows}) == PAGE + 3


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 40}, {"first": "yesterday"}, {"subject": "a\0b"}, {"action": "no.such"}])
def test_wrong_filters_are_said_or_ignored(sign_in: SignIn, query: dict[str, str]) -> None:
    """Never an error page."""
    assert sign_in("auditor").get("/audit", query).status_code == 200
    assert sign_in("auditor").get("/audit/export.csv", query).status_code == 200


def test_one_entry_tells_before_and_after(sign_in: SignIn, trail: list[AuditEntry]) -> None:
    """Field by field, and what differs."""
    answer = sign_in("auditor").get(f"/audit/{trail[1].pk}")
    assert [(each.name, each.before, each.after, each.differs) for each in answer.context["changes"]] == [("role", "quality", "agent", True)]
    assert trail[1].seal in answer.content.decode() and "2001:db8::1" in answer.content.decode()
    assert sign_in("auditor").get("/audit/999999").status_code == 404


def test_the_file_holds_what_is_found(sign_in: SignIn, trail: list[AuditEntry]) -> None:
    """With the seals, and nothing that a spreadsheet computes."""
    answer = sign_in("auditor").get("/audit/export.csv", {"subject": "plan:x"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]
    assert [(line[0], line[5], line[9]) for line in lines] == [(str(entry.pk), entry.subject, entry.seal) for entry in (trail[2], trail[0])]
    assert lines[0][7] == '{"title": "=1+1"}'


def test_too_many_for_one_file_is_said(sign_in: SignIn, trail: list[AuditEntry], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than a file that ends early."""
    monkeypatch.setattr("chot.people.views_audit.MOST_ROWS", 2)
    answer = sign_in("auditor").get("/audit/export.csv")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/audit?")
    assert sign_in("auditor").get("/audit/export.csv", {"subject": "plan:x"}).status_code == 200


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(sign_in: SignIn, trail: list[AuditEntry]) -> None:
    """Whoever wrote them."""
    client = sign_in("auditor")
    counts = []
    for subject in ("plan:x:1", "x:"):
        record("plan.saved", "other:x:3", by=User.objects.get(username="payroll"))
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/audit", {"subject": subject}).context["page"].rows
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6
