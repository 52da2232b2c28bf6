"""What can happen to a call: the inputs of ``call_machine``, as the journal keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chot.core.flows import Flow
from chot.core.messages import Seat, Way
from chot.telephony.call_state import Call


@dataclass(frozen=True, kw_only=True)
class CallEvent:
    """Anything that happens to a call, and when."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class Created(CallEvent):
    """The call begins as ``call``."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class LegRinging(CallEvent):
    """A phone rings."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class LegUp(CallEvent):
    """A phone was answered."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class LegGone(CallEvent):
    """A phone is gone, or could not be called: Q.850 cause and SIP status, 0 when unknown."""

    channel: str
    cause: int = 0
    sip: int = 0


@dataclass(frozen=True, kw_only=True)
class PhoneHeld(CallEvent):
    """An agent's phone itself holds the call, or takes it back."""

    channel: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class PhoneLost(CallEvent):
    """A phone went away without a word in the middle of the call: its page was closed or loaded anew, or its network broke."""

    phone: str


@dataclass(frozen=True, kw_only=True)
class PhoneBack(CallEvent):
    """That phone is there again."""

    phone: str


@dataclass(frozen=True, kw_only=True)
class Offered(CallEvent):
    """A waiting call is offered to a seat."""

    seat: Seat


@dataclass(frozen=True, kw_only=True)
class HangupAsked(CallEvent):
    """Someone ends the call: agent or system."""

    by: str


@dataclass(frozen=True, kw_only=True)
class HoldAsked(CallEvent):
    """The customer is to wait, or to come back."""

    on: bool


@dataclass(frozen=True, kw_only=True)
class MuteAsked(CallEvent):
    """An agent is not to be heard, or to be heard again."""

    agent_id: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class DigitsAsked(CallEvent):
    """Digits for the customer's side."""

    digits: str


@dataclass(frozen=True, kw_only=True)
class TransferAsked(CallEvent):
    """Hand over to a seat, at once or after talking to it."""

    to: Seat
    attended: bool


@dataclass(frozen=True, kw_only=True)
class QueueAsked(CallEvent):
    """Hand over to a queue: the caller goes through its ``flow``."""

    flow: Flow


@dataclass(frozen=True, kw_only=True)
class Forwarded(CallEvent):
    """How the number is called that a flow leads to; ``way`` is None when it may not be called."""

    part_id: str
    way: Way | None = None


@dataclass(frozen=True, kw_only=True)
class TransferCompleted(CallEvent):
    """The agent who asked leaves."""


@dataclass(frozen=True, kw_only=True)
class TransferCancelled(CallEvent):
    """The seat that was asked leaves."""


@dataclass(frozen=True, kw_only=True)
class Merged(CallEvent):
    """Everybody hears everybody."""


@dataclass(frozen=True, kw_only=True)
class TalkLimited(CallEvent):
    """The call may last so long from the customer's answer on, or a part from its own."""

    max_talk_s: int
    part_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Spoken(CallEvent):
    """A playback is over; ``failed``: it was never heard."""

    playback: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class Pressed(CallEvent):
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True, kw_only=True)
class Talked(CallEvent):
    """The caller speaks."""


@dataclass(frozen=True, kw_only=True)
class Silent(CallEvent):
    """The caller has said nothing for a while."""


@dataclass(frozen=True, kw_only=True)
class TimeUp(CallEvent):
    """The timer of this count has run out."""

    count: int


@dataclass(frozen=True, kw_only=True)
class Rung(CallEvent):
    """A queue rings these seats for a caller, each for ``ring_s``."""

    seats: tuple[Seat, ...]
    ring_s: int


@dataclass(frozen=True, kw_only=True)
class Announced(CallEvent):
    """Something is said to a caller who waits in a queue."""

    text: str = ""
    prompt: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueLeft(CallEvent):
    """The queue gives the caller up: ``overflow`` or ``closed``."""

    why: str


@dataclass(frozen=True, kw_only=True)
class PauseAsked(CallEvent):
    """An agent wants the recording silent."""

    agent_id: str
    most_s: int


@dataclass(frozen=True, kw_only=True)
class ResumeAsked(CallEvent):
    """An agent wants it to hear again."""

    agent_id: str


@dataclass(frozen=True, kw_only=True)
class Silenced(CallEvent):
    """The exchange has silenced the recording for the pause of this number."""

    number: int


@dataclass(frozen=True, kw_only=True)
class NotSilenced(CallEvent):
    """The exchange could not."""

    number: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class PauseOver(CallEvent):
    """The pause of this number has lasted as long as it may."""

    number: int


@dataclass(frozen=True, kw_only=True)
class TakenOver(CallEvent):
    """A leader's phone that is answered already has the customer from now on; ``joined``: it is in the call's bridge."""

    channel: str
    seat: Seat
    joined: bool


@dataclass(frozen=True, kw_only=True)
class NodeLost(CallEvent):
    """Asterisk died: every channel and bridge is gone with it."""


@dataclass(frozen=True, kw_only=True)
class Recovered(CallEvent):
    """What Asterisk holds after the controller was away: channels that are answered and in our hands, all channels, members of the bridge.

    A phone that is no longer there counts as gone at ``alive_until``, the last moment at which the call was known to go on.
    ``answered_at``: when the customer answered, by the recording, in case nobody heard of that either.
    """

    alive_until: datetime
    up: tuple[str, ...]
    channels: tuple[str, ...]
    bridge: bool
    members: tuple[str, ...]
    answered_at: datetime | None = None


KINDS: dict[str, type[CallEvent]] = {
    "created": Created, "leg_ringing": LegRinging, "leg_up": LegUp, "leg_gone": LegGone, "phone_held": PhoneHeld, "offered": Offered,
    "hangup_asked": HangupAsked, "hold_asked": HoldAsked, "mute_asked": MuteAsked, "digits_asked": DigitsAsked,
    "transfer_asked": TransferAsked, "transfer_completed": TransferCompleted, "transfer_cancelled": TransferCancelled,
    "merged": Merged, "talk_limited": TalkLimited, "phone_lost": PhoneLost, "phone_back": PhoneBack, "node_lost": NodeLost,
    "recovered": Recovered, "taken_over": TakenOver, "spoken": Spoken, "pressed": Pressed, "time_up": TimeUp, "rung": Rung,
    "announced": Announced, "queue_left": QueueLeft, "pause_asked": PauseAsked, "resume_asked": ResumeAsked, "silenced": Silenced,
    "not_silenced": NotSilenced, "pause_over": PauseOver,
    "queue_asked": QueueAsked, "forwarded": Forwarded, "talked": Talked, "silent": Silent,
}  # fmt: skip
"""By the kind of a journal row."""

NAMES = {cls: kind for kind, cls in KINDS.items()}
