"""A database of its own whose transactions really commit, and a data folder for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from chot.feed.sources import SOURCES
from tests.made_once import copied, migrated, running, shared

TABLES = [*(source.place for source in SOURCES.values()), "feed_rejectedrow", "feed_generation", "feed_proof", "people_person"]


@pytest.fixture(scope="package")
def database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[str]:
    """The address of an embedded PostgreSQL with Chốt's tables; Django works on it meanwhile."""
    from chot.config.database import parsed

    var = copied(migrated(shared(tmp_path_factory)), tmp_path_factory.mktemp("feed-pg") / "var")
    with running(var) as address, django_db_blocker.unblock():
        connections.close_all()
        kept = dict(connections["default"].settings_dict)
        connections["default"].settings_dict.update({**parsed(address), "OPTIONS": {}})
        yield address
        connections.close_all()
        connections["default"].settings_dict.update(kept)


@pytest.fixture
def data(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[Path]:
    """An empty data folder; the operational tables are empty too."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
            cursor.execute("DELETE FROM feed_factchange")
        yield tmp_path / "data"
        connection.close()
