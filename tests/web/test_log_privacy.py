"""The log of real requests holds nobody's number, name, address or token."""

from __future__ import annotations

import pytest
from django.test import Client

from chot.core.log_privacy import remove_personal_data, without_personal_data

PHONES = (
    "0912345678",
    "0912 345 678",
    "0912.345.678",
    "+84912345678",
    "+84 912 345 678",
    "0084 912345678",
    "(+84) 912-345-678",
    "024 3825 1234",
)


@pytest.mark.parametrize("phone", PHONES)
def test_telephone_numbers_go(phone: str) -> None:
    assert not any(part in without_personal_data(f"call {phone} failed") for part in ("345", "3825"))


@pytest.mark.parametrize("text", ["run 3 of 2026-10 took 1234 ms", "2026-11-03T08:00:00Z", "KPI-2026-10-000123", "1234567 rows"])
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert without_personal_data(text) == text


def test_fields_and_what_the_database_quotes_go() -> None:
    event = {
        "event": "x", "post": {"a": "Lan"}, "username": "lan", "incident": "7KQ2-M4XD",
        "exception": "DETAIL:  Key (username)=(lan.tran) already exists.\nFailing row contains (1, Lan, 5).",
    }  # fmt: skip
    kept = str(remove_personal_data(None, "error", event))
    assert "lan" not in kept.lower()
    assert "7KQ2-M4XD" in kept


@pytest.mark.django_db
def test_pages_leave_nothing_personal_in_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    from chot.people.models import User
    from chot.web import views

    secret, phone = "sEcretT0kenThatNobodyShouldSee4711", "0912345678"
    account = User.objects.filter(role="leader")[0]
    assert client.post("/sign-in", {"username": account.username, "password": secret}).status_code in (200, 401, 422)
    client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {secret}", REMOTE_ADDR="10.0.0.1")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/audit?q={phone}&token={secret}").status_code == 403
    assert client.get(f"/phones/customer/{phone}").status_code in (403, 404, 405)

    monkeypatch.setitem(views._FIRST_PAGE, account.role, "nowhere:" + phone)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500
    logged = "".join(capsys.readouterr())
    assert f'"user":{account.pk}' in logged
    assert "request refused" in logged
    assert "request failed" in logged
    for private in (phone, secret, account.name, f'"{account.username}"'):
        assert private not in logged
