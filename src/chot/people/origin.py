"""Where a request comes from: the address and the device, as the audit trail and the list of sessions keep them."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest

_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc", "Cốc Cốc"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))


def address_of(request: HttpRequest) -> str | None:
    """The address as the database writes it; None where there is none (a socket file)."""
    return normal_address(str(request.META.get("REMOTE_ADDR", "")))


def normal_address(text: str) -> str | None:
    """One form for each address, without the zone of a local one.

    >>> normal_address("2001:DB8::1"), normal_address("fe80::1%eth0"), normal_address("")
    ('2001:db8::1', 'fe80::1', None)
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def device_of(request: HttpRequest) -> str:
    """The browser and the system in two words."""
    return short_device(request.headers.get("User-Agent", ""))


def short_device(agent: str) -> str:
    """What a person recognises of a browser's long name.

    >>> short_device("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36")
    'Chrome, Windows'
    """
    parts = [next((name for mark, name in known if mark in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in parts if part)
