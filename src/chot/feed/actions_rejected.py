"""Writes: rejected rows tried again or left out on purpose, and a proof asked for between nights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.feed.actions import report_rejects
from chot.feed.models import RejectedRow
from chot.people.audit import record
from chot.people.models import User

NAMED = 50
"""Keys named in one entry of the audit trail."""


@transaction.atomic
def retry(rows: Sequence[int], *, by: User, address: str | None = None) -> int:
    """Have the rows moved again as if they had been written now; how many. What was dismissed is judged anew."""
    found = list(RejectedRow.objects.select_for_update().filter(pk__in=rows).order_by("pk"))
    if not found:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO feed_factchange (fact_table, key, xid) VALUES (%s, %s, pg_current_xact_id()::text::bigint)",
            [(each.fact_table, each.key) for each in found],
        )
    record("facts.retried", "facts", by=by, address=address, after=_named(found))
    return len(found)


def dismiss(rows: Sequence[int], *, reason: str, by: User, address: str | None = None) -> int:
    """Leave the rows out of the facts on purpose, so that no period waits for them; how many. Raises ``InputError`` without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise InputError(Problem(what="a reason is needed", fix="Say why these rows may stay out of every figure and out of pay"))
    with transaction.atomic():
        found = list(RejectedRow.objects.select_for_update().filter(pk__in=rows, dismissed_at__isnull=True).order_by("pk"))
        if not found:
            return 0
        RejectedRow.objects.filter(pk__in=[each.pk for each in found]).update(
            dismissed_at=clock.now(), dismissed_by=by, dismissed_because=reason[:300]
        )
        record("facts.dismissed", "facts", by=by, address=address, after={**_named(found), "reason": reason[:300]})
    report_rejects(Path(settings.DATA))
    return len(found)


def _named(found: Sequence[RejectedRow]) -> dict[str, object]:
    return {"rows": len(found), "keys": [f"{each.fact_table}/{each.key}" for each in found[:NAMED]]}


@transaction.atomic
def ask_for_proof(*, by: User, address: str | None = None) -> bool:
    """Have the worker prove the facts now; False when a proof is waiting already."""
    try:
        with transaction.atomic():  # a refusal undoes itself alone
            app.configure_task("chot.jobs.tasks.prove_facts", queueing_lock="prove_facts", lock="facts").defer(
                timestamp=int(clock.instant().timestamp())
            )
    except AlreadyEnqueued:
        return False
    record("facts.prove_asked", "facts", by=by, address=address)
    return True
