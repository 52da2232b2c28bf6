"""Sounds for prompts: a file that somebody has, or a text, brought to what telephones carry."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import soundfile
from django.utils.translation import gettext as _

from chot.core import spoken

MOST_BYTES = 10_000_000
_MOST_S = 300


class SoundError(Exception):
    """What is wrong with a sound, in words."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A WAV of 8 kHz with its name and length."""

    sound: bytes
    sha: str
    duration_ms: int
    spoken: bool = False


def converted(data: bytes) -> Made:
    """A sound file as telephones carry it. Raises ``SoundError``."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if not file.frames or file.frames > _MOST_S * file.samplerate:
                raise SoundError(_("The sound is empty or longer than 5 minutes."))
            samples, rate = file.read(dtype="float64", always_2d=True), file.samplerate
    except (soundfile.SoundFileError, RuntimeError, OSError, TypeError):
        raise SoundError(_("This is no sound file that can be read. Save it as WAV or MP3.")) from None
    mono = samples.mean(axis=1) * 32767
    loudest = float(np.abs(mono).max())
    if loudest < 1:
        raise SoundError(_("The file is silent."))
    return _made(spoken.telephone(mono, rate))


def speech(text: str) -> Made:
    """A text, spoken. Raises ``SoundError``."""
    sound = spoken.spoken(text)
    if sound is None:
        raise SoundError(_("This machine cannot speak: run chot telephony install, or choose a file."))
    return _made(sound, is_spoken=True)


def _made(sound: bytes, *, is_spoken: bool = False) -> Made:
    frames = (len(sound) - 44) // 2
    return Made(sound=sound, sha=hashlib.sha256(sound).hexdigest(), duration_ms=frames * 1000 // spoken.RATE, spoken=is_spoken)
