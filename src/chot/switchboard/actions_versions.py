"""Writes of versions: one writer at a time, each version one more than the last."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection

from chot.core import clock
from chot.people.models import User
from chot.switchboard.models import RoutingVersion, Version

_LOCKS = {Version: 0x73776974, RoutingVersion: 0x726F7574}
Kind = TypeVar("Kind", Version, RoutingVersion)


def latest_held(kind: type[Kind]) -> Kind | None:
    """The last version; until the end of the transaction nobody else makes the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCKS[kind]])
    return kind.objects.first()


def next_version(kind: type[Kind], last: Kind | None, document: Any, by: User | None, why: str, **kept: Any) -> Kind:
    """The version after ``last``; ``kept`` is what it keeps beside the document."""
    number = last.number + 1 if last else 1
    return kind.objects.create(number=number, document=document, why=why[:200], saved_at=clock.now(), saved_by=by, **kept)
