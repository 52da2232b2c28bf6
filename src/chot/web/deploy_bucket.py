"""Whether the bucket of recordings does what it has to: a probe is stored, read back and deleted; objects that should be there are."""

from __future__ import annotations

import os
from collections.abc import Iterator

from chot.core.errors import Problem
from chot.recordings.bucket import AbsentError, BucketError, configured
from chot.recordings.models import Recording

_PROBE, _SAMPLE = "chot-probe", 20


def findings() -> Iterator[Problem]:
    """What is wrong with the bucket; nothing without one, unless recordings lie in one."""
    bucket, lying = configured(), Recording.objects.filter(state=Recording.State.KEPT).exclude(remote_at=None)
    if bucket is None:
        if lying.exists():
            yield Problem(field="CHOT_S3_BUCKET", what="recordings lie in a bucket that is not set", fix="Set CHOT_S3_… as they were.")
        return
    if bucket.endpoint.startswith("http://"):
        yield Problem(field="CHOT_S3_ENDPOINT", what="recordings travel over plain HTTP (sealed, but their names are seen)", fix="Use https://.")
    try:
        bucket.keep(_PROBE, os.urandom(32))
        bucket.remove(_PROBE)
        missing = [row.call_id for row in lying.order_by("-started_at")[:_SAMPLE] if not _there(row)]
    except BucketError as error:
        yield Problem(field="CHOT_S3_…", what=f"the bucket cannot be used ({error})", fix="See address, bucket, keys and their rights.")
        return
    if missing:
        what = f"recordings are not in the bucket: {', '.join(missing)}"
        yield Problem(field="recordings", what=what, fix="Bring them back from its versions or a backup (docs/recordings.md).")
    if stuck := Recording.objects.exclude(remote_problem="").count():
        what = f"{stuck} could not be stored, read or deleted"
        yield Problem(field="recordings", what=what, fix="Their pages say why (docs/recordings.md).")


def _there(row: Recording) -> bool:
    bucket = configured()
    try:
        return bucket is None or bucket.size(row.path) > 0
    except AbsentError:
        return False
