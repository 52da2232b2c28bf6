"""Every order of events ends every call exactly once and leaves nothing behind; the outcomes and times are the contract's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.flow_graph import graph
from chot.core.flows import Exit, Flow, Key, Queue, Routing, Step
from chot.core.messages import CallChanged, Dial, DialAutomatically, ForwardAsked, PartChanged, Seat, Way
from chot.telephony import call_effects as effects
from chot.telephony import call_events as events
from chot.telephony.call_machine import agent_call, automatic_call, inbound_call, start, step
from chot.telephony.call_outcomes import ended
from chot.telephony.call_state import Call
from chot.telephony.queueing import _missed
from chot.telephony.telling import changes

T0 = datetime(2026, 11, 3, 9, tzinfo=UTC)
LAN, MAI = Seat(agent_id="lan", phone="lan"), Seat(agent_id="mai", phone="mai")


def at(seconds: float) -> datetime:
    """So many seconds after the call began."""
    return T0 + timedelta(seconds=seconds)


def dial() -> events.Created:
    """Lan calls a customer."""
    return agent_call(Dial(call_id="k", seat=LAN, number="0912345678"), T0)


def automatic(*seats: Seat) -> events.Created:
    """A customer is called first."""
    return automatic_call(DialAutomatically(call_id="k", number="0912345678", seats=seats), T0)


def inbound() -> events.Created:
    """A customer calls in."""
    return inbound_call("k", "k-c", number="0912345678", line="02471234567", at=T0)


def routed() -> events.Created:
    """A customer calls in and hears a menu: 1 is a queue that overflows to a message, anything else a transfer."""
    queue = Queue(name="q", greeting="Chờ.", overflow=Exit(kind="voicemail"), callback_key="#")
    steps = (
        Step(name="m", kind="menu", text="Bấm 1.", keys=(Key(press="1", to="q"),), tries=1, otherwise="t"), Step(name="q", kind="queue", queue="q"),
        Step(name="t", kind="transfer", agent="lan", otherwise="m"),
    )  # fmt: skip
    flow = graph(Routing(flows=(Flow(name="f", steps=steps),), queues=(queue,)), "flow", "f")
    return inbound_call("k", "k-c", number="0912345678", line="02471234567", at=T0, flow=flow)


def run(created: events.Created, *happened: events.CallEvent) -> Call:
    """The state after the events."""
    call, _ = start(created)
    for event in happened:
        call, _ = step(call, event)
    return call


def after(call: Call, *happened: events.CallEvent) -> Call:
    """The state of a call after more events."""
    for event in happened:
        call, _ = step(call, event)
    return call


def up(channel: str, seconds: float) -> events.LegUp:
    """A phone is answered."""
    return events.LegUp(at=at(seconds), channel=channel)


def gone(channel: str, seconds: float, cause: int = 16) -> events.LegGone:
    """A phone is gone."""
    return events.LegGone(at=at(seconds), channel=channel, cause=cause)


def rings(channel: str, seconds: float) -> events.LegRinging:
    """A phone rings."""
    return events.LegRinging(at=at(seconds), channel=channel)


def recovered(seconds: float, *channels: str, until: float, answered: float) -> events.Recovered:
    """A new controller finds these answered channels, and of the customer what the recording says."""
    return events.Recovered(at=at(seconds), alive_until=at(until), up=channels, channels=channels, bridge=False, members=(), answered_at=at(answered))


def hang_up(seconds: float, by: str = "agent") -> events.HangupAsked:
    """Someone ends the call."""
    return events.HangupAsked(at=at(seconds), by=by)


ANSWERED = (up("k-a1", 2), up("k-c", 7.5))
CASES = {  # events -> outcome, hangup_by, ring_s, wait_s, talk_s, hold_s
    "answered, the customer hangs up": (dial(), (*ANSWERED, gone("k-c", 67.5), gone("k-a1", 67.6)), ("answered", "customer", 5, 0, 60, 0)),
    "answered, the agent hangs up the phone": (dial(), (*ANSWERED, gone("k-a1", 20), gone("k-c", 20.1)), ("answered", "agent", 5, 0, 12, 0)),
    "answered, the agent hangs up on the page": (dial(), (*ANSWERED, hang_up(20), gone("k-a1", 20.1), gone("k-c", 20.1)), ("answered", "agent", 5, 0, 12, 0)),
    "held": (
        dial(),
        (*ANSWERED, events.HoldAsked(at=at(17.5), on=True), events.HoldAsked(at=at(27.6), on=False), gone("k-c", 37.5), gone("k-a1", 38)),
        ("answered", "customer", 5, 0, 20, 10),
    ),
    "silence on the line": (dial(), (*ANSWERED, gone("k-c", 47.5, 44), gone("k-a1", 48)), ("answered", "system", 5, 0, 40, 0)),
    "busy": (dial(), (up("k-a1", 2), gone("k-c", 4, 17), gone("k-a1", 4)), ("busy", "system", 2, 0, 0, 0)),
    "no answer": (dial(), (up("k-a1", 2), rings("k-c", 3), gone("k-c", 42, 19), gone("k-a1", 42)), ("no_answer", "system", 40, 0, 0, 0)),
    "switched off, says the network": (dial(), (up("k-a1", 2), gone("k-c", 5, 19), gone("k-a1", 5)), ("no_answer", "system", 3, 0, 0, 0)),
    "the network says nothing": (dial(), (up("k-a1", 2), gone("k-c", 42, 19), gone("k-a1", 42)), ("failed", "system", 40, 0, 0, 0)),
    "answered and gone, heard by nobody": (
        dial(), (up("k-a1", 2), rings("k-c", 3), recovered(30, "k-a1", until=14, answered=7.5), gone("k-a1", 30)), ("answered", "customer", 5, 0, 0, 0),
    ),
    "rejected": (dial(), (up("k-a1", 2), gone("k-c", 5, 21), gone("k-a1", 5)), ("no_answer", "customer", 3, 0, 0, 0)),
    "unallocated": (dial(), (up("k-a1", 2), gone("k-c", 2.2, 1), gone("k-a1", 3)), ("failed", "system", 0, 0, 0, 0)),
    "congestion": (dial(), (up("k-a1", 2), gone("k-c", 2.2, 34), gone("k-a1", 3)), ("failed", "system", 0, 0, 0, 0)),
    "cancelled while ringing": (dial(), (up("k-a1", 2), gone("k-a1", 9), gone("k-c", 9, 0)), ("cancelled", "agent", 7, 0, 0, 0)),
    "the agent does not pick up": (dial(), (gone("k-a1", 25, 19),), ("cancelled", "agent", 0, 0, 0, 0)),
    "the agent's phone is not there": (dial(), (gone("k-a1", 0.1, 20),), ("failed", "system", 0, 0, 0, 0)),
    "inbound, answered": (
        inbound(),
        (events.Offered(at=at(3), seat=LAN), up("k-a1", 8.2), gone("k-c", 68.2), gone("k-a1", 68.2)),
        ("answered", "customer", 5, 8, 60, 0),
    ),
    "inbound, given up": (inbound(), (events.Offered(at=at(3), seat=LAN), gone("k-c", 12.9), gone("k-a1", 13)), ("abandoned", "customer", 10, 12, 0, 0)),
    "inbound, nobody there": (inbound(), (hang_up(60, "system"), gone("k-c", 60)), ("no_answer", "system", 0, 60, 0, 0)),
    "inbound, the second seat answers": (
        inbound(),
        (events.Offered(at=at(0), seat=LAN), gone("k-a1", 20, 19), events.Offered(at=at(20), seat=MAI), up("k-a2", 24), gone("k-a2", 34), gone("k-c", 34)),
        ("answered", "agent", 4, 24, 10, 0),
    ),
    "automatic, answered": (automatic(LAN), (up("k-c", 6), up("k-a1", 8), gone("k-c", 28), gone("k-a1", 28)), ("answered", "customer", 6, 2, 20, 0)),
    "automatic, nobody there": (automatic(LAN), (up("k-c", 6), gone("k-a1", 7, 17), gone("k-c", 7)), ("abandoned", "system", 6, 1, 0, 0)),
    "automatic, given up": (automatic(LAN), (up("k-c", 6), gone("k-c", 9), gone("k-a1", 9)), ("abandoned", "customer", 6, 3, 0, 0)),
    "automatic, an announcement": (automatic(), (up("k-c", 6), hang_up(16, "system"), gone("k-c", 16)), ("answered", "system", 6, 0, 10, 0)),
    "Asterisk dies in a conversation": (dial(), (*ANSWERED, events.NodeLost(at=at(17.5))), ("answered", "system", 5, 0, 10, 0)),
    "Asterisk dies while it rings": (dial(), (up("k-a1", 2), events.NodeLost(at=at(4))), ("failed", "system", 2, 0, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_outcomes_and_times(name: str) -> None:
    """Worked out by hand from the times of the events."""
    created, happened, expected = CASES[name]
    call = run(created, *happened)
    told = ended(call)
    assert call.ended
    assert (told.outcome, told.hangup_by, told.ring_s, told.wait_s, told.talk_s, told.hold_s) == expected


def test_attended_transfer_hands_over() -> None:
    """The customer waits meanwhile, then talks to the second agent; both are named."""
    asked = (*ANSWERED, events.TransferAsked(at=at(10), to=MAI, attended=True), up("k-a2", 14))
    assert run(dial(), *asked).phase == "consulting"
    call = run(dial(), *asked, events.TransferCompleted(at=at(20)), gone("k-a1", 20))
    assert call.phase == "talking" and [leg.channel for leg in call.legs if leg.joined] == ["k-c", "k-a2"]
    told = ended(run(dial(), *asked, events.TransferCompleted(at=at(20)), gone("k-a1", 20), gone("k-c", 30), gone("k-a2", 30)))
    assert (told.agent_id, told.agents, told.hold_s, told.talk_s) == ("lan", ("lan", "mai"), 10, 12)


def test_a_blind_transfer_that_nobody_answers_comes_back() -> None:
    """The agent who sent it away is rung again; the customer is not lost."""
    call = run(dial(), *ANSWERED, events.TransferAsked(at=at(10), to=MAI, attended=False), gone("k-a1", 10), gone("k-a2", 30, 19))
    assert (call.phase, call.agents[-1].seat, call.agents[-1].told) == ("waiting", LAN, True)
    call, _ = step(call, up("k-a3", 33))
    assert call.phase == "talking"


def test_a_conference_goes_on_without_one_of_its_agents() -> None:
    """All three are joined; one agent leaves; the call ends with the customer."""
    call = run(dial(), *ANSWERED, events.TransferAsked(at=at(10), to=MAI, attended=True), up("k-a2", 14), events.Merged(at=at(20)))
    assert all(leg.joined for leg in call.legs) and not call.consult
    call, _ = step(call, gone("k-a1", 30))
    assert call.phase == "talking" and not call.ended


def test_a_phone_that_goes_away_is_awaited_with_music_and_rung_at_once_when_it_is_back() -> None:
    call = run(dial(), *ANSWERED)
    call, todo = step(call, events.PhoneLost(at=at(20), phone="lan"))
    assert call.phase == "waiting" and {type(each) for each in todo} == {effects.Drop, effects.Leave, effects.Music}
    call, _ = step(call, gone("k-a1", 20))
    assert not call.ending_at and step(call, events.PhoneBack(at=at(21), phone="mai"))[1] == ()
    call, todo = step(call, events.PhoneBack(at=at(22), phone="lan"))
    assert [(each.channel, each.at_once) for each in todo if isinstance(each, effects.RingAgent)] == [("k-a2", True)]
    assert step(call, events.PhoneBack(at=at(22), phone="lan"))[1] == ()
    call, _ = step(call, up("k-a2", 23))
    assert call.phase == "talking" and call.awaited is None and call.held_ms == 3000
    call, _ = step(call, hang_up(33))
    assert call.hangup_by == "agent" and call.agents[0].seat == call.agents[1].seat == LAN


def test_an_agent_who_does_not_come_back_is_not_who_hung_up() -> None:
    call = run(dial(), *ANSWERED, events.PhoneLost(at=at(20), phone="lan"), gone("k-a1", 20), hang_up(50, by="system"))
    assert (call.hangup_by, call.ending_at) == ("system", at(50))


def test_a_phone_that_goes_away_while_it_rings_rings_no_longer() -> None:
    """In a queue nobody has missed anything; in a transfer of a flow it goes on as if nobody had answered; an agent's own call is over."""
    queued = after(run(routed(), events.Pressed(at=at(1), key="1")), events.Rung(at=at(2), seats=(LAN,), ring_s=25))
    call, todo = step(queued, events.PhoneLost(at=at(5), phone="lan"))
    assert effects.Drop(channel="k-a1") in todo and call.awaited is None and not any(leg.alive for leg in call.agents)
    call = after(call, gone("k-a1", 5, 19))
    assert not _missed(call, call.agents[0]) and after(call, events.Rung(at=at(6), seats=(MAI,), ring_s=25)).agents[1].told
    led = after(run(routed()), events.Pressed(at=at(1), key="9"))
    assert [(leg.seat.phone, leg.told) for leg in led.agents] == [("lan", True)]
    assert after(led, events.PhoneLost(at=at(5), phone="lan")).speech.text == "Bấm 1."
    own = run(dial(), events.PhoneLost(at=at(1), phone="lan"))
    assert (own.phase, ended(after(own, gone("k-a1", 1, 19))).outcome) == ("ending", "failed")


