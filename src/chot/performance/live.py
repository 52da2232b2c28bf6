"""The live board: today's figures, pushed to every viewer when the facts have moved on.

One task of the process looks at the facts' state, however many watch: when the mover tells of a move, and every two seconds.
A change wakes the viewers, and each is sent the cells that changed. Who watches is asked again before anything is sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.utils import translation

from chot.people.models import User
from chot.people.queries import agent_names
from chot.people.queries_teams import team_titles
from chot.people.rules import sees_teams
from chot.people.watching import Windows, own_connection, viewer
from chot.performance.fact_states import facts_state
from chot.performance.figures_shown import LIVE, Figure
from chot.performance.live_told import Told
from chot.performance.queries import both
from chot.performance.queries_agent import hours
from chot.performance.queries_reports import measured, members
from chot.performance.queries_team import ROWS, teams_of
from chot.performance.report_filter import Asked, asked

LOOK_S, HEARTBEAT_S = 2.0, 15.0
windows = Windows(most=4)


@dataclass(frozen=True, kw_only=True)
class Board:
    """Today's figures in words: of each team, and of a page of agents."""

    asked: Asked
    heads: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    agents: list[dict[str, Any]]
    page: Any  # of the agents, busiest first

    @property
    def query(self) -> str:
        """What the addresses of the other pages begin with."""
        return f"{urlencode({'team': self.asked.team})}&"

    @property
    def cells(self) -> dict[str, str]:
        """Every cell by where it stands: ``agent:a01:calls``."""
        rows = [("team", row) for row in self.teams] + [("agent", row) for row in self.agents]
        return {f"{kind}:{row['key']}:{cell['name']}": cell["words"] for kind, row in rows for cell in row["cells"]}


def board(user: User, query: Mapping[str, str]) -> Board:
    """Today's board of those whom the person may see. Raises ``PermissionDenied`` for another team."""
    wanted = asked(user, {"team": query.get("team", ""), "span": "today"}, usual="today")
    teams, agents = measured(LIVE, wanted, grain="team"), measured(LIVE, wanted, grain="agent")
    names, seen, nothing = agent_names(), members(user, wanted.team), [0] * len(LIVE)
    shown, titles = [wanted.team] if wanted.team else teams_of(user), team_titles()
    active = sorted((agent for agent in agents if agent in seen), key=lambda agent: (-agents[agent][-1], -agents[agent][0], agent))
    page = Paginator(active, ROWS).get_page(query.get("page"))
    return Board(
        asked=wanted, heads=[{"name": each.name, "title": both(each.title)} for each in LIVE],
        teams=[_row(wanted, team, titles[team], "", teams.get(team, nothing), team=team) for team in shown],
        agents=[_row(wanted, agent, names.get(agent, agent), titles[seen[agent]], agents[agent], agent=agent) for agent in page],
        page=page,
    )  # fmt: skip


def _row(wanted: Asked, key: str, title: str, of: str, values: list[int], **group: str) -> dict[str, Any]:
    cells = [
        {"name": each.name, "words": words(each, value), "rows": wanted.rows_of(each.name, **group)}  # type: ignore[arg-type]
        for each, value in zip(LIVE, values, strict=True)
    ]
    return {"key": key, "title": title, "team": of, "cells": cells}


def words(figure: Figure, value: int) -> str:
    """A value as people read it; seconds as hours and minutes."""
    from fractions import Fraction

    from chot.people.templatetags.figures import measured as said

    if figure.unit == "seconds":
        return hours(Fraction(value)) if value else "0"
    return said(value, figure.unit)


@dataclass
class Watch:
    """The facts' state as one task of this process sees it; ``generation`` grows when it changes."""

    generation: int = 0
    state: str = ""
    viewers: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None
    told: Told = field(default_factory=Told)

    async def look(self) -> None:
        """Look for as long as anybody watches."""
        try:
            while self.viewers:
                state = await asyncio.to_thread(facts_state)
                if state != self.state:
                    async with self.changed:
                        self.state, self.generation = state, self.generation + 1
                        self.changed.notify_all()
                await self.told.wait(LOOK_S)
        finally:
            await self.told.close()

    async def after(self, seen: int) -> int:
        """The generation after the one seen, or the same one when a heartbeat is due."""
        try:
            async with asyncio.timeout(HEARTBEAT_S), self.changed:
                await self.changed.wait_for(lambda: self.generation != seen)
        except TimeoutError:
            pass
        return self.generation


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


@contextmanager
def _watching() -> Iterator[Watch]:
    """This event loop's watch, looking for as long as somebody watches."""
    watch = _watches.setdefault(asyncio.get_running_loop(), Watch())
    watch.viewers += 1
    if watch.task is None or watch.task.done():
        watch.task = asyncio.create_task(watch.look())
    try:
        yield watch
    finally:
        watch.viewers -= 1


async def stream(user: User, session: str, query: Mapping[str, str], language: str) -> AsyncIterator[bytes]:
    """Server-sent events: the cells that changed, a heartbeat when nothing does; an end when the person may no longer watch."""
    seen, known = 0, dict[str, str]()
    with _watching() as watch, windows.one(user):
        yield b"retry: 3000\n\n"
        while True:
            generation = await watch.after(seen)
            cells = await asyncio.to_thread(_now, user.pk, session, query, language)
            if cells is None:
                yield b"event: over\ndata: {}\n\n"
                return
            news = {name: said for name, said in cells.items() if known.get(name) != said}
            gone = bool(known) and known.keys() != cells.keys()
            seen, known = generation, cells
            told = json.dumps({"cells": news, "rows": gone}, ensure_ascii=False)
            yield f"event: board\ndata: {told}\n\n".encode() if news or gone else b": alive\n\n"


def _now(pk: int, session: str, query: Mapping[str, str], language: str) -> dict[str, str] | None:
    with own_connection():
        return cells_seen(pk, session, query, language)


def cells_seen(pk: int, session: str, query: Mapping[str, str], language: str) -> dict[str, str] | None:
    """The cells that the person may see at this moment; None for someone signed out, stopped or moved."""
    user = viewer(pk, session, sees_teams)
    if user is None:
        return None
    try:
        with translation.override(language):
            return board(user, query).cells
    except PermissionDenied:
        return None
