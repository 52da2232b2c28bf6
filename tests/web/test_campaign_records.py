"""Campaigns as records: described, chosen from in forms, archived, taken along, and what existing codes become."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from chot.calls.models import Disposition
from chot.campaigns.models import Campaign
from chot.charges.models import Quota
from chot.charges.refusals import purpose_of
from chot.people.models import AuditEntry
from chot.people.queries import team_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
TET = {
    "name": "Tết 2027", "code": "tet-2027", "purpose": "sales", "teams": ["t1"], "first_day": "2026-11-01", "last_day": "2027-01-31",
    "status": "running", "description": "Chăm khách cũ",
}  # fmt: skip


def test_a_campaign_is_described_chosen_and_archived(sign_in: SignIn) -> None:
    manager = sign_in("manager")
    for wrong in ({"code": "tet 2027"}, {"name": ""}, {"last_day": "2026-10-01"}, {"teams": ["nobody"]}, {"status": "archived"}):
        assert manager.post("/campaigns/new", {**TET, **wrong}).status_code == 422
    assert manager.post("/campaigns/new", TET).status_code == 302
    assert manager.post("/campaigns/new", TET).status_code == 422  # the code is taken
    row = Campaign.objects.get(code="tet-2027")
    assert (row.name, row.teams, row.first_day, row.last_day) == ("Tết 2027", ["t1"], date(2026, 11, 1), date(2027, 1, 31))
    assert manager.post(f"/campaigns/{row.pk}", {**TET, "name": "Tết Đinh Mùi", "code": "other"}).status_code == 302
    row.refresh_from_db()
    assert (row.code, row.name) == ("tet-2027", "Tết Đinh Mùi")
    assert purpose_of("care", "tet-2027") == "advertising" and purpose_of("care", "unknown") == "care"
    for page in ("/charges/quotas/new", "/desk/settings/dispositions/new", "/desk/settings/fields/new"):
        assert 'value="tet-2027"' in manager.get(page).content.decode()
    quota = {"whose": "campaign:", "campaign": "tet-2027", "period": "day", "limit_vnd": "50000"}
    assert manager.post("/charges/quotas/new", {**quota, "campaign": "unknown"}).status_code == 422
    assert manager.post("/charges/quotas/new", quota).status_code == 302
    assert Quota.objects.filter(holder="campaign", holder_id="tet-2027").count() == 1
    assert "Tết Đinh Mùi" in manager.get("/charges/quotas?whose=campaign&per=day").content.decode()
    assert manager.post(f"/campaigns/{row.pk}/archive").status_code == 302
    assert manager.post(f"/campaigns/{row.pk}/archive").status_code == 302
    assert 'value="tet-2027"' not in manager.get("/desk/settings/dispositions/new").content.decode()
    assert "Tết Đinh Mùi" not in manager.get("/campaigns").content.decode()
    assert "Tết Đinh Mùi" in manager.get("/campaigns?archived=1").content.decode()
    manager.post(f"/campaigns/{row.pk}/archive", {"back": "1"})
    told = AuditEntry.objects.filter(subject="campaign:tet-2027").order_by("pk").values_list("action", flat=True)
    assert list(told) == ["campaign.saved", "campaign.saved", "campaign.archived", "campaign.brought_back"]


def test_a_disposition_keeps_the_campaign_that_is_archived(sign_in: SignIn) -> None:
    Campaign.objects.create(code="old", name="Cũ", status="archived")
    row = Disposition.objects.create(code="booked", name="Đặt lịch", campaign_id="old")
    page = sign_in("manager").get(f"/desk/settings/dispositions/{row.pk}").content.decode()
    assert '<option value="old" selected>' in page
    assert "Cũ" in sign_in("manager").get("/desk/settings").content.decode()


def test_leaders_see_the_own_teams_campaigns(sign_in: SignIn) -> None:
    from chot.people.models import User

    leader = User.objects.filter(role="leader").exclude(agent_id="")[0]
    own, every, other = ("Của nhóm", [team_of(leader.agent_id)]), ("Mọi nhóm", []), ("Nhóm khác", ["zz"])
    for name, teams in (own, every, other):
        Campaign.objects.create(code=f"c{len(name)}-{len(teams)}-{teams[:1] == ['zz']}", name=name, teams=teams)
    page = sign_in(leader.username).get("/campaigns").content.decode()
    assert "Của nhóm" in page and "Mọi nhóm" in page and "Nhóm khác" not in page and "/campaigns/new" not in page
    assert sign_in(leader.username).post("/campaigns/new", TET).status_code == 403


def test_the_list_asks_as_often_for_three_and_is_taken_along(sign_in: SignIn, django_assert_num_queries: Callable[..., object]) -> None:
    Campaign.objects.all().delete()
    manager = sign_in("manager")
    Campaign.objects.create(code="a", name="=A", teams=["t1"])
    manager.get("/campaigns")
    with CaptureQueriesContext(connection) as one:
        manager.get("/campaigns")
    Campaign.objects.create(code="b", name="B", status="archived")
    for code in ("c", "d"):
        Campaign.objects.create(code=code, name=code, teams=["t1", "t2"])
    with django_assert_num_queries(len(one)):
        manager.get("/campaigns")
    book = load_workbook(io.BytesIO(manager.get("/campaigns.xlsx").content))
    assert [[cell.value for cell in row][:2] for row in book.active.iter_rows(min_row=2)] == [["a", "'=A"], ["c", "c"], ["d", "d"], ["b", "B"]]


def test_reports_name_campaigns(sign_in: SignIn) -> None:
    page = sign_in("manager").get("/reports/campaigns", {"first": "2026-10-01", "last": "2026-10-31"}).content.decode()
    assert "Đăng ký trên web" in page


def test_existing_codes_become_campaigns_once(sign_in: SignIn) -> None:
    """As the migration does it; who is described already stays."""
    Campaign.objects.all().delete()
    code = "da-co"
    for each in (code, "moi"):
        Disposition.objects.create(code=f"d-{each}", name=each, campaign_id=each)
    Campaign.objects.create(code=code, name="Đã có")
    Quota.objects.create(holder="campaign", holder_id="tet", period="day", limit_vnd=1)

    class Rules:
        """The rules as they were."""

        class objects:  # noqa: N801 - as Django names it
            @staticmethod
            def all() -> list[object]:
                return [type("Row", (), {"ad_campaigns": ["tet", "web"]})]

    class Registry:
        """The models, with the rules as they were."""

        @staticmethod
        def get_model(app: str, name: str) -> object:
            return Rules if name == "CallingRules" else apps.get_model(app, name)

    keep = importlib.import_module("chot.campaigns.migrations.0002_existing_codes").keep
    keep(Registry, None)
    keep(Registry, None)
    assert Campaign.objects.get(code=code).name == "Đã có"
    assert dict(Campaign.objects.filter(code__in=("tet", "web")).values_list("code", "purpose")) == {"tet": "advertising", "web": "advertising"}
    assert set(Campaign.objects.values_list("code", flat=True)) >= {"da-co", "moi", "tet", "web"}
