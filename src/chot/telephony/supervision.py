"""A leader beside a running call, as a pure state machine: ``step(watch, event)`` gives the next state and what is to be done.

The leader's phone hears the agent's channel through a snoop channel in a room of its own; so neither the customer nor the recording,
which is made at the customer's channel, hears anything. A snoop that whispers is another one than a snoop that only listens: who
listens cannot be heard by mistake. Who joins is in the call's own bridge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chot.core.messages import Seat
from chot.telephony.call_state import Call

MODES = ("listen", "whisper", "barge", "take_over")
_REASONS = {17: "busy", 21: "refused", 19: "refused", 20: "no_phone", 3: "no_phone"}


@dataclass(frozen=True, kw_only=True)
class Snoop:
    """A channel that hears the agent's channel ``of``, and is heard by the agent when it ``whispers``."""

    channel: str
    of: str
    whispers: bool
    entered: bool = False
    joined: bool = False


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is known of one leader beside one call; ``spent_ms`` by mode."""

    watch_id: str
    call_id: str
    seat: Seat
    mode: str
    agent_id: str = ""
    asked_at: datetime
    told: bool = False
    up: bool = False
    target: str = ""
    """The agent's channel that is heard; empty while no agent is on the line."""
    target_agent: str = ""
    call_bridge: bool = False
    bridge_id: str = ""
    """The call's bridge, when it was last seen."""
    snoop: Snoop | None = None
    snoops: int = 0
    deaf_to: str = ""
    """A channel to which Asterisk refused a snoop."""
    room: bool = False
    place: str = ""
    """Where the leader's phone is: the ``room``, the ``call``, or nowhere."""
    hears: str = ""
    """The mode in which the leader is with the call, ``since`` when; empty while there is nothing to hear."""
    since: datetime | None = None
    spent_ms: tuple[tuple[str, int], ...] = ()
    reason: str = ""
    ended_at: datetime | None = None

    @property
    def leader(self) -> str:
        """The channel of the leader's phone."""
        return f"{self.watch_id}-l"

    @property
    def room_id(self) -> str:
        """The bridge of leader and snoop."""
        return f"{self.watch_id}-b"

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel of this watch."""
        return (self.leader, self.snoop.channel) if self.snoop else (self.leader,)


@dataclass(frozen=True, kw_only=True)
class LeaderUp:
    """The leader's phone was answered."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class SnoopUp:
    """A snoop channel is there."""

    at: datetime
    channel: str


@dataclass(frozen=True, kw_only=True)
class ChannelGone:
    """A channel is gone, or could not be made: with its Q.850 cause."""

    at: datetime
    channel: str
    cause: int = 0


@dataclass(frozen=True, kw_only=True)
class CallIs:
    """The call has changed."""

    at: datetime
    call: Call


@dataclass(frozen=True, kw_only=True)
class ModeAsked:
    """The leader wants another mode."""

    at: datetime
    mode: str


@dataclass(frozen=True, kw_only=True)
class StopAsked:
    """The leader leaves."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class RingLeader:
    """Ring the leader's phone."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class MakeSnoop:
    """Hear a channel."""

    channel: str
    of: str
    whispers: bool


@dataclass(frozen=True, kw_only=True)
class MakeRoom:
    """Make the room."""


@dataclass(frozen=True, kw_only=True)
class DropRoom:
    """Remove the room."""


@dataclass(frozen=True, kw_only=True)
class Enter:
    """Put a channel into the room, or into the call."""

    channel: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Exit:
    """Take a channel out of the room, or out of the call."""

    channel: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Hang up a channel."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class GiveCall:
    """The leader's channel is the call's from now on, in the place of its agents; ``joined``: it is in the call's bridge."""

    channel: str
    joined: bool


Event = LeaderUp | SnoopUp | ChannelGone | CallIs | ModeAsked | StopAsked
Effect = RingLeader | MakeSnoop | MakeRoom | DropRoom | Enter | Exit | Drop | GiveCall


def step(watch: Watch, event: Event) -> tuple[Watch, tuple[Effect, ...]]:
    """The next state after ``event``, and what is to be done, in order. A watch that has ended stays as it is."""
    if watch.ended_at:
        return watch, ()
    effects: list[Effect] = []
    watch = _settle(_learn(watch, event), event.at, effects)
    return _counted(watch, event.at), tuple(effects)


def _learn(watch: Watch, event: Event) -> Watch:
    match event:
        case LeaderUp():
            return replace(watch, up=True)
        case SnoopUp(channel=channel):
            snoop = watch.snoop
            return replace(watch, snoop=replace(snoop, entered=True)) if snoop and snoop.channel == channel else watch
        case ChannelGone(channel=channel, cause=cause):
            return _gone(watch, channel, cause)
        case CallIs(call=call):
            return _call_is(watch, call)
        case ModeAsked(mode=mode):
            return replace(watch, mode=mode, deaf_to="")
        case StopAsked():
            return replace(watch, reason="left")


