"""Two legs of a call as one stereo file: the customer left, the agent right, in step, nothing lost (FLAC)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from chot.core.errors import ChotError

CODEC = "flac"
RATE = 8000
PEAKS = 800
_BLOCK = RATE * 30
Span = tuple[int, int]
"""The first sample and the one after the last."""

_HEADER = 44
_NOTHING = np.zeros(0, dtype="int16")


class EncodingError(ChotError):
    """Files of a recording that cannot be read, or an encoded one that is not what went in."""


class NothingRecorded(EncodingError):
    """The exchange died before it had written any sound."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """The file, its length, and the loudest sample of each part (customer, then agent)."""

    data: bytes
    duration_ms: int
    peaks: bytes


def encode(customer: Path, agent: Path, silent: Sequence[Span] = ()) -> Encoded:
    """Both legs from their first sample on, zero where they are to be ``silent``; the shorter one ends in silence.

    A leg of which nothing was written before the exchange died is silence. Raises ``EncodingError``.
    """
    legs = [leg for leg in (customer, agent) if not is_empty(leg)]
    if not legs:
        raise NothingRecorded("the exchange ended before it had recorded anything")
    try:
        frames = max(soundfile.info(leg).frames for leg in legs)
        return _encoded(partial(stereo, customer, agent, silent), frames)
    except (soundfile.SoundFileError, OSError) as error:
        raise EncodingError(f"the files of the exchange cannot be read: {error}") from None


def is_empty(path: Path) -> bool:
    """Whether Asterisk has begun a file and written no sound into it; it does so every two seconds, and when it closes the file."""
    return path.is_file() and path.stat().st_size in (0, _HEADER)


def silenced(data: bytes, silent: Sequence[Span]) -> Encoded:
    """An encoded recording again, zero where it is to be ``silent``. Raises ``EncodingError``."""
    try:
        return _encoded(partial(_again, data, silent), soundfile.info(io.BytesIO(data)).frames)
    except soundfile.SoundFileError as error:
        raise EncodingError(f"the recording cannot be read: {error}") from None


def _encoded(blocks: Callable[[], Iterator[Any]], frames: int) -> Encoded:
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", samplerate=RATE, channels=2, format="FLAC", subtype="PCM_16") as file:
        for block in blocks():
            file.write(block)
    data = target.getvalue()
    return Encoded(data=data, duration_ms=frames * 1000 // RATE, peaks=_verified(data, blocks(), frames))


def _again(data: bytes, silent: Sequence[Span]) -> Iterator[Any]:
    at = 0
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        while len(block := file.read(_BLOCK, dtype="int16", always_2d=True)):
            yield _without(block, at, silent)
            at += len(block)


def stereo(customer: Path, agent: Path, silent: Sequence[Span] = ()) -> Iterator[Any]:
    """Blocks of samples (n x 2, 16 bits) of both legs, zero in ``silent``."""
    at = 0
    with ExitStack() as opened:
        files = [opened.enter_context(soundfile.SoundFile(leg)) if not is_empty(leg) else None for leg in (customer, agent)]
        if any((file.samplerate, file.channels) != (RATE, 1) for file in files if file):
            raise EncodingError("the files of the exchange are not mono at 8 kHz")
        while True:
            legs = [file.read(_BLOCK, dtype="int16") if file else _NOTHING for file in files]
            length = max(len(leg) for leg in legs)
            if not length:
                return
            block = np.stack([np.pad(leg, (0, length - len(leg))) for leg in legs], axis=1)
            yield _without(block, at, silent)
            at += length


def _without(block: Any, at: int, silent: Sequence[Span]) -> Any:
    """A block that begins ``at`` a sample, zero where it is to be silent."""
    for begin, end in silent:
        block[max(begin - at, 0) : max(end - at, 0)] = 0
    return block


def _verified(data: bytes, blocks: Iterator[Any], frames: int) -> bytes:
    """Decode and compare with what went in, sample by sample; the peaks of what is there."""
    parts = np.zeros((2, PEAKS), dtype=np.int32)
    at = 0
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        for block in blocks:
            if not np.array_equal(file.read(len(block), dtype="int16", always_2d=True), block):
                raise EncodingError("the encoded recording is not what was recorded")
            _heighten(parts, block, at, frames)
            at += len(block)
    if at != frames:
        raise EncodingError("a file of the exchange changed while it was encoded")
    return (np.minimum(parts, 32767) >> 7).astype(np.uint8).tobytes()


def _heighten(parts: Any, block: Any, at: int, frames: int) -> None:
    where = (np.arange(at, at + len(block), dtype=np.int64) * PEAKS) // max(frames, 1)
    for side in (0, 1):
        np.maximum.at(parts[side], where, np.abs(block[:, side].astype(np.int32)))
