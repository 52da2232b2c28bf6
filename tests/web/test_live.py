"""The live board: today's figures of those whom one may see, and a stream that tells what changed and to whom it may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from chot.people.models import User
from chot.people.queries import team_of
from chot.people.queries_teams import team_titles
from chot.performance import live
from chot.performance.figures_shown import LIVE
from chot.performance.queries_reports import measured
from chot.performance.report_filter import Asked

SignIn = Callable[[str], Client]
URL = "/team/live"


@pytest.fixture(autouse=True)
def _busy_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day on which the demo company worked."""
    monkeypatch.setenv("CHOT_TODAY", "2026-10-28")


@pytest.fixture
def leader(agent: str) -> User:
    """The leader of the agent's team."""
    return next(user for user in User.objects.filter(role="leader") if team_of(user.agent_id) == team_of(agent))


def test_board_is_todays_report(sign_in: SignIn) -> None:
    """Each team's cells are the engine's figures of the day, and open to their rows."""
    board = sign_in("manager").get(URL).context["board"]
    day = board.asked.first
    found = measured(LIVE, Asked(first=day, last=day), grain="team")
    assert {row["key"] for row in board.teams} >= set(found) and board.agents
    for row in board.teams:
        expected = found.get(row["key"], [0] * len(LIVE))
        assert [cell["words"] for cell in row["cells"]] == [live.words(figure, value) for figure, value in zip(LIVE, expected, strict=True)]
    assert set(board.cells) == {f"{kind}:{row['key']}:{each.name}" for kind, rows in (("team", board.teams), ("agent", board.agents))
                                for row in rows for each in LIVE}  # fmt: skip


def test_a_page_of_the_board_is_of_ones_own_people_and_all_that_its_stream_tells(leader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every agent stands on one page, the busiest first; no page of a leader's names another team."""
    whole = [row["key"] for row in live.board(leader, {}).agents]
    monkeypatch.setattr(live, "ROWS", 2)
    boards = [live.board(leader, {"page": str(number)}) for number in range(1, len(whole) // 2 + len(whole) % 2 + 1)]
    assert len(boards) > 1
    assert [row["key"] for board in boards for row in board.agents] == whole
    assert {row["team"] for board in boards for row in board.agents} == {team_titles()[team_of(leader.agent_id)]}
    for board in boards:
        told = {name.split(":")[1] for name in board.cells if name.startswith("agent:")}
        assert told == {row["key"] for row in board.agents}


def test_htmx_gets_the_tables_only(sign_in: SignIn) -> None:
    """What a page without a stream asks for now and then."""
    part = sign_in("manager").get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'data-cell="team:' in part


def test_leader_watches_the_own_team(sign_in: SignIn, leader: User) -> None:
    """Other teams are refused, on the page and in the stream."""
    own = team_of(leader.agent_id)
    board = sign_in(leader.username).get(URL).context["board"]
    assert [row["key"] for row in board.teams] == [own] and {row["team"] for row in board.agents} == {team_titles()[own]}
    other = next(team for team in ("t1", "t2", "cs") if team != own)
    assert sign_in(leader.username).get(URL, {"team": other}).status_code == 403
    assert sign_in(leader.username).get(f"{URL}/stream", {"team": other}).status_code == 403


def test_whoever_may_no_longer_watch_is_told_nothing(leader: User) -> None:
    """Signed out, stopped, or given another role: the stream ends with the next event."""
    session = SessionStore()
    session.create()
    key = str(session.session_key)
    assert live.cells_seen(leader.pk, key, {}, "vi")
    assert live.cells_seen(leader.pk, "gone", {}, "vi") is None
    User.objects.filter(pk=leader.pk).update(role="agent")
    assert live.cells_seen(leader.pk, key, {}, "vi") is None
    User.objects.filter(pk=leader.pk).update(role="leader", is_active=False)
    assert live.cells_seen(leader.pk, key, {}, "vi") is None


def test_one_person_has_so_many_windows(sign_in: SignIn) -> None:
    """One stream more than allowed is refused, and told when to come again."""
    client, user = sign_in("manager"), User.objects.get(username="manager")
    live.windows.open[user.pk] = live.windows.most
    try:
        answer = client.get(f"{URL}/stream")
    finally:
        del live.windows.open[user.pk]
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "60"


def test_stream_tells_changes_once_and_to_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two viewers, one look at the facts each time: all cells first, then only those that changed, a heartbeat, and the end."""
    states = iter(["a", "a", "b", "b", "b", "c"])
    looks: list[str] = []
    said: dict[str, Any] = {"a": {"x": "1", "y": "1"}, "b": {"x": "2", "y": "1"}, "c": None}

    def state() -> str:
        looks.append(next(states, "c"))
        return looks[-1]

    monkeypatch.setattr(live, "facts_state", state)
    monkeypatch.setattr(live, "_now", lambda *_asked: said[looks[-1]])
    monkeypatch.setattr(live, "LOOK_S", 0.15)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.2)

    async def watch(pk: int) -> list[str]:
        return [event.decode() async for event in live.stream(User(pk=pk), "key", {}, "vi")]

    async def both() -> list[list[str]]:
        return list(await asyncio.gather(watch(1), watch(2)))

    for events in asyncio.run(both()):
        told = [json.loads(event.partition("data: ")[2]) for event in events if event.startswith("event: board")]
        assert told == [{"cells": {"x": "1", "y": "1"}, "rows": False}, {"cells": {"x": "2"}, "rows": False}]
        assert events[0] == "retry: 3000\n\n" and events[-1].startswith("event: over")
        assert ": alive\n\n" in events
    assert len(looks) <= 8 and live.windows.open[1] == live.windows.open[2] == 0
