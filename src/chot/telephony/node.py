"""``chot telephony run``: one node from its lease to its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from datetime import datetime
from functools import partial

import structlog

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.telephony import commands, desk_phones, recovery, returning, routing, strangers, trunks
from chot.telephony.ari import Ari, AriError, Disconnected
from chot.telephony.ari_events import Event, Replaced
from chot.telephony.configuration import APP
from chot.telephony.controller import Controller
from chot.telephony.elsewhere_exchange import Driven
from chot.telephony.offering import Offering
from chot.telephony.queueing import Queueing
from chot.telephony.store import LEASE, Store

log = structlog.get_logger()
_AGAIN_AT_MOST_S = 30.0
_DUMB_S = 2.0


class LeadershipLost(Exception):
    """Another controller drives this node now."""


class Node:
    """A controller with its exchange: ``run`` until a signal, or until another takes the lead."""

    def __init__(self, store: Store, exchange: Driven, *, offers: bool = True, secret_key: str = "") -> None:
        self.store, self.exchange = store, exchange
        self.controller = Controller(store, exchange.configuration, secret_key)
        self.controller.routing = routing.load(exchange.configuration.home)
        self.controller.arrived = partial(routing.arrived, self.controller)
        self.controller.dialled = partial(desk_phones.dialled, self.controller)
        self.ready = asyncio.Event()
        """Set when calls can be made."""
        self._ari = Ari(exchange.configuration.ari, exchange.configuration.ari_user, exchange.configuration.ari_password, APP)
        self._offers = offers
        self._tasks: set[asyncio.Task[None]] = set()
        self._startup = ""

    async def run(self, *, leave_running: bool = False) -> None:
        """Work until cancelled. Raises ``LeadershipLost``; calls then stay with whoever took over."""
        lost = False
        await self._take_lease()
        try:
            alive_until = self._alive_until
            await self._start()
            work = [self._hear(alive_until), self._renew(), self.exchange.watch(), self._obey(), returning.run(self.controller)]
            work.append(strangers.run(self.controller))
            work.append(trunks.watch(self.controller, self.exchange, self._ari, self.ready))
            work.append(Queueing(self.controller).run())
            if self._offers:
                work.append(Offering(self.controller).run())
            self._tasks = {asyncio.create_task(each) for each in work}
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except LeadershipLost:
            lost = True
            raise
        finally:
            await self._end(leave_running=leave_running or lost or self.exchange.elsewhere)

    async def _start(self) -> None:
        try:
            await self.exchange.start()
        except InputError as error:
            await self.controller.node_changed("unready", str(error))
            raise

    async def _take_lease(self) -> None:
        waiting = False
        renewed = await self.store.last_renewal()
        self._alive_until: datetime | None = renewed
        while not await self.store.lease(clock.instant(), self.exchange.version):
            if not waiting:
                log.warning("another controller drives this node; waiting", node=self.store.node)
            waiting = True
            await asyncio.sleep(1)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            if not await self.store.lease(clock.instant(), self.exchange.version):
                raise LeadershipLost(f"another controller has taken the lease of {self.store.node}")

    async def _hear(self, alive_until: datetime | None) -> None:
        """Connect, find out what goes on, listen; again whenever the connection ends."""
        await self.store.release()
        await recovery.tell_recordings(self.controller)
        last = await recovery.reopen_calls(self.controller, alive_until)
        while True:
            try:
                await self._ari.connect_patiently()
                await self._listen(last)
            except Disconnected:
                pass
            except AriError as error:
                what = f"Asterisk cannot be driven: {error}"
                raise InputError(Problem(what=what, fix="Delete VAR/exchange to make new secrets.")) from None
            self.ready.clear()
            ended_at = clock.instant()
            last = {call.call_id: ended_at for call in self.controller.calls}
            await asyncio.sleep(0)
            await self.exchange.started.wait()
            if self.exchange.elsewhere:
                await self._back(ended_at)
            elif await self._new_asterisk():
                await self.controller.node_lost(ended_at)
                await self.controller.node_changed("down")

    async def _listen(self, last: dict[str, datetime]) -> None:
        self.controller.use(self._ari)
        heard: asyncio.Queue[Event | None] = asyncio.Queue()
        tasks = [asyncio.create_task(self._sync_patiently(last)), asyncio.create_task(self._read(heard))]
        try:
            while (event := await heard.get()) is not None:
                if isinstance(event, Replaced):
                    raise LeadershipLost("another controller has taken the application")
                await self.controller.hear(event)
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, AriError):
                    await task

    async def _read(self, heard: asyncio.Queue[Event | None]) -> None:
        """Read on while what was heard waits for the database: Asterisk's answers come the same way, and a full socket is closed."""
        try:
            async for event in self._ari.events():
                heard.put_nowait(event)
        finally:
            heard.put_nowait(None)

    async def _back(self, ended_at: datetime) -> None:
        """An Asterisk elsewhere is gone or out of reach: say so, wait for it, and end the calls if it is another one."""
        await self.controller.node_changed("down", f"no connection to {self.exchange.configuration.ari}")
        while not (startup := await self._asked_startup()):
            await asyncio.sleep(1)
        if startup != self._startup:
            await self.controller.node_lost(ended_at)

    async def _sync_patiently(self, last: dict[str, datetime]) -> None:
        """Find out what goes on; whatever prevents that is told, and it is tried again."""
        wait_s = 1.0
        while True:
            try:
                return await self._sync(last)
            except Disconnected:  # seen and told by whoever listens
                return None
            except Exception as error:  # whatever it was: nobody can call, and that must be told
                log.error("exchange not ready", node=self.store.node, reason=str(error), again_in_s=wait_s)
                await self.controller.node_changed("unready", f"{type(error).__name__}: {error}")
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _AGAIN_AT_MOST_S)

    async def _sync(self, last: dict[str, datetime]) -> None:
        if self._startup:  # it was away, and may have come back with less than it had
            await self.exchange.check(self.exchange.configuration)
        info = await self._ari.request("GET", "asterisk/info")
        self._startup = str(info["status"]["startup_time"])
        await recovery.resync(self.controller, self._ari, clock.instant(), last, datetime.fromisoformat(self._startup))
        await self.controller.node_changed("up")
        self.ready.set()

    async def _new_asterisk(self) -> bool:
        """Whether the Asterisk that was driven is gone; one that lives and only does not answer still has its calls, and is waited for."""
        tell_at: float | None = asyncio.get_running_loop().time() + _DUMB_S
        while self.exchange.pid:
            if startup := await self._asked_startup():
                return startup != self._startup
            if tell_at and asyncio.get_running_loop().time() > tell_at:
                await self.controller.node_changed("down", "Asterisk lives and does not answer")
                tell_at = None
            await asyncio.sleep(0.1)
        return True

    async def _asked_startup(self) -> str:
        made = self.exchange.configuration
        probe = Ari(made.ari, made.ari_user, made.ari_password, APP)
        return await probe.startup()

    async def _obey(self) -> None:
        await self.ready.wait()
        async for _ in self.store.bells():
            await self.ready.wait()
            await commands.take_all(self.controller, self.exchange)

    async def _end(self, *, leave_running: bool) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        ended_at = clock.instant()
        await self._ari.close()
        await self.exchange.stop(leave_running=leave_running)
        if not leave_running:  # Asterisk is gone, so the recordings are whole
            await self.controller.node_lost(ended_at)
            await self.controller.recordings_told()
        await self.controller.close()
        await self.store.give_up(clock.instant())
        await self.store.close()


async def run_until_signal(node: Node, *, leave_running: bool) -> None:
    """Run a node until Ctrl-C or SIGTERM."""
    task = asyncio.create_task(node.run(leave_running=leave_running))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
