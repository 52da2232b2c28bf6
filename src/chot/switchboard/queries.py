"""Reads about lines: what is saved, what is in force, and how each trunk does."""

from __future__ import annotations

from dataclasses import dataclass

from chot.people.queries import agent_names
from chot.switchboard.models import CallFlow, CallQueue, NodeState, Number, PhoneState, Prompt, Trunk, Version
from chot.switchboard.queries_routing import titles_of

_VERSIONS = 10


@dataclass(frozen=True)
class Lines:
    """The page of lines. ``latest`` is the version saved last, ``in_force`` the last that an exchange has applied."""

    trunks: list[Trunk]
    numbers: list[Number]
    versions: list[Version]
    nodes: list[NodeState]
    phones: list[tuple[PhoneState, str]]
    latest: Version | None
    in_force: Version | None


def lines() -> Lines:
    """Everything of the page, in as many questions for one trunk as for a hundred."""
    versions = list(Version.objects.select_related("saved_by").defer("document")[:_VERSIONS])
    names = agent_names()
    numbers = list(Number.objects.select_related("trunk"))
    titles = {
        **{("agent", agent): name for agent, name in names.items()}, **titles_of("queue", CallQueue), **titles_of("flow", CallFlow),
        **titles_of("announcement", Prompt),
    }  # fmt: skip
    for row in numbers:
        row.target_title = titles.get((row.leads_to, row.target), row.target)
    return Lines(
        trunks=list(Trunk.objects.all()),
        numbers=numbers,
        versions=versions,
        nodes=list(NodeState.objects.all()),
        phones=[(phone, names.get(phone.name, phone.name)) for phone in PhoneState.objects.filter(online=True)],
        latest=versions[0] if versions else None,
        in_force=Version.objects.exclude(applied_at=None).order_by("-applied_at").defer("document").first(),
    )
