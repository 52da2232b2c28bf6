"""A recording that was paused: both sides silent there and nowhere else, shown where it was, and told by the desk while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.test import Client

from chot.calls.models import OpenCall, TelephonyCommand, TelephonyJournal
from chot.calls.models_outcomes import DeskRules
from chot.calls.queries_desk import desk_state
from chot.people.models import AuditEntry, User
from chot.recordings import actions_keep
from chot.recordings.models import Recording
from tests.web.recordings.conftest import BEGAN
from tests.web.recordings.test_keeping import heard

pytestmark = pytest.mark.django_db


def journal(call_id: str, kind: str, **payload: Any) -> None:
    TelephonyJournal.objects.create(node="n1", call_id=call_id, kind=kind, payload={"call_id": call_id, **payload}, at=BEGAN)


def silenced(path: Path, begin: int, end: int) -> None:
    """What the exchange leaves of a pause."""
    sound, rate = soundfile.read(path, dtype="int16")
    sound[begin:end] = 0
    soundfile.write(path, sound, rate, subtype="PCM_16")


def test_pauses_of_the_journal_become_silence_and_spans(stopped: Callable[..., list[Path]], sign_in: Callable[[str], Client]) -> None:
    journal("c1", "recording_paused", agent_id="a02", at_ms=2300)
    journal("c1", "recording_resumed", agent_id="a02", why="agent", at_ms=5100)
    journal("c1", "recording_paused", agent_id="a03", at_ms=9000)
    files = stopped("c1", seconds=10.0, others=["a03"])
    for path in files[1:]:  # the exchange's own silence is a little beside what its events said, and the second one never came
        silenced(path, 16000, 40000)
    actions_keep.take_in_recordings()
    assert actions_keep.keep_waiting() == 1
    row = Recording.objects.get()
    assert row.pauses == [
        {"from_ms": 2000, "to_ms": 5000, "by": "a02", "why": "agent"}, {"from_ms": 9000, "to_ms": 10000, "by": "a03", "why": "end"},
    ]  # fmt: skip
    sound = heard(row)
    assert sound.shape == (80000, 2) and row.duration_ms == 10000
    legs = [np.pad(leg, (0, 80000 - len(leg))) for leg in (soundfile.read(path, dtype="int16")[0] for path in files[1:])]
    for side, leg in enumerate(legs):
        assert not sound[16000:40000, side].any() and not sound[72000:, side].any()
        assert np.array_equal(sound[:16000, side], leg[:16000]) and np.array_equal(sound[40000:72000, side], leg[40000:72000])
        assert leg[72000:75000].any(), "what the exchange did not silence is silenced here"
    page = sign_in("manager").get("/recordings/c1?").content.decode()
    assert 'data-pauses="2000-5000 9000-10000 "' in page
    assert 'href="#t=2"' in page and 'href="#t=9"' in page
    assert sign_in("manager").get("/recordings").content.decode().count('class="tag">có lúc tạm dừng') == 1


def test_an_agent_pauses_and_resumes_only_the_own_call(sign_in: Callable[[str], Client]) -> None:
    own, other = User.objects.filter(role="agent", is_active=True).exclude(agent_id="").order_by("pk")[:2]
    OpenCall.objects.create(call_id="k", node="n1", direction="in", number="0912", started_at=BEGAN, changed_at=BEGAN, agents=[own.agent_id])
    DeskRules.objects.create(pause_limit_s=45)
    wishes = ("pause_recording", "resume_recording")
    assert [sign_in(own.username).post(f"/desk/calls/k/{wish}").status_code for wish in wishes] == [200, 200]
    assert [sign_in(other.username).post(f"/desk/calls/k/{wish}").status_code for wish in wishes] == [403, 403]
    sent = list(TelephonyCommand.objects.order_by("pk").values_list("kind", "payload"))
    asked = {"call_id": "k", "agent_id": own.agent_id}
    assert sent == [("pause_recording", asked | {"most_s": 45}), ("resume_recording", asked)]
    told = AuditEntry.objects.filter(subject="call:k").order_by("pk").values_list("action", "user", "after")
    assert list(told) == [("call.recording_paused", own.pk, {"most_s": 45}), ("call.recording_resumed", own.pk, None)]


def test_the_desk_shows_what_the_exchange_said() -> None:
    user = User.objects.filter(role="agent", is_active=True).exclude(agent_id="").order_by("pk")[0]
    until = BEGAN + timedelta(seconds=45)
    OpenCall.objects.create(
        call_id="k", node="n1", direction="in", started_at=BEGAN, changed_at=BEGAN, agents=[user.agent_id], paused_at=BEGAN, paused_until=until
    )
    call = desk_state(user)["call"]
    assert (call["paused"], call["paused_until"], call["pause_failed"]) == ("2026-11-03T02:00:00+00:00", "2026-11-03T02:00:45+00:00", "")
    assert (call["refused"], call["untold"]) == ("", "")
    OpenCall.objects.update(recording_untold=True)
    assert desk_state(user)["call"]["untold"] == "1" and desk_state(user)["call"]["others"] == []
    OpenCall.objects.update(phase="consulting", outside=["+84987654323"])
    assert desk_state(user)["call"]["others"] == ["098••••323"], "which number is asked, as masked as the customer's"
