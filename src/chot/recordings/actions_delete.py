"""Recordings go: when their time is over, and with a customer's personal data. The key goes first, so the file is unreadable at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from chot.calls.models import Call
from chot.core import clock
from chot.people.audit import record
from chot.recordings import storage
from chot.recordings.bucket import BucketError, configured
from chot.recordings.models import Comment, Recording

log = structlog.get_logger()
BATCH = 500


def erase_of_customers(ids: Sequence[str]) -> int:
    """The recordings of every call of these customers; within the caller's transaction and audit entry."""
    calls = Call.objects.filter(customer_id__in=ids).values("call_id")
    return forget(list(present().filter(call_id__in=calls).select_for_update()))


@transaction.atomic
def purge_due() -> int:
    """Delete what was to be kept until before today, a batch at a time, audited; how many."""
    rows = list(present().filter(delete_after__lt=clock.today()).order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    if rows:
        told = {"calls": [row.call_id for row in rows]}
        record("recording.purged", f"recordings:{clock.today().isoformat()}", by=None, before=told)
    return forget(rows)


def present() -> QuerySet[Recording]:
    """Recordings that are not deleted."""
    return Recording.objects.exclude(state=Recording.State.GONE)


def forget(rows: list[Recording]) -> int:
    """Make recordings unreadable; their files go with the next run."""
    Comment.objects.filter(recording__in=rows).delete()
    for row in rows:
        row.state, row.sealed_key, row.peaks, row.deleted_at = Recording.State.GONE, "", b"", clock.now()
        row.save()
    return len(rows)


def remove_files() -> int:
    """Delete the files of recordings that are gone, and those that others took the place of; how many."""
    done = 0
    for row in Recording.objects.exclude(replaced="")[:BATCH]:
        done += _removed(row, row.replaced, replaced="")
    for row in Recording.objects.filter(state=Recording.State.GONE).exclude(path="")[:BATCH]:
        done += _removed(row, row.path, path="", size=0, local=False)
    return done


def _removed(row: Recording, file: str, **then: Any) -> int:
    """Delete a file that no key opens any more, wherever it lies; 0 when the bucket refuses, and it is tried again."""
    (storage.folder() / file).unlink(missing_ok=True)
    try:
        _remove_from_bucket(row, file)
    except BucketError as error:
        log.error("recording not deleted from the bucket", recording=row.pk, problem=str(error))
        Recording.objects.filter(pk=row.pk).update(remote_problem=str(error)[:300])
        return 0
    return Recording.objects.filter(pk=row.pk).update(remote_problem="", **then)


def _remove_from_bucket(row: Recording, file: str) -> None:
    """One whose upload was cut off between the object and the row has an object, too."""
    if row.remote_at is not None:
        storage.needed().remove(file)
    elif bucket := configured():
        bucket.remove(file)
