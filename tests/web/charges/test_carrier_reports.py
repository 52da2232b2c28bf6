"""A carrier's list of calls is laid beside ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chot.charges.actions import prepare_call
from chot.charges.actions_settle import settle
from chot.charges.models import Brand, CarrierLine, CarrierReport
from tests.web.charges.test_calls import VIETTEL, VINAPHONE, ended

pytestmark = pytest.mark.django_db
FILE = """Số bị gọi,Thời gian,Thời lượng,Thành tiền,Số gọi,Tên định danh
0987654321,03/11/2026 12:00:20,1:00,1.100,02471234567,CHOT SHOP
0912345678,03/11/2026 12:00:05,100,1400,02471234567,
0912345678,03/11/2026 18:00:00,30,390,02471234567,
0912345678,hôm qua,30,390,02471234567,
"""


def test_requested_beside_reported(brand: Brand, sign_in: Callable[[str], Client]) -> None:
    """The brand name that was shown, another charge, a call that nobody knows here, a row that cannot be read."""
    prepare_call("a02", VIETTEL, "advertising", "", "c1")
    settle(ended("c1", 60))  # 550 + 550 for the brand name
    prepare_call("a02", VINAPHONE, "care", "", "c2")
    settle(ended("c2", 100, number=VINAPHONE))  # 780 × 100 / 60
    manager = sign_in("manager")
    sent = manager.post("/charges/reports", {"file": SimpleUploadedFile("cuoc-thang-11.csv", FILE.encode(), "text/csv")})
    page = manager.get(sent.url).content.decode()
    assert "hôm qua" in page and "098••••321" in page and VIETTEL not in page
    made = manager.post(sent.url, {"does": "write"})
    assert made.status_code == 302
    rows = list(CarrierLine.objects.order_by("line").values_list("call__call_id", "seconds", "charge_vnd", "brand"))
    assert rows == [("c1", 60, 1100, "CHOT SHOP"), ("c2", 100, 1400, ""), (None, 30, 390, "")]
    shown = manager.get(made.url).content.decode()
    assert "2.890 ₫" in shown and "2.400 ₫" in shown and "490 ₫" in shown  # theirs, ours, the difference
    differing = manager.get(f"{made.url}.csv?show=charge").content.decode()
    assert differing.count("\n") == 2 and differing.rstrip().endswith(",1300,1400,100")
    again = manager.post("/charges/reports", {"file": SimpleUploadedFile("x.csv", FILE.encode(), "text/csv")})
    assert "notice error" in manager.post(again.url, {"does": "write"}, follow=True).content.decode()
    assert CarrierReport.objects.count() == 1
    assert sign_in("auditor").post("/charges/reports").status_code == 403
    assert manager.post(f"{made.url}/delete").status_code == 302 and not CarrierLine.objects.exists()
