"""Who gets a waiting call when no queue decides: the phone that is online, free, ready, and rested longest."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from chot.core import clock
from chot.core.messages import Seat
from chot.telephony.call_events import HangupAsked, Offered
from chot.telephony.call_state import Call
from chot.telephony.controller import GATHER_S, Controller

PATIENCE = timedelta(seconds=180)
"""How long a caller waits before the call is ended."""

_LOOK_S = 0.5


class Offering:
    """Offers calls in the order in which they came; a queue of its own takes its place by not starting it."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._turn: dict[str, int] = {}
        self._count = 0
        self.away: set[str] = set()
        """Agents who are not ready."""

    async def run(self) -> None:
        """Look after every change, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._controller.changed.wait(), _LOOK_S)
            await asyncio.sleep(GATHER_S)
            self._controller.changed.clear()
            if any(map(_waits, self._controller.calls)):
                self.away = await self._controller.store.away()
                self.look()

    def look(self) -> None:
        """Offer each waiting call to a free phone; end those that have waited too long."""
        now = clock.instant()
        waiting = sorted((call for call in self._controller.calls if _waits(call)), key=lambda call: call.started_at)
        for call in waiting:
            if now - call.started_at > PATIENCE:
                self._controller.tell(call.call_id, HangupAsked(at=now, by="system"))
            elif phone := self._next():
                self._count += 1
                self._turn[phone] = self._count
                self._controller.tell(call.call_id, Offered(at=now, seat=Seat(agent_id=phone, phone=phone)))

    def _next(self) -> str | None:
        busy = {leg.seat.phone for call in self._controller.calls for leg in call.agents if leg.state != "gone"}
        just_offered = {phone for phone, turn in self._turn.items() if turn == self._count and self._count}
        free = self._controller.phones - busy - self.away - self._controller.watches.phones
        others = free - just_offered or free
        return min(others, key=lambda phone: (self._turn.get(phone, 0), phone), default=None)


def _waits(call: Call) -> bool:
    customer = call.customer
    if call.first != "caller" or call.flow:
        return False
    return bool(customer and customer.up) and not call.connected_at and not any(leg.alive for leg in call.agents)
