"""Text made heard: espeak-ng's Vietnamese voice, and any sound brought to what telephones carry (8 kHz, mono, 16 bits)."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
VOICE = "vi"
_SPEED = "150"


def can_speak() -> bool:
    """Whether this machine has espeak-ng."""
    return shutil.which("espeak-ng") is not None


def name_of(text: str) -> str:
    """The name of the sound of a text: the same text with the same voice is made once."""
    return hashlib.sha256(f"{VOICE} {_SPEED} {text}".encode()).hexdigest()


def spoken(text: str) -> bytes | None:
    """A text as WAV for the telephone; None where nothing can speak it."""
    program = shutil.which("espeak-ng")
    if not program or not text.strip():
        return None
    with tempfile.TemporaryDirectory(prefix="chot-") as folder:
        made = Path(folder) / "spoken.wav"
        command = [program, "-v", VOICE, "-s", _SPEED, "-b", "1", "--stdin", "-w", str(made)]
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=60)
        if done.returncode or not made.is_file():
            return None
        with wave.open(str(made)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(np.float64)
            return telephone(samples, file.getframerate())


def telephone(samples: NDArray[np.float64], rate: int) -> bytes:
    """Mono samples (in units of 16 bits) at ``rate`` as WAV of 8 kHz."""
    width = max(1, round(rate / RATE))
    smooth = np.convolve(samples, np.ones(width) / width, mode="same")  # takes off what 8 kHz cannot carry
    times = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    heard = np.clip(np.interp(times, np.arange(len(samples)), smooth), -32768, 32767)
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(heard.astype("<i2").tobytes())
    return written.getvalue()
