"""The calls in a queue_log: everything one caller went through in one or more queues is one contact.

A contact is kept until nothing more can happen to it, as a call that left one queue may enter another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chot.core.phones import number_id

CALL_EVENTS = frozenset({
    "DID", "ENTERQUEUE", "CONNECT", "COMPLETECALLER", "COMPLETEAGENT", "ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY", "EXITEMPTY",
    "RINGNOANSWER", "RINGCANCELED", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER", "AGENTDUMP", "SYSCOMPAT", "INFO",
})  # fmt: skip

_HANGUP = {"COMPLETECALLER": "customer", "COMPLETEAGENT": "agent"}
_TRANSFERS = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
_LEFT = {  # how a caller leaves a queue without an agent: outcome, who ended it
    "ABANDON": ("abandoned", "customer"), "EXITWITHKEY": ("abandoned", None), "EXITWITHTIMEOUT": ("no_answer", "system"),
    "EXITEMPTY": ("no_answer", "system"), "SYSCOMPAT": ("failed", "system"),
}  # fmt: skip
_KEPT_US = 6 * 3600 * 10**6
"""A contact is over for good when it left its last queue this long ago."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the log; ``at`` in microseconds since 1970 UTC."""

    line: int
    at: int
    call: str
    queue: str
    agent: str
    name: str
    data: Sequence[str]

    def seconds(self, place: int) -> int | None:
        """The whole seconds at a place of the data, None when there are none."""
        try:
            text = self.data[place]
        except IndexError:
            return None
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None

    def text(self, place: int) -> str:
        """The text at a place of the data, empty when there is none."""
        return self.data[place] if place < len(self.data) else ""


@dataclass(kw_only=True)
class _Stint:
    """One agent talking to the caller."""

    agent: str
    queue: str
    at: int
    ring_s: int | None
    talk_s: int | None = None


@dataclass(kw_only=True)
class Contact:
    """One caller; ``started`` stays None while only the end of the call is in the log."""

    call_id: str
    lines: list[int] = field(default_factory=list)
    started: int | None = None
    last: int = 0
    left: int | None = None
    customer: str = ""
    line_id: str = ""
    queue: str = ""
    outcome: str | None = None
    hangup_by: str | None = None
    ended: int | None = None
    stints: list[_Stint] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """One more event."""
        self.lines.append(event.line)
        self.last = event.at
        if event.name == "DID":
            self.line_id = event.text(0)
        elif event.name == "ENTERQUEUE":
            self.started = event.at if self.started is None else self.started
            self.customer = self.customer or event.text(1)
            self.left, self.queue, self.ended = None, event.queue, None
        elif event.name == "CONNECT":
            self._since(event, event.seconds(0))
            self.stints.append(_Stint(agent=event.agent, queue=event.queue, at=event.at, ring_s=event.seconds(2)))
        elif event.name in _HANGUP or event.name in _TRANSFERS:
            self._talked(event)
        elif event.name in _LEFT:
            self._since(event, event.seconds(2))
            self.outcome, self.hangup_by = _LEFT[event.name]
            self.left = self.ended = event.at

    def cut(self, at: int) -> None:
        """The system went down while the call was there."""
        if self.left is None:
            self.left, self.hangup_by = at, "system"
            self.outcome = self.outcome or "failed"

    def row(self, agent_id: Callable[[str], str], region: str) -> dict[str, object] | None:
        """The contact as a row of ``calls``; None when too little of it is in the log."""
        if self.started is None or not (self.stints or self.outcome):
            return None
        best = self._best()
        reached = self.stints[0].at if self.stints else None
        waited = reached if reached is not None else self.ended
        return {
            "call_id": self.call_id,
            "agent_id": agent_id(best.agent) if best else None,
            "customer_id": number_id(self.customer, region=region) or None,
            "queue_id": (best.queue if best else self.queue) or None,
            "direction": "in",
            "started_at": self.started,
            "answered_at": reached,
            "ended_at": self.ended,
            "ring_s": best.ring_s if best else None,
            "wait_s": max(0, waited - self.started) // 10**6 if waited is not None else None,
            "talk_s": self._talk(best) if best else (0 if self.ended is not None else None),
            "outcome": "answered" if best else self.outcome,
            "hangup_by": self.hangup_by,
            "line_id": self.line_id or None,
        }

    def _since(self, event: Event, waited: int | None) -> None:
        """Where the log begins in the middle of the call: the event itself says how long ago it entered."""
        self.queue = self.queue or event.queue
        if self.started is None and waited is not None:
            self.started = event.at - waited * 10**6

    def _talked(self, event: Event) -> None:
        held, talked = _times(event)
        stint = self.stints[-1] if self.stints and self.stints[-1].talk_s is None else None
        if stint is None and held is not None and talked is not None:  # the log begins while they talk
            self._since(event, held + talked)
            stint = _Stint(agent=event.agent, queue=event.queue, at=event.at - talked * 10**6, ring_s=None)
            self.stints.append(stint)
        if stint is not None:
            stint.talk_s = talked
        self.left = event.at
        self.hangup_by = _HANGUP.get(event.name)
        self.ended = event.at if event.name in _HANGUP else None  # a transferred caller talks on

    def _talk(self, best: _Stint) -> int | None:
        known = [stint.talk_s for stint in self.stints if stint.agent == best.agent and stint.talk_s is not None]
        return sum(known) if known else None

    def _best(self) -> _Stint | None:
        """The agent who talked longest, the earliest of equals."""
        return max(self.stints, key=lambda stint: self._talk(stint) or 0, default=None)


def _times(event: Event) -> tuple[int | None, int | None]:
    """(waited, talked) of an event that ends a conversation."""
    if event.name in ("BLINDTRANSFER", "TRANSFER"):  # extension|context|held|talked|position
        return event.seconds(2), event.seconds(3)
    if event.name == "ATTENDEDTRANSFER":  # method|…|held|talked|position
        return event.seconds(-3), event.seconds(-2)
    return event.seconds(0), event.seconds(1)


class Calls:
    """The contacts that are in the log at the moment."""

    def __init__(self) -> None:
        self._open: dict[str, Contact] = {}
        self._swept = 0

    def take(self, event: Event) -> None:
        """One event of a call."""
        contact = self._open.get(event.call)
        if contact is None:
            contact = self._open[event.call] = Contact(call_id=event.call)
        contact.take(event)

    def restarted(self, at: int) -> None:
        """The system started anew: whoever was in a queue is no longer."""
        for contact in self._open.values():
            contact.cut(at)

    def finished(self, now: int) -> Iterator[Contact]:
        """The contacts to which nothing more can happen at the time ``now``; looked for once an hour."""
        if now < self._swept + 3600 * 10**6:
            return
        self._swept = now
        for call, contact in list(self._open.items()):
            if contact.left is not None and contact.left < now - _KEPT_US:
                yield self._open.pop(call)

    def rest(self) -> Iterator[Contact]:
        """All that are left when the log ends."""
        while self._open:
            yield self._open.pop(next(iter(self._open)))
