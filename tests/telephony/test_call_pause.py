"""Pauses in the state of a call: silent when the exchange says so, over by press, time or its refusal, said again after a restart."""

from __future__ import annotations

import pytest

from chot.core.flow_graph import graph
from chot.core.flows import Exit, Queue, Routing
from chot.telephony import call_effects as effects
from chot.telephony import call_events as events
from chot.telephony.call_machine import start, step
from chot.telephony.call_pause import told, without_secrets
from chot.telephony.call_state import Call
from tests.telephony.test_call_machine import ANSWERED, MAI, at, dial, run

ASKED = events.PauseAsked(at=at(20), agent_id="lan", most_s=60)
SILENT = events.Silenced(at=at(20.1), number=1)
ON, OFF = effects.Silence(channel="k-c", number=1, on=True), effects.Silence(channel="k-c", number=1, on=False)


def paused() -> Call:
    """A conversation whose recording is silent."""
    return run(dial(), *ANSWERED, ASKED, SILENT)


def test_it_is_told_when_the_exchange_has_said_so() -> None:
    asked, done = step(run(dial(), *ANSWERED), ASKED)
    assert done == (ON, effects.SetPauseTimer(number=1, after_s=60)) and told(run(dial(), *ANSWERED), asked, ASKED) == []
    silent, done = step(asked, SILENT)
    (fact,) = told(asked, silent, SILENT)
    assert done == () and (fact.agent_id, fact.at_ms, fact.paused_at, fact.until) == ("lan", 12600, at(20.1), at(80))
    assert step(silent, ASKED) == (silent, ()), "asked again, nothing changes"


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (events.ResumeAsked(at=at(30), agent_id="mai"), [("recording_resumed", "agent", "mai", 22500)]),
        (events.PauseOver(at=at(30), number=1), [("recording_resumed", "time", "", 22500)]),
        (events.PauseOver(at=at(30), number=2), []),
        (events.HangupAsked(at=at(30), by="agent"), []),
    ],
)  # fmt: skip
def test_how_it_ends(event: events.CallEvent, facts: list[tuple[object, ...]]) -> None:
    before = paused()
    after, done = step(before, event)
    assert [(each.KIND, each.why, each.agent_id, each.at_ms) for each in told(before, after, event)] == facts
    assert (done == (OFF,), after.pause is None) == (bool(facts), bool(facts))


def test_what_the_exchange_refuses_is_no_pause() -> None:
    before = run(dial(), *ANSWERED, ASKED)
    event = events.NotSilenced(at=at(20.2), number=1, problem="no connection")
    after, done = step(before, event)
    (fact,) = told(before, after, event)
    assert (after.pause, done, fact.KIND, fact.problem) == (None, (OFF,), "recording_not_paused", "no connection")


def test_nobody_pauses_before_the_customer_is_there_or_after_the_end() -> None:
    ringing = run(dial(), ANSWERED[0])
    assert step(ringing, ASKED) == (ringing, ())
    over = run(dial(), *ANSWERED, events.HangupAsked(at=at(19), by="agent"))
    assert step(over, ASKED)[0].pause is None


@pytest.mark.parametrize(("seconds", "left"), [(50, 30), (500, 0)])
def test_a_new_controller_says_it_again(seconds: int, left: int) -> None:
    found = {"alive_until": at(seconds), "up": ("k-a1", "k-c"), "channels": ("k-a1", "k-c"), "bridge": True, "members": ("k-a1", "k-c")}
    again = events.Recovered(at=at(seconds), **found)
    assert step(paused(), again)[1][:2] == (ON, effects.SetPauseTimer(number=1, after_s=left))
    resumed, _ = step(paused(), events.ResumeAsked(at=at(25), agent_id="lan"))
    assert step(resumed, again)[1][:1] == (OFF,)
    never, _ = start(dial())
    assert not any(isinstance(each, effects.Silence) for each in step(never, again)[1])


def test_digits_of_a_pause_are_only_counted() -> None:
    event = events.DigitsAsked(at=at(30), digits="4716")
    assert without_secrets(paused(), event, {"digits": "4716"}) == {"digits": "****"}
    assert without_secrets(run(dial(), *ANSWERED), event, {"digits": "4716"}) == {"digits": "4716"}


def test_a_queue_ends_it_and_a_colleague_does_not() -> None:
    """Handed to a queue nobody is there to take a card number; nobody can pause there, and what the exchange says late changes nothing."""
    flow = graph(Routing(queues=(Queue(name="q", overflow=Exit(kind="voicemail")),)), "queue", "q")
    handed = events.QueueAsked(at=at(30), flow=flow)
    after, done = step(paused(), handed)
    (fact,) = told(paused(), after, handed)
    assert (fact.why, fact.agent_id, fact.at_ms, after.pause) == ("queue", "", 22500, None) and OFF in done
    assert step(after, SILENT) == step(after, ASKED) == (after, ())
    unsaid = run(dial(), *ANSWERED, ASKED)
    after, done = step(unsaid, handed)
    assert OFF in done and told(unsaid, after, handed) == [], "the exchange had not said yet that it was silent"
    transferred, done = step(paused(), events.TransferAsked(at=at(30), to=MAI, attended=False))
    assert transferred.pause == paused().pause and OFF not in done
