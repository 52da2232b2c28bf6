"""The application on a real PostgreSQL, with a small demo company in it, made once for all tests of a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests.made_once import copied, running, shared, with_company

TODAY = "2026-11-03"


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the demo company of 16 people and 4 months, made once for all processes of the test run."""
    return with_company(shared(tmp_path_factory), "small-company", "agents=16, months=4, seed=7, end='2026-10'", CHOT_TODAY=TODAY)


@pytest.fixture(scope="session")
def django_db_setup(company: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[None]:
    """This process's copy of the company; tests see it, and their own changes are undone."""
    from django.conf import settings

    from chot.config.database import parsed

    var = copied(company, tmp_path_factory.mktemp("pg") / "var")
    shutil.copytree(var / "data", Path(settings.VAR) / "data", dirs_exist_ok=True)
    with running(var) as address, django_db_blocker.unblock():
        connections["default"].settings_dict.update({**parsed(address), "OPTIONS": {}})
        yield
        connections.close_all()


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOT_TODAY", TODAY)


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
