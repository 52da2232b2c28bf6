"""One node's controller: Asterisk's events and the web's commands in, journal and effects out; calls survive its death.

Each call has a task of its own with a queue, so that its events are handled one after the other and calls do not wait for
each other. What happened is in the journal before anything is done about it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from chot.core import clock
from chot.core.flows import Routing
from chot.core.messages import (
    DigitPressed,
    NodeChanged,
    NodeWaits,
    PhoneChanged,
    RecordingStopped,
    TrunkChanged,
    TrunksSet,
    encode,
    kind_of,
)
from chot.telephony import ari_events, call_events, call_notice, call_pause, music, recording, telling
from chot.telephony.ari import Ari, AriError
from chot.telephony.call_effects import Answer, Effect, SetPauseTimer, SetTimer
from chot.telephony.call_machine import start, step
from chot.telephony.call_outcomes import ended
from chot.telephony.call_state import Call
from chot.telephony.configuration import Configuration, Phone
from chot.telephony.executing import Executor, Hushed, Unsaid
from chot.telephony.prompts import Prompts
from chot.telephony.store import Row, Store
from chot.telephony.supervising import Supervising

log = structlog.get_logger()
_FILES_CLOSED_S = 2.0
_GONE_S = 0.3
"""A channel that went is heard of so long after the playback that it cut off."""
GATHER_S = 0.02
"""How long who looks at all calls lets changes gather: hundreds of calls change hundreds of times a second."""


@dataclass
class Line:
    """A call in progress: its state and its waiting events."""

    call: Call
    queue: asyncio.Queue[call_events.CallEvent] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class Changes(asyncio.Event):
    """Set after every change of a call or a phone, for each who watches."""

    def __init__(self) -> None:
        super().__init__()
        self._watched: list[asyncio.Event] = []

    def watched(self) -> asyncio.Event:
        """An event of one's own, to be cleared without taking it from others."""
        self._watched.append(asyncio.Event())
        return self._watched[-1]

    def set(self) -> None:
        """Wake everybody."""
        super().set()
        for each in self._watched:
            each.set()


