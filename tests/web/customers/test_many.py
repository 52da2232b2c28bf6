"""Consent, the do-not-call list, merging and undoing, assignment, files, filters, custom fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from chot.calls.models import Call
from chot.customers import actions_customers, actions_merge
from chot.customers.calling import Refusal, may_call
from chot.customers.models import Consent, Customer, CustomField, DoNotCall, Lead, Merge, Note, SavedFilter
from chot.customers.queries import Asked, customer_of, listed
from chot.customers.queries_duplicates import groups, like
from chot.people.models import AuditEntry, User

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
AT = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.get(username="manager")


def test_consent_is_noted_with_its_proof_and_never_in_advance(sign_in: Callable[[str], Client], customer: Make) -> None:
    made, client = customer("A", phone="+84912345678"), sign_in("manager")
    given = {"given": "1", "purpose": "advertising", "channel": "", "how": "call", "proof": "call-7", "wording": "Đồng ý nhận tin"}
    assert client.post(f"/customers/{made.pk}/consent", {**given, "at": "2026-11-04T08:00"}).status_code == 422
    assert client.post(f"/customers/{made.pk}/consent", {**given, "at": "2026-11-02T08:00", "proof": ""}).status_code == 422
    assert not Consent.objects.exists()
    assert client.post(f"/customers/{made.pk}/consent", {**given, "at": "2026-11-02T08:00"}).status_code == 302
    line = Consent.objects.get()
    assert (line.given, line.channel, line.at) == (True, "", datetime(2026, 11, 2, 1, tzinfo=UTC))
    assert line.noted_by == User.objects.get(username="manager")
    assert "call-7" in client.get(f"/customers/{made.pk}").content.decode()


def test_the_do_not_call_list(sign_in: Callable[[str], Client], customer: Make) -> None:
    agent, client = User.objects.filter(role="agent").first(), sign_in("manager")
    assert agent
    made = customer("A", owner=agent.agent_id)
    sign_in(agent.username).post(f"/customers/{made.pk}/do-not-call", {"scope": "all", "reason": "khách yêu cầu"})
    sign_in(agent.username).post(f"/customers/{made.pk}/do-not-call", {"scope": "all", "reason": "lần nữa"})
    row = DoNotCall.objects.get()
    assert (row.customer, row.source, row.reason) == (made, "customer", "khách yêu cầu")
    given = {"scope": "advertising", "source": "national", "reason": ""}
    assert client.post("/do-not-call", {**given, "numbers": "0912345678\nkhông phải số"}).status_code == 422
    client.post("/do-not-call", {**given, "numbers": "0912 345 678\n0168 234 5678\n+84912345678"})
    assert sorted(DoNotCall.objects.filter(customer=None).values_list("phone", flat=True)) == ["+84382345678", "+84912345678"]
    assert "12345678" not in client.get("/do-not-call").content.decode()
    assert client.get("/do-not-call?q=0912345678").content.decode().count("091••••678") == 1
    assert sign_in(agent.username).post(f"/do-not-call/{row.pk}/lift").status_code == 403
    client.post(f"/do-not-call/{row.pk}/lift")
    row.refresh_from_db()
    assert row.lifted_at is not None and row.lifted_by == User.objects.get(username="manager")


def _pair(customer: Make, manager: User) -> tuple[Customer, Customer]:
    stays = customer("Lê Na", phone="+84912000001", customer_id="stays", fields={"hang": "A"}, tags=["vip"])
    theirs = {"hang": "B", "size": "M"}
    gone = customer("Lê Na", phone="+84912000002", customer_id="gone", email="na@example.com", fields=theirs, tags=["vip", "cũ"])
    actions_customers.add_phone(gone.pk, "+84912000001", "", by=manager, address=None)
    Note.objects.create(customer=gone, text="x", at=AT)
    Call.objects.create(call_id="k1", customer_id="gone", direction="in", outcome="answered", started_at=AT)
    Call.objects.create(call_id="k2", customer_id="stays", direction="in", outcome="answered", started_at=AT)
    Lead.objects.create(lead_id="l1", agent_id="a02", customer_id="gone", assigned_at=AT)
    for row in (stays, gone):
        DoNotCall.objects.create(customer=row, scope="advertising", noted_at=AT)
    return stays, gone


def test_merging_moves_every_row_and_the_old_id_still_leads_there(customer: Make, manager: User) -> None:
    stays, gone = _pair(customer, manager)
    assert [row.pk for row in like(stays)] == [gone.pk]
    before = Call.objects.get(call_id="k1").written_at
    actions_merge.merge(stays.pk, gone.pk, by=manager, address=None)
    stays.refresh_from_db()
    assert not Customer.objects.filter(pk=gone.pk).exists() and customer_of("gone") == stays
    assert set(Call.objects.values_list("call_id", "customer_id").filter(call_id__in=["k1", "k2"])) == {("k1", "stays"), ("k2", "stays")}
    assert Call.objects.get(call_id="k1").written_at > before
    assert Lead.objects.get(lead_id="l1").customer_id == "stays" and Note.objects.get().customer == stays
    assert (stays.phone, stays.email, stays.fields) == ("+84912000001", "na@example.com", {"hang": "A", "size": "M"})
    assert sorted(stays.phones.values_list("phone", "main")) == [("+84912000001", True), ("+84912000002", False)]
    assert sorted(tag.key for tag in stays.tags.all()) == ["cu", "vip"] and stays.refusals.count() == 1
    entry = AuditEntry.objects.filter(action="customer.merged").latest("pk")
    assert entry.after and entry.after["calls.Call"] == 1 and "na@example.com" not in str(entry.after)


def test_a_merge_is_undone(sign_in: Callable[[str], Client], customer: Make, manager: User) -> None:
    stays, gone = _pair(customer, manager)
    client = sign_in("manager")
    assert client.get(f"/customers/{stays.pk}/merge?with={gone.pk}").status_code == 200
    client.post(f"/customers/{stays.pk}/merge", {"with": gone.pk, "stays": stays.pk})
    Note.objects.create(customer=stays, text="danach", at=AT)
    done = Merge.objects.get()
    client.post(f"/customers/merges/{done.pk}/undo")
    again = Customer.objects.get(customer_id="gone")
    stays.refresh_from_db()
    assert again.pk == gone.pk and (again.name, again.email, again.fields) == ("Lê Na", "na@example.com", {"hang": "B", "size": "M"})
    assert sorted(again.phones.values_list("phone", flat=True)) == ["+84912000001", "+84912000002"]
    assert (stays.email, stays.fields) == ("", {"hang": "A"}) and [row.phone for row in stays.phones.all()] == ["+84912000001"]
    assert dict(Call.objects.filter(call_id__in=["k1", "k2"]).values_list("call_id", "customer_id")) == {"k1": "gone", "k2": "stays"}
    assert {note.text: note.customer_id for note in Note.objects.all()} == {"x": again.pk, "danach": stays.pk}
    client.post(f"/customers/merges/{done.pk}/undo")
    assert Customer.objects.filter(customer_id="gone").count() == 1


def test_duplicates_are_found_by_number_email_and_name(customer: Make) -> None:
    customer("Trùng Một", phone="+84912000001", email="X@y.vn")
    customer("Trùng Hai", phone="+84912000001")
    customer("Trung một", email="x@Y.vn")
    assert [[row.name for row in group.customers] for group in groups("phone")] == [["Trùng Một", "Trùng Hai"]]
    assert [[row.name for row in group.customers] for group in groups("email")] == [["Trùng Một", "Trung một"]]
    assert [[row.name for row in group.customers] for group in groups("name")] == [["Trùng Một", "Trung một"]]


def test_customers_are_assigned_one_by_one_and_spread(sign_in: Callable[[str], Client], customer: Make) -> None:
    rows = [customer(f"Zz {place}", source="hội chợ") for place in range(5)]
    client = sign_in("manager")
    agent = User.objects.filter(role="agent").first()
    assert agent
    client.post("/customers/assign", {"key": [rows[0].pk, rows[1].pk], "to": agent.agent_id})
    assert list(Customer.objects.filter(owner=agent.agent_id, source="hội chợ").order_by("pk")) == rows[:2]
    client.post("/customers/assign?source=hội+chợ", {"all": "1", "to": "spread"})
    assert len(set(Customer.objects.filter(source="hội chợ").values_list("owner", flat=True))) == 5
    client.post("/customers/assign", {"key": [rows[0].pk], "to": "nobody"})
    assert AuditEntry.objects.filter(action="customer.assigned").count() == 2
    assert sign_in(agent.username).post("/customers/assign", {"key": [rows[4].pk], "to": agent.agent_id}).status_code == 403


def test_everyone_of_a_search_is_meant_however_many_the_page_ranks(sign_in: Callable[[str], Client], db: None) -> None:
    rows = [Customer(customer_id=f"zz{n}", name="Quách Rất Đông", search_name="quach rat dong", phone=f"+8491200{n:04}") for n in range(310)]
    Customer.objects.bulk_create(rows)
    leader = User.objects.filter(role="leader").first()
    assert leader
    for q in ("quach", "091200"):
        lines = sign_in("manager").get(f"/customers/export/csv?q={q}").content.decode("utf-8-sig").splitlines()
        assert len(lines) == 311, q
    sign_in("manager").post("/customers/assign?q=quach+rat", {"all": "1", "to": leader.agent_id})
    assert Customer.objects.filter(search_name="quach rat dong", owner=leader.agent_id).count() == 310


def test_who_took_the_consent_back_is_no_longer_among_those_who_agreed(sign_in: Callable[[str], Client], customer: Make) -> None:
    told = {
        "Đồng ý": [("", True, 0)], "Rút lại": [("", True, 0), ("call", False, 1)], "Lại đồng ý": [("call", False, 0), ("", True, 1)],
        "Chỉ e-mail": [("email", True, 0)], "Chưa hỏi": [], "Chăm sóc": [("care", True, 0)], "Chỉ rút tin": [("call", True, 0), ("sms", False, 1)],
    }  # fmt: skip
    for name, lines in told.items():
        made = customer(name, source="hội chợ")
        for channel, given, day in lines:
            line = {"purpose": "care" if channel == "care" else "advertising", "channel": channel.removeprefix("care"), "given": given}
            Consent.objects.create(customer=made, **line, at=AT + timedelta(days=day), how="form", proof="p", noted_at=AT)
    for consent, names in (("yes", {"Đồng ý", "Lại đồng ý", "Chỉ rút tin"}), ("no", {"Rút lại", "Chỉ e-mail", "Chưa hỏi", "Chăm sóc"})):
        rows = listed(Asked(source="hội chợ", consent=consent)).rows
        assert {row.name for row in rows} == names
        assert {may(row) is None for row in rows} == {consent == "yes"}


def may(customer: Customer) -> Refusal | None:
    return may_call(number="+84912345678", purpose="advertising", customer=customer)


def test_files_mask_numbers_unless_a_manager_asks(sign_in: Callable[[str], Client], customer: Make) -> None:
    customer("=Zz", phone="+84912345678", source="hội chợ", fields={"hang": "A"})
    CustomField.objects.create(key="hang", label="Hạng")
    client = sign_in("manager")
    text = client.get("/customers/export/csv?source=hội+chợ").content.decode("utf-8-sig")
    assert text.splitlines()[1].split(",")[1:3] == ["'=Zz", "091••••678"] and text.splitlines()[1].endswith(",A")
    book = load_workbook(BytesIO(client.get("/customers/export/xlsx?source=hội+chợ&whole=1").content))
    assert book.worksheets[0]["C2"].value == "0912345678"
    leader = User.objects.filter(role="leader").first()
    assert leader and sign_in(leader.username).get("/customers/export/csv?whole=1").status_code == 403
    told = [entry.after for entry in AuditEntry.objects.filter(action="customer.exported").order_by("pk")]
    assert told == [
        {"customers": 1, "whole": False, "filter": ["source"]}, {"customers": 1, "whole": True, "filter": ["source", "whole"]},
    ]  # fmt: skip


def test_a_filter_is_kept_for_oneself_or_the_team(sign_in: Callable[[str], Client]) -> None:
    leader = User.objects.filter(role="leader").first()
    assert leader
    client = sign_in(leader.username)
    client.post("/customers/filters", {"name": "VIP", "query": "tag=vip", "shared": "1"})
    client.post("/customers/filters", {"name": "VIP", "query": "tag=vip2", "shared": "1"})
    kept = SavedFilter.objects.get()
    assert kept.query == "tag=vip2" and kept.team_id
    assert ">VIP<" in client.get("/customers").content.decode()
    assert ">VIP<" not in sign_in("quality").get("/customers").content.decode()
    sign_in("quality").post(f"/customers/filters/{kept.pk}/drop")
    assert SavedFilter.objects.exists()
    client.post(f"/customers/filters/{kept.pk}/drop")
    assert not SavedFilter.objects.exists()


def test_custom_fields_are_typed(sign_in: Callable[[str], Client], customer: Make) -> None:
    client, made = sign_in("manager"), customer("A")
    for label, kind, choices in (("Hạng", "choice", "Vàng, Bạc"), ("Cân nặng", "number", ""), ("Ngày mua", "date", "")):
        client.post("/customers/fields", {"label": label, "kind": kind, "choices": choices, "rank": "0", "shown": "on"})
    assert client.post("/customers/fields", {"label": "X", "kind": "choice", "choices": "một", "rank": "0"}).status_code == 422
    assert list(CustomField.objects.values_list("key", flat=True)) == ["hang", "can_nang", "ngay_mua"]
    given = {"name": "A", "owner": "", "field_hang": "Vàng", "field_can_nang": "61,50", "field_ngay_mua": "2026-10-01"}
    assert client.post(f"/customers/{made.pk}/edit", {**given, "field_hang": "Đồng"}).status_code == 422
    assert client.post(f"/customers/{made.pk}/edit", given).status_code == 302
    made.refresh_from_db()
    assert made.fields == {"hang": "Vàng", "can_nang": "61.5", "ngay_mua": "2026-10-01"}
    page = client.get(f"/customers/{made.pk}").content.decode()
    assert "Vàng" in page and "01/10/2026" in page
    client.post(f"/customers/{made.pk}/edit", {**given, "field_can_nang": ""})
    assert "can_nang" not in Customer.objects.get(pk=made.pk).fields
