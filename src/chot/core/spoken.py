"""Text made heard: espeak-ng's Vietnamese voice, and any sound brought to what telephones carry (8 kHz, mono, 16 bits)."""

from __future__ import annotations

import hashlib
import io
import os
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
FOLDER, ROOT = "voice", "root"
"""Where an espeak-ng of our own lies in VAR (``telephony/voice.py`` puts it there)."""


def command(var: Path | None = None) -> list[str]:
    """How espeak-ng is started: the system's own, else the one unpacked into ``var`` (CHOT_VAR); empty without one."""
    if found := shutil.which("espeak-ng"):
        return [found]
    root = (var or Path(os.environ.get("CHOT_VAR", "var"))).absolute() / FOLDER / ROOT
    data = next(root.glob("usr/lib/*/espeak-ng-data"), None) or next(root.glob("usr/share/espeak-ng-data"), None)
    loaders = [path for pattern in ("usr/lib*/ld-linux*.so.*", "lib*/ld-linux*.so.*") for path in sorted(root.glob(pattern))]
    if not data or not loaders:
        return []
    libraries = next(root.glob("usr/lib/*/libespeak-ng.so.*")).parent
    path = os.pathsep.join((str(libraries), str(libraries / "pulseaudio")))
    return [str(loaders[0]), "--library-path", path, str(root / "usr/bin/espeak-ng"), f"--path={data.parent}"]


def name_of(text: str) -> str:
    """The name of the sound of a text: the same text with the same voice is made once."""
    return hashlib.sha256(f"{VOICE} {_SPEED} {text}".encode()).hexdigest()


def spoken(text: str) -> bytes | None:
    """A text as WAV for the telephone; None where nothing can speak it."""
    program = command()
    if not program or not text.strip():
        return None
    with tempfile.TemporaryDirectory(prefix="chot-") as folder:
        made = Path(folder) / "spoken.wav"
        words = [*program, "-v", VOICE, "-s", _SPEED, "-b", "1", "--stdin", "-w", str(made)]
        done = subprocess.run(words, input=text.encode(), capture_output=True, check=False, timeout=60)
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
