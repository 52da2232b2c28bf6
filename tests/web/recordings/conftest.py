"""Recordings as the exchange leaves them: a tone for each side."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chot.calls.models import Call, TelephonyJournal
from chot.core import clock
from chot.core.messages import RecordingStopped, encode
from chot.recordings.models import Recording

BEGAN = datetime(2026, 11, 3, 9, 0, 0, tzinfo=clock.ZONE)
CUSTOMER_HZ, AGENT_HZ = 440, 1000


def tone(path: Path, hertz: int, seconds: float) -> Path:
    """A wav file of 8 kHz, mono, 16 bits."""
    samples = (12000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 8000)) / 8000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def stopped(tmp_path: Path, db: None) -> Callable[..., list[Path]]:
    """``stopped("c1")``: a call whose recording the exchange has finished; the three files."""

    def stopped(
        call_id: str, *, agent: str = "a02", customer: str = "", seconds: float = 3.0, fact: bool = True,
        others: Sequence[str] = (),
    ) -> list[Path]:  # fmt: skip
        incoming = tmp_path / "recordings" / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        files = [
            tone(incoming / f"{call_id}.wav", CUSTOMER_HZ, seconds), tone(incoming / f"{call_id}-rx.wav", CUSTOMER_HZ, seconds),
            tone(incoming / f"{call_id}-tx.wav", AGENT_HZ, seconds - 0.5),
        ]  # fmt: skip
        told = RecordingStopped(
            call_id=call_id, mixed=str(files[0]), customer=str(files[1]), agent=str(files[2]), duration_ms=int(seconds * 1000)
        )
        TelephonyJournal.objects.create(node="n1", call_id=call_id, kind="recording_stopped", payload=encode(told), at=BEGAN)
        if others:
            ended = {"call_id": call_id, "agents": [agent, *others]}
            TelephonyJournal.objects.create(node="n1", call_id=call_id, kind="call_ended", payload=ended, at=BEGAN)
        if fact:
            Call.objects.create(
                call_id=call_id, agent_id=agent, customer_id=customer, direction="out", outcome="answered", started_at=BEGAN,
                answered_at=BEGAN + timedelta(seconds=5), ended_at=BEGAN + timedelta(seconds=8), talk_s=3, ring_s=5, wait_s=0, hold_s=0,
            )  # fmt: skip
        return files

    return stopped


@pytest.fixture
def kept(stopped: Callable[..., list[Path]]) -> Callable[..., Recording]:
    """``kept("c1", agent="a02")``: a recording that can be heard."""
    from chot.recordings import actions_keep

    def kept(call_id: str, **named: Any) -> Recording:
        stopped(call_id, **named)
        actions_keep.take_in_recordings()
        actions_keep.keep_waiting()
        actions_keep.remove_sources()
        return Recording.objects.get(call_id=call_id)

    return kept
