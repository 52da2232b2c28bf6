"""The list and the page of customers: search, numbers, the course of everything, who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.customers import timeline
from chot.customers.calling import may_call
from chot.customers.models import Consent, Customer, CustomerAlias, CustomerPhone, DoNotCall, Lead, Note, Order
from chot.customers.queries import Asked, customer_of, customers_of_number, ids_of, listed, sources
from chot.people.models import AuditEntry, User

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
AT = datetime(2026, 11, 2, 3, tzinfo=UTC)


def names(q: str) -> list[str]:
    return [row.name for row in listed(Asked(q=q)).rows]


def test_search_needs_no_accents_and_finds_beginnings_of_the_last_word(customer: Make) -> None:
    for name in ("Bạch Đức Ánh", "Bạch Đức Anh Thư", "Bạch Thị Hà"):
        customer(name)
    assert names("bach duc anh") == ["Bạch Đức Ánh", "Bạch Đức Anh Thư"]
    assert names("BẠCH đ") == ["Bạch Đức Ánh", "Bạch Đức Anh Thư"]
    assert names("duc' | ha") == []


def test_search_by_number_email_and_id(customer: Make) -> None:
    made = customer("Kiều Oanh", phone="+84912345678", email="Oanh@Example.com", customer_id="KH-77x")
    for q in ("0912345678", "+84 912 345 678", "0912 345", "5678", "oanh@exa", "kh-77", "KH-77X"):
        assert names(q) == ["Kiều Oanh"], q
    assert names("0912345679") == []
    CustomerAlias.objects.create(alias="old-9", customer=made)
    assert names("old-9") == ["Kiều Oanh"]
    found = customer_of("old-9")
    assert found and found.pk == made.pk
    assert customer_of("") is None


def test_the_main_number_is_among_the_numbers_whoever_writes_it(customer: Make) -> None:
    Customer.objects.bulk_create([Customer(customer_id="bulk-1", name="A", search_name="a", phone="+84912000001")])
    row = Customer.objects.get(customer_id="bulk-1")
    assert list(row.phones.values_list("phone", "main")) == [("+84912000001", True)]
    Customer.objects.filter(pk=row.pk).update(phone="+84912000002")
    assert list(row.phones.values_list("phone", "main")) == [("+84912000002", True), ("+84912000001", False)]


def test_new_customer_keeps_an_old_number_as_it_is_dialled_now(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("manager")
    answer = client.post("/customers/new", {"name": " Lê  Thị Na ", "phone": "0168 234 5678", "tags": "VIP, vip , Cũ", "owner": ""})
    made = Customer.objects.get(name="Lê Thị Na")
    assert answer.status_code == 302 and made.phone == "+84382345678" and made.customer_id == f"kh{made.pk:07d}"
    assert sorted(tag.key for tag in made.tags.all()) == ["cu", "vip"]
    entry = AuditEntry.objects.filter(action="customer.created").latest("pk")
    assert entry.after == {"fields": ["name", "phone"]}
    again = client.post("/customers/new", {"name": "Em của Na", "phone": "0382345678", "owner": ""})
    assert again.status_code == 422 and Customer.objects.filter(phone="+84382345678").count() == 1
    client.post("/customers/new", {"name": "Em của Na", "phone": "0382345678", "owner": "", "anyway": "1"})
    assert [row.name for row in customers_of_number("01682345678")] == ["Lê Thị Na", "Em của Na"]


def test_no_page_shows_a_whole_number_to_an_agent(sign_in: Callable[[str], Client], customer: Make) -> None:
    agent = User.objects.filter(role="agent").first()
    assert agent
    made = customer("Tạ Kín", phone="+84987654321", owner=agent.agent_id)
    client = sign_in(agent.username)
    phone = made.phones.get()
    for page in (client.get("/customers?q=ta kin"), client.get(f"/customers/{made.pk}")):
        assert "098••••321" in page.content.decode() and "87654321" not in page.content.decode()
    assert f'data-call-phone-id="{phone.pk}"' in client.get(f"/customers/{made.pk}").content.decode()
    assert client.post(f"/phones/customer/{phone.pk}").status_code == 403
    assert b"+84987654321" in sign_in("manager").post(f"/phones/customer/{phone.pk}").content
    assert AuditEntry.objects.filter(action="phone.revealed", subject=f"customer:{phone.pk}").count() == 1


def test_an_agent_changes_own_and_nobodys_customers_only(sign_in: Callable[[str], Client], customer: Make) -> None:
    one, other = User.objects.filter(role="agent").order_by("pk")[:2]
    mine, theirs, nobodys = customer("A", owner=one.agent_id), customer("B", owner=other.agent_id), customer("C")
    client = sign_in(one.username)
    statuses = [client.post(f"/customers/{row.pk}/phones", {"phone": "0912345678"}).status_code for row in (mine, theirs, nobodys)]
    assert statuses == [302, 403, 302]
    assert not theirs.phones.exists()
    assert client.post(f"/customers/{theirs.pk}/notes", {"text": "gọi lại"}).status_code == 302  # whoever talks to them writes it down
    assert Note.objects.get().by == one
    assert sign_in("auditor").post(f"/customers/{mine.pk}/notes", {"text": "x"}).status_code == 403


def test_numbers_are_added_made_main_and_taken_away(sign_in: Callable[[str], Client], customer: Make) -> None:
    made, client = customer("A", phone="+84912345678"), sign_in("manager")
    client.post(f"/customers/{made.pk}/phones", {"phone": "024 3825 1234", "label": "văn phòng"})
    assert client.post(f"/customers/{made.pk}/phones", {"phone": "0912345678"}).status_code == 422
    office = made.phones.get(label="văn phòng")
    client.post(f"/customers/phones/{office.pk}/main")
    made.refresh_from_db()
    assert made.phone == "+842438251234"
    client.post(f"/customers/phones/{office.pk}/remove")
    made.refresh_from_db()
    assert made.phone == "+84912345678"
    assert list(made.phones.values_list("phone", "main")) == [("+84912345678", True)]
    told = [str(entry.after) + str(entry.before) for entry in AuditEntry.objects.filter(subject=f"customer:{made.pk}")]
    assert len(told) == 4 and not any("38251234" in each for each in told)


def test_the_course_is_one_and_paged(customer: Make) -> None:
    made = customer("A", phone="+84912345678", customer_id="c1")
    CustomerAlias.objects.create(alias="c0", customer=made)
    for place in range(40):
        Note.objects.create(customer=made, text=str(place), at=AT + timedelta(minutes=place))
    for place, customer_id in enumerate(["c1", "c0", "+84912345678", "c2"]):
        moment = AT + timedelta(minutes=place)
        Order.objects.create(order_id=f"o{place}", agent_id="a02", customer_id=customer_id, ordered_at=moment, amount_vnd=1)
    Lead.objects.create(lead_id="l1", agent_id="a02", customer_id="c1", assigned_at=AT)
    subject = timeline.Subject(customer=made, ids=ids_of(made))
    seen, after = timeline.page(subject)
    while after:
        more, after = timeline.page(subject, after=after)
        seen += more
    assert [event.place for event in seen] == sorted({event.place for event in seen}, reverse=True)
    assert len(seen) == 40 + 3 + 1
    assert {event.kind for event in timeline.page(subject, only="order")[0]} == {"order"}
    assert timeline.page(subject, after="nonsense")[0] == seen[: timeline.PAGE]


def test_may_call(customer: Make) -> None:
    made = customer("A", phone="+84912345678")

    def code(purpose: str) -> str:
        refusal = may_call(number="+84912345678", purpose=purpose, customer=made)
        return refusal.code if refusal else ""

    assert (code("advertising"), code("care")) == ("not_asked", "")
    line = {"customer": made, "how": "sms", "proof": "y", "noted_at": AT}
    Consent.objects.create(purpose="advertising", channel="", given=True, at=AT, **line)
    assert code("advertising") == ""
    Consent.objects.create(purpose="advertising", channel="sms", given=False, at=AT + timedelta(days=1), **line)
    assert code("advertising") == ""
    Consent.objects.create(purpose="advertising", channel="call", given=False, at=AT + timedelta(days=2), **line)
    assert (code("advertising"), code("care")) == ("refused", "")
    DoNotCall.objects.create(phone="+84912345678", scope="advertising", noted_at=AT)
    assert (code("advertising"), code("care")) == ("no_advertising", "")
    DoNotCall.objects.create(customer=made, scope="all", noted_at=AT)
    assert code("care") == "do_not_call"
    DoNotCall.objects.update(lifted_at=AT)
    assert (code("advertising"), code("care")) == ("refused", "")
    assert may_call(number="+84900000000", purpose="care") is None


@pytest.mark.parametrize("address", ["/customers", "/customers?q=hoa"])
def test_the_list_asks_as_often_for_one_as_for_three(sign_in: Callable[[str], Client], customer: Make, address: str) -> None:
    client, counts = sign_in("manager"), []
    Customer.objects.all().delete()
    for wanted in (1, 3):
        while CustomerPhone.objects.count() < wanted:
            customer(f"Hoa {CustomerPhone.objects.count()}", phone=f"+8491234567{CustomerPhone.objects.count()}", tags=["x", "y"], owner="a02")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).content.decode().count("••••") == wanted
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_sources_are_named_once_and_in_order(customer: Make) -> None:
    before = sources()
    for number, source in enumerate(["web", "", "Hội chợ", "web", "Facebook", "web"]):
        customer(f"Khách {number}", source=source)
    found = sources()
    assert set(found) == {*before, "web", "Hội chợ", "Facebook"} and len(found) == len(set(found))
    assert [each for each in found if each not in before] == ["Facebook", "Hội chợ", "web"]
