"""The state of one call: its legs, who is heard by whom, what was decided. Frozen; ``call_machine`` makes the next one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chot.core.flow_walk import Walk
from chot.core.flows import Flow, Notice
from chot.core.messages import Seat, Way

NO_SEAT = Seat()
_RING_S, _RING_OUTSIDE_S = 25, 40
_TIMER_S = 0.5  # the exchange's timer runs from the answer, which is heard of a little later


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One phone of a call. ``joined``, ``music``, ``quiet``, ``tone`` and ``dropping`` are what Asterisk was told about its channel."""

    channel: str
    role: str
    """``customer`` or ``agent``."""
    seat: Seat = NO_SEAT
    state: str = "dialling"
    """dialling, ringing, up, leaving (to be dropped although the call goes on), gone"""
    told: bool = False
    """Whether Asterisk was told to call this phone."""
    rang: bool = False
    """Whether its network has said that it rings, or anything in place of that."""
    asked_at: datetime
    up_at: datetime | None = None
    gone_at: datetime | None = None
    cause: int = 0
    sip: int = 0
    joined: bool = False
    heard: bool = False
    """Whether the customer has heard it in the bridge."""
    music: bool = False
    quiet: bool = False
    tone: bool = False
    dropping: bool = False
    muted: bool = False
    phone_holds: bool = False
    ring_s: int = 25
    at_once: bool = False
    """Whether the phone is to answer by itself: the agent's own call, or one that it was in before."""
    queue: str = ""
    """The queue that rings it."""

    @property
    def alive(self) -> bool:
        """Whether the phone still takes part, or may yet."""
        return self.state not in ("leaving", "gone") and not self.dropping

    @property
    def up(self) -> bool:
        """Whether the phone was answered and still takes part."""
        return self.state == "up" and not self.dropping

    @property
    def way(self) -> Way | None:
        """How a number outside is called; None for phones here."""
        return self.seat.way if self.seat.number else None

    @property
    def cut(self) -> bool:
        """Whether a number outside went because it had lasted as long as it may."""
        return self.way is not None and _cut(self, self.way.max_talk_s)


def _cut(leg: Leg, max_talk_s: int) -> bool:
    if not max_talk_s or leg.up_at is None or leg.gone_at is None:
        return False
    return (leg.gone_at - leg.up_at).total_seconds() > max_talk_s - _TIMER_S


