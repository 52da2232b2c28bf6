"""Reads of facts for other systems: one row, or pages in the order in which rows were last written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from chot.api.actions_rows import MODELS, Key
from chot.api.refusals import Refused
from chot.kpi.schema import TABLES


def shown(kind: str, row: Any) -> dict[str, Any]:
    """A row as the answers write it: what is empty is null."""
    return {name: None if (value := getattr(row, name)) == "" else value for name in TABLES[kind].names}


def one(kind: str, key: Key) -> dict[str, Any]:
    """The row of a key. Raises ``Refused`` (404) when there is none."""
    found = MODELS[kind]._default_manager.filter(**dict(zip(TABLES[kind].key, key, strict=True))).first()
    if found is None:
        raise Refused(404, "there is no such row")
    return shown(kind, found)


def page(kind: str, *, since: datetime | None, since_id: int, limit: int) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The next ``limit`` rows written after a moment (and, at that moment, after a number); where to continue, None at the end."""
    rows = MODELS[kind]._default_manager.order_by("written_at", "pk")
    if since:
        rows = rows.filter(Q(written_at__gt=since) | Q(written_at=since, pk__gt=since_id))
    found: list[Any] = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    mark = {"since": last.written_at.isoformat(), "since_id": last.pk} if last else None
    return [shown(kind, row) for row in found[:limit]], mark
