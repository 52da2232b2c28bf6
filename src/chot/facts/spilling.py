"""A table too large for memory as a stored one in a temporary folder, with the same rules for repeated keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from chot.facts import store
from chot.facts.manifest import Manifest
from chot.facts.merge import Merge, connect
from chot.facts.readers.base import Reject
from chot.facts.reject_log import RejectLog
from chot.facts.staging import Staging
from chot.kpi.schema import Table


@dataclass(frozen=True, kw_only=True)
class Spilled:
    """The stored table, how many equal rows were left out, and the rows that contradict another one."""

    manifest: Manifest
    duplicates: int
    rejects: list[Reject]


def spill(home: Path, table: Table, batches: Iterable[pa.Table], *, zone: str) -> Spilled:
    """Store typed rows (with their ``line``) as the table ``table`` of the folder ``home``."""
    with store.writing(home) as folder:
        staging = Staging(folder, zone, RejectLog())
        for batch in batches:
            staging.hold(table.name, batch)
        staging.write_out()
        known = store.current(home, table.name, zone=zone)
        merge = Merge(connect(folder), table, staging.staged[table.name], {})
        try:
            merge.resolve()
            overlaps = merge.overlapping()
            store.commit(home, known, merge, folder)
            return Spilled(
                manifest=store.current(home, table.name, zone=zone),
                duplicates=merge.duplicates(), rejects=[*merge.rejects(), *overlaps],
            )  # fmt: skip
        finally:
            merge.close()
