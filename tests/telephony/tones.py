"""What a recording sounds like."""

from __future__ import annotations

from typing import Any

import numpy as np


def loudest_hertz(sound: Any) -> float:
    """The loudest frequency of samples at 8,000 a second, in Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(sound * np.hanning(len(sound))))) * 8000 / len(sound))
