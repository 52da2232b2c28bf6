"""One contact in FreeSWITCH legs: the caller's leg, and the legs that it made ring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chot.core.phones import number_id
from chot.facts.readers.numbering import Direction, Endpoint, Numbering

_OUTCOMES = {
    "USER_BUSY": "busy", "NO_ANSWER": "no_answer", "NO_USER_RESPONSE": "no_answer", "ALLOTTED_TIMEOUT": "no_answer",
    "SUBSCRIBER_ABSENT": "no_answer", "USER_NOT_REGISTERED": "no_answer", "CALL_REJECTED": "no_answer", "PROGRESS_TIMEOUT": "no_answer",
    "ORIGINATOR_CANCEL": "cancelled", "LOSE_RACE": "no_answer", "NORMAL_CLEARING": "no_answer", "PICKED_OFF": "no_answer",
    "NORMAL_UNSPECIFIED": "no_answer", "ATTENDED_TRANSFER": "no_answer", "BLIND_TRANSFER": "no_answer",
}  # fmt: skip
"""What an unanswered leg's hangup cause means; any other cause is a failure."""


class Leg(NamedTuple):
    """One record; times in microseconds since 1970 UTC, ``bleg`` the uuid of the other leg, ``hangup`` who ended it."""

    line: int
    start: int
    answer: int | None
    end: int
    duration: int | None
    billsec: int | None
    caller: str
    dialled: str
    context: str
    cause: str
    uuid: str
    bleg: str
    hangup: str


def contact_row(call_id: str, legs: Sequence[Leg], rules: Numbering) -> dict[str, object]:
    """The contact as a row of ``calls``; ``legs[0]`` is the caller's.

    The agent is the extension that an answered leg was dialled to (inbound), or the caller's (outbound).
    A queue or menu that nobody answered behind is ``abandoned``. Hold and wrap-up are not in the records.
    """
    root, others = legs[0], legs[1:]
    way = _direction(root, rules)
    talked = [leg for leg in others if leg.answer is not None]
    reached = _reached(root, talked, way, rules)
    best = max(talked, key=lambda leg: (_talk(leg), -leg.start), default=root) if reached else None
    answer = min((leg.answer for leg in talked if leg.answer is not None), default=root.answer) if reached else None
    ended = max(leg.end for leg in legs)
    return {
        "call_id": call_id,
        "agent_id": _agent(root, best, way, rules),
        "customer_id": _customer(root, way, rules),
        "direction": way,
        "started_at": root.start,
        "answered_at": answer,
        "ended_at": ended,
        "ring_s": _ring(root, best, way, ended),
        "wait_s": ((answer if answer is not None else ended) - root.start) // 10**6 if way == "in" else None,
        "talk_s": _talk(best) if best else 0,
        "outcome": "answered" if reached else _outcome(root, others, way),
        "hangup_by": _hangup_by(root, way),
        "line_id": root.dialled if way == "in" and rules.number_class(root.dialled) == "long" else None,
    }


def _direction(root: Leg, rules: Numbering) -> Direction:
    caller = Endpoint(root.caller, "agent" if rules.number_class(root.caller) == "internal" else "other")
    return rules.direction(caller, root.context, rules.number_class(root.caller), rules.number_class(root.dialled), over_trunk=False)


def _reached(root: Leg, talked: Sequence[Leg], way: Direction, rules: Numbering) -> bool:
    """Whether anybody talked: of an inbound call that only the system answered, nobody did."""
    if talked:
        return True
    if root.answer is None:
        return False
    return way != "in" or bool(root.bleg) or rules.number_class(root.dialled) == "internal"


def _agent(root: Leg, best: Leg | None, way: Direction, rules: Numbering) -> str | None:
    if way == "in":
        name = best.dialled if best and rules.number_class(best.dialled) == "internal" else ""
    else:
        name = root.caller if rules.number_class(root.caller) != "long" else ""
    return rules.agent_id(name) if name else None


def _customer(root: Leg, way: Direction, rules: Numbering) -> str | None:
    if way == "internal":
        return None
    return number_id(root.caller if way == "in" else root.dialled, region=rules.region) or None


def _talk(leg: Leg) -> int:
    if leg.billsec is not None:
        return leg.billsec
    return (leg.end - leg.answer) // 10**6 if leg.answer is not None else 0


def _ring(root: Leg, best: Leg | None, way: Direction, ended: int) -> int | None:
    if best is not None and best.answer is not None:
        return (best.answer - best.start) // 10**6
    return (ended - root.start) // 10**6 if way != "in" else None


def _outcome(root: Leg, others: Sequence[Leg], way: Direction) -> str:
    if way == "in" and root.answer is not None:
        return "abandoned"
    if way == "in":
        causes = [leg.cause for leg in (root, *others)]
        return "busy" if root.cause == "USER_BUSY" else "no_answer" if any(_OUTCOMES.get(cause) for cause in causes) else "failed"
    found = _OUTCOMES.get(root.cause, "failed")
    return "failed" if root.answer is not None else found


def _hangup_by(root: Leg, way: Direction) -> str | None:
    """By the way in which the caller's own leg ended, where the template has it (sip_hangup_disposition)."""
    if root.hangup in ("recv_bye", "recv_cancel"):
        return "customer" if way == "in" else "agent"
    if root.hangup == "send_bye":
        return "agent" if way == "in" else "customer"
    return None
