"""Writes: how a person likes reports. They concern nobody else and are not in the audit trail."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from chot.core.errors import InputError, Problem
from chot.people.models import User
from chot.performance.models_reports import ExportColumns

TABLES = ("report", "team", "rows", "pay")


@transaction.atomic
def choose_columns(user: User, table: str, *, offered: Collection[str], kept: Collection[str]) -> None:
    """Remember which of the ``offered`` columns are exported; those that were not offered stay as they were.

    Raises ``InputError`` for a table that is none, and when no column would be left.
    """
    if table not in TABLES:
        raise InputError(Problem(what="there is no such table"))
    if not set(offered) & set(kept):
        raise InputError(Problem(what="a table needs at least one column"))
    ExportColumns.objects.get_or_create(user=user, table=table)
    found = ExportColumns.objects.select_for_update().get(user=user, table=table)
    left_out = (set(found.left_out) - set(offered)) | (set(offered) - set(kept))
    found.left_out = sorted(name[:80] for name in left_out)[:200]
    found.save()
