"""The customer is told of the recording before an agent is heard; a key refuses; what was said and heard is told once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chot.core.flow_graph import graph
from chot.core.flows import Exit, Flow, Hours, Notice, Queue, Routing, Step
from chot.core.messages import Dial
from chot.telephony import call_effects as effects
from chot.telephony import call_events as events
from chot.telephony.call_machine import agent_call, inbound_call, step
from chot.telephony.call_notice import told, wanted
from chot.telephony.call_outcomes import ended
from chot.telephony.call_state import Call
from tests.telephony.test_call_machine import ANSWERED, LAN, T0, at, gone, run, up

TOLD, ASKED = Notice(mode="announce", text="Ghi âm."), Notice(mode="ask", text="Bấm 9.", key="9")
SAID = events.Spoken(at=at(12), playback="k-n1")
JOIN = effects.Join(channel="k-c")
SILENCE = effects.Silence(channel="k-c", number=0, on=True)
HEARD = replace(SILENCE, on=False)


def dial(notice: Notice) -> events.Created:
    """Lan calls a customer who is told something."""
    return agent_call(Dial(call_id="k", seat=LAN, number="+84912345678", notice=notice), T0)


def queued(notice: Notice, overflow: Exit | None = None) -> events.Created:
    """A caller of a queue with a greeting."""
    queue = Queue(name="q", greeting="Chào.", notice=notice, overflow=overflow or Exit(kind="hangup"))
    flow = graph(Routing(flows=(Flow(name="f", steps=(Step(name="q", kind="queue", queue="q"),)),), queues=(queue,)), "flow", "f")
    return inbound_call("k", "k-c", number="0912345678", line="02471234567", at=T0, flow=flow)


def joined(call: Call) -> bool:
    """Whether the customer hears an agent."""
    return bool(call.customer and call.customer.joined)


def test_an_agent_is_heard_only_after_it() -> None:
    ringing = run(dial(TOLD), ANSWERED[0])
    answered, done = step(ringing, ANSWERED[1])
    assert done == (effects.Speak(channel="k-c", playback="k-n1", text="Ghi âm.", notice=True),) and answered.phase == "announcing"
    assert not joined(answered) and answered.leg("k-a1").tone  # type: ignore[union-attr]
    over, done = step(answered, SAID)
    assert JOIN in done and over.connected_at == at(12) and over.phase == "talking"
    (fact,) = told(answered, over)
    assert (fact.mode, fact.text, fact.whole, fact.refused, fact.from_ms, fact.to_ms) == ("announce", "Ghi âm.", True, False, 0, 4500)
    assert told(over, over) == [] and step(over, SAID) == (over, ())


@pytest.mark.parametrize("key", ["9", "5"])
def test_a_key_refuses_and_others_do_not(key: str) -> None:
    listening = run(dial(ASKED), *ANSWERED, SAID)
    assert listening.phase == "announcing"
    after, done = step(listening, events.Pressed(at=at(13), key=key))
    assert (after.refused, SILENCE in done, JOIN in done) == ((True, True, True) if key == "9" else (False, False, False))
    after, done = step(after, events.TimeUp(at=at(16), count=-1))
    assert joined(after) and (JOIN in done) == (key == "5")
    assert step(after, events.PauseAsked(at=at(20), agent_id="lan", most_s=9))[0].pauses == (0 if key == "9" else 1)
    assert step(after, events.Pressed(at=at(21), key="9"))[0].refused is (key == "9"), "later keys mean something else"


def test_a_refusal_while_it_is_said_cuts_it_and_holds_over_a_restart() -> None:
    saying = run(dial(ASKED), *ANSWERED)
    after, done = step(saying, events.Pressed(at=at(9), key="9"))
    assert done[:2] == (effects.Hush(playback="k-n1"), SILENCE) and joined(after)
    (fact,) = told(saying, after)
    assert (fact.refused, fact.whole) == (True, False)
    found = {"alive_until": at(20), "up": ("k-a1", "k-c"), "channels": ("k-a1", "k-c"), "bridge": True, "members": ("k-a1", "k-c")}
    assert SILENCE in step(after, events.Recovered(at=at(20), **found))[1]
    again, done = step(saying, events.Recovered(at=at(20), **found | {"bridge": False, "members": ()}))
    assert effects.Speak(channel="k-c", playback="k-n2", text="Bấm 9.", notice=True) in done and not joined(again)


def test_what_cannot_be_said_is_told_so_and_nothing_an_agent_says_is_recorded() -> None:
    saying = run(dial(TOLD), *ANSWERED)
    after, done = step(saying, replace(SAID, failed=True))
    (fact,) = told(saying, after)
    assert (fact.whole, fact.failed, fact.refused, after.phase, joined(after)) == (False, True, False, "talking", True)
    assert done.index(SILENCE) < done.index(JOIN) and step(after, events.LegUp(at=at(13), channel="k-a1"))[1] == ()
    assert step(after, events.PauseAsked(at=at(20), agent_id="lan", most_s=9)) == (after, ()), "there is no recording to pause"
    found = {"alive_until": at(20), "up": ("k-a1", "k-c"), "channels": ("k-a1", "k-c"), "bridge": True, "members": ("k-a1", "k-c")}
    assert SILENCE in step(after, events.Recovered(at=at(20), **found))[1]


def test_a_caller_who_cannot_be_told_may_leave_a_message_and_no_agent_is_recorded() -> None:
    waiting, done = step(run(queued(ASKED)), replace(SAID, at=at(5), failed=True))
    assert SILENCE not in done and waiting.speech and waiting.speech.text == "Chào."
    rung, _ = step(waiting, events.Rung(at=at(6), seats=(LAN,), ring_s=20))
    answered, done = step(rung, up("k-a1", 8))
    assert done.index(SILENCE) < done.index(JOIN) and answered.connected_at == at(8)


def test_a_message_after_a_talk_that_may_not_be_recorded_is_recorded_alone() -> None:
    word = Queue(name="n", hours=Hours(name="never"), closed=Exit(kind="voicemail"))
    flow = graph(Routing(queues=(word,)), "queue", "n")
    talking = run(dial(TOLD), *ANSWERED, replace(SAID, failed=True))
    handed = step(talking, events.QueueAsked(at=at(20), flow=flow))[0]
    invited, done = step(handed, events.QueueLeft(at=at(20.1), why="closed"))
    assert HEARD not in done and invited.speech and not invited.leaving_message
    toned, done = step(invited, events.Spoken(at=at(24), playback=invited.speech.playback))
    assert HEARD in done and toned.leaving_message and toned.speech and toned.speech.sound == "beep"
    speaking, done = step(toned, events.Spoken(at=at(25), playback=toned.speech.playback))
    assert done == (effects.Quiet(channel="k-c", on=True),) and speaking.message_at == at(25)
    found = {"alive_until": at(26), "up": ("k-c",), "channels": ("k-c",), "bridge": True, "members": ()}
    assert HEARD in step(speaking, events.Recovered(at=at(26), **found))[1]
    thanked, done = step(step(speaking, events.Talked(at=at(27)))[0], events.Silent(at=at(31)))
    assert SILENCE in done and thanked.message_until == at(31) and not thanked.leaving_message


def test_a_message_after_a_refusal_is_recorded_alone() -> None:
    waiting = run(queued(ASKED, Exit(kind="voicemail")), events.Pressed(at=at(2), key="9"))
    invited, _ = step(waiting, events.QueueLeft(at=at(9), why="overflow"))
    assert invited.speech and invited.announcement and invited.announcement.silent
    toned, done = step(invited, events.Spoken(at=at(12), playback=invited.speech.playback))
    assert HEARD in done and toned.leaving_message


def test_who_leaves_a_queue_before_the_end_is_told_by_the_next_one() -> None:
    cut = replace(run(queued(TOLD)), speech=None)
    after = wanted(cut, ASKED)
    assert after.announcement and (after.announcement.notice, after.announcement.times, after.announcement.playback) == (ASKED, 1, "")
    for over in (run(queued(TOLD), replace(SAID, at=at(5))), run(queued(TOLD), replace(SAID, at=at(5), failed=True))):
        assert wanted(over, ASKED) is over, "told once, and what failed is not tried again"


def test_a_customer_who_goes_meanwhile_has_answered() -> None:
    saying = run(dial(TOLD), *ANSWERED)
    last, _ = step(saying, gone("k-c", 9))
    (fact,) = told(saying, last)
    over = ended(run(dial(TOLD), *ANSWERED, gone("k-c", 9), gone("k-a1", 9.1)))
    assert fact.whole is False and (over.outcome, over.answered_at, over.talk_s, over.hangup_by) == ("answered", at(7.5), 0, "customer")


def test_in_a_queue_it_comes_before_the_greeting_and_an_answer_waits_for_it() -> None:
    waiting = run(queued(ASKED))
    assert waiting.speech and waiting.speech.playback == "k-n1" and waiting.phase == "waiting"
    rung, _ = step(waiting, events.Rung(at=at(1), seats=(LAN,), ring_s=20))
    answered, done = step(rung, up("k-a1", 3))
    assert not joined(answered) and not any(isinstance(each, effects.Hush) for each in done) and answered.phase == "announcing"
    both = run(queued(TOLD), events.Rung(at=at(1), seats=(LAN,), ring_s=20), up("k-a1", 3), replace(SAID, at=at(5)))
    assert both.connected_at == at(5) and both.speech is None
    alone, done = step(run(queued(TOLD)), replace(SAID, at=at(5)))
    assert effects.Speak(channel="k-c", playback="k-p1", text="Chào.") in done and alone.phase == "waiting"