class Controller:
    """Drives one Asterisk. ``calls`` is what goes on; ``phones`` are those that are online."""

    def __init__(self, store: Store, configuration: Configuration, secret_key: str = "") -> None:
        self.store = store
        self.secret_key = secret_key
        """Opens the sealed passwords of trunks."""
        self.trunks: dict[str, tuple[str, str]] = {}
        """The state of each trunk as it was told last, with its detail."""
        self.trunks_version = 0
        """Which version of the trunks was asked for last."""
        self.configuration = configuration
        self.lines: dict[str, Line] = {}
        self.phones: set[str] = set()
        self.changed = Changes()
        self.routing = Routing()
        """Where inbound calls go."""
        self.arrived: Callable[[ari_events.Entered, str, str], Awaitable[None]] | None = None
        """Begins the call of a caller who is there (``routing.arrived``)."""
        self.dialled: Callable[[ari_events.Entered, str], Awaitable[None]] | None = None
        """Asks what becomes of a number dialled at a desk phone (``desk_phones.dialled``)."""
        self.prompts = Prompts(configuration.sounds, store.sound_of, configuration.seen)
        self._channels: dict[str, str] = {}
        self._executor: Executor | None = None
        self._after: set[asyncio.Task[None]] = set()
        self.watches = Supervising(self)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have not ended."""
        return tuple(line.call for line in self.lines.values())

    def use(self, ari: Ari) -> None:
        """Send effects over this connection from now on."""
        self._executor = Executor(ari, lambda: self.configuration.trunks, self.phone, self.prompts, self._music_of)
        self.watches.use(ari)

    def _music_of(self, call: Call) -> str:
        """The class of the music that a customer hears: the queue's, else the company's; an Asterisk elsewhere has its own."""
        known = "" if self.configuration.elsewhere else self.routing.music_of(call.queue or call.queued_in)
        return music.class_of(known)

    def phone(self, name: str) -> Phone | None:
        """The phone of a name."""
        return next((each for each in self.configuration.phones if each.name == name), None)

    def knows(self, channel: str) -> bool:
        """Whether a channel is of a call."""
        return channel in self._channels

    async def begin(self, created: call_events.Created) -> None:
        """A new call: into the journal, then to Asterisk."""
        call, effects = start(created)
        if call.call_id in self.lines:
            return
        line = self._open(call)
        await self._write(call, created, telling.begun(call), *telling.changes(None, call, created.at))
        line.task = asyncio.create_task(self._run(line, effects), name=f"call {call.call_id}")

    async def missed(self, created: call_events.Created, lost: call_events.NodeLost) -> None:
        """A call that was over before anybody could begin it: into the journal, whole."""
        call, _ = step(start(created)[0], lost)
        await self._write(call, created, telling.begun(call), ended(call))
        self.tell_recording(call.call_id)

    def tell(self, call_id: str, event: call_events.CallEvent) -> bool:
        """Give an event to a call in progress; False when there is none of this id."""
        line = self.lines.get(call_id)
        if line:
            line.queue.put_nowait(event)
        return line is not None

    def adopt(self, call_id: str, event: call_events.TakenOver) -> None:
        """A channel is a call's from now on; one whose call is gone is hung up."""
        self._channels[event.channel] = call_id
        if not self.tell(call_id, event):
            self.drop_stranger(event.channel)

    async def hear(self, event: ari_events.Event) -> None:
        """What Asterisk says."""
        if self.watches.hear(event):
            return
        call_id = self._channels.get(event.channel, "")
        match event:
            case ari_events.Entered(arguments=("arrived", recording_id, dialled)) if not call_id and self.arrived:
                await self.arrived(event, recording_id, dialled)
            case ari_events.Entered(arguments=("dialled", number)) if not call_id and self.dialled:
                await self.dialled(event, number)
            case ari_events.Entered() if call_id:
                self.tell(call_id, call_events.LegUp(at=event.at, channel=event.channel))
            case ari_events.Entered():
                self.drop_stranger(event.channel)
            case ari_events.Ringing():
                self.tell(call_id, call_events.LegRinging(at=event.at, channel=event.channel))
            case ari_events.Destroyed(cause=cause, sip=sip):
                self.tell(call_id, call_events.LegGone(at=event.at, channel=event.channel, cause=cause, sip=sip))
            case ari_events.Talking(on=on) if call_id:
                self.tell(call_id, (call_events.Talked if on else call_events.Silent)(at=event.at))
            case ari_events.PhoneHold(held=held):
                self.tell(call_id, call_events.PhoneHeld(at=event.at, channel=event.channel, on=held))
            case ari_events.Digit() if call_id and self.lines[call_id].call.pause:
                pass  # it may be of a card number
            case ari_events.Digit(digit=digit) if call_id:
                leg = self.lines[call_id].call.leg(event.channel)
                pressed = DigitPressed(call_id=call_id, by=leg.role if leg else "", digit=digit)
                await self.store.append([fact_row(call_id, event.at, pressed)])
                if leg and leg.role == "customer" and _hears(self.lines[call_id].call):
                    self.tell(call_id, call_events.Pressed(at=event.at, key=digit))
            case ari_events.Played(playback=playback, failed=failed) if call_id and _hears(self.lines[call_id].call):
                said = call_events.Spoken(at=event.at, playback=playback, failed=failed)
                if failed:  # a hang-up looks like this, too, and is heard of a moment later
                    asyncio.get_running_loop().call_later(_GONE_S, self.tell, call_id, said)
                else:
                    self.tell(call_id, said)
            case ari_events.Played() if call_id and not self.lines[call_id].call.wants_agent:
                self.tell(call_id, call_events.HangupAsked(at=event.at, by="system"))
            case ari_events.PhoneState(phone=phone, online=online):
                await self.phone_state(phone, online=online, at=event.at)

    async def phone_state(self, phone: str, *, online: bool, at: datetime) -> None:
        """A phone came online or went."""
        known = self.phone(phone)
        if known and online != (phone in self.phones):
            (self.phones.add if online else self.phones.discard)(phone)
            self.changed.set()
            if not online and known.in_browser:
                for line in self.lines.values():
                    line.queue.put_nowait(call_events.PhoneLost(at=at, phone=phone))
            await self.store.append([fact_row("", at, PhoneChanged(phone=phone, online=online))])

    async def trunk_state(self, trunk: str, state: str, detail: str) -> None:
        """Say what a trunk's state is, when it is another than before."""
        if self.trunks.get(trunk) != (state, detail):
            self.trunks[trunk] = (state, detail)
            at = clock.instant()
            await self.store.append([fact_row("", at, TrunkChanged(trunk=trunk, state=state, detail=detail, changed_at=at))])

    async def trunks_set(self, version: int, problem: str) -> None:
        """Say that the trunks of a version are in force, or why not."""
        at = clock.instant()
        told = TrunksSet(node=self.store.node, version=version, problem=problem[:300], set_at=at)
        await self.store.append([fact_row("", at, told)])

    async def node_lost(self, at: datetime) -> None:
        """Asterisk died with all its channels: every call has ended, at the moment when that was seen."""
        for line in list(self.lines.values()):
            line.queue.put_nowait(call_events.NodeLost(at=at))
        await self._all_handled()

    async def node_changed(self, state: str, problem: str = "") -> None:
        """Say that the node is up, down, unready or lost, and why; trunks are told anew of an exchange that is up."""
        self.trunks.clear()
        at = clock.instant()
        made = self.configuration
        changed = NodeChanged(
            node=self.store.node, state=state, http_port=made.ports.http, sip_address=made.phones_at, sip_port=made.ports.sip,
            problem=problem[:300], changed_at=at,
        )  # fmt: skip
        await self.store.append([fact_row("", at, changed)])

    async def node_waits(self, file: str) -> None:
        """Say which file the administrator of an Asterisk elsewhere has to take over; none: it has ours."""
        at = clock.instant()
        await self.store.append([fact_row("", at, NodeWaits(node=self.store.node, file=file, changed_at=at))])

    async def reopen(self, call: Call) -> None:
        """Go on with a call of the journal."""
        if call.ended:  # the journal lacks only its end
            await self._finish(call, call.ending_at or call.started_at)
            return
        line = self._open(call)
        line.task = asyncio.create_task(self._run(line, ()), name=f"call {call.call_id}")

    def drop_stranger(self, channel: str) -> None:
        """Hang up a channel that belongs to no call; its answer is not waited for, since whoever hears of it reads the answers, too."""
        self.in_background(self.request("DELETE", f"channels/{channel}"))

    async def request(self, method: str, path: str, **query: Any) -> None:
        """Ask Asterisk for something that no call's state depends on."""
        if self._executor:
            with contextlib.suppress(AriError):
                await self._executor.ari.request(method, path, **query)

    async def close(self) -> None:
        """Stop handling; calls stay as they are in Asterisk and in the journal."""
        await self.watches.close()
        for task in [line.task for line in self.lines.values() if line.task] + list(self._after):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.lines.clear()
        self._channels.clear()

    def _open(self, call: Call) -> Line:
        line = self.lines[call.call_id] = Line(call=call)
        self._know_channels(call)
        return line

    def _know_channels(self, call: Call) -> None:
        for leg in call.legs:
            self._channels[leg.channel] = call.call_id

    async def _run(self, line: Line, effects: tuple[Effect, ...]) -> None:
        """One call until it ends."""
        await self._do(line, effects)
        while not line.call.ended:
            event = await line.queue.get()
            before = line.call
            line.call, effects = step(before, event)
            if line.call == before and not effects and not isinstance(event, call_events.Recovered):
                continue  # nothing new: Asterisk says some things twice
            self._know_channels(line.call)
            log.info("call", id=before.call_id, state=before.phase, happened=type(event).__name__, next=line.call.phase)
            told = [*telling.changes(before, line.call, event.at), *call_pause.told(before, line.call, event)]
            told += call_notice.told(before, line.call)
            await self._write(line.call, event, *told)
            await self._do(line, effects)
            self.watches.call_is(line.call, event.at)
        await self._finish(line.call, line.call.ending_at or line.call.started_at)

    async def _do(self, line: Line, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, SetTimer):
                asyncio.get_running_loop().call_later(effect.after_s, self._time_up, line.call.call_id, effect.count)
                continue
            if isinstance(effect, SetPauseTimer):
                asyncio.get_running_loop().call_later(effect.after_s, self._pause_over, line.call.call_id, effect.number)
                continue
            if self._executor is None:
                return
            failed = await self._executor.do(line.call, effect)
            if isinstance(failed, Unsaid):
                line.queue.put_nowait(call_events.Spoken(at=clock.instant(), playback=failed.playback, failed=True))
            elif isinstance(failed, Hushed):
                line.queue.put_nowait(_silenced(failed))
            elif failed:
                line.queue.put_nowait(call_events.LegGone(at=clock.instant(), channel=failed.channel, cause=failed.cause))
                if isinstance(effect, Answer):
                    return  # nobody is called for who is gone

    def _time_up(self, call_id: str, count: int) -> None:
        self.tell(call_id, call_events.TimeUp(at=clock.instant(), count=count))

    def _pause_over(self, call_id: str, number: int) -> None:
        self.tell(call_id, call_events.PauseOver(at=clock.instant(), number=number))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something for which nobody waits; it ends with the controller."""
        task = asyncio.create_task(work)
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    async def _finish(self, call: Call, at: datetime) -> None:
        told = ended(call)
        await self.store.append([fact_row(call.call_id, max(at, told.ended_at), told)])
        self.lines.pop(call.call_id, None)
        for leg in call.legs:
            self._channels.pop(leg.channel, None)
        log.info("call ended", id=call.call_id, outcome=told.outcome, by=told.hangup_by, talk_s=told.talk_s)
        self.changed.set()
        if told.recorded:
            self.tell_recording(call.call_id)

    def tell_recording(self, call_id: str) -> None:
        """Say in a moment where the files of a call that has ended are."""
        self.in_background(self._recording_stopped(call_id))

    async def recordings_told(self) -> None:
        """Wait until nothing is left to say of recordings."""
        if self._after:
            await asyncio.wait(self._after, timeout=_FILES_CLOSED_S * 2)

    async def _recording_stopped(self, call_id: str) -> None:
        """Wait until Asterisk has closed the files, mend those it could not close, and say where they are."""
        files = recording.named(self.configuration.recordings, call_id)
        size = -1
        for _ in range(int(_FILES_CLOSED_S / 0.2)):
            await asyncio.sleep(0.2)
            now = recording.duration_ms(files.mixed)
            if now == size:
                break
            size = now
        repaired = [recording.repair(path) for path in files.files]
        told = RecordingStopped(
            call_id=call_id, mixed=str(files.mixed), customer=str(files.customer), agent=str(files.agent),
            duration_ms=recording.duration_ms(files.mixed), repaired=any(repaired),
        )  # fmt: skip
        await self.store.append([fact_row(call_id, clock.instant(), told)])

    async def _write(self, call: Call, event: call_events.CallEvent, *facts: Any) -> None:
        kind = f"event:{call_events.NAMES[type(event)]}"
        rows = [Row(call_id=call.call_id, kind=kind, payload=call_pause.without_secrets(call, event, encode(event)), at=event.at)]
        await self.store.append(rows + [fact_row(call.call_id, event.at, fact) for fact in facts])
        self.changed.set()

    async def _all_handled(self) -> None:
        tasks = [line.task for line in self.lines.values() if line.task]
        if tasks:
            await asyncio.wait(tasks, timeout=10)


def _hears(call: Call) -> bool:
    """Whether keys and the ends of what is said mean something to the call."""
    return call.flow is not None or call.announcement is not None


def _silenced(hushed: Hushed) -> call_events.CallEvent:
    at = clock.instant()
    if hushed.problem:
        return call_events.NotSilenced(at=at, number=hushed.number, problem=hushed.problem)
    return call_events.Silenced(at=at, number=hushed.number)


def fact_row(call_id: str, at: datetime, fact: Any) -> Row:
    """A row of the journal."""
    return Row(call_id=call_id, kind=kind_of(fact), payload=encode(fact), at=at)
