"""Reads: which exchange is there, and where browsers' phones find it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from chot.calls.models import TelephonyJournal, TelephonyNode
from chot.core import clock
from chot.core.messages import NodeChanged, kind_of

_KEPT_S = 3.0
_known: list[tuple[float, str]] = []  # what this process found last, so that pages do not ask each time


@dataclass(frozen=True, kw_only=True)
class LiveNode:
    """A node whose exchange is up since ``up_at``; its phones' port is open on its own machine.

    Desk phones register at ``sip_address``, ``sip_port``.
    """

    name: str
    port: int
    up_at: datetime
    sip_address: str = ""
    sip_port: int = 0


def live_nodes() -> list[LiveNode]:
    """The nodes that are driven and whose exchange is up, by name."""
    found = []
    driven = TelephonyNode.objects.filter(lease_until__gt=clock.instant()).order_by("name").values_list("name", flat=True)
    for name in driven:
        rows = TelephonyJournal.objects.filter(node=name, kind=kind_of(NodeChanged(node="", state="")))
        last = rows.order_by("-seq").values_list("payload", "at").first()
        if last and last[0].get("state") == "up":
            told, up_at = last
            at, port = str(told.get("sip_address", "")), int(told.get("sip_port", 0))
            found.append(LiveNode(name=name, port=int(told.get("http_port", 0)), up_at=up_at, sip_address=at, sip_port=port))
    return found


def phones_address() -> str:
    """Where browsers' phones register, empty without an exchange: the setting, else the first node on this machine."""
    at = time.monotonic()
    if not _known or at - _known[-1][0] > _KEPT_S:
        nodes = live_nodes()
        address = (settings.EXCHANGE_WS or f"ws://127.0.0.1:{nodes[0].port}/ws") if nodes else ""
        _known[:] = [(at, address)]
    return _known[-1][1]


def forget_address() -> None:
    """Look anew the next time."""
    _known.clear()
