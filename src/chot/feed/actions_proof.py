"""Writes: the nightly proof that the facts hold exactly what the operational tables hold, and the repair when they do not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import structlog
from django.db import connection, transaction

from chot.core import clock, settings
from chot.facts import store
from chot.facts.application_rows import content, differing, keys_in, stored_rows, twice, without
from chot.facts.manifest import APPLICATION, Manifest, intact
from chot.facts.upserts import upsert
from chot.feed.actions import not_ours
from chot.feed.models import FactChange, Proof
from chot.feed.sources import SOURCES, Source, by_keys, months_of, of_month

EVIDENCE = "evidence"
SHOWN = 50
"""Differing rows kept with the proof; all of them are in the evidence folder."""

log = structlog.get_logger()


def prove(data: Path) -> list[Proof]:
    """Compare every month of every table with the database by content, and repair what differs; what was found.

    Changes that wait to be moved are left out on both sides.
    """
    found = []
    with store.writing(data) as staging:
        zone = settings.load(data).timezone
        refused = not_ours(data, zone=zone)
        for source in [source for name, source in SOURCES.items() if name not in refused]:
            found += list(_Table(data, source, staging, zone).proofs())
    for each in found:
        if each.state != Proof.State.EQUAL:
            log.error("the facts differed from the database", table=each.fact_table, month=each.month, evidence=each.evidence)
    return Proof.objects.bulk_create(found)


@dataclass
class _Table:
    data: Path
    source: Source
    staging: Path
    zone: str

    @property
    def _folder(self) -> Path:
        return self.data / self.source.table.name

    def _known(self) -> Manifest:
        return store.current(self.data, self.source.table.name, zone=self.zone)

    def proofs(self) -> Iterator[Proof]:
        damaged = [part for part in self._known().files if part.origin == APPLICATION and not intact(self._folder, part)]
        if damaged:
            store.set_aside(self.data, self._known(), damaged, self._evidence())
        stored = {part.month for part in self._known().files if part.origin == APPLICATION}
        for month in sorted({*stored, *months_of(self.source, zone=self.zone), *(part.month for part in damaged)}):
            yield self._month(month, [part.path for part in damaged if part.month == month])

    def _month(self, month: str, damaged: Sequence[str]) -> Proof:
        table = self.source.table
        pending, ours = self._now(month)
        known = self._known()
        held = stored_rows(self._folder, table, [part for part in known.files if part.origin == APPLICATION and part.month == month])
        theirs = without(table, held, pending)
        expected, found = content(table, ours), content(table, theirs)
        double = twice(self._folder, table, known, theirs)
        evidence = self._repair(month, ours, theirs, double) if expected != found or double else None
        if damaged:
            evidence = {**(evidence or {}), "damaged": list(damaged)}
        return Proof(
            at=clock.now(), fact_table=table.name, month=month, rows=ours.num_rows, expected=expected, found=found,
            state=Proof.State.REPAIRED if evidence else Proof.State.EQUAL, evidence=evidence,
        )  # fmt: skip

    def _now(self, month: str) -> tuple[list[str], pa.Table]:
        """The keys that wait to be moved, and the rows of all others, as one moment sees them."""
        table = self.source.table
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            pending = list(FactChange.objects.filter(fact_table=table.name).values_list("key", flat=True))
            rows = of_month(self.source, month, zone=self.zone).rows
        if "" in pending:
            pending += keys_in(table, rows)
        return pending, without(table, rows, pending)

    def _repair(self, month: str, ours: pa.Table, theirs: pa.Table, double: Sequence[str]) -> dict[str, Any]:
        table = self.source.table
        differ = differing(table, ours, theirs)
        keys = sorted({*differ, *double})
        path = self._evidence() / f"{table.name}-{month or 'all'}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["key", "database", "facts"])
            writer.writerows([key, _plain(pair[0]), _plain(pair[1])] for key, pair in differ.items())
        upsert(self.data, table, by_keys(self.source, keys, zone=self.zone).rows, keys, self.staging, zone=self.zone)
        shown = [{"key": key, "database": _plain(pair[0]), "facts": _plain(pair[1])} for key, pair in list(differ.items())[:SHOWN]]
        return {"differ": len(differ), "double": list(double)[:SHOWN], "rows": shown, "file": str(path.relative_to(self.data))}

    def _evidence(self) -> Path:
        folder = self.data / EVIDENCE / f"{clock.now():%Y-%m-%dT%H%M%S}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _plain(row: dict[str, object] | None) -> dict[str, Any] | None:
    return None if row is None else {name: str(cell) for name, cell in row.items() if cell is not None}
