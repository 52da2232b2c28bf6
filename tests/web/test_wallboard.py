"""The team leader's wallboard: what it says of whom, to whom, and what can be done from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from chot.calls import live_wallboard, queries_wallboard
from chot.calls.actions_ended import make_calls
from chot.calls.actions_states import choose_state
from chot.calls.models import AgentPhone, AgentState, Call, CallPart, OpenCall, Supervision
from chot.calls.queries_wallboard import wall
from chot.core import clock
from chot.core.messages import CallEnded, Part
from chot.people.models import AuditEntry, User
from chot.people.queries import team_of, working_on
from chot.switchboard.models import CallQueue

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
URL = "/desk/wallboard"


@pytest.fixture
def leader() -> User:
    """A leader with a phone."""
    user = User.objects.filter(role="leader").exclude(agent_id="")[0]
    AgentPhone.objects.create(agent_id=user.agent_id, digest="d", given_at=clock.instant())
    return user


@pytest.fixture
def team(leader: User) -> list[str]:
    """The other agents of the leader's team."""
    rows = working_on(clock.today()).filter(team_id=team_of(leader.agent_id)).exclude(agent_id=leader.agent_id)
    return list(rows.order_by("agent_id").values_list("agent_id", flat=True))


def talk(agent_id: str, call_id: str = "k", phase: str = "talking") -> None:
    """The agent is in a call."""
    now = clock.instant()
    OpenCall.objects.create(
        call_id=call_id, agents=[agent_id], agent_id=agent_id, node="n", direction="out", number="+84912345678", phase=phase,
        started_at=now, answered_at=now, changed_at=now,
    )  # fmt: skip


def made(agent_id: str, outcome: str, call_id: str) -> None:
    """A call of today."""
    Call.objects.create(call_id=call_id, agent_id=agent_id, direction="out", started_at=clock.instant(), outcome=outcome, talk_s=0)


def test_states_calls_and_counts(leader: User, team: list[str]) -> None:
    """A call counts before any state; breaks over their limit are named; numbers are masked."""
    choose_state(team[0], "ready", by=leader)
    choose_state(team[1], "break", "short", by=leader)
    AgentState.objects.filter(agent_id=team[1], ended_at=None).update(started_at=clock.instant() - timedelta(minutes=16))
    talk(team[0])
    made(team[0], "answered", "c1")
    made(team[0], "busy", "c2")
    board = wall(leader)
    ((name, desks),) = board.teams
    by_agent = {desk.agent_id: desk for desk in desks}
    assert name == team_of(leader.agent_id) and set(by_agent) == {*team, leader.agent_id}
    one = by_agent[team[0]]
    assert (one.doing, one.number, one.calls, one.answered) == ("talking", "091••••678", 2, 1)
    assert one.may == ("listen", "whisper", "barge", "take_over") and one.settable
    assert (by_agent[team[1]].doing, by_agent[team[1]].over) == ("break", True)
    assert by_agent[leader.agent_id].may == () and not by_agent[leader.agent_id].settable
    assert (board.counts["talking"], board.counts["break"], board.counts["offline"]) == (1, 1, len(desks) - 2)
    assert (board.calls, board.answered) == (2, 1)


