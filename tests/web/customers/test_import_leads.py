"""Leads from a file: the customer found or made by number, each lead once however often the file comes, a row with a fault does nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connections, transaction
from django.test import Client
from openpyxl import Workbook, load_workbook

from chot.core import clock
from chot.core.text import key
from chot.customers.actions_work import move_lead, new_lead
from chot.customers.calling import may_call
from chot.customers.import_reading import CUSTOMERS, LEADS
from chot.customers.models import Consent, Customer, CustomField, DoNotCall, Lead, Note
from chot.customers.queries import owners_for
from chot.feed.models import FactChange
from chot.people.models import AuditEntry, Notification, User
from chot.people.queries import team_of, working_on

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
SignIn = Callable[[str], Client]

CSV = """Danh sách đăng ký tháng 11,,,,,,,
Họ tên,SĐT,Nhu cầu,Giai đoạn,Nguồn,Telesale,Ghi chú,Hạng thẻ
Lê Thị Na,0168 234 5678,Gói Vàng,,Facebook,a02,Gọi sau 17h,Vàng
Trần Cũ,0987654321,Gói Bạc,Quan tâm,Zalo,,,
Na lần nữa,0382345678,Gói Bạc,,Facebook,,,
Na lần ba,0382345678,gói vàng,,FACEBOOK,,,
Đỗ Sai,12,Gói Vàng,chưa biết,Web,Không Ai,,
Không Số,,Gói Vàng,,,,,
"""


@pytest.fixture
def manager(db: None) -> User:
    Lead.objects.all().delete()
    return User.objects.get(username="manager")


def upload(client: Client, content: bytes, name: str = "data.csv") -> str:
    answer = client.post("/leads/import", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def write(client: Client, content: bytes, name: str = "data.csv", **more: str) -> dict[str, int]:
    """What the page says was written."""
    done: dict[str, int] = client.post(upload(client, content, name), {"does": "write", **more}).context["done"]
    return done


def test_a_file_is_shown_and_then_written(manager: User, sign_in: SignIn, customer: Make) -> None:
    held = customer("Trần Cũ Kỹ", phone="+84987654321", owner="a03")
    CustomField.objects.create(key="hang", label="Hạng thẻ")
    DoNotCall.objects.create(phone="+84382345678", noted_at=datetime(2026, 1, 1).astimezone())
    client, moved = sign_in("manager"), FactChange.objects.count()
    page = upload(client, CSV.encode())
    shown = client.get(page)
    assert shown.context["numbers"] == {"new": 3, "known": 0, "twice": 1, "wrong": 2}
    assert (shown.context["new_customers"], shown.context["spared"]) == (1, 3)
    assert [(problem.line, problem.field) for problem in shown.context["problems"]] == [
        (6, ""), (7, "Nhân viên"), (7, "Giai đoạn"), (7, "Điện thoại"), (8, "Điện thoại"),
    ]  # fmt: skip
    text = shown.content.decode()
    assert "0382345678" not in text and "trùng khách tiềm năng ở dòng 3" in text and "“chưa biết” không phải là giai đoạn nào" in text
    assert (Lead.objects.count(), Customer.objects.count(), FactChange.objects.count()) == (0, 1, moved)
    written = client.post(page, {"does": "write", "to": "a05", **{f"map.{name}": head for name, head in shown.context["read"].mapping.items()}})
    assert written.context["done"] == {"new": 3, "known": 0, "customers": 1, "changed": 0, "consents": 0, "left_out": 3}
    na = Customer.objects.get(phone="+84382345678")
    assert (na.name, na.owner, na.source, na.fields) == ("Lê Thị Na", "a02", "Facebook", {"hang": "Vàng"})
    leads = [(row.customer_id, row.agent_id, row.title, row.source, row.stage, row.best_stage) for row in Lead.objects.order_by("pk")]
    assert leads == [
        (na.customer_id, "a02", "Gói Vàng", "Facebook", "new", "new"), (held.customer_id, "a03", "Gói Bạc", "Zalo", "interested", "interested"),
        (na.customer_id, "a02", "Gói Bạc", "Facebook", "new", "new"),
    ]  # fmt: skip
    assert {row.assigned_at for row in Lead.objects.all()} == {clock.now()} == {row.stage_at for row in Lead.objects.all()}
    assert list(Note.objects.values_list("customer", "text", "by__username")) == [(na.pk, "Gọi sau 17h", "manager")]
    held.refresh_from_db()
    assert (held.name, held.source, Customer.objects.count()) == ("Trần Cũ Kỹ", "", 2)
    assert {row.lead_id for row in Lead.objects.all()} <= set(FactChange.objects.filter(fact_table="leads").values_list("key", flat=True))
    assert client.get(page).status_code == 404  # the file is gone, a second sending writes nothing
    told = Notification.objects.filter(kind="leads.given").order_by("user__username").values_list("user__username", "params__count")
    assert list(told) == [("a02", 2), ("a03", 1)]
    entry = AuditEntry.objects.get(action="lead.imported")
    assert entry.after == {
        "file": "data.csv", "new": 3, "known": 0, "customers": 1, "changed": 0, "consents": 0, "left_out": 3, "agents": {"a02": 2, "a03": 1},
    }  # fmt: skip
    refused = may_call(number="+84382345678", purpose="advertising", customer=na)
    assert refused and refused.code == "do_not_call"


def test_the_same_file_again_writes_nothing(manager: User, sign_in: SignIn, customer: Make) -> None:
    """Also when a lead has gone on, and when the number is written in another way."""
    client = sign_in("manager")
    assert write(client, CSV.encode())["new"] == 3
    before = set(Lead.objects.values_list("pk", "stage")), set(Customer.objects.values_list("pk", "name", "owner")), Note.objects.count()
    Notification.objects.all().delete()
    shown = client.get(upload(client, CSV.encode()))
    assert shown.context["numbers"] == {"new": 0, "known": 3, "twice": 1, "wrong": 2}
    assert write(client, CSV.encode()) == {"new": 0, "known": 3, "customers": 0, "changed": 0, "consents": 0, "left_out": 3}
    assert (set(Lead.objects.values_list("pk", "stage")), set(Customer.objects.values_list("pk", "name", "owner")), Note.objects.count()) == before
    assert not Notification.objects.exists()
    lost = Lead.objects.get(title="Gói Vàng")
    move_lead(lost.pk, "lost", by=manager, address=None)
    assert write(client, "SĐT,Nhu cầu,Nguồn\n+84 168 234 5678,GÓI VÀNG,facebook\n".encode())["new"] == 0
    assert write(client, "SĐT,Nhu cầu,Nguồn\n0382345678,Gói Vàng,Web\n".encode())["new"] == 1  # another source is another lead


def test_a_lead_of_ones_own_id_is_known_by_it(manager: User, sign_in: SignIn, customer: Make) -> None:
    client, text = sign_in("manager"), "Mã lead,SĐT,Nhu cầu\nL-1,0912000001,A\nL-2,0912000001,A\nL-1,0912000002,B\n"
    shown = client.get(upload(client, text.encode()))
    assert shown.context["numbers"] == {"new": 2, "known": 0, "twice": 1, "wrong": 0}
    write(client, text.encode())
    assert sorted(Lead.objects.values_list("lead_id", "title")) == [("L-1", "A"), ("L-2", "A")]
    assert Customer.objects.count() == 1  # the row of L-1 with another number makes no customer
    assert write(client, text.encode())["new"] == 0


def test_a_lead_made_by_hand_is_known_too(manager: User, sign_in: SignIn, customer: Make) -> None:
    made = customer("A", phone="+84912000001")
    lead = new_lead(made, "a02", "Gói Vàng", "", by=manager, address=None)
    shown = sign_in("manager").get(upload(sign_in("manager"), "Phone,About\n0912000001,Gói vàng\n".encode()))
    assert [step.held.pk for step in shown.context["known_ones"]] == [lead.pk]


def test_leads_without_an_agent_go_to_whom_is_chosen(manager: User, sign_in: SignIn, customer: Make) -> None:
    customer("Có người", phone="+84912000000", owner="a04")
    rows = "\n".join(f"091200000{number},X" for number in range(7))
    assert write(sign_in("manager"), f"SĐT,Nội dung\n{rows}\n".encode(), to="spread")["new"] == 7
    everybody = [agent for agent, _name in owners_for(manager)[1:]]
    agents = list(Lead.objects.order_by("pk").values_list("agent_id", flat=True))
    assert agents == ["a04", *everybody[:6]]
    assert list(Customer.objects.order_by("pk").values_list("owner", flat=True)) == agents
    write(sign_in("manager"), "SĐT,Nội dung\n0912000001,Y\n0912999999,Y\n".encode(), to="a05")
    assert list(Lead.objects.filter(title="Y").order_by("pk").values_list("agent_id", flat=True)) == [everybody[0], "a05"]


def test_known_customers_are_filled_or_replaced_as_in_the_import_of_customers(manager: User, sign_in: SignIn, customer: Make) -> None:
    customer("Cũ", phone="+84987654321", email="cu@example.com")
    text = "Họ tên,SĐT,Email,Địa chỉ,Nhu cầu\nMới,0987654321,moi@example.com,1 Lê Lợi,{}\n"
    done = [write(sign_in("manager"), text.format(known).encode(), known=known) for known in ("skip", "fill", "replace")]
    assert [(each["new"], each["customers"], each["changed"]) for each in done] == [(1, 0, 0), (1, 0, 1), (1, 0, 1)]
    one = Customer.objects.get()
    assert (one.name, one.email, one.address) == ("Mới", "moi@example.com", "1 Lê Lợi")


def test_consent_comes_with_its_proof_or_the_row_does_nothing(manager: User, sign_in: SignIn) -> None:
    head = "Họ tên,SĐT,Nhu cầu,Đồng ý quảng cáo,Ngày đồng ý,Bằng chứng\n"
    text = head + "Có Giấy,0912000001,X,Có,01/10/2026,Phiếu 7\nKhông Giấy,0912000002,X,Có,01/10/2026,\n"
    for _again in range(2):
        write(sign_in("manager"), text.encode(), known="fill")
    assert list(Customer.objects.values_list("name", flat=True)) == ["Có Giấy"]
    assert list(Consent.objects.values_list("customer__name", "given", "proof")) == [("Có Giấy", True, "Phiếu 7")]
    assert Lead.objects.count() == 1


def test_a_workbook_with_numbers_as_excel_types_them(manager: User, sign_in: SignIn) -> None:
    book, content = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    sheet.append(["Tên khách hàng", "Điện thoại", "Ngày sinh", "Nội dung", "Giai đoạn"])
    sheet.append(["Ngô Bình", 1682345678, datetime(1991, 3, 4), "Gói Vàng", "Interested"])
    book.save(content)
    assert write(sign_in("manager"), content.getvalue(), "data.xlsx")["new"] == 1
    made = Customer.objects.get()
    assert (made.phone, made.born_on, Lead.objects.get().stage) == ("+84382345678", date(1991, 3, 4), "interested")


def test_a_leader_gives_to_the_own_team_only(manager: User, sign_in: SignIn) -> None:
    leader = next(user for user in User.objects.filter(role="leader").order_by("pk") if team_of(user.agent_id))
    rows = working_on(clock.today())
    mine = rows.filter(team_id=team_of(leader.agent_id)).exclude(agent_id=leader.agent_id)[0].agent_id
    other = rows.exclude(team_id=team_of(leader.agent_id))[0].agent_id
    client = sign_in(leader.username)
    text = f"SĐT,Nội dung,Nhân viên\n0912000001,X,{mine}\n0912000002,X,{other}\n".encode()
    page = upload(client, text)
    assert [(problem.line, problem.field) for problem in client.get(page).context["problems"]] == [(3, "Nhân viên")]
    assert sign_in("manager").get(page).status_code == 404
    client.post(page, {"does": "write", "to": other})
    assert [(lead.agent_id, lead.title) for lead in Lead.objects.all()] == [(mine, "X")]
    assert sign_in(mine).get("/leads/import").status_code == 403
    assert "/leads/import" in client.get("/leads").content.decode() and "/leads/import" not in sign_in(mine).get("/leads").content.decode()


def test_columns_are_named_by_hand_and_faults_taken_along(manager: User, sign_in: SignIn) -> None:
    client = sign_in("manager")
    page = upload(client, b"cot a;cot b\n0912345678;X\nabc;Y\n")
    assert client.get(page).context["read"].problems
    given = {"map.phone": "cot a", "map.title": "cot b"}
    assert client.post(page, {**given, "does": "look"}).context["numbers"] == {"new": 1, "known": 0, "twice": 0, "wrong": 1}
    text = client.post(f"{page}/left-out", given).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 2 and text.splitlines()[1].startswith("3,")
    assert not Lead.objects.exists() and not Customer.objects.exists()


@pytest.mark.parametrize(("what", "columns"), [("customers", CUSTOMERS), ("leads", LEADS)])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_empty_file_is_read_in_any_language(manager: User, sign_in: SignIn, what: str, columns: Any, language: str) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    CustomField.objects.create(key="hang", label="Hạng thẻ")
    client = sign_in("manager")
    heads = client.get(f"/{what}/import/blank/csv").content.decode("utf-8-sig").strip().split(",")
    book = load_workbook(BytesIO(client.get(f"/{what}/import/blank/xlsx").content))
    assert [[cell.value for cell in row] for row in book.worksheets[0].rows] == [heads]
    by_key = columns.by_key()
    assert [by_key.get(key(head)) for head in heads] == list(columns.fields())
    assert client.get(f"/{what}/import/blank/pdf").status_code == 404


def test_files_are_written_one_after_the_other(manager: User, sign_in: SignIn) -> None:
    """While another file is being written this one waits; whoever gives up waiting has changed nothing, and may send it again."""
    client, holds, done = sign_in("manager"), threading.Event(), threading.Event()

    def another() -> None:
        try:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers from a file'))")
                holds.set()
                done.wait(30)
        finally:
            connections.close_all()

    page = upload(client, CSV.encode())
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(another)
        assert holds.wait(30)
        with connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
        assert client.get(page).context["numbers"]["new"] == 3
        with pytest.raises(OperationalError, match="lock timeout"):
            client.post(page, {"does": "write"})
        assert not Lead.objects.exists() and not Customer.objects.exists()
        done.set()
        other.result()
    assert client.post(page, {"does": "write"}).context["done"]["new"] == 3
