"""Who may use the API, for what, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from chot.api.models import Client
from chot.people.models import User
from tests.web.api.conftest import Call
from tests.web.api.test_rows import ORDER

pytestmark = pytest.mark.django_db


def test_without_a_token_nobody_is_let_in(call: Call) -> None:
    for bearer in ("", "chot_wrong"):
        answer = call("get", "/orders", bearer=bearer)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.json()["problems"][0]["fix"]


def test_a_signed_in_person_is_no_system(sign_in: Callable[[str], Browser]) -> None:
    assert sign_in("admin").get("/api/v1/orders").status_code == 401


def test_each_scope_opens_one_thing(call: Call, token: Callable[..., str]) -> None:
    reader = token("orders:read")
    assert call("get", "/orders", bearer=reader).status_code == 200
    assert call("get", "/leads", bearer=reader).status_code == 403
    assert call("put", "/orders/A1", ORDER, bearer=reader).status_code == 403
    writer = token("orders:write")
    assert call("put", "/orders/A1", ORDER, bearer=writer).status_code == 201
    assert call("put", "/orders/A1?correct=true", ORDER, bearer=writer).status_code == 403
    assert call("delete", "/orders/A1", bearer=writer).status_code == 403


def test_a_switched_off_or_expired_token_is_refused(call: Call, token: Callable[..., str]) -> None:
    bearer = token()
    Client.objects.update(is_active=False)
    assert call("get", "/orders", bearer=bearer).status_code == 401
    Client.objects.update(is_active=True, expires_on="2026-11-02")
    assert call("get", "/orders", bearer=bearer).status_code == 401
    Client.objects.update(expires_on="2026-11-03")
    assert call("get", "/orders", bearer=bearer).status_code == 200


def test_too_many_requests_wait_a_minute(call: Call, token: Callable[..., str]) -> None:
    bearer = token(per_minute=3)
    statuses = [call("get", "/orders", bearer=bearer).status_code for _request in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert call("get", "/orders", bearer=bearer).headers["Retry-After"] == "60"


def test_the_token_is_shown_once_and_kept_as_a_hash(sign_in: Callable[[str], Browser], admin: User) -> None:
    browser = sign_in("admin")
    page = browser.post("/settings/api/new", {"name": "Web shop", "scopes": ["orders:write"], "per_minute": 60})
    made = Client.objects.get(name="Web shop")
    shown = page.content.decode()
    token = shown.partition('class="once">')[2].partition("<")[0]
    assert token.startswith("chot_") and len(token) > 40
    assert token not in browser.get("/settings/api").content.decode()
    assert token not in str(Client.objects.filter(pk=made.pk).values())
    assert made.created_by == admin


def test_a_new_token_replaces_the_old(sign_in: Callable[[str], Browser], call: Call, token: Callable[..., str]) -> None:
    bearer = token(name="ERP one")
    sign_in("admin").post(f"/settings/api/{Client.objects.get(name='ERP one').pk}/token")
    assert call("get", "/orders", bearer=bearer).status_code == 401


def test_the_list_asks_the_database_the_same_for_one_and_for_many(sign_in: Callable[[str], Browser], token: Callable[..., str], django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, counts = sign_in("admin"), []
    for _more in range(2):
        token(), token()
        with CaptureQueriesContext(connection, ) as asked:
            browser.get("/settings/api")
        counts.append(len(asked))
    assert counts[0] == counts[1]
