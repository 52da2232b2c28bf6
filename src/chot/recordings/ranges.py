"""A part of a recording over HTTP (RFC 9110 §14): players ask for what they are about to play."""

from __future__ import annotations

import re

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from chot.core.sealing import SealError
from chot.recordings import storage
from chot.recordings.bucket import BucketError
from chot.recordings.models import Recording

log = structlog.get_logger()
MOST = 1_048_576
"""A part is never longer; a player asks on from where it ended."""


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last of a single range; None when it asks for nothing that is there.

    >>> wanted("bytes=0-", 10), wanted("bytes=4-5", 10), wanted("bytes=-3", 10), wanted("bytes=10-", 10)
    ((0, 10), (4, 6), (7, 10), None)
    """
    match = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", header.strip(), re.ASCII)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2] or size) + 1, size)
    return (start, end) if start < end else None


def answer(request: HttpRequest, row: Recording, content_type: str) -> HttpResponse:
    """All of it, the part asked for (206), 416, or 503 when the place where it lies does not give it."""
    try:
        made = _answer(request, row, content_type)
    except (BucketError, OSError, SealError) as error:
        log.error("recording not readable", call_id=row.call_id, problem=str(error))
        Recording.objects.filter(pk=row.pk).update(remote_problem=str(error)[:300])
        return HttpResponse(_("This recording cannot be read now."), content_type="text/plain; charset=utf-8", status=503)
    if row.remote_problem and made.status_code < 300:
        Recording.objects.filter(pk=row.pk).update(remote_problem="")
    return made


def _answer(request: HttpRequest, row: Recording, content_type: str) -> HttpResponse:
    asked = request.headers.get("Range", "")
    if not asked.startswith("bytes=") or "," in asked:
        made = HttpResponse(storage.read(row, 0, row.size), content_type=content_type)
    elif part := wanted(asked, row.size):
        start, end = part[0], min(part[1], part[0] + MOST)
        made = HttpResponse(storage.read(row, start, end), content_type=content_type, status=206)
        made["Content-Range"] = f"bytes {start}-{end - 1}/{row.size}"
    else:
        made = HttpResponse(status=416)
        made["Content-Range"] = f"bytes */{row.size}"
    made["Accept-Ranges"] = "bytes"
    return made