def test_a_conference_does_not_wait_for_one_phone() -> None:
    call = run(dial(), *ANSWERED, events.TransferAsked(at=at(10), to=MAI, attended=True), up("k-a2", 14), events.Merged(at=at(20)))
    call, _ = step(call, events.PhoneLost(at=at(25), phone="mai"))
    assert call.awaited is None and call.phase == "talking"


def test_a_transfer_to_a_queue_is_one_contact_with_its_parts() -> None:
    """Lan talks 12.5 s, the customer waits 10 s in the queue, Mai talks 20 s; nothing of the waiting is hold or talk."""
    call = run(dial(), *ANSWERED, events.QueueAsked(at=at(20), flow=HELP), gone("k-a1", 20))
    assert (call.phase, call.queue, call.speech.text, call.agents_up) == ("waiting", "help", "Chờ.", ())
    call = after(call, events.Rung(at=at(22), seats=(MAI,), ring_s=9), up("k-a2", 30), events.TimeUp(at=at(31), count=call.walk.count))
    assert call.phase == "talking" and [leg.channel for leg in call.legs if leg.joined] == ["k-c", "k-a2"]
    told = ended(after(call, gone("k-c", 50), gone("k-a2", 50)))
    assert (told.outcome, told.agent_id, told.agents, told.queue_id) == ("answered", "lan", ("lan", "mai"), "help")
    assert (told.wait_s, told.hold_s, told.talk_s, told.answered_at) == (10, 0, 32, at(7.5))
    parts = [(part.kind, part.agent_id, part.queue_id, part.began_at, part.answered_at, part.ended_at) for part in told.parts]
    assert parts == [
        ("agent", "lan", "", T0, at(2), at(20)), ("queue", "", "help", at(20), at(30), at(30)), ("agent", "mai", "help", at(22), at(30), at(50)),
    ]  # fmt: skip


