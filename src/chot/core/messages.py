"""What the web and the telephone side tell each other: frozen values with a kind and a version, and their one form as JSON.

Commands go from the web to a telephony node (table ``telephony_command``), everything else comes back (``telephony_journal``).
A reader ignores fields it does not know and fills missing ones with their defaults, so either side may be updated first.
"""

from __future__ import annotations

import dataclasses
import hashlib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from chot.core.errors import ChotError

Value = TypeVar("Value")
COMMANDS: dict[str, type] = {}
FACTS: dict[str, type] = {}
REALM = "chot"
"""The SIP realm of agents' phones."""


class MessageError(ChotError):
    """A message that this version cannot read."""


def _registered(registry: dict[str, type], kind: str) -> Callable[[type[Value]], type[Value]]:
    def register(cls: type[Value]) -> type[Value]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.KIND = kind  # type: ignore[attr-defined]
        registry[kind] = made
        return made

    return register


@typing.dataclass_transform(frozen_default=True, kw_only_default=True)
def command(kind: str) -> Callable[[type[Value]], type[Value]]:
    """Register a command under its kind."""
    return _registered(COMMANDS, kind)


@typing.dataclass_transform(frozen_default=True, kw_only_default=True)
def fact(kind: str) -> Callable[[type[Value]], type[Value]]:
    """Register something that happened under its kind."""
    return _registered(FACTS, kind)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where an agent is rung: the name of a phone, or a ``number`` outside."""

    agent_id: str = ""
    phone: str = ""
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class PhoneAccount:
    """A phone that may register: its name and ``sip_digest(name, password)``."""

    name: str
    digest: str
    display: str = ""


@command("dial")
class Dial:
    """An agent calls a customer: the agent's phone rings first. ``call_id`` is the caller's own, and makes the command idempotent."""

    call_id: str
    seat: Seat
    number: str
    caller_id: str = ""
    trunk: str = ""
    customer_id: str = ""
    campaign_id: str = ""
    timeout_s: int = 40


@command("dial_automatically")
class DialAutomatically:
    """A customer is called first; the first of ``seats`` that answers takes the call. Without seats ``sound`` is played."""

    call_id: str
    number: str
    seats: tuple[Seat, ...] = ()
    sound: str = ""
    caller_id: str = ""
    trunk: str = ""
    customer_id: str = ""
    campaign_id: str = ""
    timeout_s: int = 40


@command("offer")
class Offer:
    """A waiting call rings an agent for ``timeout_s``."""

    call_id: str
    seat: Seat
    timeout_s: int = 20


@command("hang_up")
class HangUp:
    """End a call. ``by`` is agent or system."""

    call_id: str
    by: str = "agent"


@command("hold")
class Hold:
    """The customer hears music (``on``), or is back in the conversation."""

    call_id: str
    on: bool = True


@command("mute")
class Mute:
    """Nobody hears this agent (``on``), or everybody does again."""

    call_id: str
    agent_id: str
    on: bool = True


@command("press")
class Press:
    """Send digits to the customer's side."""

    call_id: str
    digits: str


@command("transfer")
class Transfer:
    """Hand the call to another seat: at once, or (``attended``) after talking to it."""

    call_id: str
    to: Seat
    attended: bool = False


@command("complete_transfer")
class CompleteTransfer:
    """The agent who asked leaves; the other one has the customer."""

    call_id: str


@command("cancel_transfer")
class CancelTransfer:
    """The other one leaves; the customer is back."""

    call_id: str


@command("confer")
class Confer:
    """Everybody talks with everybody."""

    call_id: str


@command("set_phones")
class SetPhones:
    """All phones that may register from now on, in the place of the earlier ones."""

    phones: tuple[PhoneAccount, ...]


@fact("call_started")
class CallStarted:
    """A call begins. ``number`` is the customer's, ``line`` ours."""

    call_id: str
    direction: str
    number: str
    line: str = ""
    agent_id: str = ""
    customer_id: str = ""
    campaign_id: str = ""
    started_at: datetime


