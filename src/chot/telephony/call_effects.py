"""What ``call_machine`` wants done to Asterisk, in order. ``executing`` does it."""

from __future__ import annotations

from dataclasses import dataclass

from chot.core.messages import Seat


@dataclass(frozen=True, kw_only=True)
class RingAgent:
    """Ring a seat on a new channel; ``at_once`` asks the agent's phone to answer by itself."""

    channel: str
    seat: Seat
    caller: str
    timeout_s: int
    at_once: bool = False


@dataclass(frozen=True, kw_only=True)
class CallCustomer:
    """Call the customer on a new channel, recorded from the answer on."""

    channel: str
    timeout_s: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Answer a caller."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class MakeBridge:
    """Make the call's bridge."""


@dataclass(frozen=True, kw_only=True)
class DropBridge:
    """Remove a bridge of the call."""

    bridge: str


@dataclass(frozen=True, kw_only=True)
class Join:
    """Let a channel into the call's bridge, out of any other."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class Leave:
    """Take a channel out of a bridge."""

    channel: str
    bridge: str


@dataclass(frozen=True, kw_only=True)
class Music:
    """Music on hold starts or stops."""

    channel: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Silence is sent to a channel, or no longer. A line on which nothing comes is cut by many carriers, and its recording stands still."""

    channel: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class Tone:
    """The ringing tone starts or stops."""

    channel: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class SetMute:
    """A channel's voice is cut off, or let through."""

    channel: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class SendDigits:
    """Press keys towards a channel."""

    channel: str
    digits: str


@dataclass(frozen=True, kw_only=True)
class Play:
    """Play a sound to a channel."""

    channel: str
    sound: str


@dataclass(frozen=True, kw_only=True)
class Speak:
    """Say something to a channel under the name of its playback: a text, a prompt by its sha, or a sound of Asterisk."""

    channel: str
    playback: str
    text: str = ""
    prompt: str = ""
    sound: str = ""
    notice: bool = False
    """Whether nothing may stand for it that says something else."""


@dataclass(frozen=True, kw_only=True)
class Hush:
    """Stop a playback."""

    playback: str


@dataclass(frozen=True, kw_only=True)
class Heed:
    """Notice when a channel begins to speak and when it falls silent, or no longer."""

    channel: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class SetTimer:
    """Tell the call ``TimeUp(count)`` after so many seconds."""

    count: int
    after_s: int


@dataclass(frozen=True, kw_only=True)
class SetLimit:
    """Let Asterisk hang up the customer's channel ``after_s`` seconds from now (``up``), or from the answer."""

    channel: str
    after_s: int
    up: bool


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Both sides of the recording of a channel become silence, or are heard again; ``number`` is the pause's."""

    channel: str
    number: int
    on: bool


@dataclass(frozen=True, kw_only=True)
class SetPauseTimer:
    """Tell the call ``PauseOver(number)`` after so many seconds."""

    number: int
    after_s: int


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Hang up a channel."""

    channel: str


Effect = (
    RingAgent | CallCustomer | Answer | MakeBridge | DropBridge | Join | Leave | Music | Quiet | Tone | SetMute | SendDigits | Play
    | Speak | Hush | Heed | SetTimer | SetLimit | Silence | SetPauseTimer | Drop
)
