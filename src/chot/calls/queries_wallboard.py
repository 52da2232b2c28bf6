"""Reads: what a team leader's wallboard shows. Moments are real ones, as those of calls are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.db.models import Count, Q

from chot.calls.models import AgentState, BreakReason, Call, DeskRules, DeskState, OpenCall, Supervision
from chot.calls.queries_desk import shown_state
from chot.calls.queries_queues import LiveQueue, live
from chot.calls.queries_states import rules, team_states
from chot.calls.queries_waits import Wait, waits_to_tell_apart
from chot.calls.rules import modes_of
from chot.core import clock
from chot.people.masking import masked
from chot.people.models import Role, User
from chot.people.queries import team_of
from chot.people.queries_teams import team_titles
from chot.people.rules import sees_company

ABANDONED_AFTER_S = 5
"""Who hangs up sooner has not waited (the metric ``service_level``)."""

SHOWN = 60
"""People who stand on one board; of more, those who need a look first."""

COUNTED = ("talking", "ringing", "ready", "wrap_up", "break", "other", "offline")
_TALKING = ("talking", "held", "consulting")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """An agent now: ``doing`` is one of COUNTED, for ``limit_s`` at most (0: any); ``may`` are the modes of supervision."""

    agent_id: str
    name: str
    doing: str
    label: str
    since: datetime | None
    limit_s: int
    number: str
    direction: str
    calls: int
    answered: int
    may: tuple[str, ...]
    watched: str
    settable: bool

    @property
    def lasted_s(self) -> int:
        """Whole seconds since then."""
        return max(0, int((clock.instant() - self.since).total_seconds())) if self.since else 0

    @property
    def over(self) -> bool:
        """Whether it lasts longer than it may."""
        return bool(self.limit_s) and self.lasted_s > self.limit_s


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue now and today."""

    live: LiveQueue
    calls: int
    answered: int
    level: tuple[int, int]

    @property
    def level_share(self) -> Fraction:
        """Answered in time, of those that count."""
        return share(self.level)


@dataclass(frozen=True, kw_only=True)
class Forwarded:
    """A caller whom a flow or a ``queue`` (its title) has led outside, where nobody of ours is in the call; numbers are masked."""

    call_id: str
    caller: str
    queue: str
    number: str
    answered: bool
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Wall:
    """Everything on the board; ``level`` is answered in time, of those that count.

    ``teams`` has the people who are shown, ``sizes`` how many each team has, ``unseen`` how many are left out.
    """

    teams: list[tuple[str, list[Desk]]]
    sizes: dict[str, int]
    unseen: int
    names: dict[str, str]
    queues: list[Queue]
    forwarded: list[Forwarded]
    counts: dict[str, int]
    waiting: int
    longest_since: datetime | None
    calls: int
    answered: int
    level: tuple[int, int]

    @property
    def level_share(self) -> Fraction:
        """Answered in time, of those that count, of all queues."""
        return share(self.level)


def share(level: tuple[int, int]) -> Fraction:
    """The first as a share of the second; 0 of nothing."""
    return Fraction(level[0], level[1]) if level[1] else Fraction(0)


def wall(user: User, team: str = "") -> Wall:
    """The board of those whom the person leads, of one team when it is named; as many questions for one agent as for a thousand."""
    people = [row for row in team_states(user) if not team or row["team_id"] == team]
    going = list(OpenCall.objects.order_by("started_at"))
    calls = {agent: call for call in going for agent in call.agents}
    seen = _Seen(
        own_team=team_of(user.agent_id), calls=calls, today=_of_agents(), rules=rules(),
        watched=dict(Supervision.objects.filter(agent_id=user.agent_id or "-", ended_at=None).values_list("of_agent", "mode")),
    )  # fmt: skip
    desks = [(row["team_id"], _desk(user, row, seen)) for row in people]
    whole = not team and sees_company(user)
    queues = _queues(None if whole else {row["agent_id"] for row in people})
    shown = _first_to_see([desk for _team, desk in desks])
    longest = [queue.live.longest_since for queue in queues if queue.live.longest_since]
    return Wall(
        teams=[
            (name, [desk for _team, desk in rows])
            for name, rows in groupby((pair for pair in desks if pair[1].agent_id in shown), key=lambda pair: pair[0])
        ],
        sizes=Counter(team for team, _desk in desks), unseen=len(desks) - len(shown),
        names=team_titles(), queues=queues,
        forwarded=_forwarded(going, {queue.live.name: queue.live.title for queue in queues}, whole=whole),
        counts=dict.fromkeys(COUNTED, 0) | Counter(desk.doing for _team, desk in desks),
        waiting=sum(len(queue.live.waiting) for queue in queues), longest_since=min(longest, default=None),
        calls=sum(desk.calls for _team, desk in desks), answered=sum(desk.answered for _team, desk in desks),
        level=(sum(queue.level[0] for queue in queues), sum(queue.level[1] for queue in queues)),
    )  # fmt: skip


