"""The application on a real PostgreSQL, with a small demo company in it, made once for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The embedded PostgreSQL of this process."""
    from chot.config.database import parsed, start

    address, server = start(tmp_path_factory.mktemp("pg"))
    connections["default"].settings_dict.update({**parsed(address), "OPTIONS": {}})
    yield
    if server:
        connections.close_all()
        server.cleanup()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The demo company of 16 people and 4 months; tests see it, and their own changes are undone."""
    from chot.demo.settings import Settings
    from chot.web import demo

    with django_db_blocker.unblock():
        demo.load(Settings(agents=16, months=4, seed=7, end="2026-10"))


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03")


@pytest.fixture
def sign_in(db: None) -> Callable[[str], Client]:
    """``sign_in("manager")``: a client with that person signed in."""
    from chot.people.models import User

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def agent(db: None) -> str:
    """An agent whom the telesales plan pays."""
    from chot.performance.models import Result

    return str(Result.objects.filter(run__plan__plan_id__startswith="telesale", variable_vnd__gt=0).values_list("agent_id", flat=True)[0])


@pytest.fixture
def var() -> Path:
    """The folder behind the application."""
    from django.conf import settings

    return Path(settings.VAR)
