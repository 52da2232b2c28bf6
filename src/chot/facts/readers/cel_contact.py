"""One contact in channel events: who was connected with the customer, when, and how it ended.

Channels are connected while they share a bridge; the two halves of a Local channel always are. So an
agent behind a Local channel, a consultation and both kinds of transfer come out as what was heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chot.core.phones import number_id
from chot.facts.readers.numbering import Direction, Endpoint, Numbering

_DIALSTATUS = {
    "BUSY": "busy", "NOANSWER": "no_answer", "NO ANSWER": "no_answer", "CANCEL": "cancelled", "CONGESTION": "failed",
    "CHANUNAVAIL": "failed", "INVALIDARGS": "failed", "DONTCALL": "failed", "TORTURE": "failed",
}  # fmt: skip
_CAUSES = {17: "busy", **dict.fromkeys((1, 2, 3, 27, 28, 34, 38, 41, 42, 58), "failed")}  # Q.850: what a status of Dial hides
_OLD_BRIDGES = frozenset({"BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE"})
_VOICEMAIL = frozenset({"voicemail", "minivmrecord", "vm"})


@dataclass(frozen=True, kw_only=True)
class ChannelEvent:
    """One line of the log; ``at`` in microseconds since 1970 UTC, ``bridge`` the id that the event names, if any."""

    line: int
    at: int
    name: str
    uniqueid: str
    channel: str
    number: str
    exten: str
    context: str
    app: str
    data: str
    peer: str
    bridge: str
    cause: int
    source: str
    dialstatus: str


@dataclass(kw_only=True)
class _Channel:
    """One channel of the contact."""

    name: str
    end: Endpoint
    number: str
    exten: str
    context: str
    started: int
    answered: int | None = None
    ended: int | None = None
    bridge: str | None = None
    cause: int = 0
    source: str = ""
    dialstatus: str = ""
    apps: set[str] = field(default_factory=set)
    queues: list[tuple[int, str]] = field(default_factory=list)


@dataclass(kw_only=True)
class _Talk:
    """How long a channel was connected with the customer; ``open`` while it still is."""

    first: int
    total: int = 0
    open: bool = False


class CelContact:
    """The events of one contact, in order of time."""

    def __init__(self, call_id: str, events: Sequence[ChannelEvent], rules: Numbering) -> None:
        self.call_id, self.events, self.rules = call_id, events, rules
        self.channels: dict[str, _Channel] = {}
        self.talks: dict[str, _Talk] = {}
        self._bridges_logged = any(event.name.startswith("BRIDGE_") for event in events)
        root = next((event for event in events if event.uniqueid == call_id), events[0])
        self.root_id = root.uniqueid
        self._began = root.name == "CHAN_START"
        self._walk_starts()
        self.direction = self._direction()
        self._walk()

    @property
    def whole(self) -> bool:
        """Whether the log holds the beginning of the contact."""
        return self._began

    @property
    def over(self) -> bool:
        """Whether it holds its end."""
        return self.root.ended is not None

    @property
    def root(self) -> _Channel:
        """The channel that the contact began with."""
        return self.channels[self.root_id]

    def row(self) -> dict[str, object] | None:
        """The contact as a row of ``calls``; None when its outcome is not in the log."""
        best = self._best()
        if not self.whole or (best is None and not self.over):
            return None
        root, inbound = self.root, self.direction == "in"
        reached = min((talk.first for talk in self.talks.values()), default=None)
        ended = root.ended
        return {
            "call_id": self.call_id,
            "agent_id": self._agent(best),
            "customer_id": self._customer(),
            "queue_id": self._queue(self.talks[best].first if best else None),
            "direction": self.direction,
            "started_at": root.started,
            "answered_at": reached,
            "ended_at": ended,
            "ring_s": self._ring_s(best),
            "wait_s": _seconds((reached if reached is not None else ended or root.started) - root.started) if inbound else None,
            "talk_s": self._talk_s(best),
            "outcome": "answered" if best or self._answered_alone() else self._outcome(),
            "hangup_by": self._hangup_by(best),
            "line_id": self._line_id(),
        }

    def _walk_starts(self) -> None:
        for event in self.events:
            if event.uniqueid not in self.channels:
                self.channels[event.uniqueid] = _Channel(
                    name=event.channel, end=self.rules.endpoint(event.channel.rpartition("-")[0] or event.channel), number=event.number,
                    exten=event.exten, context=event.context, started=event.at)  # fmt: skip

    def _direction(self) -> Direction:
        root, rules = self.root, self.rules
        over_trunk = any(channel.end.kind == "trunk" for uniqueid, channel in self.channels.items() if uniqueid != self.root_id)
        return rules.direction(
            root.end, root.context, rules.number_class(root.number), rules.number_class(root.exten), over_trunk=over_trunk
        )

    def _walk(self) -> None:
        last = self.events[0].at
        for event in self.events:
            for talk in self.talks.values():
                talk.total += event.at - last if talk.open else 0
            last = event.at
            before = self.channels[event.uniqueid].bridge
            self._apply(event)
            if event.name in _OLD_BRIDGES or self.channels[event.uniqueid].bridge != before:
                self._connect(event.at)

    def _apply(self, event: ChannelEvent) -> None:
        channel = self.channels[event.uniqueid]
        if event.app:
            channel.apps.add(event.app.lower())
            if event.app == "Queue":
                channel.queues.append((event.at, event.data.partition(",")[0].partition("|")[0]))
        if event.name == "ANSWER":
            channel.answered = event.at if channel.answered is None else channel.answered
            if not self._bridges_logged:
                channel.bridge = "answered"
        elif event.name in ("BRIDGE_ENTER", "BRIDGE_START", "BRIDGE_UPDATE"):
            channel.bridge = event.bridge or "bridge"
            self._peer(event, channel.bridge if event.name != "BRIDGE_ENTER" else None)
        elif event.name in ("BRIDGE_EXIT", "BRIDGE_END"):
            channel.bridge = None
            if event.name == "BRIDGE_END":
                self._peer(event, None, leave=True)
        elif event.name in ("HANGUP", "CHAN_END"):
            channel.ended = event.at if channel.ended is None else channel.ended
            channel.bridge = None
            if event.name == "HANGUP":
                channel.cause, channel.source, channel.dialstatus = event.cause, event.source, event.dialstatus

    def _peer(self, event: ChannelEvent, bridge: str | None, *, leave: bool = False) -> None:
        """Old versions log a bridge once, naming both channels."""
        if bridge is None and not leave:
            return
        for channel in self.channels.values():
            if channel.name == event.peer and channel.ended is None:
                channel.bridge = bridge

    def _connected(self) -> set[str]:
        """The bridged channels that hear the customer, and the customer."""
        groups: dict[str, set[str]] = {}
        reached: set[str] = set()
        for uniqueid, channel in self.channels.items():
            if channel.bridge is None:
                continue
            groups.setdefault(f"bridge {channel.bridge}", set()).add(uniqueid)
            if channel.end.kind == "local":
                groups.setdefault(f"halves of {channel.name[:-2]}", set()).add(uniqueid)
            if self._is_customer(uniqueid):
                reached.add(uniqueid)
        waiting = list(groups.values())
        while True:
            rest = [group for group in waiting if not group & reached]
            if len(rest) == len(waiting):
                return reached
            reached = reached.union(*(group for group in waiting if group & reached))
            waiting = rest

    def _is_customer(self, uniqueid: str) -> bool:
        if self.direction == "out":
            return uniqueid != self.root_id and self.channels[uniqueid].end.kind in ("trunk", "other")
        return uniqueid == self.root_id

    def _connect(self, at: int) -> None:
        talking = {uniqueid for uniqueid in self._connected() if not self._is_customer(uniqueid)}
        for uniqueid in talking - self.talks.keys():
            self.talks[uniqueid] = _Talk(first=at)
        for uniqueid, talk in self.talks.items():
            talk.open = uniqueid in talking

    def _best(self) -> str | None:
        """The agent's channel that was connected longest; a Local channel only where nothing is behind it."""
        agents = {uniqueid: talk for uniqueid, talk in self.talks.items() if self.channels[uniqueid].end.kind != "local"}
        ranked = agents or self.talks
        return max(ranked, key=lambda uniqueid: (ranked[uniqueid].total, -ranked[uniqueid].first), default=None)

    def _agent(self, best: str | None) -> str | None:
        root = self.root
        if self.direction != "in" and (best is None or self.direction == "internal"):
            return self.rules.agent_id(root.end.name) if root.end.kind != "trunk" else None
        if best is None or self.channels[best].end.kind == "trunk":
            return None
        return self.rules.agent_id(self.channels[best].end.name)

    def _talk_s(self, best: str | None) -> int | None:
        if best is None:
            return 0
        end = self.channels[best].end
        same = [talk for uniqueid, talk in self.talks.items() if self.channels[uniqueid].end == end and end.kind != "local"]
        same = same or [self.talks[best]]
        if any(talk.open for talk in same):
            return None  # the log ends while they talk
        return _seconds(sum(talk.total for talk in same))

    def _ring_s(self, best: str | None) -> int | None:
        """How long the phone rang that was answered; of a call out also one that was not."""
        called = [channel for uniqueid, channel in self.channels.items() if self._is_customer(uniqueid) == (self.direction == "out")]
        rung = min((channel.started for channel in called if channel.end.kind != "local"), default=None)
        if best is not None and (self.direction == "in" or best != self.root_id):
            rung, until = self.channels[best].started, self.channels[best].answered
        elif best is not None:
            until = min((channel.answered for channel in called if channel.answered is not None), default=None)
        else:
            until = self.root.ended if self.direction != "in" else None
        return _seconds(until - rung) if until is not None and rung is not None else None

    def _answered_alone(self) -> bool:
        """An internal call that the system itself took: a feature code, a login."""
        return self.direction == "internal" and len(self.channels) == 1 and self.root.answered is not None

    def _outcome(self) -> str:
        root = self.root
        apps = set().union(*(channel.apps for channel in self.channels.values()))
        gave_up = root.source == root.name
        if self.direction == "in":
            if apps & _VOICEMAIL:
                return "voicemail"
            if "queue" in apps:
                return "abandoned" if gave_up else "no_answer"
            if root.answered is not None:
                return "abandoned"
        status = _DIALSTATUS.get(root.dialstatus.upper(), "")
        causes = [
            _CAUSES[channel.cause] for uniqueid, channel in self.channels.items() if channel.cause in _CAUSES and uniqueid != self.root_id
        ]
        found = (causes[-1] if causes and not gave_up else "") or status or ("cancelled" if gave_up else "failed")
        return "no_answer" if found == "cancelled" and self.direction == "in" else found

    def _hangup_by(self, best: str | None) -> str | None:
        root = self.root
        source = root.source or (self.channels[best].source if best else "")
        if not self.over or not source:
            return None
        ours, theirs = ("customer", "agent") if self.direction == "in" else ("agent", "customer")
        if source == root.name:
            return ours
        if any(channel.name == source for channel in self.channels.values()):
            return theirs if best or self.direction != "in" else "system"
        return "system"

    def _queue(self, at: int | None) -> str | None:
        """The queue that the first agent was found in, else the last one."""
        queues = sorted(entry for channel in self.channels.values() for entry in channel.queues)
        before = [queue for moment, queue in queues if at is None or moment <= at]
        named = before or [queue for _, queue in queues]
        return named[-1] if named else None

    def _customer(self) -> str | None:
        if self.direction == "internal":
            return None
        number = self.root.number if self.direction == "in" else self.root.exten
        return number_id(number, region=self.rules.region) or None

    def _line_id(self) -> str | None:
        if self.direction == "in":
            if self.rules.number_class(self.root.exten) == "long":
                return self.root.exten
            return self.root.end.name if self.root.end.kind == "trunk" else None
        trunks = [
            channel.end.name for uniqueid, channel in self.channels.items() if uniqueid != self.root_id and channel.end.kind == "trunk"
        ]
        return trunks[-1] if trunks and self.direction == "out" else None


def _seconds(microseconds: int) -> int:
    """Whole seconds, half away from zero; never below 0 (two clocks of one log may differ by microseconds)."""
    return max(0, (2 * microseconds + 10**6) // (2 * 10**6))