def test_a_number_outside_is_told_of_as_a_part_and_cut_by_the_system() -> None:
    steps = (*ANSWERED, events.TransferAsked(at=at(10), to=OUTSIDE, attended=False), gone("k-a1", 10), up("k-a2", 15), gone("k-a2", 45))
    call, told = start(dial())[0], []
    for event in steps:
        before = call
        call, _ = step(call, event)
        told += [fact for fact in changes(before, call, event.at) if isinstance(fact, PartChanged)]
    assert [(fact.part_id, fact.agent_id, fact.state, fact.answered_at, fact.ended_at, fact.outcome) for fact in told] == [
        ("p", "lan", "dialled", None, None, ""), ("p", "lan", "answered", at(15), None, ""), ("p", "lan", "ended", at(15), at(45), "answered"),
    ]  # fmt: skip
    assert (call.hangup_by, call.ending_at) == ("system", at(45))
    waits = run(dial(), *steps[:-1])
    assert step(waits, events.TalkLimited(at=at(20), part_id="p", max_talk_s=60))[1] == (effects.SetLimit(channel="k-a2", after_s=55, up=True),)


def test_who_is_asked_first_is_heard_ringing() -> None:
    """The agent hears the tone until somebody answers, then talks; the customer has music all the while."""
    before = run(dial(), *ANSWERED)
    call, todo = step(before, events.TransferAsked(at=at(10), to=OUTSIDE, attended=True))
    shown = [fact for fact in changes(before, call, at(10)) if isinstance(fact, CallChanged)]
    assert [(fact.phase, fact.agents, fact.outside) for fact in shown] == [("consulting", ("lan",), ("0987654321",))]
    assert effects.Tone(channel="k-a1", on=True) in todo and not any(leg.joined for leg in call.legs)
    call, todo = step(call, up("k-a2", 14))
    assert effects.Tone(channel="k-a1", on=False) in todo and {leg.channel for leg in call.legs if leg.joined} == {"k-a1", "k-a2"}
    call = after(call, events.TransferCancelled(at=at(20)), gone("k-a2", 20))
    assert {leg.channel for leg in call.legs if leg.joined} == {"k-a1", "k-c"} and call.held_ms == 10000
    assert changes(None, call, at(20))[-1].outside == ()


