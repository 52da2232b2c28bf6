"""Pauses of a call's recording: silence on both sides from the exchange's word that it is so, until an agent, the time or the end.

A call that goes to a queue ends its pause: no agent is there to take a card number, keys mean something, and a message is to be heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chot.core.messages_recording import RecordingNotPaused, RecordingPaused, RecordingResumed
from chot.telephony import call_events as events
from chot.telephony.call_effects import Effect, SetPauseTimer, Silence
from chot.telephony.call_state import Call, Pause

Effects = tuple[Effect, ...]


def follow(call: Call, event: events.CallEvent) -> tuple[Call, Effects]:
    """What an event means for the recording."""
    customer, pause = call.customer, call.pause
    if customer is None or not customer.up or call.ending_at or call.unrecorded:
        return call, ()
    handed_over = call.in_flow and not call.agents_up
    match event:
        case events.PauseAsked(agent_id=agent_id, most_s=most_s) if pause is None and not handed_over:
            return _paused(call, agent_id, most_s, event.at)
        case events.Silenced(number=number) if pause and pause.number == number:
            return replace(call, pause=replace(pause, silent_at=pause.silent_at or event.at)), ()
        case events.NotSilenced(number=number) if pause and pause.number == number:
            return _resumed(call)
        case events.ResumeAsked() if pause:
            return _resumed(call)
        case events.PauseOver(number=number) if pause and pause.number == number:
            return _resumed(call)
        case _ if pause and handed_over:
            return _resumed(call)
        case events.Recovered() if call.pauses:
            return call, _said_again(call, event.at)
    return call, ()


def told(before: Call, call: Call, event: events.CallEvent) -> list[Any]:
    """The facts of a step."""
    was, now = before.pause, call.pause
    if now and now.silent_at and not (was and was.silent_at):
        until = now.asked_at + timedelta(seconds=now.most_s)
        offset = call.offset_ms(now.silent_at)
        return [RecordingPaused(call_id=call.call_id, agent_id=now.agent_id, at_ms=offset, paused_at=now.silent_at, until=until)]
    if isinstance(event, events.NotSilenced) and was and now is None:
        return [RecordingNotPaused(call_id=call.call_id, agent_id=was.agent_id, problem=event.problem, told_at=event.at)]
    if was and was.silent_at and now is None:
        by = event.agent_id if isinstance(event, events.ResumeAsked) else ""
        why = "agent" if isinstance(event, events.ResumeAsked) else "time" if isinstance(event, events.PauseOver) else "queue"
        return [RecordingResumed(call_id=call.call_id, agent_id=by, why=why, at_ms=call.offset_ms(event.at), resumed_at=event.at)]
    return []


def without_secrets(call: Call, event: events.CallEvent, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event for the journal: digits that are sent during a pause are only counted."""
    if call.pause and isinstance(event, events.DigitsAsked):
        return {**payload, "digits": "*" * len(event.digits)}
    return payload


def _paused(call: Call, agent_id: str, most_s: int, at: datetime) -> tuple[Call, Effects]:
    pause = Pause(number=call.pauses + 1, agent_id=agent_id, asked_at=at, most_s=most_s)
    call = replace(call, pause=pause, pauses=pause.number)
    return call, (_silence(call, on=True), SetPauseTimer(number=pause.number, after_s=most_s))


def _resumed(call: Call) -> tuple[Call, Effects]:
    call = replace(call, pause=None)
    return call, (_silence(call, on=False),)


def _said_again(call: Call, at: datetime) -> Effects:
    """A new controller cannot know whether the last word arrived, and its predecessor's timer is gone."""
    if call.pause is None:
        return (_silence(call, on=False),)
    left = call.pause.most_s - int((at - call.pause.asked_at).total_seconds())
    return (_silence(call, on=True), SetPauseTimer(number=call.pause.number, after_s=max(0, left)))


def _silence(call: Call, *, on: bool) -> Silence:
    return Silence(channel=call.customer.channel if call.customer else "", number=call.pauses, on=on)