def test_a_board_of_many_shows_those_who_need_a_look(
    sign_in: SignIn, leader: User, team: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of the team stand on a board for two: who is too long on a break, and who talks; everybody is counted."""
    monkeypatch.setattr(queries_wallboard, "SHOWN", 2)
    choose_state(team[0], "break", "short", by=leader)
    AgentState.objects.filter(agent_id=team[0], ended_at=None).update(started_at=clock.instant() - timedelta(minutes=16))
    choose_state(team[1], "ready", by=leader)
    talk(team[2])
    board = wall(leader)
    everyone = len({*team, leader.agent_id})
    ((name, desks),) = board.teams
    assert {desk.agent_id for desk in desks} == {team[0], team[2]}
    assert (board.sizes, board.unseen, sum(board.counts.values())) == ({name: everyone}, everyone - 2, everyone)
    page = sign_in(leader.username).get(URL).content.decode()
    assert page.count('class="wall-desk ') == 2 and f"Còn {everyone - 2} người chưa hiện" in page


def test_a_caller_who_was_led_outside_is_on_the_board_and_waits_no_longer(sign_in: SignIn, leader: User) -> None:
    """While the number rings and while it talks; a leader sees those of the queues that are shown, a number called by an agent is none."""
    CallQueue.objects.create(name="help", title="Trợ giúp")
    now = clock.instant()
    common = {"node": "n", "direction": "in", "queue_id": "help", "started_at": now, "queued_at": now, "changed_at": now}
    OpenCall.objects.create(call_id="r", number="+84912345678", phase="waiting", outside=["+84987654321"], **common)
    OpenCall.objects.create(call_id="t", number="+84912345670", phase="talking", outside=["+84987654320"], answered_at=now, **common)
    OpenCall.objects.create(call_id="w", number="+84912345679", phase="waiting", **common)
    OpenCall.objects.create(call_id="a", number="+84912345671", phase="consulting", agents=["x"], outside=["+84987654322"], **common)
    board = wall(User.objects.get(username="manager"))
    assert [(each.call_id, each.caller, each.queue, each.number, each.answered) for each in board.forwarded] == [
        ("r", "091••••678", "Trợ giúp", "098••••321", False), ("t", "091••••670", "Trợ giúp", "098••••320", True),
    ]  # fmt: skip
    assert board.waiting == 1 and wall(leader).forwarded == []
    page = sign_in("manager").get(URL).content.decode()
    assert "Chuyển ra số bên ngoài" in page and "098••••321" in page and "87654321" not in page


def test_the_page_in_as_many_questions_for_any_team(
    sign_in: SignIn, leader: User, team: list[str], django_assert_max_num_queries: Any
) -> None:
    client = sign_in(leader.username)
    page = client.get(URL).content.decode()
    assert 'data-mode="listen"' not in page and "912345678" not in page
    for at, agent_id in enumerate(team[:3]):
        talk(agent_id, f"k{at}")
    with django_assert_max_num_queries(32):
        page = client.get(URL).content.decode()
    assert page.count('data-mode="listen"') == len(team[:3]) and "912345678" not in page
    part = client.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and part.count('data-mode="whisper"') == len(team[:3])


def test_who_sees_whom(sign_in: SignIn, leader: User, team: list[str]) -> None:
    """A leader the own team, managers everybody; a manager without a phone has no buttons to be in calls."""
    talk(team[0])
    other = working_on(clock.today()).exclude(team_id=team_of(leader.agent_id)).values_list("team_id", flat=True)[0]
    assert sign_in(leader.username).get(URL, {"team": other}).status_code == 403
    assert sign_in(leader.username).get(f"{URL}/stream", {"team": other}).status_code == 403
    page = sign_in("manager").get(URL)
    assert len(page.context["wall"].teams) > 1 and b'data-mode="listen"' not in page.content


def test_what_a_leader_does_from_it(sign_in: SignIn, leader: User, team: list[str]) -> None:
    client = sign_in(leader.username)
    stranger = working_on(clock.today()).exclude(team_id=team_of(leader.agent_id)).values_list("agent_id", flat=True)[0]
    for address, what in (("supervise", {"mode": "listen"}), ("state", {"state": "ready"})):
        assert client.post(f"{URL}/{address}", {"agent_id": stranger, **what}).status_code == 403
    assert client.post(f"{URL}/supervise", {"agent_id": team[0], "mode": "listen"}).json()["problem"].startswith("Cuộc gọi này đã kết thúc")
    talk(team[0])
    assert client.post(f"{URL}/supervise", {"agent_id": team[0], "mode": "whisper"}).status_code == 200
    assert Supervision.objects.get(ended_at=None).mode == "whisper"
    assert client.get("/desk/stream").json()["watch"]["mode"] == "whisper"
    assert wall(leader).teams[0][1] and {desk.watched for desk in wall(leader).teams[0][1]} == {"", "whisper"}
    assert client.post(f"{URL}/supervise", {"mode": "stop"}).status_code == 200
    assert client.get("/desk/stream").json()["watch"] is None
    assert client.post(f"{URL}/state", {"agent_id": team[0], "state": "break:meal"}).status_code == 200
    assert AuditEntry.objects.filter(action="agent.state_set", subject=f"agent:{team[0]}", user=leader).count() == 1


def test_the_stream_sends_the_board_and_ends_with_the_session(leader: User, team: list[str]) -> None:
    session = SessionStore()
    session.create()
    board = live_wallboard._board(leader.pk, session.session_key or "", "", "vi")
    assert board is not None and f'data-key="desk:{team[0]}"' in board and "csrf" not in board
    talk(team[0])
    assert live_wallboard._board(leader.pk, session.session_key or "", "", "vi") != board
    session.delete()
    assert live_wallboard._board(leader.pk, session.session_key or "", "", "vi") is None


def test_each_queue_counts_what_became_of_the_wait_in_it(sign_in: SignIn) -> None:
    """Answered in the first and handed over to the second, where the caller hangs up; overflowed; forwarded; and one queue alone."""
    CallQueue.objects.update(enabled=False)
    for name in ("first", "second"):
        CallQueue.objects.create(name=name, title=name, target_s=20)
    start = clock.instant()

    def at(seconds: int) -> datetime:
        return start + timedelta(seconds=seconds)

    def came(call_id: str, outcome: str, queue: str, wait_s: int, *parts: tuple[str, str, int, int, bool]) -> None:
        ended = at(parts[-1][3] if parts else wait_s)
        Call.objects.create(
            call_id=call_id, direction="in", started_at=start, ended_at=ended, outcome=outcome, queue_id=queue, wait_s=wait_s, hangup_by="customer"
        )
        for place, (kind, name, began, end, answered) in enumerate(parts, 1):
            given = {"queue_id": name if kind == "queue" else "", "answered_at": at(end) if answered else None}
            CallPart.objects.create(call_id=call_id, place=place, kind=kind, began_at=at(began), ended_at=at(end), **given)

    came("handed", "answered", "second", 40, ("queue", "first", 0, 10, True), ("agent", "", 10, 60, True), ("queue", "second", 60, 90, False))
    came("direct", "answered", "second", 6, ("agent", "", 0, 9, True), ("queue", "second", 9, 15, False))
    came("over", "answered", "second", 50, ("queue", "first", 0, 30, False), ("queue", "second", 30, 50, True), ("agent", "", 50, 99, True))
    came("out", "answered", "first", 30, ("queue", "first", 0, 30, False), ("outside", "", 30, 60, True))
    came("plain", "answered", "first", 30, ("queue", "first", 0, 30, True), ("agent", "", 30, 60, True))
    came("gone", "abandoned", "first", 6)
    queues = {queue.live.name: queue for queue in wall(User.objects.get(username="manager")).queues}
    assert {name: (each.calls, each.answered, each.level) for name, each in queues.items()} == {
        "first": (5, 2, (1, 3)), "second": (3, 1, (1, 3)),
    }  # fmt: skip


def test_a_call_that_we_made_counts_in_the_queue_it_was_handed_to(agent: str) -> None:
    """Offered to that queue, its wait is measured from entering it; how long the number rang, and the talk before, are no wait there."""
    CallQueue.objects.update(enabled=False)
    for name in ("first", "second"):
        CallQueue.objects.create(name=name, title=name, target_s=20)
    start, manager = clock.instant(), User.objects.get(username="manager")

    def at(seconds: int) -> datetime:
        return start + timedelta(seconds=seconds)

    def figures() -> dict[str, tuple[int, int, tuple[int, int]]]:
        return {queue.live.name: (queue.calls, queue.answered, queue.level) for queue in wall(manager).queues}

    def ended(call_id: str, *parts: Part, by: str = "agent", direction: str = "out") -> None:
        queues = [part.queue_id for part in parts if part.kind == "queue"]
        told = CallEnded(
            call_id=call_id, direction=direction, number="+84912345678", agent_id=agent, agents=(agent,), started_at=at(-60), answered_at=at(-30),
            ended_at=parts[-1].ended_at, outcome="answered", hangup_by=by, queue_id=queues[-1] if queues else "", parts=parts, wait_s=0,
        )  # fmt: skip
        assert make_calls([told]) == 1

    def queue(name: str, began: int, end: int, *, answered: bool) -> Part:
        return Part(kind="queue", queue_id=name, began_at=at(began), answered_at=at(end) if answered else None, ended_at=at(end))

    def talk_of(began: int, end: int) -> Part:
        return Part(kind="agent", agent_id=agent, began_at=at(began), answered_at=at(began), ended_at=at(end))

    ended("plain", talk_of(-60, 0))
    assert figures() == {"first": (0, 0, (0, 0)), "second": (0, 0, (0, 0))}
    ended("quick", talk_of(-60, 0), queue("first", 0, 20, answered=True), talk_of(20, 90))
    assert figures() == {"first": (1, 1, (1, 1)), "second": (0, 0, (0, 0))}
    ended("slow", talk_of(-60, 0), queue("first", 0, 21, answered=True), talk_of(21, 90))
    ended("gave up", talk_of(-60, 0), queue("second", 0, 6, answered=False), by="customer")
    ended("at once", talk_of(-60, 0), queue("second", 0, 5, answered=False), by="customer")
    ended("on", talk_of(-60, 0), queue("first", 0, 30, answered=False), queue("second", 30, 40, answered=True), talk_of(40, 90))
    assert figures() == {"first": (3, 2, (1, 2)), "second": (3, 1, (1, 2))}
    ended("inside", talk_of(-60, 0), queue("first", 0, 9, answered=True), talk_of(9, 90), direction="internal")
    assert figures()["first"] == (3, 2, (1, 2))
    Call.objects.filter(call_id="quick").update(started_at=start - timedelta(days=1))
    assert figures()["first"] == (2, 1, (0, 1))
    assert set(Call.objects.filter(call_id__in=("slow", "gave up")).values_list("direction", "outcome", "wait_s")) == {("out", "answered", 0)}
