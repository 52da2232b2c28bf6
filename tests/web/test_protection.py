"""Recovery codes, a second factor that a role needs, running sessions, limits, metrics, and what a deployment lacks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from chot.people import rates
from chot.people.actions_recovery import new_codes, use_code
from chot.people.models import AuditEntry, RecoveryCode, User, UserSession
from chot.web.demo import PASSWORD
from chot.web.deploy_checks import findings

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def protected(db: None) -> User:
    user = User.objects.get(username="payroll")
    TOTPDevice.objects.create(user=user, name="totp", confirmed=True)
    return user


def waiting_for_code() -> Client:
    client = Client()
    assert client.post("/sign-in", {"username": "payroll", "password": PASSWORD}).status_code == 302
    return client


def test_a_recovery_code_opens_one_sign_in(protected: User) -> None:
    codes = new_codes(protected, address=None)
    assert len(set(codes)) == 10
    client = waiting_for_code()
    assert client.post("/sign-in/code", {"code": codes[0].upper()}).status_code == 302
    assert client.get("/account").status_code == 200
    assert AuditEntry.objects.get(action="recovery.used").after == {"left": 9}
    again = waiting_for_code()
    assert again.post("/sign-in/code", {"code": codes[0]}).status_code == 200
    assert again.get("/account").status_code == 302
    assert not any(code.replace("-", "") in str(row) for row in RecoveryCode.objects.values() for code in codes)


def test_codes_are_the_persons_own_and_new_ones_replace_them(protected: User) -> None:
    first = new_codes(protected, address=None)
    other = User.objects.get(username="payroll2")
    assert not use_code(other, first[0], address=None)
    new_codes(protected, address=None)
    assert not use_code(protected, first[0], address=None) and RecoveryCode.objects.filter(user=protected).count() == 10


def test_codes_are_made_with_the_password_and_shown_once(sign_in: SignIn, protected: User) -> None:
    client = sign_in("payroll")
    assert client.post("/account/recovery-codes", {"password": "wrong"}).status_code == 422
    assert not RecoveryCode.objects.exists()
    page = client.post("/account/recovery-codes", {"password": PASSWORD})
    assert page.status_code == 200 and len(page.context["codes"]) == 10 and "no-store" in page.headers["Cache-Control"]
    assert not any(code in client.get("/account").content.decode() for code in page.context["codes"])


def test_a_role_that_needs_a_second_factor_sets_it_up_first(sign_in: SignIn, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = ["payroll"]
    client = sign_in("payroll")
    assert client.get("/pay").headers["Location"] == "/account#second-factor"
    assert client.get("/account").status_code == 200
    assert sign_in("manager").get("/people").status_code == 200


def test_an_administrator_sees_who_is_signed_in(sign_in: SignIn) -> None:
    sign_in("manager").get("/people")
    admin = sign_in("admin")
    manager = User.objects.get(username="manager")
    page = admin.get("/people/sessions").content.decode()
    assert manager.name in page
    admin.post(f"/people/accounts/{manager.pk}/sessions")
    assert not UserSession.objects.filter(user=manager).exists() and manager.name not in str(admin.get("/people/sessions").context["page"].object_list)


def test_too_many_sign_ins_from_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates.LIMITS, "sign_in", (2, 300))
    client = Client()
    answers = [client.post("/sign-in", {"username": f"nobody{each}", "password": "x"}).status_code for each in range(3)]
    assert answers == [200, 200, 429]
    assert client.get("/sign-in").status_code == 200  # looking at the page is free
    assert Client(REMOTE_ADDR="10.0.0.9").post("/sign-in", {"username": "manager", "password": PASSWORD}).status_code == 302


def test_too_many_exports(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates.LIMITS, "export", (1, 3600))
    client = sign_in("auditor")
    assert [client.get(page).status_code for page in ("/people/export.csv", "/audit/export.csv")] == [200, 429]


def test_metrics_are_for_this_machine_or_the_token(settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    statuses = [
        Client().get("/metrics").status_code,
        Client(REMOTE_ADDR="10.0.0.9").get("/metrics").status_code,
        Client().get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code,
        Client(REMOTE_ADDR="10.0.0.9").get("/metrics", headers={"Authorization": "Bearer a-long-token"}).status_code,
        Client(REMOTE_ADDR="10.0.0.9").get("/metrics", headers={"Authorization": "Bearer "}).status_code,
    ]
    assert statuses == [200, 404, 404, 200, 404]
    settings.METRICS_TOKEN = ""
    assert Client(REMOTE_ADDR="10.0.0.9").get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_what_an_installation_lacks(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chot.web.deploy_checks._DISK_BYTES", 0)
    monkeypatch.setattr("chot.web.deploy_checks._DISK_SHARE", 0)
    settings.SECRET_KEY, settings.HTTPS, settings.DEBUG, settings.ALLOWED_HOSTS, settings.BACKUPS = "x", False, True, ["localhost"], ""
    found = findings()
    assert {problem.field for problem in found} == {
        "CHOT_SECRET_KEY", "CHOT_HTTPS", "CHOT_HOSTS", "CHOT_DEBUG", "CHOT_TODAY", "CHOT_SECOND_FACTOR_ROLES", "accounts", "CHOT_BACKUPS",
    }  # fmt: skip
    assert all(problem.what and problem.fix for problem in found)
    monkeypatch.delenv("CHOT_TODAY")
    settings.SECRET_KEY, settings.HTTPS, settings.DEBUG, settings.ALLOWED_HOSTS = "0123456789abcdefghijklmnop" * 2, True, False, ["chot.example.vn"]
    settings.SECOND_FACTOR_ROLES, settings.BACKUPS = ["payroll", "admin"], str(tmp_path)
    for user in User.objects.filter(is_active=True):
        user.set_unusable_password()
        user.save(update_fields=["password"])
        TOTPDevice.objects.create(user=user, name="totp", confirmed=True)
    assert [(each.field, "no backup" in each.what) for each in findings()] == [("CHOT_BACKUPS", True)]
    (tmp_path / "chot.tar.gz").write_bytes(b"x")
    assert findings() == []
    os.utime(tmp_path / "chot.tar.gz", (1_000_000, 1_000_000))
    assert [each.field for each in findings()] == ["CHOT_BACKUPS"]
