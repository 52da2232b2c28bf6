"""A message is left to be heard: where no conversation may be kept, what the caller said after the invitation still is, and only that."""

from __future__ import annotations

from collections.abc import Iterable

from chot.calls.models import TelephonyJournal
from chot.recordings.models import Recording

_ROUNDED_S = 2
"""The journal has whole seconds that have passed: of the beginning and of the length."""


def conversations(rows: Iterable[Recording]) -> list[Recording]:
    """Of recordings of which no conversation may be kept: those that go whole.

    Of those in which a message was left it alone is kept from now on; one that is kept already waits to be made anew.
    """
    rows = list(rows)
    ended = TelephonyJournal.objects.filter(call_id__in=[row.call_id for row in rows], kind="call_ended", payload__message_s__gt=0)
    told = dict(ended.values_list("call_id", "payload"))
    gone = []
    for row in rows:
        payload = told.get(row.call_id)
        if not payload:
            gone.append(row)
        elif row.state == Recording.State.WAITING or (row.state == Recording.State.KEPT and payload["agents"] and not row.only_message):
            _keep_alone(row, payload["message_from_s"], payload["message_s"])
        elif row.state != Recording.State.KEPT:
            gone.append(row)
    return gone


def _keep_alone(row: Recording, begin_s: int, length_s: int) -> None:
    """From now on nobody hears it before it is encoded without all but the message, and what was said of the rest goes."""
    row.only_message = {"from_ms": begin_s * 1000, "to_ms": (begin_s + length_s + _ROUNDED_S) * 1000}
    row.state, row.peaks = Recording.State.WAITING, b""
    row.save(update_fields=["only_message", "state", "peaks"])
    row.comments.exclude(at_s__range=(begin_s, begin_s + length_s + _ROUNDED_S)).delete()
