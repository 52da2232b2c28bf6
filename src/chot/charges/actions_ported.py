"""Writes: numbers that moved to another operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from chot.charges.models import PortedNumber
from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import User


@transaction.atomic
def save_ported(row: PortedNumber, *, by: User, address: str | None) -> PortedNumber:
    """Add or change a move; calls that were made keep what they cost."""
    before = PortedNumber.objects.select_for_update().filter(pk=row.pk).first() if row.pk else None
    row.save()
    record("ported.saved", f"ported:{row.pk}", by=by, address=address, before=_told(before) if before else None, after=_told(row))
    return row


@transaction.atomic
def delete_ported(pk: int, *, by: User, address: str | None) -> None:
    """An earlier move decides again, else the prefix. Twice is once."""
    row = PortedNumber.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return
    record("ported.deleted", f"ported:{pk}", by=by, address=address, before=_told(row))
    row.delete()


@transaction.atomic
def import_ported(rows: Sequence[PortedNumber], *, source: str, by: User, address: str | None) -> tuple[int, int]:
    """Write the rows of a file: how many moves are new, and how many were known of the same number and day and are replaced."""
    unique = {(row.number, row.since): row for row in rows}
    known = set(PortedNumber.objects.filter(number__in={number for number, _since in unique}).values_list("number", "since"))
    changed = len(known & set(unique))
    PortedNumber.objects.bulk_create(
        unique.values(), batch_size=1000, update_conflicts=True, unique_fields=["number", "since"], update_fields=["operator", "source"],
    )  # fmt: skip
    record("ported.imported", f"file:{source[:80]}", by=by, address=address, after={"new": len(unique) - changed, "changed": changed})
    return len(unique) - changed, changed


def _told(row: PortedNumber) -> dict[str, Any]:
    return {"number": masked(row.number), "operator": row.operator, "since": str(row.since), "source": row.source}
