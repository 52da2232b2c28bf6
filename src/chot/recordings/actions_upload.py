"""Sealed recordings go into the bucket. Killed at any step, the next run goes on: the file leaves the disk last."""

from __future__ import annotations

import structlog
from django.db import transaction

from chot.core import clock
from chot.recordings import storage
from chot.recordings.bucket import Bucket, BucketError, configured
from chot.recordings.models import Recording

log = structlog.get_logger()
BATCH = 50


def upload_kept() -> int:
    """Store what lies on the disk only, each on its own; how many. The first failure ends the run: the next one begins there."""
    bucket = configured()
    if bucket is None:
        return 0
    rows = Recording.objects.filter(state=Recording.State.KEPT, local=True, remote_at=None)
    done = 0
    for pk in list(rows.order_by("remote_problem", "started_at").values_list("pk", flat=True)[:BATCH]):
        try:
            done += upload(bucket, pk)
        except (BucketError, OSError) as error:
            log.error("recording not stored in the bucket", recording=pk, problem=str(error))
            Recording.objects.filter(pk=pk).update(remote_problem=str(error)[:300])
            break
    return done


@transaction.atomic
def upload(bucket: Bucket, pk: int) -> bool:
    """Store one; False when there is nothing to do or somebody else does it. The row's lock is the lease: it ends with its holder."""
    rows = Recording.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.filter(pk=pk, state=Recording.State.KEPT, local=True, remote_at=None).first()
    if row is None:
        return False
    bucket.keep(row.path, (storage.folder() / row.path).read_bytes())
    row.remote_at, row.remote_problem = clock.now(), ""
    row.save(update_fields=["remote_at", "remote_problem"])
    return True


def remove_uploaded() -> int:
    """Delete the files of what is in the bucket; how many."""
    done = 0
    for row in Recording.objects.filter(state=Recording.State.KEPT, local=True, remote_at__isnull=False)[:BATCH]:
        (storage.folder() / row.path).unlink(missing_ok=True)
        done += Recording.objects.filter(pk=row.pk).update(local=False)
    return done
