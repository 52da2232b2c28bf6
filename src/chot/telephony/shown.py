"""What a called person's carrier is told of the caller: the number, the name in From, and the trunk's further headers."""

from __future__ import annotations

import re

from chot.core.phones import current, written_as
from chot.core.sip import HEADER, RESERVED
from chot.telephony.call_state import Call
from chot.telephony.configuration import Trunk

_PLACE = re.compile(r"\{(number|e164|display_name|brand|domain|call_id)\}")


def caller_id(call: Call, trunk: Trunk) -> str:
    """Name and number for From and P-Asserted-Identity; without a name only the number."""
    name = _harmless(_filled(trunk.display, call, trunk))
    number = dialable(written_as(dialable(call.line), trunk.number_form))
    return f'"{name}" <{number}>' if name else f"<{number}>"


def headers(call: Call, trunk: Trunk) -> dict[str, str]:
    """The trunk's headers as channel variables; one whose places are all empty is left out."""
    found = {}
    for line in trunk.headers:
        header = HEADER.fullmatch(line.strip())
        places = {name: _value(name, call, trunk) for name in _PLACE.findall(line)}
        if header and header[1].lower() not in RESERVED and (not places or any(places[name] for name in places)):
            found[f"PJSIP_HEADER(add,{header[1]})"] = _one_line(_filled(header[2], call, trunk))
    return found


def dialable(number: str) -> str:
    """Only what may stand in a dialled number.

    >>> dialable("0912 345-678;evil=1")
    '09123456781'
    """
    return "".join(mark for mark in number if mark in "+0123456789*#")


def _filled(template: str, call: Call, trunk: Trunk) -> str:
    return _PLACE.sub(lambda place: _value(place[1], call, trunk), template)


def _value(name: str, call: Call, trunk: Trunk) -> str:
    values = {
        "number": dialable(written_as(dialable(call.line), trunk.number_form)), "e164": current(call.line) or "",
        "display_name": _harmless(call.display_name), "brand": _harmless(call.brand), "domain": trunk.from_domain or trunk.host,
        "call_id": call.call_id,
    }  # fmt: skip
    return values[name]


def _harmless(name: str) -> str:
    """A name that stays inside its quotes."""
    return "".join(mark for mark in name if mark.isprintable() and mark not in '"\\<>').strip()[:80]


def _one_line(text: str) -> str:
    return "".join(mark for mark in text if mark.isprintable())