def _first_to_see(desks: Sequence[Desk]) -> set[str]:
    """Who stands on the board: too long in a state, then as ``COUNTED`` orders what they do."""
    ranked = sorted(desks, key=lambda desk: (not desk.over, COUNTED.index(desk.doing))) if len(desks) > SHOWN else desks
    return {desk.agent_id for desk in ranked[:SHOWN]}


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What was read once for all desks."""

    own_team: str
    calls: dict[str, OpenCall]
    today: dict[str, tuple[int, int]]
    rules: DeskRules
    watched: dict[str, str]


def _desk(user: User, row: dict[str, Any], seen: _Seen) -> Desk:
    agent_id, state = row["agent_id"], row["state"]
    call = seen.calls.get(agent_id)
    shown = shown_state(state if state.pk else None)
    calls, answered = seen.today.get(agent_id, (0, 0))
    same = bool(seen.own_team) and seen.own_team == row["team_id"]
    doing, since = _doing(state, call)
    return Desk(
        agent_id=agent_id, name=row["name"], doing=doing, label=shown["label"], since=since,
        limit_s=0 if call else _limit_s(state, seen.rules), number=masked(call.number) if call else "",
        direction=call.direction if call else "", calls=calls, answered=answered, watched=seen.watched.get(agent_id, ""),
        may=modes_of(user, agent_id, same_team=same) if call and doing == "talking" else (),
        settable=agent_id != user.agent_id and (user.role == Role.MANAGER or (user.role == Role.LEADER and same)),
    )  # fmt: skip


def _doing(state: AgentState, call: OpenCall | None) -> tuple[str, datetime | None]:
    """What the agent is doing and since when: a call that goes on counts before any state."""
    if call:
        talks = call.phase in _TALKING
        return ("talking", call.answered_at or call.started_at) if talks else ("ringing", call.started_at)
    since = state.started_at if state.pk else None
    return state.state if state.state in COUNTED else "other", since


def _limit_s(state: AgentState, at_desk: DeskRules) -> int:
    if state.state == DeskState.BREAK:
        return 60 * (at_desk.meal_limit_min if state.reason == BreakReason.MEAL else at_desk.break_limit_min)
    return at_desk.wrap_limit_s if state.state == DeskState.WRAP_UP else 0


def _forwarded(going: Sequence[OpenCall], queues: dict[str, str], *, whole: bool) -> list[Forwarded]:
    """Callers who were led outside: all of the company, or of ``queues``, which are titles by name."""
    return [
        Forwarded(
            call_id=call.call_id, caller=masked(call.number), queue=queues.get(call.queue_id, call.queue_id),
            number=", ".join(map(masked, call.outside)),
            answered=call.phase in _TALKING, since=call.answered_at or call.started_at,
        )
        for call in going
        if call.outside and not call.agents and (whole or call.queue_id in queues)
    ]  # fmt: skip


def _day() -> Q:
    first = datetime.combine(clock.instant().astimezone(clock.ZONE).date(), time(), clock.ZONE)
    return Q(started_at__gte=first, started_at__lt=first + timedelta(days=1))


def _of_agents() -> dict[str, tuple[int, int]]:
    """Today's calls of each agent, and how many of them were answered."""
    rows = Call.objects.filter(_day()).exclude(agent_id="").order_by().values("agent_id")
    found = rows.annotate(calls=Count("pk"), answered=Count("pk", filter=Q(outcome=Call.Outcome.ANSWERED)))
    return {row["agent_id"]: (row["calls"], row["answered"]) for row in found}


def _queues(agents: set[str] | None) -> list[Queue]:
    """Every queue, or those in which one of ``agents`` is: now and today."""
    shown = [queue for queue in live() if agents is None or agents & set(queue.members)]
    if not shown:
        return []
    in_time = Q(pk__in=[])
    for queue in shown:
        in_time |= Q(queue_id=queue.name, wait_s__lte=queue.target_s)
    answered = Q(outcome=Call.Outcome.ANSWERED)
    given_up = Q(outcome=Call.Outcome.ABANDONED, wait_s__gt=ABANDONED_AFTER_S)
    handed = Q(direction=Call.Direction.OUT) & ~Q(queue_id="")
    day = Call.objects.filter(_day(), Q(direction=Call.Direction.IN) | handed).order_by()
    waits = waits_to_tell_apart(day)
    came = day.filter(direction=Call.Direction.IN, queue_id__in=[queue.name for queue in shown])
    rows = came.exclude(call_id__in={wait.call_id for wait in waits})
    counted = rows.values("queue_id").annotate(
        calls=Count("pk"), answered=Count("pk", filter=answered), quick=Count("pk", filter=answered & in_time),
        lost=Count("pk", filter=given_up),
    )  # fmt: skip
    today: dict[str, Counter[str]] = {}
    for row in counted:
        today[row["queue_id"]] = Counter(calls=row["calls"], answered=row["answered"], quick=row["quick"], lost=row["lost"])
    return [_queue(queue, today.get(queue.name, Counter()), [wait for wait in waits if wait.queue_id == queue.name]) for queue in shown]


def _queue(queue: LiveQueue, today: Counter[str], waits: list[Wait]) -> Queue:
    """Of customers who were in several queues, or whom we called, each counts in every queue, by what became of the wait there."""
    answered = today["answered"] + sum(wait.answered for wait in waits)
    quick = today["quick"] + sum(wait.answered and wait.wait_s <= queue.target_s for wait in waits)
    lost = today["lost"] + sum(wait.given_up and wait.wait_s > ABANDONED_AFTER_S for wait in waits)
    return Queue(live=queue, calls=today["calls"] + len(waits), answered=answered, level=(quick, answered + lost))


def wall_teams(user: User) -> list[str]:
    """The teams that the person may choose from."""
    return sorted({row["team_id"] for row in team_states(user)} - {""})
