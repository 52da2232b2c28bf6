"""Whom a queue rings, and what a caller's call becomes of it: pure, without Asterisk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chot.core.flow_graph import graph
from chot.core.flows import Exit, Flow, Key, Lead, Member, Queue, Routing, Step
from chot.core.hours import Hours
from chot.telephony import call_effects as effects
from chot.telephony import call_events as events
from chot.telephony.call_machine import inbound_call, start, step
from chot.telephony.call_outcomes import ended
from chot.telephony.call_state import Call
from chot.telephony.queueing import Free, decide
from chot.telephony.routing import flow_of

T0 = datetime(2026, 11, 3, 9, tzinfo=UTC)
SALES = Queue(
    name="sales", members=tuple(Member(agent_id=agent, level=level) for agent, level in (("lan", 2), ("mai", 5), ("an", 5))), ring_s=15,
    greeting="Xin chờ.", max_wait_s=60, announce_s=20, callback_key="9", overflow=Exit(kind="voicemail"),
)  # fmt: skip
VIP = replace(SALES, name="vip", priority=9, greeting="", callback_key="")
ROUTING = Routing(queues=(SALES, VIP), leads=(Lead(number="+842471234567", kind="queue", target="sales"),))
FREE = {"lan": Free(since=T0 - timedelta(minutes=9), turn=3), "mai": Free(since=T0 - timedelta(minutes=5), turn=1), "an": Free(since=T0)}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def caller(name: str = "k", queue: str = "sales", seconds: float = 0, routing: Routing = ROUTING) -> Call:
    """A caller who is in a queue since then, the greeting heard."""
    created = inbound_call(name, f"{name}-c", number="0912345678", line="024", at=at(seconds), flow=graph(routing, "queue", queue))
    call, _ = start(created)
    return after(call, events.Spoken(at=at(seconds), playback=call.speech.playback)) if call.speech else call


def after(call: Call, *happened: events.CallEvent) -> Call:
    for event in happened:
        call, _ = step(call, event)
    return call


def rung(call: Call, seconds: float, free: dict[str, Free] = FREE, routing: Routing = ROUTING) -> list[str]:
    """Whom the queue rings for the only caller."""
    made = dict(decide(at(seconds), [call], routing, free)).get(call.call_id)
    return [seat.agent_id for seat in made.seats] if isinstance(made, events.Rung) else []


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("longest_idle", ["lan"]), ("round_robin", ["an"]), ("skilled", ["mai"]), ("ring_all", ["lan", "mai", "an"])],
)
def test_each_strategy(strategy: str, expected: list[str]) -> None:
    routing = replace(ROUTING, queues=(replace(SALES, strategy=strategy),))
    assert rung(caller(), 1, routing=routing) == expected
    assert rung(caller(), 1, {"stranger": Free(since=T0)}, routing) == []


def test_the_next_agent_is_one_who_was_not_rung_yet() -> None:
    call = after(caller(), events.Rung(at=at(1), seats=decide(at(1), [caller()], ROUTING, FREE)[0][1].seats, ring_s=15))
    assert rung(call, 2) == [], "somebody's phone rings"
    call = after(call, events.LegGone(at=at(16), channel="k-a1", cause=19))
    assert call.phase == "waiting" and rung(call, 16) == ["mai"]
    assert rung(call, 16.5, {"lan": FREE["lan"]}) == [] and rung(call, 18, {"lan": FREE["lan"]}) == ["lan"], "after a moment, the same one again"


def test_urgent_queues_first_then_who_waits_longest_and_nobody_is_rung_twice() -> None:
    calls = [caller("late", seconds=5), caller("early", seconds=1), caller("vip", "vip", seconds=9)]
    two = {agent: FREE[agent] for agent in ("lan", "mai")}
    assert [(name, event.seats[0].agent_id) for name, event in decide(at(10), calls, ROUTING, two)] == [("vip", "lan"), ("early", "mai")]


def test_closed_full_and_too_long() -> None:
    closed = replace(ROUTING, queues=(replace(SALES, hours=Hours(name="never")),))
    assert decide(at(0), [caller()], closed, FREE) == [("k", events.QueueLeft(at=at(0), why="closed"))]
    full = replace(ROUTING, queues=(replace(SALES, max_waiting=1),))
    calls = [caller("one"), caller("two", seconds=1)]
    assert decide(at(1), calls, full, {}) == [("two", events.QueueLeft(at=at(1), why="overflow"))]
    assert decide(at(59.9), [after(caller(), events.Announced(at=at(50), text="x"))], ROUTING, {}) == []
    assert decide(at(60), [caller()], ROUTING, {}) == [("k", events.QueueLeft(at=at(60), why="overflow"))]
    assert decide(at(1), [caller()], Routing(), FREE) == [("k", events.QueueLeft(at=at(1), why="overflow"))], "a queue that is gone"


def test_the_place_is_announced_in_time_and_music_plays_between() -> None:
    calls = [caller("one"), caller("two", seconds=1)]
    assert decide(at(19.9), calls, ROUTING, {}) == []
    name, told = decide(at(21), calls, ROUTING, {})[1]
    assert name == "two" and isinstance(told, events.Announced) and "vị trí thứ 2" in told.text and "phím 9" in told.text
    call, done = step(calls[1], told)
    assert done[0] == effects.Music(channel="two-c", on=False) and isinstance(done[1], effects.Speak)
    _, done = step(call, events.Spoken(at=at(25), playback=call.speech.playback))
    assert done == (effects.Music(channel="two-c", on=True),)


def test_an_answer_cuts_what_is_said_and_stops_the_other_phones() -> None:
    call, _ = start(inbound_call("k", "k-c", number="09", line="024", at=T0, flow=graph(ROUTING, "queue", "sales")))
    assert call.speech and not call.legs[0].music, "the greeting is said while the first phones may ring"
    seats = decide(at(0), [call], replace(ROUTING, queues=(replace(SALES, strategy="ring_all"),)), FREE)[0][1].seats
    call = after(call, events.Rung(at=at(0), seats=seats, ring_s=15))
    call, done = step(call, events.LegUp(at=at(4.5), channel="k-a2"))
    kinds = [type(each) for each in done]
    assert effects.Hush in kinds and kinds.index(effects.Hush) < kinds.index(effects.Join) and effects.Speak not in kinds
    assert {each.channel for each in done if isinstance(each, effects.Drop)} == {"k-a1", "k-a3"}
    call = after(
        call, events.Pressed(at=at(5), key="9"), *(events.LegGone(at=at(5), channel=name, cause=26) for name in ("k-a1", "k-a3")),
        events.LegGone(at=at(35), channel="k-c", cause=16), events.LegGone(at=at(35.1), channel="k-a2", cause=16),
    )  # fmt: skip
    told = ended(call)
    assert (told.outcome, told.agent_id, told.agents, told.queue_id, told.wait_s, told.talk_s) == ("answered", "mai", ("mai",), "sales", 4, 30)
    assert not told.wants_callback and call.choices == ()


def _outcome(call: Call, *happened: events.CallEvent) -> tuple[str, str, int, int, bool]:
    told = ended(after(call, *happened))
    return told.outcome, told.queue_id, told.wait_s, told.message_s, told.wants_callback


def test_what_becomes_of_callers_whom_no_agent_gets() -> None:
    gone = events.LegGone(at=at(90), channel="k-c", cause=16)
    assert _outcome(caller(), gone) == ("abandoned", "sales", 90, 0, False)
    left = after(caller(), events.QueueLeft(at=at(60), why="overflow"))
    assert left.phase == "in_flow" and _outcome(left, gone) == ("no_answer", "sales", 60, 0, False), "hung up without a message"
    asked = after(left, events.Spoken(at=at(66), playback=left.speech.playback))
    beep = events.Spoken(at=at(67), playback=asked.speech.playback)
    assert asked.speech.sound == "beep" and _outcome(asked, beep, gone) == ("voicemail", "sales", 60, 23, False)
    thanked = after(asked, beep, events.Pressed(at=at(75), key="#"))
    assert _outcome(thanked, gone) == ("voicemail", "sales", 60, 8, False)
    wish = after(caller(), events.Pressed(at=at(20), key="9"))
    assert _outcome(wish, gone) == ("no_answer", "sales", 20, 0, True)


def test_who_is_listened_to_is_sent_silence() -> None:
    """At a menu and while leaving a message, so that no carrier cuts the line; not while something is said or played, and again after a restart."""
    on, off = (effects.Quiet(channel="k-c", on=each) for each in (True, False))
    menu = Step(name="m", kind="menu", text="Bấm 1.", keys=(Key(press="1", to="w"),), tries=2)
    flow = Flow(name="f", steps=(menu, Step(name="w", kind="record", text="A lô."), Step(name="t", kind="transfer", agent="lan")))
    call, done = start(inbound_call("k", "k-c", number="09", line="024", at=T0, flow=graph(Routing(flows=(flow,)), "flow", "f")))
    assert on not in done and not call.legs[0].quiet
    call, done = step(call, events.Spoken(at=at(3), playback=call.speech.playback))
    assert done == (effects.SetTimer(count=2, after_s=5), on)
    back = events.Recovered(at=at(4), alive_until=at(4), up=("k-c",), channels=("k-c",), bridge=False, members=())
    assert on not in step(call, back)[1], "the menu is said again"
    call, done = step(call, events.Pressed(at=at(5), key="1"))
    assert [type(each) for each in done] == [effects.Quiet, effects.Speak] and done[0] == off
    call = _says(_says(call, 7), 8)
    assert call.leaving_message and call.legs[0].quiet and on in step(call, replace(back, at=at(9)))[1]
    call, done = step(call, events.Pressed(at=at(12), key="#"))
    assert done.index(off) > done.index(effects.Music(channel="k-c", on=True)) and not call.legs[0].quiet
    assert not after(call, events.LegUp(at=at(15), channel="k-a1")).legs[0].quiet


def _says(call: Call, seconds: float) -> Call:
    """Whatever is being said to the caller is over."""
    return after(call, events.Spoken(at=at(seconds), playback=call.speech.playback))


def test_of_two_messages_the_one_after_a_talk_counts() -> None:
    """Two in a row are one from its first word; an agent between them makes another of it."""
    steps = (Step(name="a", kind="record", text="A."), Step(name="b", kind="record", text="B."), Step(name="t", kind="transfer", agent="lan"))
    call, _ = start(inbound_call("k", "k-c", number="09", line="024", at=T0, flow=graph(Routing(flows=(Flow(name="f", steps=steps),)), "flow", "f")))
    first = after(_says(_says(call, 2), 3), events.Pressed(at=at(8), key="#"))
    assert (first.message_at, first.message_until) == (at(3), at(8))
    both = _says(_says(first, 10), 11)
    assert (both.message_at, both.message_until) == (at(3), None)
    talking = after(both, events.Pressed(at=at(16), key="#"), events.LegUp(at=at(20), channel="k-a1"))
    assert (talking.message_at, talking.message_until, talking.phase) == (at(3), at(16), "talking")
    handed = after(talking, events.QueueAsked(at=at(40), flow=graph(ROUTING, "queue", "sales")), events.QueueLeft(at=at(41), why="overflow"))
    again = _says(_says(handed, 50), 51)
    assert (again.message_at, again.message_until, again.leaving_message) == (at(51), None, True)
    told = ended(after(again, events.LegGone(at=at(60), channel="k-c", cause=16)))
    assert (told.outcome, told.message_from_s, told.message_s) == ("answered", 51, 9)


def test_a_new_controller_says_the_step_again_and_keeps_a_place_in_the_queue() -> None:
    flow = Flow(name="f", steps=(Step(name="m", kind="menu", text="Bấm 1.", keys=(Key(press="1", to="m"),)),))
    call, _ = start(inbound_call("k", "k-c", number="09", line="024", at=T0, flow=graph(Routing(flows=(flow,)), "flow", "f")))
    back = events.Recovered(at=at(9), alive_until=at(8), up=("k-c",), channels=("k-c",), bridge=False, members=())
    call, done = step(call, back)
    assert [each.text for each in done if isinstance(each, effects.Speak)] == ["Bấm 1."]
    waiting, done = step(caller(), back)
    assert waiting.queue_since == T0 and effects.Music(channel="k-c", on=True) in done


def test_numbers_lead_somewhere_however_carriers_write_them() -> None:
    assert {flow_of(ROUTING, dialled).name for dialled in ("02471234567", "+842471234567", "842471234567")} == {"queue:sales"}
    assert flow_of(ROUTING, "02471234568") is None
