"""Wishes to the telephone side."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from chot.calls.models import TelephonyCommand
from chot.calls.queries_exchange import live_nodes
from chot.core import clock
from chot.core.messages import encode, kind_of


def send_command(command: object, *, node: str = "", key: str | None = None, expires_s: int = 30) -> TelephonyCommand:
    """Ask a node (any, when empty) to do a command of ``chot.core.messages``; the same ``key`` is done once.

    A command that nobody could do for ``expires_s`` is not done late. The caller audits what it is for.
    """
    at = clock.instant()
    row = TelephonyCommand(
        node=node,
        kind=kind_of(command),
        payload=encode(command),
        idempotency_key=key,
        created_at=at,
        expires_at=at + timedelta(seconds=expires_s),
    )
    with transaction.atomic():
        if key is not None:
            TelephonyCommand.objects.bulk_create([row], ignore_conflicts=True)
            return TelephonyCommand.objects.get(idempotency_key=key)
        row.save()
    return row


def send_to_every_node(command: object, key: str) -> int:
    """Ask each node whose exchange is up to do a command, each once for the ``key``; how many were asked."""
    nodes = live_nodes()
    for node in nodes:
        send_command(command, node=node.name, key=f"{key}:{node.name}", expires_s=120)
    return len(nodes)
