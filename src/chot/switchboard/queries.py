"""Reads about lines: what is saved, what is in force, and how each trunk does."""

from __future__ import annotations

from dataclasses import dataclass

from chot.people.queries import agent_names
from chot.switchboard.models import NodeState, Number, PhoneState, Trunk, Version
from chot.switchboard.queries_routing import titles_of_parts

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
    titles = titles_of_parts()
    titles |= {"agent": names, "announcement": titles["prompt"]}
    for row in numbers:
        row.target_title = titles.get(row.leads_to, {}).get(row.target, row.target)
    return Lines(
        trunks=list(Trunk.objects.all()),
        numbers=numbers,
        versions=versions,
        nodes=list(NodeState.objects.all()),
        phones=[(phone, names.get(phone.name, phone.name)) for phone in PhoneState.objects.filter(online=True)],
        latest=versions[0] if versions else None,
        in_force=Version.objects.exclude(applied_at=None).order_by("-applied_at").defer("document").first(),
    )
