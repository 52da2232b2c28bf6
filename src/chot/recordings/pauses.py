"""What the journal says of a recording: what the customer was told, and where it was paused, to the very samples that are silent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from chot.calls.models import TelephonyJournal
from chot.recordings.encoding import RATE, EncodingError, Span

_NEAR = RATE
"""The journal's clock and the recording's differ by less than this (samples)."""
_FOREVER = 1 << 40
_PAUSED, _RESUMED, _ANNOUNCED, _STARTED = "recording_paused", "recording_resumed", "recording_announced", "call_started"
Told = tuple[str, dict[str, Any]]
"""Kind and payload of a row of the journal."""


def journal_of(call_ids: Collection[str]) -> dict[str, list[Told]]:
    """What the journal says of calls and their recordings, by call, in order."""
    found: dict[str, list[Told]] = {call_id: [] for call_id in call_ids}
    rows = TelephonyJournal.objects.filter(call_id__in=call_ids, kind__in=(_PAUSED, _RESUMED, _ANNOUNCED, _STARTED)).order_by("seq")
    for call_id, kind, payload in rows.values_list("call_id", "kind", "payload"):
        found[call_id].append((kind, payload))
    return found


def started(journal: Sequence[Told]) -> dict[str, Any]:
    """How the call began; empty when that is not known."""
    return next((payload for kind, payload in journal if kind == _STARTED), {})


def told(journal: Sequence[Told]) -> list[dict[str, Any]]:
    """The pauses of a call: ``from_ms``, ``to_ms`` (None: to the end), ``by`` and ``why``."""
    found: list[dict[str, Any]] = []
    for kind, payload in journal:
        if kind == _PAUSED:
            found.append({"from_ms": int(payload["at_ms"]), "to_ms": None, "by": payload["agent_id"], "why": "end"})
        elif kind == _RESUMED and found and found[-1]["to_ms"] is None:
            found[-1] |= {"to_ms": int(payload["at_ms"]), "why": payload["why"]}
    return found


def announced(journal: Sequence[Told]) -> dict[str, Any]:
    """What the customer was told of the recording; empty when nothing was said."""
    return next((payload for kind, payload in reversed(journal) if kind == _ANNOUNCED), {})


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


def around(message: dict[str, Any]) -> list[Span]:
    """What is silence where nothing but a message is kept."""
    return [(0, message["from_ms"] * RATE // 1000), (message["to_ms"] * RATE // 1000, _FOREVER)] if message else []


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
