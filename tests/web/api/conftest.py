"""The application with its demo company (as the tests of the pages have it), and another system with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from chot.api.actions_clients import make_client
from chot.api.models import Client
from chot.api.scopes import SCOPES
from chot.people.models import User

Call = Callable[..., Any]


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.get(username="admin")


@pytest.fixture
def token(admin: User) -> Callable[..., str]:
    """``token("orders:read", …)``: the token of a new client; without scopes one that may do everything."""

    def token(*scopes: str, per_minute: int = 100_000, name: str = "") -> str:
        given = list(scopes or SCOPES)
        return make_client(name or f"ERP {Client.objects.count()}", given, per_minute, None, by=admin, address=None)[1]

    return token


@pytest.fixture
def call(token: Callable[..., str]) -> Call:
    """``call("put", "/orders/A1", {...})``: one request with a token that may do everything."""
    everything = token()

    def call(method: str, path: str, body: Any = None, *, bearer: str = everything, **headers: str) -> Any:
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if bearer:
            named["HTTP_AUTHORIZATION"] = f"Bearer {bearer}"
        kind = {"content_type": "application/json"} if body is not None else {}
        return getattr(Browser(), method)(f"/api/v1{path}", body, **kind, **named)

    return call
