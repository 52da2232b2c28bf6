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


def titles_of_parts() -> dict[str, dict[str, str]]:
    """What people call queues, flows, prompts and opening hours, by kind and code name."""
    kinds = {"queue": CallQueue, "flow": CallFlow, "prompt": Prompt, "hours": OpeningHours}
    return {kind: dict(model._default_manager.values_list("name", "title")) for kind, model in kinds.items()}


def inbound() -> Inbound:
    """All of it, in as many questions for one row as for a hundred."""
    queues = list(CallQueue.objects.select_related("hours"))
    members, flows = members_of(queues), list(CallFlow.objects.all())
    titles = {**{("queue", row.name): row.title for row in queues}, **{("flow", row.name): row.title for row in flows}}
    for row in queues:
        row.target_title = titles.get((row.overflow_to, row.overflow_target), row.overflow_target)
    versions = RoutingVersion.objects.defer("document", "rows")
    shown = list(versions.select_related("saved_by").annotate(restorable=Q(rows__isnull=False))[:_VERSIONS])
    return Inbound(
        queues=[(row, len(members[row.name])) for row in queues],
        flows=flows,
        hours=list(OpeningHours.objects.annotate(used=Count("callqueue"))),
        prompts=list(Prompt.objects.defer("sound")),
        numbers=list(Number.objects.filter(enabled=True)),
        versions=shown,
        latest=shown[0] if shown else None,
        in_force=versions.exclude(applied_at=None).order_by("-applied_at").first(),
    )