@fact("call_changed")
class CallChanged:
    """What an agent's page or a live board shows has changed."""

    call_id: str
    phase: str
    agents: tuple[str, ...] = ()
    on_hold: bool = False
    changed_at: datetime


@fact("call_ended")
class CallEnded:
    """The call as the facts count it (``calls`` in docs/formats.md); told exactly once."""

    call_id: str
    direction: str
    number: str
    line: str = ""
    agent_id: str = ""
    agents: tuple[str, ...] = ()
    customer_id: str = ""
    campaign_id: str = ""
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime
    ring_s: int = 0
    wait_s: int = 0
    talk_s: int = 0
    hold_s: int = 0
    outcome: str
    hangup_by: str = ""
    cause: int = 0
    sip_status: int = 0
    recorded: bool = False


@fact("recording_stopped")
class RecordingStopped:
    """The files of a recording: both sides mixed, what the customer said, what the customer heard."""

    call_id: str
    mixed: str
    customer: str
    agent: str
    duration_ms: int
    repaired: bool = False


@fact("digit_pressed")
class DigitPressed:
    """The customer or an agent pressed a key."""

    call_id: str
    by: str
    digit: str


@fact("phone_changed")
class PhoneChanged:
    """A phone came online or went."""

    phone: str
    online: bool


@fact("node_changed")
class NodeChanged:
    """A node's exchange came up, went down, or lost its lease (``up``, ``down``, ``lost``)."""

    node: str
    state: str
    http_port: int = 0


def sip_digest(name: str, password: str) -> str:
    """What an exchange keeps of a phone's password.

    >>> sip_digest("lan", "x")
    'e9112a966e7540b3b7d0cc632eac430c'
    """
    return hashlib.md5(f"{name}:{REALM}:{password}".encode()).hexdigest()  # noqa: S324 - what SIP's digest access asks for (RFC 8760 §2)


def kind_of(message: object) -> str:
    """The kind under which a command or fact is registered."""
    return str(type(message).KIND)  # type: ignore[attr-defined]


def encode(value: Any) -> Any:
    """A value as JSON: dataclasses as objects, times with offset, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def decode(cls: type[Value], data: object) -> Value:
    """The value of type ``cls`` in JSON. Raises ``MessageError`` naming the field that does not fit."""
    return typing.cast("Value", _decode(cls, data, cls.__name__))


def decoded_command(kind: str, data: object) -> object:
    """The command of a row. Raises ``MessageError`` for a kind that this version does not know."""
    if kind not in COMMANDS:
        raise MessageError(f"unknown command {kind!r}")
    return decode(COMMANDS[kind], data)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _decode(hint: Any, data: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = next(each for each in arguments if each is not type(None))
        return None if data is None else _decode(inner, data, where)
    if origin is tuple:
        if not isinstance(data, list):
            raise MessageError(f"{where}: a list is expected")
        return tuple(_decode(arguments[0], item, where) for item in data)
    if dataclasses.is_dataclass(hint):
        return _decode_fields(typing.cast("type", hint), data, where)
    if hint is datetime:
        return _decode_time(data, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if type(data) is not hint:
        raise MessageError(f"{where}: {hint.__name__} is expected, not {data!r}")
    return data


def _decode_fields(cls: type, data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise MessageError(f"{where}: an object is expected")
    hints = _hints(cls)
    names = {field.name for field in dataclasses.fields(cls)}
    given = {name: _decode(hints[name], data[name], f"{where}.{name}") for name in names & set(data)}
    required = {each.name for each in dataclasses.fields(cls) if each.default is each.default_factory is dataclasses.MISSING}
    if missing := sorted(required - set(given)):
        raise MessageError(f"{where}: {', '.join(missing)} is missing")
    return cls(**given)


def _decode_time(data: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(data)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MessageError(f"{where}: a time with offset is expected, not {data!r}")
    return moment
