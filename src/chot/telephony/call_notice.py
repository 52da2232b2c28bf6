"""Telling the customer that the call is recorded, and taking a refusal: before the first word of an agent, whole, once a call.

What could not be played is followed by no recording: it is silence from the first agent on. A message that the caller leaves is recorded
all the same, and after a refusal, too: whoever speaks after the invitation and the tone wants to be heard later.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from chot.core.flows import Notice
from chot.core.messages_recording import RecordingAnnounced
from chot.telephony import call_events as events
from chot.telephony.call_effects import Effect, Hush, SetTimer, Silence
from chot.telephony.call_state import Announcement, Call, Speech

Effects = tuple[Effect, ...]
ANSWER_S = 4
"""So long after the announcement a key is still taken as a refusal."""

_TIMER = -1  # of no step of a flow


def wanted(call: Call, notice: Notice | None) -> Call:
    """The call with an announcement to be made, if it has had none to its end; one that failed is not tried again."""
    made = call.announcement
    if notice is None or notice.mode not in ("announce", "ask") or (made and made.said_at) or call.unrecorded:
        return call
    return replace(call, announcement=Announcement(notice=notice, times=made.times if made else 0))


def takes(call: Call, event: events.CallEvent) -> bool:
    """Whether an event is for the announcement and not for the flow behind it."""
    made = call.announcement
    if made is None or made.over_at:
        return False
    match event:
        case events.Spoken(playback=playback):
            return playback == made.playback
        case events.Pressed():
            return True
        case events.TimeUp(count=count):
            return count == _TIMER
    return False


def follow(call: Call, event: events.CallEvent) -> tuple[Call, Effects]:
    """What an event, already taken in, means for the announcement and for what is recorded after it."""
    call, effects = _followed(call, event)
    made, customer = call.announcement, call.customer
    if not made or not call.unrecorded or call.ending_at or not customer or not customer.up:
        return call, effects
    if not call.refused and not any(leg.up_at for leg in call.agents):
        return call, effects  # there is no agent yet who could be recorded
    silent = not call.leaving_message
    if made.silent == silent and not isinstance(event, events.Recovered):
        return call, effects
    return replace(call, announcement=replace(made, silent=silent)), (*effects, _silence(call, on=silent))


def _followed(call: Call, event: events.CallEvent) -> tuple[Call, Effects]:
    made, customer = call.announcement, call.customer
    if made is None or made.over_at or customer is None or not customer.up:
        return call, ()
    if call.ending_at:
        return _over(call, event.at, whole=False), ()
    match event:
        case events.Spoken(failed=failed) if takes(call, event):
            return _said(call, event.at, failed=failed)
        case events.Pressed(key=key) if made.notice.mode == "ask" and key == made.notice.key:
            return _refused(call, event.at)
        case events.TimeUp() if takes(call, event):
            return _over(call, event.at, whole=True), ()
        case events.Recovered() if made.said_at:
            return call, (SetTimer(count=_TIMER, after_s=ANSWER_S),)
        case events.Recovered():
            return _saying(call, made, event.at), ()
    if not made.playback:
        return _saying(call, made, event.at), ()
    if not made.said_at and (call.speech is None or call.speech.playback != made.playback):
        return _over(call, event.at, whole=False), ()  # the caller has left the queue that wanted it
    return call, ()


def ended(call: Call, at: datetime) -> Call:
    """The call, and that its announcement was not whole when it ended in the middle."""
    made = call.announcement
    return _over(call, at, whole=False) if call.ending_at and made and made.playback and not made.over_at else call


def told(before: Call, call: Call) -> list[Any]:
    """The fact when the announcement is over: the evidence."""
    made, was = call.announcement, before.announcement
    if made is None or made.over_at is None or (was and was.over_at):
        return []
    fact = RecordingAnnounced(
        call_id=call.call_id, mode=made.notice.mode, text=made.notice.text, prompt=made.notice.prompt, key=made.notice.key,
        from_ms=call.offset_ms(made.began_at or made.over_at), to_ms=call.offset_ms(made.said_at or made.over_at), whole=made.whole,
        failed=made.failed, refused=call.refused, over_at=made.over_at,
    )  # fmt: skip
    return [fact]


def _saying(call: Call, made: Announcement, at: datetime) -> Call:
    """The announcement before whatever was to be said, which is kept for after it."""
    playback = f"{call.call_id}-n{made.times + 1}"
    later = made.later or (call.speech if call.speech and not call.speech.told else None)
    made = replace(made, playback=playback, times=made.times + 1, began_at=at, later=later)
    return replace(call, announcement=made, speech=Speech(playback=playback, text=made.notice.text, prompt=made.notice.prompt, notice=True))


def _said(call: Call, at: datetime, *, failed: bool) -> tuple[Call, Effects]:
    made = call.announcement
    if made is None:
        return call, ()
    call = replace(call, speech=None)
    if failed:
        return _over(replace(call, announcement=replace(made, failed=True)), at, whole=False), ()
    if made.notice.mode != "ask":
        return _over(replace(call, announcement=replace(made, said_at=at)), at, whole=True), ()
    return replace(call, announcement=replace(made, said_at=at)), (SetTimer(count=_TIMER, after_s=ANSWER_S),)


def _refused(call: Call, at: datetime) -> tuple[Call, Effects]:
    """From here on the recording is silence; what there is of it is not kept, but for a message that the caller leaves."""
    speech, made = call.speech, call.announcement
    hush: Effects = (Hush(playback=speech.playback),) if speech and speech.told else ()
    call = _over(replace(call, refused=True, speech=None), at, whole=bool(made and made.said_at))
    return call, hush


def _over(call: Call, at: datetime, *, whole: bool) -> Call:
    made = call.announcement
    if made is None:
        return call
    later = made.later if call.speech is None and not call.agents_up and call.queue and not call.ending_at else None
    speech = replace(later, told=False) if later else call.speech
    return replace(call, announcement=replace(made, over_at=at, whole=whole, later=None), speech=speech)


def _silence(call: Call, *, on: bool) -> Silence:
    return Silence(channel=call.customer.channel if call.customer else "", number=0, on=on)
