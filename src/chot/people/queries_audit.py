"""Reads of the audit trail: a page of entries, one entry with what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from chot.core.clock import ZONE
from chot.core.text import normal, unaccented
from chot.people.models import AuditEntry, User

PAGE = 50
_ACTIONS = """
WITH RECURSIVE named AS (
    (SELECT action FROM people_auditentry ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM people_auditentry WHERE action > named.action ORDER BY action LIMIT 1)
    FROM named WHERE named.action IS NOT NULL
)
SELECT action FROM named WHERE action IS NOT NULL
"""


def actions_in_use() -> list[str]:
    """Every action that was ever noted, by hops through the index."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS)
        return [str(action) for (action,) in cursor.fetchall()]


def entries(
    *, action: str = "", subject: str = "", person: str = "", first: date | None = None, last: date | None = None
) -> QuerySet[AuditEntry]:
    """The entries that match, the latest first; days are the company's, both included."""
    found = AuditEntry.objects.select_related("user").order_by("-pk")
    if action:
        found = found.filter(action=action)
    if subject:
        found = found.filter(subject__icontains=normal(subject.strip()))
    if person:
        found = found.filter(_by(person))
    if first:
        found = found.filter(at__gte=_midnight(first))
    if last:
        found = found.filter(at__lt=_midnight(last + timedelta(days=1)))
    return found


def _by(person: str) -> Q:
    wanted = unaccented(person).split()
    people = User.objects.values_list("pk", "username", "name")
    return Q(user__in=[pk for pk, username, name in people if all(part in unaccented(f"{name} {username}") for part in wanted)])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


@dataclass(frozen=True)
class Page:
    """Some entries, and from which entry the older ones go on."""

    rows: list[AuditEntry]
    older: int | None


def page_of(found: QuerySet[AuditEntry], before: int | None) -> Page:
    """The page of entries older than ``before``; the same work on the first page and on the thousandth."""
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


@dataclass(frozen=True)
class Change:
    """One field of an entry: what it was and what it became."""

    name: str
    before: Any
    after: Any
    differs: bool


def changes(entry: AuditEntry) -> list[Change]:
    """The fields that an entry tells of, side by side."""
    before: Mapping[str, Any] = entry.before or {}
    after: Mapping[str, Any] = entry.after or {}
    names = [*before, *(name for name in after if name not in before)]
    return [Change(name, before.get(name), after.get(name), before.get(name) != after.get(name)) for name in names]
