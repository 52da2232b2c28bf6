"""Legs of call detail records folded into contacts, a million at a time; ``docs/formats.md`` has the rules in words.

Legs come as numbers: times in microseconds, texts as codes of their ``Ends`` and queues (0 is none), ``disposition``
1 answered, 2 no answer, 3 busy, 4 failed, 5 cancelled; ``app`` 1 Queue, 2 VoiceMail, 3 Dial, 4 AgentLogin; ``source``
and ``dialled`` 0 internal, 1 a subscriber's number, 2 neither. ``root`` legs are those of the caller's own channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chot.facts.arrays import Mask, Numbers, booleans, integers
from chot.facts.readers.numbering import Endpoint, Numbering

SECOND = 1_000_000
NONE, AGENT, TRUNK, LOCAL, OTHER = range(5)
KINDS = ("none", "agent", "trunk", "local", "other")
IN, OUT, INTERNAL = range(3)
DIRECTIONS = ("in", "out", "internal")

_NOTHING = -(2**62)  # an empty cell among numbers
_OUTCOMES = ("", "answered", "no_answer", "busy", "failed", "cancelled", "voicemail", "abandoned")
_BY_DISPOSITION = np.array([0, 4, 2, 3, 4, 5])  # the leg was answered, but by no one the contact was for: failed
_VOICEMAIL, _ABANDONED, _ANSWERED = 6, 7, 1


class Ways(Protocol):
    """Which way a contact goes."""

    def __call__(self, caller: int, context: int, classes: tuple[int, int], *, over_trunk: bool) -> int:
        """By the caller's channel, its context, source and dialled, and whether a leg of it went over a trunk."""



class Ends:
    """Who is behind each channel code: its name, kind and agent, and the rank of that agent's id among all."""

    def __init__(self, channels: Sequence[str], rules: Numbering) -> None:
        self.all: list[Endpoint] = [rules.endpoint(text) for text in channels]
        agent_ids = [rules.agent_id(end.name) for end in self.all]
        ranked = sorted(set(agent_ids), key=str.encode)
        ranks = {agent_id: rank for rank, agent_id in enumerate(ranked)}
        self.names = pa.array([end.name for end in self.all], pa.string())
        self.kind = np.array([KINDS.index(end.kind) for end in self.all])
        self.is_number = np.array([len(end.name) > 6 for end in self.all])
        self.agent = np.array([ranks[agent_id] for agent_id in agent_ids])
        self.agent_ids = pa.array([*ranked, None], pa.string())
        self.nobody = len(ranked)
        """The rank of no agent: after every agent."""


@dataclass(frozen=True, kw_only=True)
class _Best:
    """The agent who talked longest: of which contacts, the rank of the id, seconds, when reached, ringing, queue code."""

    contacts: Numbers
    agent: Numbers
    talk: Numbers
    reached: Numbers
    ring: Numbers
    queue: Numbers


def fold(legs: pa.Table, ends: Ends, queues: Sequence[str], way_of: Ways) -> pa.Table:
    """One row of ``calls`` per contact, in the order of their first legs, with ``line`` (of it) and ``legs`` (how many)."""
    return _Fold(legs, ends, queues, way_of).rows()