@dataclass(frozen=True, kw_only=True)
class Away:
    """A stretch in which the flow had the caller: in a ``queue``, or in none."""

    queue: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Forwarding:
    """A number outside that a flow leads to, while the web is asked how to call it."""

    part_id: str
    number: str
    ring_s: int


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What is said to the customer now, or is to be said next (not ``told`` yet): a text, a prompt by its sha, or a sound of Asterisk."""

    playback: str
    text: str = ""
    prompt: str = ""
    sound: str = ""
    told: bool = False
    notice: bool = False
    """Whether it tells of the recording: then nothing else may stand for it."""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """The recording is to be silence for ``most_s`` at most; it is since ``silent_at``, when the exchange has said so."""

    number: int
    agent_id: str
    asked_at: datetime
    most_s: int
    silent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """Telling the customer of the recording: begun as ``playback``, said to its end, over with an answer or without one.

    ``later`` is what was to be said to the customer and comes after it.
    """

    notice: Notice
    playback: str = ""
    times: int = 0
    began_at: datetime | None = None
    said_at: datetime | None = None
    over_at: datetime | None = None
    whole: bool = False
    failed: bool = False
    """Whether it could not be played; ``silent``: the exchange was told to record nothing of the agents for that, or for a refusal."""
    silent: bool = False
    later: Speech | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A key that a caller pressed, or digits that were entered, at a step of a flow."""

    step: str
    choice: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. ``first`` says who was reached first: agent, customer (an automatic call), or caller (an inbound one)."""

    call_id: str
    first: str
    number: str
    started_at: datetime
    line: str = ""
    trunk: str = ""
    customer_id: str = ""
    campaign_id: str = ""
    brand: str = ""
    display_name: str = ""
    max_talk_s: int = 0
    """The exchange hangs up so long after the customer answered; 0: never."""
    timeout_s: int = 40
    seats: tuple[Seat, ...] = ()
    """Seats still to be tried by an automatic call."""
    wants_agent: bool = True
    sound: str = ""
    legs: tuple[Leg, ...] = ()
    bridge: bool = False
    played: bool = False
    """Whether the exchange has played music or words to the customer; ``voiced``: and an agent was heard after that."""
    voiced: bool = False
    hold: bool = False
    consult: str = ""
    """The channel of the seat that an agent talks to before handing over."""
    recall: Seat | None = None
    """Who is rung again when a blind transfer is not answered."""
    awaited: Seat | None = None
    """Whose phone went away and is to come back, since ``awaited_since``; the customer hears music."""
    awaited_since: datetime | None = None
    held_since: datetime | None = None
    held_ms: int = 0
    connected_at: datetime | None = None
    ending_at: datetime | None = None
    hangup_by: str = ""
    lost: bool = False
    ended: bool = False
    flow: Flow | None = None
    """What the caller goes through until an agent is there, with its place in ``walk``; whole, so that it stays as it was."""
    walk: Walk = field(default_factory=Walk)
    away: tuple[Away, ...] = ()
    forwarding: Forwarding | None = None
    speech: Speech | None = None
    spoken: int = 0
    choices: tuple[Choice, ...] = ()
    queue: str = ""
    """Where the caller waits now; ``queued_in`` is the last queue of the call."""
    queued_in: str = ""
    queued_at: datetime | None = None
    """When the caller entered the first queue, ``queue_since`` the present one; ``left_at``: when it was left without an agent."""
    queue_since: datetime | None = None
    left_at: datetime | None = None
    announced_at: datetime | None = None
    message_at: datetime | None = None
    message_until: datetime | None = None
    wants_callback: bool = False
    announcement: Announcement | None = None
    refused: bool = False
    """Whether the customer refused to be recorded."""
    pause: Pause | None = None
    """Of the recording, the last of ``pauses``."""
    pauses: int = 0

    @property
    def direction(self) -> str:
        """``in`` or ``out``."""
        return "in" if self.first == "caller" else "out"

    @property
    def in_flow(self) -> bool:
        """Whether a flow or a queue has the caller, and no agent yet."""
        return self.flow is not None and not self.walk.over

    @property
    def leaving_message(self) -> bool:
        """Whether the caller was invited to speak, and nobody else is on the line."""
        return self.in_flow and self.walk.recording and not self.agents_up

    @property
    def mixes(self) -> bool:
        """Whether the bridge is one for several voices: the customer has heard two agents, or the exchange and then an agent."""
        return sum(leg.heard for leg in self.agents) + self.voiced > 1

    @property
    def bridge_id(self) -> str:
        """The bridge of the call: the one of its beginning, or the one that mixes."""
        return f"{self.call_id}-m-b" if self.mixes else f"{self.call_id}-b"

    @property
    def customer(self) -> Leg | None:
        """The customer's leg once there is one."""
        return next((leg for leg in self.legs if leg.role == "customer"), None)

    @property
    def agents(self) -> tuple[Leg, ...]:
        """The agents' legs, in the order in which they were rung, those that are gone included."""
        return tuple(leg for leg in self.legs if leg.role == "agent")

    @property
    def agents_up(self) -> tuple[Leg, ...]:
        """The agents who are on the line."""
        return tuple(leg for leg in self.agents if leg.up)

    @property
    def phase(self) -> str:
        """ended, ending, ringing_agent, ringing_customer, in_flow, waiting, announcing, talking, held or consulting."""
        if self.ended or self.ending_at:
            return "ended" if self.ended else "ending"
        customer = self.customer
        if customer is None:
            return "ringing_agent"
        if not customer.up:
            return "ringing_customer"
        if not self.agents_up:
            return "waiting" if self.wants_agent else "in_flow" if self.flow else "talking"
        if self.announcing:
            return "announcing"
        return "consulting" if self.consult else "held" if self.on_hold else "talking"

    @property
    def announcing(self) -> bool:
        """Whether the customer is being told of the recording, and nobody else is heard."""
        made, customer = self.announcement, self.customer
        return made is not None and made.over_at is None and customer is not None and customer.up

    @property
    def unrecorded(self) -> bool:
        """Whether nothing that an agent says or hears may be recorded: refused, or the customer could not be told of it."""
        return self.refused or (self.announcement is not None and self.announcement.failed)

    def offset_ms(self, at: datetime) -> int:
        """Where a moment lies in the recording, which begins with the caller's arrival or with the customer's answer."""
        customer = self.customer
        begin = customer.up_at if customer and customer.up_at and self.direction == "out" else self.started_at
        return max(0, round((at - begin).total_seconds() * 1000))

    @property
    def on_hold(self) -> bool:
        """Whether the customer waits although an agent is there."""
        return self.hold or any(leg.phone_holds for leg in self.agents_up)

    @property
    def cut(self) -> bool:
        """Whether the customer's leg went because the call had lasted as long as it may."""
        customer = self.customer
        return customer is not None and _cut(customer, self.max_talk_s)

    def leg(self, channel: str) -> Leg | None:
        """The leg of a channel."""
        return next((leg for leg in self.legs if leg.channel == channel), None)

    def with_leg(self, channel: str, **changes: Any) -> Call:
        """The call with one leg changed."""
        return replace(self, legs=tuple(replace(leg, **changes) if leg.channel == channel else leg for leg in self.legs))

    def dialling_agent(self, seat: Seat, at: datetime, *, at_once: bool = False, ring_s: int = 0, queue: str = "") -> Call:
        """The call with one more agent's phone, or a number outside, being rung; one that waits on a channel is there already."""
        if seat.channel:
            there = Leg(channel=seat.channel, role="agent", seat=replace(seat, channel=""), asked_at=at, up_at=at, state="up", told=True)
            return replace(self, legs=(*self.legs, there))
        channel, ring_s = f"{self.call_id}-a{len(self.agents) + 1}", ring_s or (_RING_OUTSIDE_S if seat.number else _RING_S)
        leg = Leg(channel=channel, role="agent", seat=seat, asked_at=at, at_once=at_once, ring_s=ring_s, queue=queue)
        return replace(self, legs=(*self.legs, leg))
