"""A Vietnamese voice that needs no root: what it says is Vietnamese sound, and without one nothing is said."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from chot.core import spoken
from chot.telephony import voice
from tests.house.sources import ROOT


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which `make test` fetched a voice; the system's own is not looked for."""
    var = Path(os.environ.get("CHOT_TEST_TELEPHONY", ROOT / ".venv" / "telephony"))
    monkeypatch.setenv("PATH", "")
    if not spoken.command(var):
        pytest.skip("no voice: `make test` fetches one where apt offers it (chot telephony install --var .venv/telephony)")
    monkeypatch.setenv("CHOT_VAR", str(var))
    return var


def _heard(text: str) -> np.ndarray:
    made = spoken.spoken(text)
    assert made
    with wave.open(io.BytesIO(made)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")


def test_what_is_fetched_speaks_vietnamese(fetched: Path) -> None:
    """A tone of a syllable changes the sound and not its length much; a longer text is longer; nothing is fetched twice."""
    level, falling, long = map(_heard, ("ma", "mà", "Xin quý khách vui lòng chờ máy, các tổng đài viên đang bận."))
    assert 0.1 < len(level) / 8000 < 1.5 and abs(len(level) - len(falling)) < 4000 and 2 < len(long) / 8000 < 8
    assert len(level) != len(falling) or not np.array_equal(level, falling)
    assert np.abs(long.astype(int)).max() > 3000
    assert spoken.spoken("  ") is None
    assert voice.install(fetched, lambda *_: pytest.fail("it is there")) is False


def test_a_folder_without_a_voice_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CHOT_VAR", str(tmp_path))
    assert spoken.command() == [] and spoken.spoken("Xin chào.") is None
