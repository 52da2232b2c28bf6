"""Writes: how a person likes reports. They concern nobody else and are not in the audit trail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction

from chot.core.errors import InputError, Problem
from chot.people.models import User
from chot.performance.models_reports import ExportColumns, SavedDays
from chot.performance.report_filter import LONGEST, SPANS

TABLES = ("report", "team", "rows", "pay", "campaigns")


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


MOST_SAVED = 30


@transaction.atomic
def keep_days(
    user: User, name: str, *, rule: str = "", days: int | None = None, first: date | None = None, last: date | None = None
) -> SavedDays:
    """Days under a name; the same name again replaces them. Raises ``InputError`` for what cannot be kept."""
    name = name.strip()[:40]
    if not name:
        raise InputError(Problem(what="saved days need a name"))
    if rule == "days":
        if days is None or not 1 <= days <= LONGEST:
            raise InputError(Problem(what="how many days is a number from 1 to 366"))
    elif rule and rule not in SPANS:
        raise InputError(Problem(what="there is no such rule"))
    elif not rule and (first is None or last is None or not 0 <= (last - first).days < LONGEST):
        raise InputError(Problem(what="fixed days need a first day and a last day within a year after it"))
    User.objects.select_for_update().get(pk=user.pk)
    if not SavedDays.objects.filter(user=user, name=name).exists() and SavedDays.objects.filter(user=user).count() >= MOST_SAVED:
        raise InputError(Problem(what="there are already 30 saved days"))
    values = {
        "rule": rule, "days": days if rule == "days" else None, "first": None if rule else first, "last": None if rule else last,
    }  # fmt: skip
    return SavedDays.objects.update_or_create(user=user, name=name, defaults=values)[0]


@transaction.atomic
def drop_days(user: User, pk: int) -> bool:
    """Forget one's own saved days."""
    return bool(SavedDays.objects.filter(user=user, pk=pk).delete()[0])