def test_a_flow_asks_how_to_call_outside_and_goes_on_without_an_answer() -> None:
    """Told in time, the number is called; refused, or nobody says anything for ten seconds: as if nobody had answered."""
    flow = graph(Routing(flows=(Flow(name="f", steps=(Step(name="t", kind="transfer", number="+84987654321", otherwise="s"), Step(name="s", kind="say", text="Bận."))),)), "flow", "f")
    created = inbound_call("k", "k-c", number="0912345678", line="024", at=T0, flow=flow)
    call, todo = start(created)
    (asked,) = [fact for fact in changes(None, call, T0) if isinstance(fact, ForwardAsked)]
    assert (asked.part_id, asked.number, asked.step) == ("k-f1", "+84987654321", "f/t") and effects.SetTimer(count=1, after_s=10) in todo
    rings = after(call, events.Forwarded(at=at(2), part_id="k-f1", way=OUTSIDE.way))
    assert [(leg.seat.number, leg.way, leg.told) for leg in rings.agents] == [("+84987654321", OUTSIDE.way, True)]
    assert after(rings, events.Forwarded(at=at(3), part_id="k-f1", way=OUTSIDE.way)) == rings
    for other in (events.Forwarded(at=at(2), part_id="k-f1"), events.TimeUp(at=at(10), count=1)):
        refused = after(call, other)
        assert (refused.speech.text, refused.agents, refused.forwarding) == ("Bận.", (), None)
    told = ended(after(rings, up("k-a1", 8), gone("k-a1", 20), gone("k-c", 20)))
    assert (told.outcome, told.hangup_by, told.agent_id, told.talk_s, told.parts[0].kind) == ("answered", "agent", "", 12, "outside")


