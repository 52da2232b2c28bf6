"""The pages of tariffs, brand names, outbound rules and rules for calling out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chot.charges.actions import CallRefused, prepare_call
from chot.charges.models import Brand, CallingRules, OutboundRule, TariffRow
from chot.people.models import AuditEntry
from chot.switchboard.models import Number, Trunk
from tests.web.charges.test_calls import VIETTEL, VINAPHONE

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
TARIFF = {
    "operator": "Viettel", "group": "on_net", "prefix": "", "first_block_s": "60", "next_block_s": "60", "rate_vnd": "600", "fee_vnd": "0",
    "brand_fee_vnd": "0", "valid_from": "2026-11-01", "valid_to": "",
}  # fmt: skip


def test_a_new_version_of_a_tariff_is_tried_out_and_taken_away(trunk: Trunk, sign_in: SignIn) -> None:
    manager = sign_in("manager")
    assert manager.post("/charges/tariffs/new", {**TARIFF, "valid_to": "2026-10-01"}).status_code == 422
    assert manager.post("/charges/tariffs/new", TARIFF).status_code == 302
    row = TariffRow.objects.get(rate_vnd=600)
    asked = {"number": "0987654321", "purpose": "care", "seconds": "61", "trunk": ""}
    page = manager.get("/charges/tariffs", asked).content.decode()
    assert "1.200 ₫" in page and "2:00" in page and "+842471234567" in page  # two minutes begun
    assert manager.get("/charges/tariffs", asked).content.decode().count("2.023") == 0
    assert manager.post(f"/charges/tariff/{row.pk}/delete").status_code == 302
    assert "559 ₫" in manager.get("/charges/tariffs", asked).content.decode()  # 550 × 61 / 60 = 559.17
    assert manager.get("/charges/routes", {**asked, "number": "+881612345678"}).content.decode().count("notice error") == 1
    assert list(AuditEntry.objects.filter(action__startswith="tariff.").order_by("pk").values_list("action", flat=True)) == [
        "tariff.saved", "tariff.deleted"
    ]  # fmt: skip


def test_tariffs_travel_as_a_file_whole_or_not_at_all(trunk: Trunk, sign_in: SignIn) -> None:
    manager = sign_in("manager")
    file = manager.get("/charges/tariffs.csv").content.decode("utf-8-sig")
    before = TariffRow.objects.count()
    assert file.count("\n") == before + 1

    def send(text: str) -> str:
        sent = SimpleUploadedFile("cuoc.csv", text.encode(), "text/csv")
        return manager.post("/charges/tariffs/import", {"file": sent}, follow=True).content.decode()

    changed = file.replace(",550,", ",540,", 1).replace("2023-01-01", "2026-12-01", 1)
    assert "1 mức cước mới" in send(changed)
    assert TariffRow.objects.count() == before + 1 and TariffRow.objects.filter(valid_from="2026-12-01").count() == 1
    assert "abc" in send(file.replace("2023-01-01", "2027-01-01").replace(",780,", ",abc,", 1))
    assert "abd" in (two := send(file.replace("2023-01-01", "2027-01-01").replace(",780,", ",abc,", 1).replace(",550,", ",abd,", 1))) and "abc" in two
    assert TariffRow.objects.count() == before + 1
    assert "notice error" in send("a,b\n1,2\n")
    assert sign_in("auditor").post("/charges/tariffs/import").status_code == 403


def test_brand_names_and_rules_decide_the_way(trunk: Trunk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    manager, number = sign_in("manager"), Number.objects.get()
    brand = {
        "name": "CHOT SHOP", "certificate": "", "valid_from": "2026-01-01", "valid_to": "2026-12-15", "purpose": "advertising",
        "numbers": [str(number.pk)], "operators": ["Viettel"], "enabled": "on",
    }  # fmt: skip
    assert manager.post("/charges/brands/new", brand).status_code == 422
    assert manager.post("/charges/brands/new", {**brand, "certificate": "12/CN"}).status_code == 302
    page = manager.get("/charges/brands").content.decode()
    assert "notice warning" in page and "42" in page  # days until it ends
    assert prepare_call("a02", VIETTEL, "advertising", "", "c1").brand == "CHOT SHOP"
    other = Trunk.objects.create(name="vnpt", title="VNPT", operator="Vinaphone", host="198.51.100.8", rank=20)
    shown = Number.objects.create(number="+842871234567", trunk=other)
    rule = {"purpose": "", "operator": "Vinaphone", "kind": "", "trunk": str(other.pk), "number": str(number.pk), "brand": "", "enabled": "on"}
    assert manager.post("/charges/routes/new", rule).status_code == 422  # a number of another trunk
    assert manager.post("/charges/routes/new", {**rule, "number": str(shown.pk)}).status_code == 302
    assert manager.post("/charges/routes/new", {**rule, "operator": "", "number": "", "trunk": str(trunk.pk)}).status_code == 302
    assert prepare_call("a02", VINAPHONE, "care", "", "c2").trunk == "vnpt"
    first, second = OutboundRule.objects.all()
    assert manager.post(f"/charges/routes/{second.pk}/move", {"to": "up"}).status_code == 302
    assert list(OutboundRule.objects.all()) == [second, first]
    assert prepare_call("a02", VINAPHONE, "care", "", "c3").trunk == "viettel"
    OutboundRule.objects.update(brand=Brand.objects.get())
    assert "notice error" in manager.post(f"/charges/brand/{Brand.objects.get().pk}/delete", follow=True).content.decode()
    assert manager.post(f"/charges/route/{first.pk}/delete").status_code == 302 and OutboundRule.objects.count() == 1
    monkeypatch.setenv("CHOT_TODAY", "2026-12-16")
    assert "notice error" in manager.get("/charges/brands").content.decode()


def test_only_administrators_change_the_rules_for_calling_out(trunk: Trunk, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    rules = {
        "emergency": "113, 115", "forbidden": "+881 0900", "premium_roles": ["manager"], "calls_per_minute": "3", "night_from": "", "night_to": "",
        "ad_from": "08:00", "ad_to": "17:00", "ads_per_day": "1", "ads_need_brand": "on", "reserve_s": "60", "longest_call_s": "3600",
        "warn_percent": "70",
    }  # fmt: skip
    assert sign_in("manager").post("/charges/rules", rules).status_code == 403 and not CallingRules.objects.exists()
    assert admin.post("/charges/rules", {**rules, "emergency": "abc"}).status_code == 422
    assert admin.post("/charges/rules", rules).status_code == 302
    row = CallingRules.objects.get()
    assert (row.emergency, row.forbidden, row.premium_roles, row.cut_calls) == (["113", "115"], ["+881", "0900"], ["manager"], False)
    with pytest.raises(CallRefused) as refused:
        prepare_call("a02", "+84900123456", "care", "", "c1")
    assert refused.value.code == "forbidden"
    assert prepare_call("a02", VINAPHONE, "care", "", "c2").reserved_vnd == 780
    assert AuditEntry.objects.get(action="calling_rules.saved").after["warn_percent"] == 70


def test_the_pages_ask_as_often_for_many_as_for_one(trunk: Trunk, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    manager = sign_in("manager")
    rows: list[Callable[[int], object]] = [
        lambda at: Brand.objects.create(name=f"B{at}", valid_from="2026-01-01", valid_to="2027-01-01").numbers.set(Number.objects.all()),
        lambda at: OutboundRule.objects.create(rank=at, trunk=trunk, number=Number.objects.first(), brand=Brand.objects.first()),
    ]
    for path, make in zip(("brands", "routes"), rows, strict=True):
        make(1)
        with django_assert_max_num_queries(20) as one:
            manager.get(f"/charges/{path}")
        make(2)
        make(3)
        with django_assert_max_num_queries(len(one)):
            assert manager.get(f"/charges/{path}").status_code == 200
