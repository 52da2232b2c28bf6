"""Who is who in a telephone system: which channels are trunks and which are agents, and which way a call went.

All of it can be told apart by an optional mapping (``PBX_FIELDS``); the defaults fit a system whose extensions
have 2 to 6 digits and whose trunks have names.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from chot.core.errors import InputError, Problem
from chot.core.phones import DEFAULT_REGION, calling_code
from chot.core.text import did_you_mean
from chot.facts.readers.base import Options

Kind = Literal["none", "agent", "trunk", "local", "other"]
Direction = Literal["in", "out", "internal"]
Class = Literal["internal", "long", "other"]

PBX_FIELDS = ("internal", "trunks", "contexts", "agents", "region")
"""``internal``: a regular expression for extensions; ``trunks``: names or patterns (``viettel*``) of trunk channels;
``contexts``: dialplan context -> in, out or internal; ``agents``: extension or member name -> agent_id;
``region``: the country of national numbers, two letters."""

DEFAULT_INTERNAL = "[0-9]{2,6}"

_LONG = re.compile(r"\+?[0-9]{7,}")
_ADDRESS = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+)?|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+")  # 10.0.0.1:5060, sip.carrier.vn
_LINE_CARDS = frozenset({"dahdi", "zap", "misdn", "khomp", "dongle", "capi", "ooh323", "h323", "quectel", "woomera"})
_TRUNK_WORDS = re.compile(
    r"trunk|gateway|carrier|provider|pstn|viettel|vnpt|vina|mobi|fpt|cmc|itel|gtel|(?:^|[_-])gw(?:$|[_0-9-])|-out$|^out-"
)
_IN_WORDS = re.compile(r"from-?(?:trunk|pstn|external|did|carrier|provider|outside)|inbound|incoming|^did|^public$|^pstn")
_OUT_WORDS = re.compile(
    r"from-?(?:internal|agent|phone|extension|user|inside|softphone)|outbound|outgoing|outrt|^internal|^agents?$|^phones$"
)


@dataclass(frozen=True)
class Endpoint:
    """One side of a leg: the name behind a channel (an extension, a trunk, the number in a Local channel) and what it is."""

    name: str
    kind: Kind


NOBODY = Endpoint("", "none")


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """The rules of one import; hashable by identity, made once per file."""

    internal: re.Pattern[str] = re.compile(DEFAULT_INTERNAL)
    trunks: tuple[str, ...] = ()
    contexts: Mapping[str, Direction] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    region: str = DEFAULT_REGION

    def endpoint(self, channel: str) -> Endpoint:
        """The endpoint of a channel name without its serial number.

        >>> Numbering().endpoint("PJSIP/1001"), Numbering().endpoint("SIP/viettel")
        (Endpoint(name='1001', kind='agent'), Endpoint(name='viettel', kind='trunk'))
        >>> Numbering().endpoint("Local/1006@members")
        Endpoint(name='1006', kind='local')
        """
        if not channel:
            return NOBODY
        technology, _, name = channel.partition("/") if "/" in channel else ("", "", channel)
        if technology.lower() == "local":
            return Endpoint(name.partition("@")[0], "local")
        if technology.lower() in _LINE_CARDS:
            return Endpoint(f"{technology}/{name.partition('/')[0]}", "trunk")
        name = name.partition("@")[0] if technology.lower() in ("sofia", "user") else name
        return Endpoint(name, self.kind(name, technology=technology))

    def kind(self, name: str, *, technology: str = "") -> Kind:
        """What a channel's name says by itself; ``other`` when it could be an agent or a trunk."""
        if any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in self.trunks):
            return "trunk"
        if technology.lower() == "agent" or name in self.agents or self.internal.fullmatch(name):
            return "agent"
        if _LONG.fullmatch(name) or _ADDRESS.fullmatch(name) or _TRUNK_WORDS.search(name.lower()):
            return "trunk"
        return "agent" if self.trunks else "other"

    def number_class(self, number: str) -> Class:
        """Whether a dialled or calling number is an extension, a subscriber's, or neither (``s``, ``anonymous``)."""
        if self.internal.fullmatch(number):
            return "internal"
        return "long" if _LONG.fullmatch(number) else "other"

    def direction(self, caller: Endpoint, context: str, source: Class, dialled: Class, *, over_trunk: bool) -> Direction:
        """Which way a contact went: from its first channel, its dialplan context and its two numbers.

        ``over_trunk``: a leg of it was dialled out through a trunk.
        """
        known = self.contexts.get(context)
        if known:
            return known
        if caller.kind == "local" and self.number_class(caller.name) == "long":
            return "out"  # a dialler's own leg to the customer
        if self._outside(caller, context, source):
            return "in"
        return "out" if over_trunk or dialled == "long" else "internal"

    def _outside(self, caller: Endpoint, context: str, source: Class) -> bool:
        if caller.kind in ("trunk", "agent"):
            return caller.kind == "trunk"
        if caller.kind == "local" and self.number_class(caller.name) == "internal":
            return False
        if _IN_WORDS.search(context.lower()):
            return True
        if _OUT_WORDS.search(context.lower()):
            return False
        return source != "internal"

    def agent_id(self, name: str) -> str:
        """The agent_id of an extension or member name: the mapping's, else the name itself."""
        return self.agents.get(name, name)


