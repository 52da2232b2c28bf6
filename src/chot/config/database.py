"""Which PostgreSQL Chốt works on: the one that ``DATABASE_URL`` names, else its own in ``VAR/postgres``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

from chot.core.errors import Problem

LEAST_VERSION = 15


def parsed(address: str) -> dict[str, Any]:
    """Django's settings of a database at ``postgresql://user:password@host:port/name?host=/socket/folder``.

    >>> parsed("postgresql://chot:a%40b@db:5433/calls")["HOST"], parsed("postgresql://u@/x?host=/run/pg")["HOST"]
    ('db', '/run/pg')
    """
    parts = urlsplit(address or "postgresql:///postgres")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {**query, "pool": {"min_size": 1, "max_size": 12, "timeout": 20}},
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
    }


def start(var: Path) -> tuple[str, Any]:
    """The address of the database, and the server behind it when it is Chốt's own (``cleanup()`` stops it)."""
    given = os.environ.get("DATABASE_URL")
    if given:
        return given, None
    from chot.facts.engines.postgres import start_server

    folder = var / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    server = start_server(folder)
    return str(server.get_uri()), server


def unusable(address: str, *, least: int = LEAST_VERSION) -> Problem | None:
    """Why Chốt cannot work on the PostgreSQL that ``DATABASE_URL`` names; None when it can."""
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Problem(field="DATABASE_URL", what=f"the database does not answer: {said}", fix="Start it, or correct its address.")
    if version >= least:
        return None
    what = f"this is PostgreSQL {version}"
    return Problem(field="DATABASE_URL", what=what, fix=f"Chốt needs PostgreSQL {least} or later; without DATABASE_URL it runs its own.")


def holds_tables(address: str) -> bool:
    """Whether anything is in the database already."""
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')").fetchone()
    return bool(found and found[0])


def keep_running(server: Any) -> bool:
    """Starts Chốt's own server again when it has died, at the same address; whether it had."""
    from chot.facts.engines.postgres import runs, start_again

    if runs(server):
        return False
    start_again(server)
    return True
