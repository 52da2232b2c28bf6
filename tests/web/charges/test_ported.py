"""Numbers that moved to another operator."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from chot.charges.actions import prepare_call
from chot.charges.models import CallCharge, PortedNumber
from chot.charges.routing import destination_of
from chot.people.models import AuditEntry
from chot.people.templatetags.masking import operator
from chot.switchboard.models import Trunk
from tests.web.charges.test_calls import VIETTEL

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
MOVE = {"number": "0912 345 678", "operator": "Viettel", "since": "2026-10-01", "source": "khách báo"}


def test_a_number_that_moved_takes_the_way_and_the_price_of_its_operator(trunk: Trunk, sign_in: SignIn) -> None:
    manager, moved = sign_in("manager"), "+84912345678"
    assert destination_of(moved, date(2026, 11, 3)).operator == "Vinaphone"
    assert manager.post("/charges/ported/new", MOVE).status_code == 302
    row = PortedNumber.objects.get()
    assert (row.number, row.operator, row.since, row.source) == (moved, "Viettel", date(2026, 10, 1), "khách báo")
    assert destination_of(moved, date(2026, 9, 30)).operator == "Vinaphone"
    assert destination_of(moved, date(2026, 10, 1)).operator == operator(moved) == "Viettel"
    prepare_call("a02", moved, "care", "", "p1")
    prepare_call("a02", "+84912345679", "care", "", "p2")
    rates = {row.call_id: row.tariff["rate_vnd"] for row in CallCharge.objects.all()}
    assert rates == {"p1": 550, "p2": 780}  # on the net of the trunk, and off it
    manager.post("/charges/ported/new", {**MOVE, "operator": "MobiFone", "since": "2026-12-01"})
    assert destination_of(moved, date(2026, 11, 3)).operator == "Viettel" and destination_of(moved, date(2026, 12, 1)).operator != "Viettel"
    assert manager.post(f"/charges/ported/{row.pk}/delete").status_code == 302
    assert manager.post(f"/charges/ported/{row.pk}/delete").status_code == 302
    assert destination_of(moved, date(2026, 11, 3)).operator == "Vinaphone"
    told = list(AuditEntry.objects.filter(action__startswith="ported.").order_by("pk").values_list("action", flat=True))
    assert told == ["ported.saved", "ported.saved", "ported.deleted"]
    assert "345" not in str(AuditEntry.objects.filter(action="ported.saved").values_list("after", flat=True))


def test_only_mobile_numbers_and_known_operators_once_a_day(trunk: Trunk, sign_in: SignIn) -> None:
    manager = sign_in("manager")
    for wrong in ({"number": "02471234567"}, {"number": "abc"}, {"operator": "Nobody"}, {"since": ""}):
        assert manager.post("/charges/ported/new", {**MOVE, **wrong}).status_code == 422
    assert manager.post("/charges/ported/new", MOVE).status_code == 302
    assert manager.post("/charges/ported/new", MOVE).status_code == 422
    assert PortedNumber.objects.count() == 1


def test_moves_travel_as_a_file_whole_or_not_at_all(trunk: Trunk, sign_in: SignIn) -> None:
    manager = sign_in("manager")

    def send(text: str) -> str:
        sent = SimpleUploadedFile("chuyen-mang.csv", text.encode(), "text/csv")
        return manager.post("/charges/ported/import", {"file": sent}, follow=True).content.decode()

    good = "Số điện thoại,Nhà mạng,Từ ngày,Nguồn\n912345678,viettel,01/10/2026,=nhà mạng\n0987654321,Vinaphone,2026-09-01,\n"
    told = send(good + "024712,Nobody,xx,\n")
    assert "024712" in told and "Nobody" in told and "xx" in told and not PortedNumber.objects.exists()
    assert "2 số mới" in send(good)
    assert "0 số mới, 2 số được thay" in send(good) and PortedNumber.objects.count() == 2
    assert list(PortedNumber.objects.values_list("number", "operator", "since")) == [
        ("+84912345678", "Viettel", date(2026, 10, 1)), (VIETTEL, "Vinaphone", date(2026, 9, 1)),
    ]  # fmt: skip
    assert "notice error" in send("a,b\n1,2\n")
    back = manager.get("/charges/ported.csv").content.decode("utf-8-sig")
    assert back.splitlines()[1] == "0912345678,Viettel,2026-10-01,'=nhà mạng"
    assert "0 số mới, 2 số được thay" in send(back)
    book = load_workbook(io.BytesIO(manager.get("/charges/ported.xlsx?q=0987").content))
    assert [cell.value for cell in book.active[2]][:2] == ["0987654321", "Vinaphone"]
    assert AuditEntry.objects.filter(action="ported.exported").count() == 2


def test_the_list_is_searched_and_masked_for_who_only_looks(
    trunk: Trunk, sign_in: SignIn, django_assert_num_queries: Callable[..., object]
) -> None:
    manager = sign_in("manager")
    PortedNumber.objects.create(number="+84912345678", operator="Viettel", since=date(2026, 10, 1), source="tra cứu")
    manager.get("/charges/ported")
    with CaptureQueriesContext(connection) as one:
        manager.get("/charges/ported")
    PortedNumber.objects.create(number="+84912345679", operator="Viettel", since=date(2026, 12, 1))
    PortedNumber.objects.create(number="+84987654321", operator="Vinaphone", since=date(2026, 10, 1))
    with django_assert_num_queries(len(one)):
        page = manager.get("/charges/ported").content.decode()
    assert "0912345678" in page and "chưa đến" in page
    found = manager.get("/charges/ported", {"q": "0912 345"}).content.decode()
    assert "0912345679" in found and "0987654321" not in found
    assert "0987654321" in manager.get("/charges/ported", {"operator": "Vinaphone"}).content.decode()
    assert "0912345678" in manager.get("/charges/ported", {"q": "tra cứu"}).content.decode()
    seen = sign_in("auditor").get("/charges/ported").content.decode()
    assert "0912345678" not in seen and "091••••678" in seen
