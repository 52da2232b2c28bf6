"""The audit trail: append-only and hash-chained, so that a changed or missing entry shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from chot.core import clock
from chot.people.models import AuditEntry, AuditHead, User

_LOCK = 0x63686F74  # one writer of the chain at a time


@transaction.atomic
def record(
    action: str, subject: str, *, by: User | None, address: str | None = None,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> AuditEntry:  # fmt: skip
    """Append one entry, in the transaction of the write that it tells of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = AuditEntry.objects.order_by("-pk").first()
    entry = AuditEntry(at=clock.now().astimezone(UTC), user=by, action=action, subject=subject, before=before, after=after, address=address)
    entry.seal = seal(entry, last.seal if last else "")
    entry.save(force_insert=True)
    if not AuditHead.objects.update(entries=F("entries") + 1, seal=entry.seal):
        AuditHead.objects.create(entries=AuditEntry.objects.count(), seal=entry.seal)
    return entry


def seal(entry: AuditEntry, previous: str) -> str:
    """SHA-256 over the entry's content and the seal before it."""
    content = [previous, entry.at.isoformat(), entry.user_id, entry.action, entry.subject, entry.before, entry.after, entry.address]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def first_broken() -> AuditEntry | None:
    """The first entry whose seal does not follow from what stands before it; None when the trail is whole."""
    previous = ""
    for entry in AuditEntry.objects.order_by("pk").iterator():
        if entry.seal != seal(entry, previous):
            return entry
        previous = entry.seal
    return None


def cut_off() -> int:
    """How many entries are missing at the end of the trail, or are more than there should be (negative); 0 when it is whole."""
    head, last = AuditHead.objects.first(), AuditEntry.objects.order_by("-pk").first()
    if head is None:
        return 0 if last is None else -AuditEntry.objects.count()
    missing = head.entries - AuditEntry.objects.count()
    return missing or int(last is not None and last.seal != head.seal)
