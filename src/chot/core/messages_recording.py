"""Messages about the recording of a call that goes on: what the customer was told of it, and its pauses for card numbers."""

from __future__ import annotations

from datetime import datetime

from chot.core.message_kinds import command, fact


@command("pause_recording")
class PauseRecording:
    """Both sides of the recording are silence from now on, ``most_s`` at most; asked again during a pause, nothing changes."""

    call_id: str
    agent_id: str
    most_s: int


@command("resume_recording")
class ResumeRecording:
    """The recording hears both sides again."""

    call_id: str
    agent_id: str


@fact("recording_paused")
class RecordingPaused:
    """The exchange has silenced the recording, ``at_ms`` after its beginning, until ``until`` unless somebody resumes it before."""

    call_id: str
    agent_id: str
    at_ms: int
    paused_at: datetime
    until: datetime


@fact("recording_resumed")
class RecordingResumed:
    """The pause is over: ``why`` is agent, time, or queue (it went there). One of a call that ends has no such row: it lasts to the end."""

    call_id: str
    agent_id: str = ""
    why: str
    at_ms: int
    resumed_at: datetime


@fact("recording_not_paused")
class RecordingNotPaused:
    """The exchange could not silence the recording: everything is still recorded."""

    call_id: str
    agent_id: str
    problem: str
    told_at: datetime


@fact("recording_announced")
class RecordingAnnounced:
    """What the customer was told of the recording (``text``, or a prompt by its sha), where in the recording, whether to its end.

    ``failed``: it could not be played. In the mode ``ask``: whether it was ``refused`` by ``key``. Either way nothing of a
    conversation is kept.
    """

    call_id: str
    mode: str
    text: str = ""
    prompt: str = ""
    key: str = ""
    from_ms: int = 0
    to_ms: int = 0
    whole: bool = True
    failed: bool = False
    refused: bool = False
    over_at: datetime
