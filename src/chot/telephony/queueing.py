"""Who in a queue is rung next: a pure decision, and the loop that makes it after every change.

Only agents whose state is ready, whose phone is online and who take part in no call are rung. Calls of queues with a higher
priority go first, then those that have waited longest.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chot.core import clock
from chot.core.flows import Member, Queue, Routing
from chot.core.messages import CallMissed, MissesOver, Seat
from chot.telephony.call_events import Announced, CallEvent, QueueLeft, Rung
from chot.telephony.call_state import Call, Leg
from chot.telephony.controller import GATHER_S, Controller, fact_row

_LOOK_S = 0.25
_AGAIN = timedelta(seconds=2)
_PROMISED = timedelta(seconds=2)
_NOT_THERE = (0, 3, 20, 27)  # Q.850: the phone could not be rung at all
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Free:
    """An agent who can be rung: at rest since ``since``; ``turn`` counts up with every ring of anybody."""

    since: datetime
    turn: int = 0


def waits(call: Call) -> bool:
    """Whether a caller is in a queue without an agent."""
    customer = call.customer
    return bool(call.queue and call.in_flow and customer and customer.up and not call.agents_up and not call.ending_at)


def decide(now: datetime, calls: Sequence[Call], routing: Routing, free: Mapping[str, Free]) -> list[tuple[str, CallEvent]]:
    """What is to happen to the waiting calls, each by its id; nobody is rung for two."""
    left, decided = dict(free), []
    waiting = sorted(filter(waits, calls), key=lambda call: (call.queue_since or _LATEST, call.call_id))
    places = {call.call_id: _place(call, waiting) for call in waiting}
    waiting.sort(key=lambda call: -_priority(routing, call))
    for call in waiting:
        event = _next(now, call, routing.queue(call.queue), places[call.call_id], left)
        if isinstance(event, Rung):
            for seat in event.seats:
                del left[seat.agent_id]
        if event:
            decided.append((call.call_id, event))
    return decided


def _place(call: Call, waiting: Sequence[Call]) -> int:
    """The place in its queue, from 1."""
    return 1 + [each.call_id for each in waiting if each.queue == call.queue].index(call.call_id)


def _priority(routing: Routing, call: Call) -> int:
    queue = routing.queue(call.queue)
    return queue.priority if queue else 0


def _next(now: datetime, call: Call, queue: Queue | None, place: int, free: Mapping[str, Free]) -> CallEvent | None:
    since = call.queue_since or now
    if queue is None:
        return QueueLeft(at=now, why="overflow")
    if queue.hours and not queue.hours.open_at(since):
        return QueueLeft(at=now, why="closed")
    if any(leg.alive for leg in call.agents):
        return None
    if (queue.max_waiting and place > queue.max_waiting) or (queue.max_wait_s and now - since >= timedelta(seconds=queue.max_wait_s)):
        return QueueLeft(at=now, why="overflow")
    if agents := _chosen(now, call, queue, free):
        return Rung(at=now, seats=tuple(Seat(agent_id=agent, phone=agent) for agent in agents), ring_s=queue.ring_s)
    if queue.announce_s and now - (call.announced_at or since) >= timedelta(seconds=queue.announce_s) and not call.speech:
        return Announced(at=now, text=announcement(queue, place))
    return None


def announcement(queue: Queue, place: int) -> str:
    """What a caller is told while waiting."""
    where = f"Quý khách đang ở vị trí thứ {place} trong hàng đợi. " if queue.says_position else ""
    key = f" Hoặc bấm phím {queue.callback_key} để chúng tôi gọi lại." if queue.callback_key else ""
    return f"{where}Các tổng đài viên đang bận, xin quý khách vui lòng chờ máy.{key}"


def _chosen(now: datetime, call: Call, queue: Queue, free: Mapping[str, Free]) -> list[str]:
    """Whom to ring: those whom this call has rung least often come first, whatever the strategy."""
    tries: dict[str, int] = {}
    resting = set()
    for leg in call.agents:
        tries[leg.seat.agent_id] = tries.get(leg.seat.agent_id, 0) + 1
        if leg.gone_at and now - leg.gone_at < _AGAIN:
            resting.add(leg.seat.agent_id)
    able = [member for member in queue.members if member.agent_id in free and member.agent_id not in resting]
    if queue.strategy == "ring_all":
        return [member.agent_id for member in able]

    def order(member: Member) -> tuple[int, int, int, datetime, str]:
        agent = free[member.agent_id]
        level = -member.level if queue.strategy == "skilled" else 0
        turn = agent.turn if queue.strategy == "round_robin" else 0
        return tries.get(member.agent_id, 0), level, turn, agent.since, member.agent_id

    return [min(able, key=order).agent_id] if able else []


@dataclass
class Queueing:
    """The loop. A successor knows who has missed how many rings, and not in which order agents were rung."""

    controller: Controller
    turns: dict[str, int] = field(default_factory=dict)
    rested: dict[str, datetime] = field(default_factory=dict)
    promised: dict[str, datetime] = field(default_factory=dict)
    in_a_row: dict[str, int] = field(default_factory=dict)
    off: dict[str, datetime] = field(default_factory=dict)
    """Agents who missed as many rings as their queue allows, until their state is another one."""
    noted: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Look after every change, for ever."""
        changed = self.controller.changed.watched()
        for agent, count, limit, at in await self.controller.store.misses():
            if limit and count >= limit:
                self.off[agent] = at
            else:
                self.in_a_row[agent] = count
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_S)
            await asyncio.sleep(GATHER_S)
            changed.clear()
            await self.look(clock.instant())

    async def look(self, now: datetime) -> None:
        """Note what became of the phones that rang; decide for those who wait."""
        await self._note(now)
        calls = self.controller.calls
        if not any(map(waits, calls)):
            return
        free = self._free(now, calls, await self.controller.store.desks())
        for call_id, event in decide(now, self.controller.calls, self.controller.routing, free):
            if isinstance(event, Rung):
                for seat in event.seats:
                    self.turns[seat.agent_id] = max(self.turns.values(), default=0) + 1
                    self.promised[seat.agent_id] = now
            self.controller.tell(call_id, event)

    def _free(self, now: datetime, calls: Sequence[Call], desks: Mapping[str, tuple[str, datetime]]) -> dict[str, Free]:
        busy = {leg.seat.agent_id for call in calls for leg in call.agents if leg.state != "gone"} | self.controller.watches.phones
        found = {}
        for agent, (state, since) in desks.items():
            if agent in self.off and since > self.off[agent]:
                del self.off[agent]
            promised = agent in self.promised and now - self.promised[agent] < _PROMISED
            if state != "ready" or agent in busy or agent in self.off or promised or agent not in self.controller.phones:
                continue
            found[agent] = Free(since=max(since, self.rested.get(agent, since)), turn=self.turns.get(agent, 0))
        return found

    async def _note(self, now: datetime) -> None:
        """Agents who were rung in vain, and those who answered."""
        channels = set()
        for call in self.controller.calls:
            for leg in call.agents:
                channels.add(leg.channel)
                self.promised.pop(leg.seat.agent_id, None)
                if leg.up_at:
                    await self._answers(leg.seat.agent_id, leg.up_at)
                    self.rested[leg.seat.agent_id] = leg.gone_at or now
                elif leg.queue and leg.channel not in self.noted and _missed(call, leg):
                    await self._missed(call, leg)
        self.noted &= channels

    async def _answers(self, agent: str, at: datetime) -> None:
        """What was missed before no longer counts."""
        if self.in_a_row.pop(agent, 0):
            await self.controller.store.append([fact_row("", at, MissesOver(agent_id=agent, over_at=at))])

    async def _missed(self, call: Call, leg: Leg) -> None:
        agent, at = leg.seat.agent_id, leg.gone_at or clock.instant()
        queue = self.controller.routing.queue(leg.queue)
        count, limit = self.in_a_row.get(agent, 0) + 1, queue.misses if queue else 0
        self.noted.add(leg.channel)
        self.in_a_row[agent] = count
        if limit and count >= limit:
            self.off[agent] = at
            self.in_a_row.pop(agent)
        told = CallMissed(call_id=call.call_id, agent_id=agent, queue_id=leg.queue, in_a_row=count, limit=limit, missed_at=at)
        await self.controller.store.append([fact_row(call.call_id, at, told)])


def _missed(call: Call, leg: Leg) -> bool:
    """It rang until the time was over or it was rejected; nobody else had taken the call."""
    return leg.state == "gone" and not leg.dropping and not call.ending_at and bool(leg.seat.agent_id) and leg.cause not in _NOT_THERE
