"""Leaders beside running calls: the watches of ``supervision`` with Asterisk on one side and the journal on the other.

A watch lives as long as its controller. When that dies the call goes on, and the successor drops the leader's channels and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from chot.core import clock
from chot.core.message_form import encode
from chot.core.messages import kind_of
from chot.core.messages_supervision import StopSupervising, Supervise, SupervisionChanged
from chot.telephony import ari_events
from chot.telephony import supervision as s
from chot.telephony.ari import Ari, AriError, Disconnected
from chot.telephony.call_events import TakenOver
from chot.telephony.call_state import Call
from chot.telephony.configuration import APP
from chot.telephony.executing import at_once
from chot.telephony.store import Row

if TYPE_CHECKING:
    from chot.telephony.controller import Controller

log = structlog.get_logger()
_RING_S = 25
_NO_PHONE = 20


@dataclass
class Post:
    """A watch at work: its state and its waiting events."""

    watch: s.Watch
    queue: asyncio.Queue[s.Event] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class Supervising:
    """The watches of one node."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.posts: dict[str, Post] = {}
        self._channels: dict[str, str] = {}
        self._ari: Ari | None = None

    @property
    def phones(self) -> set[str]:
        """Phones that are beside a call now."""
        return {post.watch.seat.phone for post in self.posts.values()}

    def use(self, ari: Ari) -> None:
        """Send effects over this connection from now on."""
        self._ari = ari

    async def supervise(self, asked: Supervise) -> str:
        """Begin, or change the mode; the outcome of the command."""
        at, line = clock.instant(), self._controller.lines.get(asked.call_id)
        if asked.mode not in s.MODES:
            return f"refused: there is no mode {asked.mode!r}"
        if post := self.posts.get(asked.watch_id):
            post.queue.put_nowait(s.ModeAsked(at=at, mode=asked.mode))
            return "done"
        if line is None:
            return "no such call"
        for post in self.posts.values():
            if post.watch.seat.phone == asked.seat.phone:  # a phone is beside one call at a time
                post.queue.put_nowait(s.StopAsked(at=at))
        watch = s.Watch(
            watch_id=asked.watch_id, call_id=asked.call_id, seat=asked.seat, mode=asked.mode, agent_id=asked.agent_id, asked_at=at,
        )  # fmt: skip
        post = self.posts[asked.watch_id] = Post(watch=watch)
        self._channels[watch.leader] = watch.watch_id
        post.queue.put_nowait(s.CallIs(at=at, call=line.call))
        post.task = asyncio.create_task(self._run(post), name=f"watch {watch.watch_id}")
        return "done"

    def stop(self, asked: StopSupervising) -> str:
        """The leader leaves; the outcome of the command."""
        post = self.posts.get(asked.watch_id)
        if post:
            post.queue.put_nowait(s.StopAsked(at=clock.instant()))
        return "done" if post else "no such watch"

    def hear(self, event: ari_events.Event) -> bool:
        """Whether the event was about a channel of a watch."""
        post = self.posts.get(self._channels.get(event.channel, ""))
        if post is None:
            return False
        leader = event.channel == post.watch.leader
        match event:
            case ari_events.Entered():
                told = s.LeaderUp(at=event.at) if leader else s.SnoopUp(at=event.at, channel=event.channel)
                post.queue.put_nowait(told)
            case ari_events.Destroyed(cause=cause):
                post.queue.put_nowait(s.ChannelGone(at=event.at, channel=event.channel, cause=cause))
        return True

    def call_is(self, call: Call, at: datetime) -> None:
        """A call has changed, or has ended."""
        for post in self.posts.values():
            if post.watch.call_id == call.call_id:
                post.queue.put_nowait(s.CallIs(at=at, call=call))

    async def close_unknown(self) -> None:
        """Say that the watches of a predecessor are over; their channels are dropped as strangers."""
        at = clock.instant()
        for watch_id, call_id, agent_id, mode in await self._controller.store.open_watches():
            if watch_id not in self.posts:
                told = SupervisionChanged(
                    watch_id=watch_id, call_id=call_id, agent_id=agent_id, mode=mode, state="ended", reason="lost", changed_at=at,
                )  # fmt: skip
                await self._controller.store.append([_row(told)])

    async def close(self) -> None:
        """Stop handling."""
        for task in [post.task for post in self.posts.values() if post.task]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.posts.clear()
        self._channels.clear()

    async def _run(self, post: Post) -> None:
        """One watch until it ends."""
        while post.watch.ended_at is None:
            event = await post.queue.get()
            before = post.watch
            post.watch, effects = s.step(before, event)
            self._channels |= dict.fromkeys(post.watch.channels, post.watch.watch_id)
            for effect in effects:
                if failed := await self._do(post.watch, effect):
                    post.queue.put_nowait(failed)
            if told := _told(before, post.watch, event.at):
                log.info("watch", id=told.watch_id, call=told.call_id, mode=told.mode, state=told.state, reason=told.reason)
                await self._controller.store.append([_row(told)])
        self.posts.pop(post.watch.watch_id, None)
        for channel in [name for name, watch_id in self._channels.items() if watch_id == post.watch.watch_id]:
            del self._channels[channel]

    async def _do(self, watch: s.Watch, effect: s.Effect) -> s.ChannelGone | None:
        """Do one effect; the channel that could not be made, when it is one."""
        try:
            await self._request(watch, effect)
        except Disconnected:
            log.warning("no connection for a watch", watch=watch.watch_id, effect=type(effect).__name__)
        except AriError as error:
            log.info("asterisk refuses", watch=watch.watch_id, effect=type(effect).__name__, reason=str(error))
            if isinstance(effect, s.RingLeader | s.MakeSnoop) and error.status not in (0, 409):
                return s.ChannelGone(at=clock.instant(), channel=effect.channel, cause=_NO_PHONE)
        return None

    async def _request(self, watch: s.Watch, effect: s.Effect) -> None:
        ari = self._ari
        if isinstance(effect, s.GiveCall):
            self._channels.pop(effect.channel, None)
            event = TakenOver(at=clock.instant(), channel=effect.channel, seat=watch.seat, joined=effect.joined)
            self._controller.adopt(watch.call_id, event)
            return
        if ari is None:
            raise Disconnected
        match effect:
            case s.RingLeader(channel=channel):
                await self._ring(ari, watch, channel)
            case s.MakeSnoop(channel=channel, of=of, whispers=whispers):
                await ari.request(
                    "POST", f"channels/{of}/snoop/{channel}", spy="both", whisper="out" if whispers else "none", app=APP,
                    appArgs=f"snoop,{watch.watch_id}",
                )  # fmt: skip
            case s.MakeRoom():
                await ari.request("POST", "bridges", type="mixing", bridgeId=watch.room_id, name=watch.watch_id)
            case s.DropRoom():
                await ari.request("DELETE", f"bridges/{watch.room_id}")
            case s.Enter(channel=channel, place=place):
                await ari.request("POST", f"bridges/{_bridge(watch, place)}/addChannel", channel=channel)
            case s.Exit(channel=channel, place=place):
                await ari.request("POST", f"bridges/{_bridge(watch, place)}/removeChannel", channel=channel)
            case s.Drop(channel=channel):
                await ari.request("DELETE", f"channels/{channel}")

    async def _ring(self, ari: Ari, watch: s.Watch, channel: str) -> None:
        """The leader's page answers by itself, and knows the call that it is beside."""
        headers = {"X-Call": watch.call_id, "X-Watch": watch.watch_id}
        variables = {f"PJSIP_HEADER(add,{name})": value for name, value in headers.items()}
        variables |= at_once(self._controller.phone(watch.seat.phone))
        await ari.request(
            "POST", "channels", body={"variables": variables}, endpoint=f"PJSIP/{watch.seat.phone}", app=APP,
            appArgs=f"supervisor,{watch.watch_id}", channelId=channel, timeout=_RING_S,
        )  # fmt: skip


def _bridge(watch: s.Watch, place: str) -> str:
    return watch.room_id if place == "room" else watch.bridge_id


def _told(before: s.Watch, now: s.Watch, at: datetime) -> SupervisionChanged | None:
    """What the web is told of a step: whom the leader hears in which mode, or the end; None when that is as it was."""
    if now.ended_at is None and (not now.hears or (now.hears, now.target_agent) == (before.hears, before.target_agent)):
        return None
    spent = {f"{mode}_s": ms // 1000 for mode, ms in now.spent_ms}
    return SupervisionChanged(
        watch_id=now.watch_id, call_id=now.call_id, agent_id=now.seat.agent_id, of=now.target_agent, mode=now.hears or now.mode,
        state="ended" if now.ended_at else "on", reason=now.reason, changed_at=now.ended_at or at, **spent,
    )  # fmt: skip


def _row(told: Any) -> Row:
    return Row(call_id=told.call_id, kind=kind_of(told), payload=encode(told), at=told.changed_at)