@lru_cache(maxsize=4096)
def interface_name(interface: str) -> str:
    """The agent behind an interface as queue_log writes it; a member name stays as it is.

    >>> interface_name("PJSIP/1001"), interface_name("Local/1006@members/n"), interface_name("Lan Nguyễn")
    ('1001', '1006', 'Lan Nguyễn')
    """
    match = re.fullmatch(r"(?:PJSIP|SIP|Local|Agent|IAX2|SCCP|Skinny|USER|DAHDI|Sofia)[/:](.+)", interface, re.IGNORECASE)
    if not match:
        return interface
    name = match[1].partition("@")[0]
    return re.sub(r"-[0-9a-f]{8}(?:;[12])?$", "", name)  # a channel's serial number


def numbering(options: Options, *, path: str, also: Collection[str] = ()) -> Numbering:
    """The rules that the mapping of an import asks for. Raises ``InputError`` with every problem of it.

    ``also`` names further fields that the format reads itself.
    """
    wanted = dict(options.mapping or {})
    problems = [
        _problem(path, name, f"{name!r} is not a field of this mapping", did_you_mean(name, [*PBX_FIELDS, *also]))
        for name in wanted
        if name not in PBX_FIELDS and name not in also
    ]
    internal = _pattern(wanted.get("internal", DEFAULT_INTERNAL), path, problems)
    trunks = wanted.get("trunks", [])
    trunks = [trunks] if isinstance(trunks, str) else trunks
    if not isinstance(trunks, list | tuple) or not all(isinstance(each, str) for each in trunks):
        problems.append(_problem(path, "trunks", "is not a list of names", "Write trunks: [viettel, vnpt*]"))
        trunks = []
    contexts = _pairs(wanted.get("contexts", {}), "contexts", path, problems)
    for context, way in contexts.items():
        if way not in ("in", "out", "internal"):
            problems.append(_problem(path, f"contexts.{context}", f"{way!r} is not a direction", "Write in, out or internal."))
    agents = _pairs(wanted.get("agents", {}), "agents", path, problems)
    region = str(wanted.get("region", DEFAULT_REGION)).upper()
    if not calling_code(region):
        problems.append(_problem(path, "region", f"{region!r} is not a country", "Write its two letters, such as VN."))
    if problems:
        raise InputError(problems)
    return Numbering(internal=internal, trunks=tuple(trunks), contexts=contexts, agents=agents, region=region)  # type: ignore[arg-type]


def _pattern(value: object, path: str, problems: list[Problem]) -> re.Pattern[str]:
    try:
        if not isinstance(value, str) or len(value) > 200:
            raise re.error("it is no short text")
        pc.match_substring_regex(pa.array([""]), f"^(?:{value})$")  # whole columns are matched by RE2
        return re.compile(value)
    except (re.error, pa.ArrowInvalid) as error:
        problems.append(_problem(path, "internal", f"is not a regular expression: {error}", f"Write internal: '{DEFAULT_INTERNAL}'"))
        return re.compile(DEFAULT_INTERNAL)


def _pairs(value: object, name: str, path: str, problems: list[Problem]) -> dict[str, str]:
    if not isinstance(value, Mapping):
        problems.append(_problem(path, name, "is not a list of pairs", f"Write {name}: {{key: value}}"))
        return {}
    return {str(key): str(each) for key, each in value.items()}


def _problem(path: str, name: str, what: str, fix: str) -> Problem:
    return Problem(file=path, field=f"mapping.{name}", what=what, fix=fix)
