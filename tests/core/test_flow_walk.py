"""Flows walked without a call: every building block, what is pressed or not, and graphs that lead nowhere or round in circles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chot.core.flow_graph import CALLBACK, CLOSED, graph
from chot.core.flow_walk import (
    Begin,
    CallBack,
    Chosen,
    End,
    Enter,
    Failed,
    Hush,
    Input,
    Known,
    Left,
    Listen,
    Pressed,
    Record,
    RecordingOver,
    Resume,
    Ring,
    Said,
    Say,
    TimeUp,
    Walk,
    walk,
)
from chot.core.flows import Exit, Flow, Key, Queue, Routing, Sound, Step
from chot.core.hours import Hours, Span

WORK = Hours(name="work", spans=tuple(Span(weekday=day, opens="08:00", closes="17:30") for day in range(5)), closed=("2026-11-04",))
OPEN, EVENING, HOLIDAY = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((3, 2), (3, 12), (4, 2)))  # 09:00, 19:00, 09:00 there
NOW = -1
"""The timer that runs."""

MENU = Step(
    name="menu", kind="menu", text="Bấm 1.", keys=(Key(press="1", to="sales"), Key(press="2", to="code")), wait_s=4, tries=2, otherwise="bye"
)
STEPS = (
    Step(name="open", kind="branch", test="hours", hours="work", next="menu", otherwise="message"),
    MENU,
    Step(name="sales", kind="queue", queue="sales"),
    Step(name="code", kind="ask", text="Mã đơn?", variable="code", digits=3, wait_s=4, tries=2, next="vip", otherwise="bye"),
    Step(name="vip", kind="branch", test="variable", variable="code", value="123", next="boss", otherwise="bye"),
    Step(name="boss", kind="transfer", agent="lan", most_s=15, otherwise="message"),
    Step(name="message", kind="record", text="Nhắn đi.", most_s=60, next="bye"),
    Step(name="bye", kind="say", text="Chào.", next="over"),
    Step(name="over", kind="hangup"),
)
SALES = Queue(
    name="sales", hours=WORK, greeting="Xin chờ.", overflow=Exit(kind="voicemail"), closed=Exit(kind="queue", target="night", text="Hết giờ."),
    callback_key="9",
)  # fmt: skip
NIGHT = Queue(name="night", overflow=Exit(kind="queue", target="sales"), closed=Exit(kind="number", target="+84912345678"))
ROUTING = Routing(flows=(Flow(name="main", steps=STEPS),), queues=(SALES, NIGHT), hours=(WORK,), sounds=(Sound(name="hi", sha="abc"),))


def heard(*given: Input, at: datetime = OPEN, kind: str = "flow", target: str = "main", routing: Routing = ROUTING) -> list:
    """The commands of the last input."""
    flow, state, commands = graph(routing, kind, target), Walk(), ()
    for each in (Begin(), *given):
        given_now = TimeUp(state.count) if each == TimeUp(NOW) else each
        state, commands = walk(flow, state, given_now, Known(at=at))
    return list(commands)


CASES = {
    "open: the menu is said": ((), [Say(text="Bấm 1.")]),
    "then a key is awaited": ((Said(),), [Listen(4, 3)]),
    "a key leads on, also into the prompt": ((Pressed("1"),), [Chosen("main/menu", "1"), Hush(), Enter(queue="sales", text="Xin chờ.")]),
    "a wrong key: once more": ((Said(), Pressed("7")), [Hush(), Say(text="Bấm 1.")]),
    "twice nothing: otherwise": ((Said(), TimeUp(NOW), Said(), TimeUp(NOW)), [Say(text="Chào.")]),
    "a timer that is overtaken": ((Said(), Pressed("7"), TimeUp(3)), []),
    "digits": ((Pressed("2"), Pressed("1"), Pressed("2"), Pressed("3")), [Chosen("main/code", "123"), Hush(), Ring(agent="lan", seconds=15)]),
    "fewer digits and #": ((Pressed("2"), Pressed("9"), Pressed("#")), [Chosen("main/code", "9"), Hush(), Say(text="Chào.")]),
    "fewer digits and silence": ((Pressed("2"), Pressed("9"), TimeUp(NOW)), [Chosen("main/code", "9"), Hush(), Say(text="Chào.")]),
    "nobody takes the transfer": ((*map(Pressed, "2123"), Failed()), [Say(text="Nhắn đi.")]),
    "a message after the tone": ((*map(Pressed, "2123"), Failed(), Said()), [Record(15, 7)]),
    "ended by #": ((*map(Pressed, "2123"), Failed(), Said(), Pressed("#")), [RecordingOver(), Say(text="Chào.")]),
    "ended by time": ((*map(Pressed, "2123"), Failed(), Said(), TimeUp(NOW)), [RecordingOver(), Say(text="Chào.")]),
    "a queue that is closed leads to another": ((Pressed("1"), Left("closed")), [Say(text="Hết giờ.")]),
    "after what is said of it": ((Pressed("1"), Left("closed"), Said()), [Enter(queue="night")]),
    "and from there back": ((Pressed("1"), Left("closed"), Said(), Left("overflow")), [Enter(queue="sales", text="Xin chờ.")]),
    "a number outside": ((Pressed("1"), Left("closed"), Said(), Left("closed")), [Ring(number="+84912345678", seconds=40)]),
    "a callback": ((Pressed("1"), Pressed("9")), [Chosen("queue:sales", "9"), Hush(), CallBack("sales"), Say(text=CALLBACK)]),
    "and the end": ((Pressed("1"), Pressed("9"), Said()), [End()]),
    "another key in the queue": ((Pressed("1"), Pressed("5")), []),
    "what comes after the end": ((Pressed("1"), Pressed("9"), Said(), Pressed("1")), []),
    "a new controller says it again": ((Said(), Resume()), [Say(text="Bấm 1.")]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_done(name: str) -> None:
    given, expected = CASES[name]
    made = heard(*given)
    counts = {type(each): each.count for each in made if isinstance(each, Listen | Record)}
    expected = [type(each)(each.seconds, counts[type(each)]) if isinstance(each, Listen | Record) else each for each in expected]
    assert made == expected


def test_branches_ask_the_hour_the_day_and_the_caller() -> None:
    assert heard(at=EVENING) == heard(at=HOLIDAY) == [Say(text="Nhắn đi.")]
    steps = (
        Step(name="day", kind="branch", test="holiday", hours="work", next="closed", otherwise="who"),
        Step(name="who", kind="branch", test="known", next="sales", otherwise="closed"),
        Step(name="sales", kind="queue", queue="night"),
        Step(name="closed", kind="say", prompt="hi"),
    )
    flow = graph(Routing(flows=(Flow(name="f", steps=steps),), queues=(NIGHT,), hours=(WORK,), sounds=ROUTING.sounds), "flow", "f")
    made = [walk(flow, Walk(), Begin(), Known(at=at, caller=known))[1] for at, known in ((HOLIDAY, True), (OPEN, True), (OPEN, False))]
    assert made == [(Say(prompt="abc"),), (Enter(queue="night"),), (Say(prompt="abc"),)]


def test_what_leads_nowhere_ends_and_what_goes_round_in_circles_too() -> None:
    assert heard(kind="flow", target="none") == heard(kind="queue", target="none") == [End()]
    assert heard(kind="announcement", target="hi") == [Say(prompt="abc")]
    assert heard(kind="agent", target="mai") == [Ring(agent="mai", seconds=30)]
    one = Step(name="a", kind="branch", test="known", next="a", otherwise="a")
    assert heard(target="f", routing=Routing(flows=(Flow(name="f", steps=(one,)),))) == [End()]
    one, other = (Flow(name=name, steps=(Step(name="s", kind="flow", flow=to),)) for name, to in (("a", "b"), ("b", "a")))
    assert heard(target="a", routing=Routing(flows=(one, other))) == [End()]
    assert heard(Left("overflow"), kind="queue", target="q", routing=Routing(queues=(Queue(name="q"),))) == [Say(text=CLOSED)]
