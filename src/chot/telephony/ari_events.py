"""What Asterisk tells us, as frozen values: only the events that are used, only their fields that are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FILTER = (
    "ApplicationReplaced ChannelDestroyed ChannelDtmfReceived ChannelHold ChannelStateChange ChannelTalkingFinished "
    "ChannelTalkingStarted ChannelUnhold Dial PeerStatusChange PlaybackFinished RESTResponse StasisEnd StasisStart"
).split()
"""The event types that Asterisk is asked for. Without RESTResponse every request over the socket would wait for ever."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Anything that happens to a channel, at Asterisk's own time."""

    at: datetime
    channel: str


@dataclass(frozen=True, kw_only=True)
class Entered(Event):
    """A channel is handed to us, with what the dialplan says about it; ``began``: since when it is there."""

    began: datetime
    arguments: tuple[str, ...]
    caller: str
    dialled: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Left(Event):
    """A channel has left our application; it may live on."""


@dataclass(frozen=True, kw_only=True)
class Ringing(Event):
    """The far phone rings, or its network says something in place of that."""


@dataclass(frozen=True, kw_only=True)
class Up(Event):
    """The far phone was answered."""


@dataclass(frozen=True, kw_only=True)
class Destroyed(Event):
    """A channel is gone: Q.850 ``cause`` and the raw SIP status when there was one."""

    cause: int
    text: str
    sip: int


@dataclass(frozen=True, kw_only=True)
class Digit(Event):
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, kw_only=True)
class Talking(Event):
    """Somebody begins to speak (``on``), or has fallen silent."""

    on: bool


@dataclass(frozen=True, kw_only=True)
class PhoneHold(Event):
    """The phone itself put the call on hold, or took it back."""

    held: bool


@dataclass(frozen=True, kw_only=True)
class Played(Event):
    """A playback is over; ``failed``: Asterisk could not play it, or the channel went meanwhile."""

    playback: str
    failed: bool = False


@dataclass(frozen=True, kw_only=True)
class PhoneState(Event):
    """A phone came online or went; ``channel`` is empty."""

    phone: str
    online: bool


@dataclass(frozen=True, kw_only=True)
class Replaced(Event):
    """Another client has taken our application: we no longer lead."""


def parse(raw: Mapping[str, Any]) -> Event | None:
    """The event in a message of ARI; None for what is not used."""
    kind = raw["type"]
    at = datetime.fromisoformat(raw["timestamp"])
    channel = raw.get("channel") or raw.get("peer") or {}
    name = str(channel.get("id", ""))
    match kind:
        case "StasisStart":
            return Entered(
                at=at, channel=name, arguments=tuple(raw.get("args", ())), caller=channel["caller"]["number"],
                dialled=channel["dialplan"]["exten"], name=channel["name"], began=datetime.fromisoformat(channel["creationtime"]),
            )  # fmt: skip
        case "StasisEnd":
            return Left(at=at, channel=name)
        case "ChannelStateChange":
            return {"Ringing": Ringing, "Up": Up}.get(channel["state"], _nothing)(at=at, channel=name)
        case "Dial":
            return Ringing(at=at, channel=name) if raw.get("dialstatus") in ("RINGING", "PROGRESS") else None
        case "ChannelDestroyed":
            return Destroyed(
                at=at, channel=name, cause=int(raw.get("cause", 0)), text=str(raw.get("cause_txt", "")), sip=int(raw.get("tech_cause") or 0)
            )
        case "ChannelDtmfReceived":
            return Digit(at=at, channel=name, digit=str(raw["digit"]))
        case "ChannelTalkingStarted" | "ChannelTalkingFinished":
            return Talking(at=at, channel=name, on=kind == "ChannelTalkingStarted")
        case "ChannelHold" | "ChannelUnhold":
            return PhoneHold(at=at, channel=name, held=kind == "ChannelHold")
        case "PlaybackFinished":
            over = raw["playback"]
            heard = str(over["target_uri"]).removeprefix("channel:")
            return Played(at=at, channel=heard, playback=str(over["id"]), failed=over.get("state") == "failed")
        case "PeerStatusChange":
            endpoint = raw["endpoint"]
            return PhoneState(at=at, channel="", phone=str(endpoint["resource"]), online=endpoint.get("state") == "online")
        case "ApplicationReplaced":
            return Replaced(at=at, channel="")
    return None


def _nothing(**_fields: object) -> None:
    return None
