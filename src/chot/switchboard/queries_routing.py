"""Reads for the page of queues: what there is, what is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from chot.switchboard.models import CallFlow, CallQueue, Number, OpeningHours, Prompt, RoutingVersion
from chot.switchboard.queries_queues import members_of

_VERSIONS = 10


@dataclass(frozen=True)
class Inbound:
    """Everything that inbound calls go through."""

    queues: list[tuple[CallQueue, int]]
    flows: list[CallFlow]
    hours: list[OpeningHours]
    prompts: list[Prompt]
    numbers: list[Number]
    versions: Sequence[RoutingVersion]
    latest: RoutingVersion | None
    in_force: RoutingVersion | None


def inbound() -> Inbound:
    """All of it, in as many questions for one row as for a hundred."""
    queues = list(CallQueue.objects.select_related("hours"))
    members = members_of(queues)
    versions = RoutingVersion.objects.defer("document", "rows")
    shown = list(versions.select_related("saved_by").annotate(restorable=Q(rows__isnull=False))[:_VERSIONS])
    return Inbound(
        queues=[(row, len(members[row.name])) for row in queues],
        flows=list(CallFlow.objects.all()),
        hours=list(OpeningHours.objects.annotate(used=Count("callqueue"))),
        prompts=list(Prompt.objects.defer("sound")),
        numbers=list(Number.objects.filter(enabled=True)),
        versions=shown,
        latest=shown[0] if shown else None,
        in_force=versions.exclude(applied_at=None).order_by("-applied_at").first(),
    )