class _Fold:
    """Legs by contact, and within a contact by second and line: what is true of a contact is a reduction over its slice."""

    def __init__(self, legs: pa.Table, ends: Ends, queues: Sequence[str], way_of: Ways) -> None:
        self.table, self.ends, self.queues, self.way_of = legs, ends, queues, way_of
        contact = legs["contact"].combine_chunks().dictionary_encode()
        code, line = contact.indices.to_numpy(), legs["line"].to_numpy()
        self.order: Numbers = np.lexsort((legs["start"].to_numpy() // SECOND * 2**27 + line % 2**27, code))
        self.names = contact.dictionary
        code = code[self.order]
        fresh = np.concatenate(([True], code[1:] != code[:-1]))
        self.begins: Numbers = np.flatnonzero(fresh)
        self.lasts: Numbers = np.append(self.begins[1:], len(code)) - 1
        self.contact: Numbers = np.cumsum(fresh) - 1
        self.start, self.end = self.numbers("start"), self.numbers("end")
        self.caller, self.called = self.numbers("caller"), self.numbers("called")
        self.disposition, self.app, self.queue = self.numbers("disposition"), self.numbers("app"), self.numbers("queue")
        root = self.flags("root")
        self.first = self.begins.copy()
        roots = np.flatnonzero(root)[::-1]
        self.first[self.contact[roots]] = roots  # of equal places the last one assigned stays: the first root leg
        self.taken = self.last(root & self.flags("answer")) >= 0
        self.trunk = self.last(ends.kind[self.called] == TRUNK)
        self.started: Numbers = np.minimum.reduceat(self.start, self.begins)
        self.ended: Numbers = np.maximum.reduceat(self.end, self.begins)
        self.source, self.dialled = (self.numbers(name, of=self.first) for name in ("source", "dialled"))
        self.first_caller = self.caller[self.first]
        self.caller_kind = ends.kind[self.first_caller]
        self.way = self._ways()

    def numbers(self, name: str, *, of: Numbers | None = None) -> Numbers:
        """A column of numbers in our order (``of`` these places alone), empty cells as ``_NOTHING``."""
        column = self.table[name]
        found: Numbers = (pc.fill_null(column, _NOTHING) if column.null_count else column).to_numpy()
        return found[self.order if of is None else self.order[of]]

    def flags(self, name: str) -> Mask:
        """A column of booleans in our order, or whether a cell of another column is filled."""
        column = self.table[name]
        found: Mask = (column if pa.types.is_boolean(column.type) else pc.is_valid(column)).to_numpy()
        return found[self.order]

    def last(self, mask: Mask, *, otherwise: Numbers | int = -1) -> Numbers:
        """The place of the last leg of each contact that has the mark; ``otherwise`` without any."""
        found = np.broadcast_to(otherwise, len(self.begins)).astype(np.int64)
        marked = np.flatnonzero(mask)
        found[self.contact[marked]] = marked
        return found

    def _ways(self) -> Numbers:
        """Which way each contact goes, asked once per combination of its first leg."""
        over_trunk = (self.trunk >= 0).astype(np.int64)
        context = self.numbers("context", of=self.first)
        packed = (((self.first_caller.astype(np.int64) << 24 | context) << 2 | self.source) << 2 | self.dialled) << 1 | over_trunk
        known = integers(packed).dictionary_encode()
        ways = [
            self.way_of(each >> 29, each >> 5 & 0xFFFFFF, (each >> 3 & 3, each >> 1 & 3), over_trunk=bool(each & 1))
            for each in known.dictionary.to_pylist()
        ]
        found: Numbers = np.array(ways)[known.indices.to_numpy()]
        return found

    def rows(self) -> pa.Table:
        best, ends, way = self._best(), self.ends, self.way
        count = len(self.begins)
        lines = self.table["line"].to_numpy()[self.order[self.first]]

        def spread(values: Numbers, otherwise: Numbers | int) -> Numbers:
            """What the best agent gives where there is one, else ``otherwise``."""
            found = np.broadcast_to(otherwise, count).astype(np.int64)
            found[best.contacts] = values
            return found

        inside = (way != IN) & (self.caller_kind != TRUNK)
        agent = spread(best.agent, np.where(inside, ends.agent[self.first_caller], ends.nobody))
        reached = spread(best.reached, _NOTHING)
        last_queue = self.last(self.queue != 0)
        queue = spread(best.queue, 0)
        queue = np.where(queue != 0, queue, np.where(last_queue >= 0, self.queue[last_queue], 0))
        waited = np.where(reached == _NOTHING, self.ended, reached) - self.started
        ring = spread(best.ring // SECOND, np.where(way == IN, _NOTHING, (self.ended - self.started) // SECOND))
        source, dialled = self._texts("src"), self._texts("dst")
        caller = ends.names.take(integers(self.first_caller))
        trunk = ends.names.take(_or_empty(np.where(self.trunk >= 0, self.called[self.trunk], _NOTHING)))
        to_local = (self.caller_kind == LOCAL) & ends.is_number[self.first_caller]
        from_trunk = (self.source == 1) & (self.caller_kind == TRUNK)
        customer = np.select([way == IN, way == INTERNAL, self.dialled == 1, to_local, from_trunk], [0, _NOTHING, 1, 2, 0], 1)
        line = np.select([way == OUT, way == INTERNAL, self.dialled == 1, self.caller_kind == TRUNK], [2, _NOTHING, 0, 1], _NOTHING)
        columns = {
            "line": integers(lines),
            "legs": integers(self.lasts - self.begins + 1),
            "call_id": self.names,  # coded as they came: a contact's place is its code
            "agent_id": ends.agent_ids.take(integers(agent)),
            "customer_id": pc.choose(_or_empty(customer), source, dialled, caller),
            "queue_id": pa.array([None, *self.queues[1:]], pa.string()).take(integers(queue)),
            "direction": pa.array(DIRECTIONS).take(integers(way)),
            "started_at": integers(self.started),
            "answered_at": _or_empty(reached),
            "ended_at": integers(self.ended),
            "ring_s": _or_empty(ring),
            "wait_s": _or_empty(np.where(way == IN, waited // SECOND, _NOTHING)),
            "talk_s": integers(spread(best.talk, 0)),
            "outcome": pa.array(_OUTCOMES).take(integers(self._outcomes(best.contacts, last_queue >= 0))),
            "line_id": pc.choose(_or_empty(line), dialled, caller, trunk),
        }
        found = pa.table(columns)
        return found if (lines[1:] > lines[:-1]).all() else found.take(integers(np.argsort(lines)))

    def _texts(self, name: str) -> pa.Array:
        return pc.fill_null(self.table[name].combine_chunks().take(integers(self.order[self.first])), "")

    def _outcomes(self, answered: Numbers, queued: Mask) -> Numbers:
        last = self.last(self.called != 0, otherwise=self.lasts)
        voicemail = self.last((self.app == 2) & (self.disposition == 1)) >= 0
        incoming = self.way == IN
        found = _BY_DISPOSITION[self.disposition[last]]
        found[incoming & (queued | self.taken)] = _ABANDONED
        found[incoming & voicemail] = _VOICEMAIL
        found[answered] = _ANSWERED
        return found

    def _best(self) -> _Best:
        """Of every contact that an agent answered, the one who talked longest, the earlier (then the lower id) of equals."""
        which, agent, outside = self._talks()
        if not len(which):
            return _Best(contacts=which, agent=which, talk=which, reached=which, ring=which, queue=which)
        start = self.start[which]
        billed, duration, answer = (self.numbers(name, of=which) for name in ("billsec", "duration", "answer"))
        talk = np.where(billed != _NOTHING, billed, np.where(duration != _NOTHING, duration, (self.end[which] - start) // SECOND))
        reckoned = self.end[which] - np.where(billed != _NOTHING, billed, 0) * SECOND
        answered = np.maximum(start, np.where(answer != _NOTHING, answer, reckoned))

        side = self.contact[which] * 2 + outside
        key = side * (self.ends.nobody + 1) + agent
        order = np.lexsort((answered, key))
        begins = _begins(key[order])
        one = order[begins]  # each agent's first answered leg of a contact
        talked = np.add.reduceat(talk[order], begins)

        order = np.lexsort((answered[one], -talked, side[one]))
        sides = _begins(side[one][order])
        reached = np.minimum.reduceat(answered[one][order], sides)
        contacts = side[one][order][sides] // 2
        won = _begins(contacts)  # a side that is outside comes second and counts only alone
        best = order[sides[won]]
        leg = one[best]
        return _Best(contacts=contacts[won], agent=agent[leg], talk=talked[best], reached=reached[won],
                     ring=answered[leg] - start[leg], queue=self.queue[which[leg]])  # fmt: skip

    def _talks(self) -> tuple[Numbers, Numbers, Numbers]:
        """The legs on which an agent and a customer talked: their places, the agent's rank, and 1 where only a Local channel shows."""
        which: Numbers = np.flatnonzero(self.disposition == 1)
        ends, contact = self.ends, self.contact[which]
        way, caller, called = self.way[contact], self.caller[which], self.called[which]
        near, far = ends.kind[caller], ends.kind[called]
        own = caller == self.first_caller[contact]
        incoming = (far != NONE) & ((near != AGENT) | own)
        outgoing = ((far != NONE) | (self.app[which] == 3)) & (far != AGENT) | (near == TRUNK) & (far == AGENT)
        talks = np.where(way == IN, incoming, np.where(way == OUT, outgoing, True))
        at_far = np.where(far != TRUNK, ends.agent[called], ends.nobody)
        at_near = np.where(near != TRUNK, ends.agent[caller], at_far)
        agent = np.where(way == IN, at_far, np.where(way == OUT, at_near, ends.agent[self.first_caller[contact]]))
        outside = ((way == IN) & (far == LOCAL)).astype(np.int64)
        return which[talks], agent[talks], outside[talks]


def _begins(key: Numbers) -> Numbers:
    """Where each run of equal numbers begins."""
    found: Numbers = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    return found


def _or_empty(values: Numbers) -> pa.Array:
    """Numbers as an Arrow array, ``_NOTHING`` as an empty cell."""
    found = integers(values)
    missing = values == _NOTHING
    return pc.if_else(booleans(missing), None, found) if missing.any() else found
