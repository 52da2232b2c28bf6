"""The working days in a queue_log: how long each agent was logged in and paused, by local day, split at midnight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chot.facts.readers.queue_calls import Event

SHIFT_EVENTS = frozenset({
    "ADDMEMBER", "REMOVEMEMBER", "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF",
    "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL",
})  # fmt: skip

_LEAVING = frozenset({"REMOVEMEMBER", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF"})
_LOGIN = "\0login"  # AGENTLOGIN is to no queue
_ALL = "\0all"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


@dataclass(kw_only=True)
class Day:
    """One agent's local day; ``worked`` None while it is not known when the agent logged in. Microseconds."""

    worked: int | None = None
    paused: int | None = None
    lines: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class _Agent:
    """What an agent is doing: logged in to which queues, paused in which."""

    queues: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    since: int = 0
    doubtful: int | None = None  # when the system went down: was the agent still there afterwards?

    @property
    def on_break(self) -> bool:
        """Paused everywhere; in one queue of several is still at work."""
        queues = self.queues - {_LOGIN}
        return _ALL in self.paused or (bool(self.paused) and queues <= self.paused)


class Shifts:
    """The agents of one log and their days."""

    def __init__(self, zone: ZoneInfo, agent_id: Callable[[str], str]) -> None:
        self._zone, self._agent_id = zone, agent_id
        self._agents: dict[str, _Agent] = {}
        self.days: dict[tuple[str, date], Day] = {}
        self._midnights: dict[date, int] = {}

    def take(self, event: Event) -> None:
        """One event of an agent."""
        name = self._agent_id(event.agent)
        agent = self._agents.setdefault(name, _Agent(since=event.at))
        self._survived(name, agent, entering=_enters(event))
        self._pass(name, agent, event.at)
        self._day(name, self._date(event.at)).lines.append(event.line)
        _CHANGES[event.name](agent, event)
        if event.name == "AGENTLOGOFF" and _LOGIN not in agent.queues:
            self._logged_off(name, event)
        if event.name in ("AGENTLOGOFF", "AGENTCALLBACKLOGOFF"):
            agent.queues.discard(_LOGIN)
        if not agent.queues and event.name in _LEAVING:
            agent.paused.clear()

    def seen(self, agent: str) -> None:
        """An agent took part in a call, so the restart did not log them off."""
        name = self._agent_id(agent)
        if name in self._agents:
            self._agents[name].doubtful = None

    def restarted(self, last: int) -> None:
        """The system started anew; ``last`` is when it was last heard of."""
        for agent in self._agents.values():
            if agent.queues and agent.doubtful is None:
                agent.doubtful = last

    def finish(self, now: int) -> None:
        """The log ends at ``now``: whoever is logged in was so until then."""
        for name, agent in self._agents.items():
            self._survived(name, agent, entering=True)
            self._pass(name, agent, now)

    def rows(self) -> Iterator[tuple[str, date, Day]]:
        """Every day of every agent, in order."""
        for (name, day), content in sorted(self.days.items()):
            yield name, day, content

    def _survived(self, name: str, agent: _Agent, *, entering: bool) -> None:
        """After a restart: an agent who enters anew had been logged off by it, any other had not."""
        if agent.doubtful is not None and entering:
            self._pass(name, agent, agent.doubtful)
            agent.queues.clear()
            agent.paused.clear()
        agent.doubtful = None

    def _logged_off(self, name: str, event: Event) -> None:
        """A logoff without its login: the event says how long the agent had been there."""
        worked = event.seconds(1)
        if worked is not None:
            self._add(name, event.at - worked * 10**6, event.at, paused=False)

    def _pass(self, name: str, agent: _Agent, now: int) -> None:
        """The time since the last change goes to the days it lies in.

        Of an agent whose login is not in the log (a fixed member) only breaks inside one day are known.
        """
        if agent.queues and now > agent.since:
            self._add(name, agent.since, now, paused=False)
        if agent.on_break and now > agent.since and (agent.queues or self._date(agent.since) == self._date(now)):
            self._add(name, agent.since, now, paused=True)
        agent.since = max(agent.since, now)

    def _add(self, name: str, start: int, end: int, *, paused: bool) -> None:
        while start < end:
            day = self._date(start)
            until = min(end, self._midnight(day + timedelta(days=1)))
            content = self._day(name, day)
            if paused:
                content.paused = (content.paused or 0) + until - start
            else:
                content.worked = (content.worked or 0) + until - start
            start = until

    def _day(self, name: str, day: date) -> Day:
        return self.days.setdefault((name, day), Day())

    def _date(self, at: int) -> date:
        return (_EPOCH + at * _US).astimezone(self._zone).date()

    def _midnight(self, day: date) -> int:
        if day not in self._midnights:
            self._midnights[day] = (datetime(day.year, day.month, day.day, tzinfo=self._zone) - _EPOCH) // _US
        return self._midnights[day]


def _enters(event: Event) -> bool:
    return event.name in ("ADDMEMBER", "AGENTLOGIN", "AGENTCALLBACKLOGIN")


def _add_member(agent: _Agent, event: Event) -> None:
    agent.queues.add(event.queue)
    if event.text(0) == "PAUSED":
        agent.paused.add(event.queue)


def _remove_member(agent: _Agent, event: Event) -> None:
    agent.queues.discard(event.queue)
    agent.paused.discard(event.queue)


def _pause(agent: _Agent, event: Event) -> None:
    agent.paused.add(_ALL if event.queue in ("", "NONE", "all") else event.queue)


def _unpause(agent: _Agent, event: Event) -> None:
    if event.queue in ("", "NONE", "all"):
        agent.paused.clear()
    else:
        agent.paused -= {event.queue, _ALL}


_CHANGES: dict[str, Callable[[_Agent, Event], None]] = {
    "ADDMEMBER": _add_member,
    "REMOVEMEMBER": _remove_member,
    "AGENTLOGIN": lambda agent, event: agent.queues.add(_LOGIN),
    "AGENTCALLBACKLOGIN": lambda agent, event: agent.queues.add(_LOGIN),
    "AGENTLOGOFF": lambda agent, event: None,
    "AGENTCALLBACKLOGOFF": lambda agent, event: None,
    "PAUSE": _pause,
    "UNPAUSE": _unpause,
    "PAUSEALL": lambda agent, event: agent.paused.add(_ALL),
    "UNPAUSEALL": lambda agent, event: agent.paused.clear(),
}
