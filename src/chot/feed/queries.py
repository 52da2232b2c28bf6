"""Reads about the way into the facts: how far behind they are, what they cannot hold, and what was proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings as configured
from django.db import connection
from django.db.models import Count, Min, QuerySet

from chot.core import clock, settings
from chot.core.errors import InputError, Problem
from chot.feed.actions import not_ours
from chot.feed.models import FactChange, Generation, Proof, RejectedRow
from chot.feed.sources import SOURCES
from chot.kpi.schema import TABLES

LATE_S = 60
"""Changes that have waited for so long are late: usually they are in within seconds."""
_PAGES = {"orders": "customers:order", "leads": "customers:lead", "tickets": "customers:ticket"}


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Changes of one table that are not in the facts yet; ``problems``: why they stay so until somebody does something."""

    table: str
    changes: int
    since: datetime
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How far the facts are behind the database."""

    waiting: Sequence[Waiting]
    last: Generation | None

    @property
    def lag_s(self) -> int:
        """For how long the oldest change has waited; 0 when none waits."""
        return max((round((clock.instant() - each.since).total_seconds()) for each in self.waiting), default=0)

    @property
    def late(self) -> bool:
        """Whether somebody should look after it."""
        return self.lag_s >= LATE_S


def freshness() -> Freshness:
    """What waits now, table by table, and the last move."""
    rows = FactChange.objects.values("fact_table").annotate(changes=Count("pk"), since=Min("at")).order_by("fact_table")
    found = {row["fact_table"]: row for row in rows}
    refused: dict[str, InputError] = {}
    if found:
        folder = Path(configured.DATA)
        refused = not_ours(folder, zone=settings.load(folder).timezone)
    waiting = [
        Waiting(table=name, changes=row["changes"], since=row["since"], problems=refused[name].problems if name in refused else ())
        for name, row in found.items()
    ]
    return Freshness(waiting=waiting, last=Generation.objects.first())


def moves(number: int = 10) -> QuerySet[Generation]:
    """The latest moves."""
    return Generation.objects.all()[:number]


def rejected(*, dismissed: bool) -> QuerySet[RejectedRow]:
    """The rows that the facts cannot hold: those that wait to be corrected, or those that were left out on purpose."""
    return RejectedRow.objects.filter(dismissed_at__isnull=not dismissed).select_related("dismissed_by")


def rejected_numbers() -> tuple[int, int]:
    """How many wait, and how many were left out on purpose."""
    found = RejectedRow.objects.aggregate(all=Count("pk"), away=Count("dismissed_at"))
    return found["all"] - found["away"], found["away"]


@dataclass(frozen=True, kw_only=True)
class Proved:
    """What is known of one table by the latest proof of each of its months."""

    table: str
    months: int
    rows: int
    repaired: int
    at: datetime


def proofs() -> list[Proved]:
    """Each table's latest proofs, in the order of the contract."""
    latest = Proof.objects.order_by("fact_table", "month", "-pk").distinct("fact_table", "month")
    by_table: dict[str, list[Proof]] = {}
    for each in latest.defer("evidence"):
        by_table.setdefault(each.fact_table, []).append(each)
    return [
        Proved(
            table=name, months=len(found), rows=sum(each.rows for each in found), at=max(each.at for each in found),
            repaired=sum(each.state == Proof.State.REPAIRED for each in found),
        )
        for name in TABLES
        if (found := by_table.get(name))
    ]  # fmt: skip


def repairs(number: int = 20) -> QuerySet[Proof]:
    """The latest differences, with what differed."""
    return Proof.objects.filter(state=Proof.State.REPAIRED)[:number]


def pages_of(rows: Sequence[RejectedRow]) -> dict[int, tuple[str, str]]:
    """The page where each row can be corrected, by the row's number: the name of its address and what the address needs."""
    found = {each.pk: ("people:person", each.key.partition("\x1f")[0]) for each in rows if each.fact_table == "agents"}
    for name, page in _PAGES.items():
        of_table = {each.key: each.pk for each in rows if each.fact_table == name}
        if not of_table:
            continue
        source = SOURCES[name]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {source.key}, id FROM {source.place} WHERE {source.key} = ANY(%s)", [list(of_table)])
            found |= {of_table[key]: (page, str(number)) for key, number in cursor.fetchall()}
    return found
