"""Customers from a file: columns found, known ones recognised, faults named by line, nothing written before it is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from chot.core.clock import ZONE
from chot.customers.calling import may_call
from chot.customers.models import Consent, Customer, CustomField, DoNotCall
from chot.people.models import AuditEntry, User

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]

CSV = """Danh sách khách hội chợ,,,,,,
Họ và tên,SĐT,SĐT 2,Email,Ngày sinh,Nhãn,Phụ trách
Lê Thị Na,0168 234 5678,,na@example.com,31/12/1990,"VIP, Cũ",
Bùi Nam,912345678,0243 825 1234,,,,a02
Bùi Nam lần nữa,0912345678,,,,,
Đỗ Sai,12,,không phải email,32/01/1990,,Không Ai
,,,chi.co.email@example.com,,,
Trần Cũ,0987654321,0987654322,,1/2/1985,VIP,
"""


def upload(client: Client, content: bytes, name: str = "khach.csv") -> str:
    answer = client.post("/customers/import", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def test_a_file_is_shown_and_then_written(sign_in: Callable[[str], Client], customer: Make) -> None:
    held = customer("Trần Cũ Kỹ", phone="+84987654321", tags=["x"])
    DoNotCall.objects.create(phone="+84382345678", noted_at=datetime(2026, 1, 1).astimezone())
    client = sign_in("manager")
    page = upload(client, CSV.encode())
    shown = client.get(page)
    assert shown.context["numbers"] == {"new": 2, "known": 1, "twice": 1, "wrong": 2} and shown.context["spared"] == 1
    assert [problem.line for problem in shown.context["problems"]] == [5, 6, 6, 6, 6, 7]
    assert "0382345678" not in shown.content.decode() and Customer.objects.count() == 1
    written = client.post(page, {"does": "write", "known": "fill", **{f"map.{key}": header for key, header in shown.context["read"].mapping.items()}})
    assert written.context["done"] == {"new": 2, "changed": 1, "known": 1, "consents": 0, "left_out": 3}
    na, nam = Customer.objects.get(name="Lê Thị Na"), Customer.objects.get(name="Bùi Nam")
    assert (na.phone, na.email, na.born_on, na.search_name) == ("+84382345678", "na@example.com", date(1990, 12, 31), "le thi na")
    assert sorted(tag.name for tag in na.tags.all()) == ["Cũ", "VIP"] and na.customer_id == f"kh{na.pk:07d}"
    assert (nam.owner, sorted(nam.phones.values_list("phone", "main"))) == ("a02", [("+842438251234", False), ("+84912345678", True)])
    held.refresh_from_db()
    assert (held.name, held.born_on, held.phones.count()) == ("Trần Cũ Kỹ", date(1985, 2, 1), 2)
    assert sorted(tag.key for tag in held.tags.all()) == ["vip", "x"]
    assert client.get(page).status_code == 404  # the file is gone, a second sending writes nothing
    entry = AuditEntry.objects.filter(action="customer.imported").get()
    assert entry.after == {"file": "khach.csv", "new": 2, "changed": 1, "known": 1, "consents": 0, "left_out": 3}


def test_known_customers_are_left_or_replaced(sign_in: Callable[[str], Client], customer: Make) -> None:
    customer("Cũ", phone="+84987654321", email="cu@example.com", customer_id="KH1")
    client, text = sign_in("manager"), "Mã KH,Họ tên,Email\nKH1,Mới,moi@example.com\n"
    client.post(upload(client, text.encode()), {"does": "write", "known": "skip"})
    assert Customer.objects.get().name == "Cũ"
    client.post(upload(client, text.encode()), {"does": "write", "known": "replace"})
    assert (Customer.objects.get().name, Customer.objects.get().email, Customer.objects.get().phone) == ("Mới", "moi@example.com", "+84987654321")


def test_a_workbook_with_numbers_and_days_as_excel_types_them(sign_in: Callable[[str], Client], db: None) -> None:
    CustomField.objects.create(key="hang", label="Hạng thẻ")
    book, content = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    sheet.append(["Tên khách hàng", "Điện thoại", "Ngày sinh", "Hạng thẻ", "Linh tinh"])
    sheet.append(["Ngô Bình", 912345678, datetime(1991, 3, 4), "Vàng", "x"])
    book.save(content)
    client = sign_in("manager")
    client.post(upload(client, content.getvalue(), "khach.xlsx"), {"does": "write"})
    made = Customer.objects.get()
    assert (made.name, made.phone, made.born_on, made.fields) == ("Ngô Bình", "+84912345678", date(1991, 3, 4), {"hang": "Vàng"})


def test_columns_are_named_by_hand_and_faults_taken_along(sign_in: Callable[[str], Client], db: None) -> None:
    client = sign_in("manager")
    page = upload(client, b"cot a;cot b\nLan;0912345678\nHoa;abc\n")
    assert client.get(page).context["read"].problems
    given = {"map.name": "cot a", "map.phone": "cot b"}
    assert client.post(page, {**given, "does": "look"}).context["numbers"] == {"new": 1, "known": 0, "twice": 0, "wrong": 1}
    text = client.post(f"{page}/left-out", given).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 2 and text.splitlines()[1].startswith("3,")
    assert not Customer.objects.exists()


def test_a_file_is_its_senders_alone_and_a_leader_names_only_the_own_team(sign_in: Callable[[str], Client], db: None) -> None:
    leader = User.objects.filter(role="leader").first()
    assert leader
    client = sign_in(leader.username)
    page = upload(client, b"name,owner\nLan,manager\n")
    assert client.get(page).context["numbers"]["wrong"] == 1
    assert sign_in("manager").get(page).status_code == 404
    assert client.post("/customers/import", {"file": SimpleUploadedFile("x.csv", b"%PDF-1.4")}).status_code == 422


AGREED = """Họ tên,SĐT,Đồng ý quảng cáo,Ngày đồng ý,Bằng chứng
Có Giấy,0912000001,Có,01/10/2026,Phiếu số 7
Không Giấy,0912000002,Có,01/10/2026,
Từ Chối,0912000003,Không,02/10/2026,
Không Ngày,0912000004,Có,,Phiếu số 8
Mai Sau,0912000005,Có,01/10/2027,Phiếu số 9
Lửng Lơ,0912000006,Có lẽ,01/10/2026,Phiếu số 10
Chưa Hỏi,0912000007,,,
"""


def test_consent_comes_with_its_day_and_proof_or_not_at_all(sign_in: Callable[[str], Client], db: None) -> None:
    client = sign_in("manager")
    shown = client.get(upload(client, AGREED.encode()))
    assert [(problem.line, problem.field) for problem in shown.context["problems"]] == [
        (3, "Bằng chứng của câu trả lời"), (5, "Ngày trả lời"), (6, "Ngày trả lời"), (7, "Đồng ý nhận quảng cáo"),
    ]  # fmt: skip
    for _once_more in range(2):
        client.post(upload(client, AGREED.encode()), {"does": "write", "known": "fill"})
    lines = Consent.objects.order_by("customer__name").values_list("customer__name", "purpose", "given", "at", "proof", "noted_by__username")
    ledger = [(name, purpose, given, at.astimezone(ZONE).date(), proof, by) for name, purpose, given, at, proof, by in lines]
    assert ledger == [
        ("Có Giấy", "advertising", True, date(2026, 10, 1), "Phiếu số 7", "manager"),
        ("Từ Chối", "advertising", False, date(2026, 10, 2), "", "manager"),
    ]
    assert Customer.objects.filter(name="Chưa Hỏi").exists()
    refusals = {name: may_call(number=number, purpose="advertising", customer=Customer.objects.get(name=name)) for name, number in (
        ("Có Giấy", "+84912000001"), ("Từ Chối", "+84912000003"), ("Chưa Hỏi", "+84912000007"))}  # fmt: skip
    assert {name: refused and refused.code for name, refused in refusals.items()} == {
        "Có Giấy": None, "Từ Chối": "refused", "Chưa Hỏi": "not_asked",
    }  # fmt: skip


def test_the_day_of_consent_as_excel_keeps_it(sign_in: Callable[[str], Client], db: None) -> None:
    book, content = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    sheet.append(["Tên khách hàng", "Điện thoại", "Đồng ý quảng cáo", "Ngày đồng ý", "Bằng chứng"])
    sheet.append(["Ngô Bình", 912345678, "có", datetime(2026, 10, 1), "Phiếu 1"])
    sheet.append(["Ngô An", 912345679, "có", 46296, "Phiếu 2"])  # the same day, as the number that it is
    book.save(content)
    sign_in("manager").post(upload(sign_in("manager"), content.getvalue(), "khach.xlsx"), {"does": "write"})
    assert {(line.customer.name, line.at.astimezone(ZONE).date()) for line in Consent.objects.select_related("customer")} == {
        ("Ngô Bình", date(2026, 10, 1)), ("Ngô An", date(2026, 10, 1)),
    }  # fmt: skip
