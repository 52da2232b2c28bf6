"""From the files of the exchange to a sealed recording, whatever happens on the way."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from chot.calls.models import Call, TelephonyJournal
from chot.core.sealing import SealError
from chot.recordings import actions_keep, encoding, storage
from chot.recordings.models import Recording
from tests.web.recordings.conftest import AGENT_HZ, BEGAN, CUSTOMER_HZ

pytestmark = pytest.mark.django_db
Stopped = Callable[..., list[Path]]


def heard(row: Recording) -> Any:
    return soundfile.read(io.BytesIO(storage.read(row, 0, row.size)), dtype="int16", always_2d=True)[0]


def loudest(samples: Any) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples))


def test_each_side_comes_back_sample_by_sample(stopped: Stopped) -> None:
    files = stopped("c1")
    legs = [soundfile.read(path, dtype="int16")[0] for path in files[1:]]
    assert actions_keep.take_in_recordings() == 1
    assert actions_keep.keep_waiting() == 1
    row = Recording.objects.get()
    sound = heard(row)
    assert sound.shape == (24000, 2)
    assert np.array_equal(sound[:, 0], legs[0])
    assert np.array_equal(sound[:20000, 1], legs[1])
    assert not sound[20000:, 1].any()
    assert (loudest(sound[:16000, 0]), loudest(sound[:16000, 1])) == (CUSTOMER_HZ, AGENT_HZ)
    assert (row.state, row.codec, row.duration_ms, row.agent_id, row.started_at) == ("kept", "flac", 3000, "a02", BEGAN)
    assert row.delete_after == date(2027, 5, 2)
    peaks = bytes(row.peaks)
    assert len(peaks) == 2 * encoding.PEAKS
    assert set(peaks[:800]) == {93}
    assert set(peaks[800 + 667 :]) == {0}


def test_what_lies_on_the_disk_says_nothing(stopped: Stopped, tmp_path: Path) -> None:
    stopped("c1")
    actions_keep.take_in_recordings()
    actions_keep.keep_waiting()
    row = Recording.objects.get()
    place = tmp_path / "recordings" / row.path
    assert row.path.startswith("2026/11/")
    assert b"fLaC" not in place.read_bytes()
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(SealError):
        storage.read(row, 0, row.size)


def test_a_recording_under_another_secret_key_stays_closed(stopped: Stopped, settings: Any) -> None:
    stopped("c1")
    actions_keep.take_in_recordings()
    actions_keep.keep_waiting()
    settings.SECRET_KEY = "another"
    with pytest.raises(SealError):
        storage.read(Recording.objects.get(), 0, 10)


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize("step", ["encoding.encode", "storage.write", "storage.settle", "storage.read", "classify_new", "settled"])
def test_killed_at_any_step_the_next_run_keeps_it(stopped: Stopped, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    files = stopped("c1")
    actions_keep.take_in_recordings()
    with monkeypatch.context() as patch:
        room, _, name = step.rpartition(".")
        target: Any = getattr(actions_keep, room) if room else actions_keep
        real = storage.settle

        def die(*given: Any, **_named: Any) -> None:
            if step == "settled":
                real(*given)
            raise Killed

        patch.setattr(*((storage, "settle") if step == "settled" else (target, name)), die)
        with pytest.raises(Killed):
            actions_keep.keep_waiting()
    assert Recording.objects.get().state == "waiting"
    assert actions_keep.remove_sources() == 0
    assert all(path.exists() for path in files)
    assert actions_keep.keep_waiting() == 1
    assert heard(Recording.objects.get()).shape == (24000, 2)
    assert actions_keep.remove_sources() == 1
    assert not any(path.exists() for path in files)
    assert (actions_keep.take_in_recordings(), actions_keep.keep_waiting(), actions_keep.remove_sources()) == (0, 0, 0)


def test_an_encoding_that_differs_deletes_nothing(stopped: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    files = stopped("c1")
    actions_keep.take_in_recordings()
    with monkeypatch.context() as patch:
        patch.setattr(encoding.np, "array_equal", lambda *_given: False)
        assert actions_keep.keep_waiting() == 0
    row = Recording.objects.get()
    assert (row.state, row.problem) == ("waiting", "the encoded recording is not what was recorded")
    assert actions_keep.remove_sources() == 0
    assert all(path.exists() for path in files)


def test_without_its_files_a_recording_is_lost_and_others_are_kept(stopped: Stopped) -> None:
    for path in stopped("c1"):
        path.unlink()
    stopped("c2")
    actions_keep.take_in_recordings()
    assert actions_keep.keep_waiting() == 1
    assert dict(Recording.objects.values_list("call_id", "state")) == {"c1": "lost", "c2": "kept"}


def test_it_waits_for_the_call_but_not_for_ever(stopped: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped("c1", fact=False)
    payload = {"call_id": "c1", "agent_id": "a03", "started_at": BEGAN.isoformat()}
    TelephonyJournal.objects.create(node="n1", call_id="c1", kind="call_started", payload=payload, at=BEGAN)
    actions_keep.take_in_recordings()
    assert actions_keep.keep_waiting() == 0
    monkeypatch.setenv("CHOT_TODAY", "2026-11-04")
    assert actions_keep.keep_waiting() == 1
    assert Recording.objects.get().agent_id == "a03"
    assert not Call.objects.filter(call_id="c1").exists()


def test_what_asterisk_had_not_written_when_it_died_is_silence_or_lost_and_waits_for_nothing(stopped: Stopped) -> None:
    one, both = stopped("one"), stopped("both")
    for path in (one[2], *both):
        path.write_bytes(path.read_bytes()[:44])
    actions_keep.take_in_recordings()
    assert actions_keep.keep_waiting() == 1
    sound = heard(Recording.objects.get(call_id="one"))
    assert loudest(sound[:16000, 0]) == CUSTOMER_HZ and not sound[:, 1].any()
    row = Recording.objects.get(call_id="both")
    assert (row.state, row.problem) == ("lost", "the exchange ended before it had recorded anything")
    assert actions_keep.remove_sources() == 2 and not any(path.exists() for path in (*one, *both))
    assert actions_keep.remove_sources() == 0
