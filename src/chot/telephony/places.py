"""Where an exchange is found: the address it listens on, and the one that a router in front of it shows to the world."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from chot.core.errors import InputError, Problem

INSIDE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Addresses of networks of one's own (RFC 1918): no router stands between."""

LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, kw_only=True)
class Places:
    """``address`` is where SIP listens; ``public`` what the world sends to, empty without a router; ``local_nets`` who needs none."""

    address: str = "127.0.0.1"
    public: str = ""
    local_nets: tuple[str, ...] = ()


def from_settings(settings: Mapping[str, str] = os.environ) -> Places:
    """``CHOT_SIP_ADDRESS``, ``CHOT_PUBLIC_ADDRESS`` and ``CHOT_LOCAL_NETS``. Raises ``InputError`` for what is no address.

    >>> from_settings({"CHOT_SIP_ADDRESS": "0.0.0.0", "CHOT_PUBLIC_ADDRESS": "203.0.113.7", "CHOT_LOCAL_NETS": "10.1.0.0/16"})
    Places(address='0.0.0.0', public='203.0.113.7', local_nets=('127.0.0.0/8', '10.1.0.0/16'))
    """
    address = settings.get("CHOT_SIP_ADDRESS", "").strip() or "127.0.0.1"
    public = settings.get("CHOT_PUBLIC_ADDRESS", "").strip()
    nets = tuple(each.strip() for each in settings.get("CHOT_LOCAL_NETS", "").split(",") if each.strip())
    _checked("CHOT_SIP_ADDRESS", address)
    if public:
        _checked("CHOT_PUBLIC_ADDRESS", public)
    for each in nets:
        try:
            ipaddress.IPv4Network(each)
        except ValueError:
            raise _wrong("CHOT_LOCAL_NETS", each, "Write networks as 10.1.0.0/16, separated by commas.") from None
    if public and ipaddress.IPv4Address(address).is_loopback:
        what = "CHOT_PUBLIC_ADDRESS is set, but SIP listens on this machine only"
        raise InputError(Problem(what=what, fix="Set CHOT_SIP_ADDRESS to an address of this machine, or to 0.0.0.0."))
    return Places(address=address, public=public, local_nets=(LOOPBACK, *(nets or INSIDE)) if public else ())


def own_address(towards: str) -> str:
    """The address of this machine from which ``towards`` is reached; nothing is sent. Empty when there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _checked(name: str, value: str) -> None:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        raise _wrong(name, value, "Write an IPv4 address, such as 203.0.113.7.") from None


def _wrong(name: str, value: str, fix: str) -> InputError:
    return InputError(Problem(what=f"{name}: “{value}” is no address", fix=fix))
