"""One message to another system: over TLS, to an address outside unless the company allows its own network, without redirects."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_S = 10


class Undelivered(Exception):
    """The message did not arrive; the text says why."""


def refused(url: str) -> str:
    """Why an address cannot be told anything; empty when it can."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        return "the address must begin with https:// and hold no password"
    if parts.scheme == "http" and not settings.WEBHOOKS_INSIDE:
        return "only https:// addresses are told anything"
    return ""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status that the other system answered with. Raises ``Undelivered``."""
    why = refused(url)
    if why:
        raise Undelivered(why)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        target = _resolved(host, port)
        plain = socket.create_connection((target, port), timeout=TIMEOUT_S)
        channel = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        connection.sock = channel
        try:
            connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, dict(headers))
            answer = connection.getresponse()
            answer.read(10_000)
            return answer.status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from None


def _resolved(host: str, port: int) -> str:
    """The one address that is connected to: checked and used, so that a name cannot change in between."""
    found = sorted({str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}, key=lambda text: ":" in text)
    if not settings.WEBHOOKS_INSIDE and not all(ipaddress.ip_address(each).is_global for each in found):
        raise Undelivered("the address lies inside the company's network; CHOT_WEBHOOKS_INSIDE=1 allows that")
    return found[0]
