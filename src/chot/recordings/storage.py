"""Where recordings lie: sealed files under ``VAR/recordings/YEAR/MONTH``, each under a key of its own that is sealed in its row.

With a bucket (``bucket.configured``) they go there, sealed as they are, and leave the disk when the bucket has given them back.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings

from chot.core import clock, sealed_chunks
from chot.core.sealing import key_id, seal, unseal
from chot.recordings.bucket import Bucket, BucketError, configured
from chot.recordings.models import Recording

PURPOSE = "recording"
_AT_ONCE = 16


def folder() -> Path:
    """The folder of all recordings."""
    return Path(settings.VAR) / "recordings"


def path_for(call_id: str, started_at: datetime) -> str:
    """The place of a recording in the folder; ids of calls may hold anything, so the name is made from them."""
    month = started_at.astimezone(clock.ZONE).strftime("%Y/%m")
    return f"{month}/{hashlib.sha256(call_id.encode()).hexdigest()[:32]}.sealed"


def write(row: Recording, data: bytes) -> None:
    """Seal ``data`` under a new key beside its place, and note in ``row`` where that is. ``settle`` brings it there.

    What takes the place of a sealed file has another path, so that the old one can be read until the row says otherwise.
    """
    key = sealed_chunks.new_key()
    path = path_for(f"{row.call_id} message" if row.path else row.call_id, row.started_at)
    beside = _beside(path)
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_bytes(sealed_chunks.sealed(data, key, row.call_id))
    row.replaced, row.path, row.size, row.remote_at, row.local = row.path, path, len(data), None, True
    row.sealed_key, row.key_id = seal(key, settings.SECRET_KEY, purpose=PURPOSE), key_id(settings.SECRET_KEY, purpose=PURPOSE)


def settle(rows: Sequence[Recording]) -> None:
    """Bring what was written to its places; on the disk before this returns.

    The waits for the disk overlap, so that it serves many by one commit of its journal.
    """
    with ThreadPoolExecutor(_AT_ONCE) as waiting:
        list(waiting.map(_sync, [_beside(row.path) for row in rows]))
        for row in rows:
            _beside(row.path).replace(folder() / row.path)
        list(waiting.map(_sync, {(folder() / row.path).parent for row in rows}))


def read(row: Recording, start: int, end: int) -> bytes:
    """The bytes ``start`` to before ``end`` of a kept recording, wherever it lies. Raises ``BucketError`` and ``SealError``."""
    key = unseal(row.sealed_key, settings.SECRET_KEY, purpose=PURPOSE)
    path = folder() / row.path
    if row.remote_at is None or path.exists():
        return sealed_chunks.read(path, key, row.call_id, row.size, start, end)
    bucket = needed()
    return sealed_chunks.read_from(partial(bucket.part, row.path), key, row.call_id, row.size, start, end)


def needed() -> Bucket:
    """The bucket in which recordings lie. Raises ``BucketError`` when none is set."""
    bucket = configured()
    if bucket is None:
        raise BucketError("the recording lies in a bucket, and CHOT_S3_BUCKET is not set")
    return bucket


def _beside(path: str) -> Path:
    return (folder() / path).with_suffix(".part")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
