"""What the journal says of a recording: what the customer was told, and where it was paused, to the very samples that are silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from chot.calls.models import TelephonyJournal
from chot.recordings.encoding import RATE, EncodingError, Span

_NEAR = RATE
"""The journal's clock and the recording's differ by less than this (samples)."""
_KINDS = ("recording_paused", "recording_resumed")


def told(call_id: str) -> list[dict[str, Any]]:
    """The pauses that the journal has of a call: ``from_ms``, ``to_ms`` (None: to the end), ``by`` and ``why``."""
    found: list[dict[str, Any]] = []
    rows = TelephonyJournal.objects.filter(call_id=call_id, kind__in=_KINDS).order_by("seq").values_list("kind", "payload")
    for kind, payload in rows:
        if kind == _KINDS[0]:
            found.append({"from_ms": int(payload["at_ms"]), "to_ms": None, "by": payload["agent_id"], "why": "end"})
        elif found and found[-1]["to_ms"] is None:
            found[-1] |= {"to_ms": int(payload["at_ms"]), "why": payload["why"]}
    return found


def announced(call_id: str) -> dict[str, Any]:
    """What the customer was told of the recording, as the journal has it; empty when nothing was said."""
    rows = TelephonyJournal.objects.filter(call_id=call_id, kind="recording_announced").order_by("-seq")
    return rows.values_list("payload", flat=True).first() or {}


def spans(pauses: list[dict[str, Any]], customer: Path, agent: Path) -> list[Span]:
    """The samples of each pause. Raises ``EncodingError``."""
    if not pauses:
        return []
    try:
        frames = max(soundfile.info(customer).frames, soundfile.info(agent).frames)
        return [_exact(_samples(each["from_ms"]), _samples(each["to_ms"]), frames, customer, agent) for each in pauses]
    except (soundfile.SoundFileError, OSError) as error:
        raise EncodingError(f"the files of the exchange cannot be read: {error}") from None


def measured(pauses: list[dict[str, Any]], silent: list[Span]) -> list[dict[str, Any]]:
    """The pauses with the moments at which the recording is silent."""
    moments = [{"from_ms": begin * 1000 // RATE, "to_ms": end * 1000 // RATE} for begin, end in silent]
    return [{**each, **at} for each, at in zip(pauses, moments, strict=True)]


def _samples(ms: int | None) -> int | None:
    return None if ms is None else ms * RATE // 1000


def _exact(begin: int | None, end: int | None, frames: int, customer: Path, agent: Path) -> Span:
    """The longest silence of both sides near what was told, when most of it is silent; else what was told, which is then silenced here."""
    told = (min(begin or 0, frames), frames if end is None else min(end, frames))
    first = max(told[0] - _NEAR, 0)
    count = min(told[1] + _NEAR, frames) - first
    silent = ~(_heard(customer, first, count) | _heard(agent, first, count))
    run = _longest(silent)
    if (run[1] - run[0]) * 2 < told[1] - told[0]:
        return told
    return first + run[0], frames if end is None else first + run[1]


def _heard(path: Path, first: int, count: int) -> Any:
    with soundfile.SoundFile(path) as file:
        if first >= file.frames:
            return np.zeros(count, dtype=bool)
        file.seek(first)
        sound = file.read(count, dtype="int16")
    return np.pad(sound != 0, (0, count - len(sound)))


def _longest(silent: Any) -> Span:
    """Of the runs of True, the longest."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    begins, ends = edges[::2], edges[1::2]
    at = int(np.argmax(ends - begins))
    return int(begins[at]), int(ends[at])