class World:
    """An Asterisk that does what it is told, late and in any order: its channels and its bridge."""

    def __init__(self) -> None:
        self.channels: set[str] = set()
        self.bridges: list[set[str]] = []
        self.dropped: list[str] = []

    def do(self, effect: effects.Effect) -> None:
        """Obey; what cannot be is an error of the machine."""
        match effect:
            case effects.RingAgent(channel=channel) | effects.CallCustomer(channel=channel):
                assert channel not in self.channels, "a channel is made once"
                self.channels.add(channel)
            case effects.MakeBridge():
                assert len(self.bridges) < 2, "the next one takes over from the one before"
                self.bridges.append(set())
            case effects.DropBridge():
                assert self.bridges and (len(self.bridges) == 1 or self.bridges[0] <= set(self.dropped)), "whoever talks has been taken along"
                self.bridges.pop(0)
            case effects.Join(channel=channel):
                assert self.bridges and channel in self.channels and channel not in self.bridges[-1]
                for bridge in self.bridges:
                    bridge.discard(channel)
                self.bridges[-1].add(channel)
            case effects.Leave(channel=channel):
                assert channel in self.bridges[-1]
                self.bridges[-1].discard(channel)
            case effects.Drop(channel=channel):
                assert channel not in self.dropped, "hung up once"
                self.dropped.append(channel)

    def kill(self, channel: str) -> None:
        """The channel is gone, from the bridge too."""
        self.channels.discard(channel)
        for bridge in self.bridges:
            bridge.discard(channel)


