"""What the web and the telephone side tell each other: frozen values with a kind and a version, and their one form as JSON.

Commands go from the web to a telephony node (table ``telephony_command``), everything else comes back (``telephony_journal``).
A reader ignores fields it does not know and fills missing ones with their defaults, so either side may be updated first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from chot.core.flows import Notice
from chot.core.message_form import MessageError, decode, encode
from chot.core.message_kinds import COMMANDS, FACTS, command, fact
from chot.core.messages_parts import Forward, ForwardAsked, Part, PartChanged, TransferToQueue, Way
from chot.core.messages_queues import CallMissed, CallQueued, MenuChosen, MissesOver, RoutingSet, SetRouting

__all__ = [
    "COMMANDS", "FACTS", "CallMissed", "CallQueued", "Forward", "ForwardAsked", "MenuChosen", "MessageError", "MissesOver", "Part",
    "PartChanged", "RoutingSet", "SetRouting", "TransferToQueue", "Way", "decode", "encode",
]  # and every message below  # fmt: skip

REALM = "chot"
"""The SIP realm of agents' phones."""

TRUNK_SECRET = "trunk secret"  # noqa: S105 - names what is kept, and is no secret
"""The purpose for which passwords of trunks are sealed."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where an agent is rung: the name of a phone, or a ``number`` outside, called in this ``way``.

    On ``channel`` the phone waits already: the agent has lifted it and dialled.
    """

    agent_id: str = ""
    phone: str = ""
    channel: str = ""
    number: str = ""
    way: Way | None = None


@dataclass(frozen=True, kw_only=True)
class PhoneAccount:
    """A phone that may register: its name and ``sip_digest(name, password)``.

    An agent with a desk phone has its digest too, under ``desk_name(name)``, and is rung there while ``at_desk``.
    """

    name: str
    digest: str
    display: str = ""
    desk_digest: str = ""
    at_desk: bool = False


@dataclass(frozen=True, kw_only=True)
class TrunkAccount:
    """A line to a carrier. ``secret`` is sealed for the purpose ``TRUNK_SECRET`` (``chot.core.sealing``).

    ``display`` and ``headers`` (each ``Name: value``) are templates: {number}, {e164}, {display_name}, {brand}, {domain}, {call_id}.
    ``number_form`` says how numbers are sent: national, bare (84…), e164 (+84…). ``from_user`` stands in From where the carrier
    wants its account there; else From shows the caller's number. ``transport`` is udp, tcp or tls; ``ca`` (PEM) says whose
    certificates are trusted, the machine's own when it is empty. ``srtp`` is off, optional or required.
    """

    name: str
    host: str
    port: int = 5060
    match: tuple[str, ...] = ()
    username: str = ""
    secret: str = ""
    registers: bool = False
    from_user: str = ""
    from_domain: str = ""
    codecs: str = "alaw,ulaw"
    number_form: str = "national"
    display: str = "{display_name}"
    headers: tuple[str, ...] = ()
    transport: str = "udp"
    srtp: str = "off"
    ca: str = ""


@command("dial")
class Dial:
    """An agent calls a customer: the agent's phone rings first. ``call_id`` is the caller's own, and makes the command idempotent.

    ``brand`` and ``display_name`` fill the trunk's templates. The exchange hangs up ``max_talk_s`` seconds after the customer
    answered; 0: never. ``notice`` is told before an agent is heard.
    """

    call_id: str
    seat: Seat
    number: str
    caller_id: str = ""
    trunk: str = ""
    brand: str = ""
    display_name: str = ""
    max_talk_s: int = 0
    customer_id: str = ""
    campaign_id: str = ""
    timeout_s: int = 40
    notice: Notice | None = None


@command("dial_automatically")
class DialAutomatically:
    """A customer is called first; the first of ``seats`` that answers takes the call. Without seats ``sound`` is played."""

    call_id: str
    number: str
    seats: tuple[Seat, ...] = ()
    sound: str = ""
    caller_id: str = ""
    trunk: str = ""
    brand: str = ""
    display_name: str = ""
    max_talk_s: int = 0
    customer_id: str = ""
    campaign_id: str = ""
    timeout_s: int = 40
    notice: Notice | None = None


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


@command("set_trunks")
class SetTrunks:
    """All trunks from now on, in the place of the earlier ones; answered by ``TrunksSet`` with the same ``version``."""

    version: int
    trunks: tuple[TrunkAccount, ...]


@command("limit_talk")
class LimitTalk:
    """The exchange hangs up ``max_talk_s`` seconds after the customer, or the number of a part, answered; an earlier limit goes."""

    call_id: str
    max_talk_s: int
    part_id: str = ""


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
    """What an agent's page or a live board shows has changed. ``outside``: the numbers outside that ring or take part.

    ``ringing`` are those of ``agents`` whose phones are not answered yet.
    """

    call_id: str
    phase: str
    agents: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    on_hold: bool = False
    changed_at: datetime


@fact("call_ended")
class CallEnded:
    """The call as the facts count it (``calls`` in docs/formats.md); told exactly once.

    ``queue_id`` is the last queue that it waited in, ``parts`` who took part and where it waited,
    in order. A message that the caller left lasts ``message_s`` from ``message_from_s`` of the
    recording on; ``wants_callback`` says that the caller asked to be called back.
    """

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
    queue_id: str = ""
    message_from_s: int = 0
    message_s: int = 0
    wants_callback: bool = False
    parts: tuple[Part, ...] = ()


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


@fact("trunk_changed")
class TrunkChanged:
    """A trunk is ``registered``, ``rejected`` (by the carrier), ``unregistered`` (not yet), ``reachable``, ``unreachable``, or
    ``untrusted``: we refuse the carrier's certificate, for the reason in ``detail``."""

    trunk: str
    state: str
    detail: str = ""
    changed_at: datetime


@fact("trunks_set")
class TrunksSet:
    """A node has the trunks of a version in force, or (``problem``) refused them and keeps the earlier ones."""

    node: str
    version: int
    problem: str = ""
    set_at: datetime


@fact("node_changed")
class NodeChanged:
    """A node's exchange came up, went down, is there but takes no calls, or lost its lease (``up``, ``down``, ``unready``, ``lost``).

    ``problem`` says why, in English. Desk phones register at ``sip_address`` and ``sip_port``.
    """

    node: str
    state: str
    http_port: int = 0
    sip_address: str = ""
    sip_port: int = 0
    problem: str = ""
    changed_at: datetime | None = None


@fact("node_waits")
class NodeWaits:
    """An Asterisk elsewhere has not what Chốt wrote for it: its administrator takes over ``file``. Empty: it has."""

    node: str
    file: str = ""
    changed_at: datetime


def sip_digest(name: str, password: str) -> str:
    """What an exchange keeps of a phone's password.

    >>> sip_digest("lan", "x")
    'e9112a966e7540b3b7d0cc632eac430c'
    """
    return hashlib.md5(f"{name}:{REALM}:{password}".encode()).hexdigest()  # noqa: S324 - what SIP's digest access asks for (RFC 8760 §2)


def kind_of(message: object) -> str:
    """The kind under which a command or fact is registered."""
    return str(type(message).KIND)  # type: ignore[attr-defined]


def decoded_command(kind: str, data: object) -> object:
    """The command of a row. Raises ``MessageError`` for a kind that this version does not know."""
    if kind not in COMMANDS:
        raise MessageError(f"unknown command {kind!r}")
    return decode(COMMANDS[kind], data)