def _gone(watch: Watch, channel: str, cause: int) -> Watch:
    if channel == watch.leader:
        reason = "left" if watch.up else _REASONS.get(cause, "lost")
        return replace(watch, reason=watch.reason or reason, up=False, told=False, place="")
    if watch.snoop and channel == watch.snoop.channel:  # with the agent's channel, or because it could not be made
        return replace(watch, snoop=None, deaf_to="" if watch.snoop.entered else watch.snoop.of)
    return watch


def _call_is(watch: Watch, call: Call) -> Watch:
    if call.ended or call.ending_at:
        place = "" if watch.place == "call" else watch.place  # its bridge goes with the call
        return replace(watch, reason="call_ended", target="", call_bridge=False, place=place)
    up = [leg for leg in call.agents_up if not leg.seat.number]
    wanted = [leg for leg in up if leg.seat.agent_id == watch.agent_id] or up
    target = wanted[0] if wanted else None
    customer = call.customer
    put_out = watch.place == "call" and not (call.bridge and call.bridge_id == watch.bridge_id)
    return replace(
        watch, target=target.channel if target else "", target_agent=target.seat.agent_id if target else watch.target_agent,
        call_bridge=call.bridge and bool(customer and customer.up), bridge_id=call.bridge_id,
        place="" if put_out else watch.place,
    )  # fmt: skip


def _settle(watch: Watch, at: datetime, effects: list[Effect]) -> Watch:
    """What should be, compared with what Asterisk was told, and the difference as effects."""
    if watch.reason:
        return _ended(watch, at, effects)
    if not watch.told:
        effects.append(RingLeader(channel=watch.leader))
        return replace(watch, told=True)
    if not watch.up:
        return watch
    if watch.mode == "take_over" and watch.call_bridge:
        watch = _room_left(_snoop_dropped(watch, effects), effects)
        effects.append(GiveCall(channel=watch.leader, joined=watch.place == "call"))
        return replace(watch, reason="taken_over", ended_at=at)
    if watch.mode in ("barge", "take_over"):
        watch = _room_left(_snoop_dropped(watch, effects), effects)
        if watch.mode == "barge" and watch.call_bridge and watch.place != "call":
            effects.append(Enter(channel=watch.leader, place="call"))
            watch = replace(watch, place="call")
        return watch
    return _beside(watch, effects)


def _beside(watch: Watch, effects: list[Effect]) -> Watch:
    """Listening or whispering: the leader is in the room, and the right snoop with it."""
    if watch.place == "call":
        effects.append(Exit(channel=watch.leader, place="call"))
        watch = replace(watch, place="")
    whispers, snoop = watch.mode == "whisper", watch.snoop
    if snoop and (snoop.of != watch.target or snoop.whispers != whispers):
        watch = _snoop_dropped(watch, effects)
    if watch.snoop is None and watch.target and watch.target != watch.deaf_to:
        made = Snoop(channel=f"{watch.watch_id}-s{watch.snoops + 1}", of=watch.target, whispers=whispers)
        effects.append(MakeSnoop(channel=made.channel, of=made.of, whispers=whispers))
        watch = replace(watch, snoop=made, snoops=watch.snoops + 1)
    if not watch.room:
        effects.append(MakeRoom())
        watch = replace(watch, room=True)
    if watch.place != "room":
        effects.append(Enter(channel=watch.leader, place="room"))
        watch = replace(watch, place="room")
    if watch.snoop and watch.snoop.entered and not watch.snoop.joined:
        effects.append(Enter(channel=watch.snoop.channel, place="room"))
        watch = replace(watch, snoop=replace(watch.snoop, joined=True))
    return watch


def _snoop_dropped(watch: Watch, effects: list[Effect]) -> Watch:
    if watch.snoop:
        effects.append(Drop(channel=watch.snoop.channel))
    return replace(watch, snoop=None)


def _room_left(watch: Watch, effects: list[Effect]) -> Watch:
    if watch.place == "room":
        effects.append(Exit(channel=watch.leader, place="room"))
        watch = replace(watch, place="")
    if watch.room:
        effects.append(DropRoom())
    return replace(watch, room=False)


def _ended(watch: Watch, at: datetime, effects: list[Effect]) -> Watch:
    watch = _snoop_dropped(watch, effects)
    if watch.told:
        effects.append(Drop(channel=watch.leader))
    if watch.room:
        effects.append(DropRoom())
    return replace(watch, room=False, place="", ended_at=at)


def _hears(watch: Watch) -> str:
    """The mode in which the leader is with the call now; empty while there is nothing to hear."""
    if watch.ended_at or watch.place == "call":
        return "" if watch.ended_at else "barge"
    snoop = watch.snoop
    return ("whisper" if snoop.whispers else "listen") if watch.place == "room" and snoop and snoop.joined else ""


def _counted(watch: Watch, at: datetime) -> Watch:
    """The time in each mode adds up."""
    hears = _hears(watch)
    if hears == watch.hears:
        return watch
    spent = dict(watch.spent_ms)
    if watch.hears and watch.since:
        spent[watch.hears] = spent.get(watch.hears, 0) + max(0, round((at - watch.since).total_seconds() * 1000))
    return replace(watch, hears=hears, since=at, spent_ms=tuple(spent.items()))
