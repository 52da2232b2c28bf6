"""A message is left to be heard: where no conversation may be kept, what the caller said after the invitation still is, and only that."""

from __future__ import annotations

from collections.abc import Iterable

from chot.calls.models import TelephonyJournal
from chot.recordings.models import Recording

_ROUNDED_S = 2
"""The journal has whole seconds that have passed: of the beginning and of the length."""


def conversations(rows: Iterable[Recording]) -> list[Recording]:
    """Of recordings of which no conversation may be kept: those that go whole.

    Of those still to be encoded in which a message was left, it alone is kept from now on.
    """
    rows = list(rows)
    ended = TelephonyJournal.objects.filter(call_id__in=[row.call_id for row in rows], kind="call_ended", payload__message_s__gt=0)
    told = dict(ended.values_list("call_id", "payload"))
    gone = []
    for row in rows:
        payload = told.get(row.call_id)
        if payload and row.state == Recording.State.WAITING:
            begin_s = payload["message_from_s"]
            row.only_message = {"from_ms": begin_s * 1000, "to_ms": (begin_s + payload["message_s"] + _ROUNDED_S) * 1000}
            row.save(update_fields=["only_message"])
        elif not payload or (payload["agents"] and not row.only_message):
            gone.append(row)
    return gone