OUTSIDE = Seat(number="0987654321", way=Way(part_id="p", agent_id="lan", max_talk_s=30))
HELP = graph(Routing(queues=(Queue(name="help", greeting="Chờ.", overflow=Exit(kind="number", target="+84987654321")),)), "queue", "help")
WISHES = st.sampled_from([
    lambda t: events.QueueAsked(at=t, flow=HELP), lambda t: events.TransferAsked(at=t, to=OUTSIDE, attended=False), lambda t: events.TransferAsked(at=t, to=OUTSIDE, attended=True),
    lambda t: events.Forwarded(at=t, part_id="k-f4", way=OUTSIDE.way), lambda t: events.Forwarded(at=t, part_id="k-f3"), lambda t: events.Talked(at=t), lambda t: events.Silent(at=t),
    lambda t: events.TalkLimited(at=t, part_id="p", max_talk_s=60), lambda t: events.Spoken(at=t, playback="k-p3"),
    lambda t: events.HangupAsked(at=t, by="agent"), lambda t: events.HoldAsked(at=t, on=True), lambda t: events.HoldAsked(at=t, on=False),
    lambda t: events.TransferAsked(at=t, to=MAI, attended=True), lambda t: events.TransferAsked(at=t, to=MAI, attended=False),
    lambda t: events.TransferCompleted(at=t), lambda t: events.TransferCancelled(at=t), lambda t: events.Merged(at=t),
    lambda t: events.Pressed(at=t, key="1"), lambda t: events.Pressed(at=t, key="#"), lambda t: events.TimeUp(at=t, count=3),
    lambda t: events.Spoken(at=t, playback="k-p1"), lambda t: events.Spoken(at=t, playback="k-p2"), lambda t: events.QueueLeft(at=t, why="overflow"),
    lambda t: events.Rung(at=t, seats=(LAN, MAI), ring_s=9), lambda t: events.Announced(at=t, text="Chờ."),
    lambda t: events.PhoneLost(at=t, phone="lan"), lambda t: events.PhoneBack(at=t, phone="lan"), lambda t: events.Offered(at=t, seat=LAN), lambda t: events.MuteAsked(at=t, agent_id="lan", on=True), lambda t: events.DigitsAsked(at=t, digits="1"),
])  # fmt: skip
CALLS = st.sampled_from([dial(), inbound(), automatic(LAN, MAI), automatic(), routed(), routed()])
MOVES = st.lists(st.tuples(st.sampled_from(["up", "ringing", "gone", "wish", "wish", "again"]), st.integers(0, 5), WISHES, st.sampled_from([16, 17, 19, 0, 44])), max_size=25)


def test_a_phone_that_is_slow_to_hang_up_holds_no_bridge() -> None:
    """Sent on before the first agent's phone is gone: the old bridge goes with nobody in it but that phone."""
    world, created = World(), dial()
    call, todo = start(created)
    for event in (None, up("k-a1", 1), up("k-c", 2), events.TransferAsked(at=at(3), to=OUTSIDE, attended=False), up("k-a2", 4)):
        if event:
            call, todo = step(call, event)
        for effect in todo:
            world.do(effect)
    assert world.bridges == [{"k-c", "k-a2"}] and world.dropped == ["k-a1"] and effects.DropBridge(bridge="k-b") in todo


@given(created=CALLS, moves=MOVES)
@settings(max_examples=600)
def test_any_order_of_events_ends_once_and_leaves_nothing(created: events.Created, moves: list) -> None:
    """Random answers, hang-ups, wishes and repeated news; in the end everybody hangs up."""
    world = World()
    call, todo = start(created)
    if created.call.first == "caller":
        world.channels.add("k-c")
    for effect in todo:
        world.do(effect)
    ends, clock = 0, 0
    old: events.CallEvent | None = None

    def happen(event: events.CallEvent) -> None:
        nonlocal call, ends
        was = call.ended
        call, todo = step(call, event)
        ends += call.ended and not was
        for effect in todo:
            world.do(effect)
        assert not call.ended or not (world.channels or world.bridges)

    for kind, number, wish, cause in moves:
        clock += 1
        channels = sorted(world.channels)
        if kind == "wish":
            happen(wish(at(clock)))
        elif kind == "again" and old:
            happen(old)
        elif channels:
            channel = channels[number % len(channels)]
            if kind == "gone":
                world.kill(channel)
                old = gone(channel, clock, cause)
            else:
                old = up(channel, clock) if kind == "up" else events.LegRinging(at=at(clock), channel=channel)
            happen(old)
    for _ in range(12):  # everybody hangs up
        clock += 1
        if not world.channels:
            break
        channel = sorted(world.channels)[0]
        world.kill(channel)
        happen(gone(channel, clock))
    assert call.ended and ends == 1 and not world.channels and not world.bridges
    told = ended(call)
    assert min(told.ring_s, told.wait_s, told.talk_s, told.hold_s) >= 0
    assert told.outcome in ("answered", "no_answer", "busy", "failed", "cancelled", "abandoned", "voicemail")
    assert told.talk_s == 0 or told.outcome == "answered"
