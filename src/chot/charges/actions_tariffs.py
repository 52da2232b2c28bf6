"""Writes: tariffs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction

from chot.charges.models import TariffRow
from chot.people.audit import record
from chot.people.models import User

_FIELDS = ("first_block_s", "next_block_s", "rate_vnd", "fee_vnd", "brand_fee_vnd")


def load_defaults() -> int:
    """The published tariffs that come with Chốt, into an empty table; how many."""
    if TariffRow.objects.exists():
        return 0
    text = files("chot.charges").joinpath("data/tariffs.yaml").read_text(encoding="utf-8")
    rows = [
        TariffRow(
            operator=row["operator"], group=row["group"], prefix=row.get("prefix", ""), valid_from=row["from"],
            **{name: row[name] for name in _FIELDS},
        )
        for row in yaml.safe_load(text)
    ]  # fmt: skip
    TariffRow.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def save_tariff(row: TariffRow, *, by: User, address: str | None) -> TariffRow:
    """Add or change a tariff; calls that are under way keep the price with which they began."""
    before = TariffRow.objects.select_for_update().filter(pk=row.pk).first() if row.pk else None
    row.save()
    record("tariff.saved", f"tariff:{row.pk}", by=by, address=address, before=_told(before) if before else None, after=_told(row))
    return row


@transaction.atomic
def import_tariffs(rows: Sequence[TariffRow], *, source: str, by: User, address: str | None) -> tuple[int, int]:
    """Write the rows of a file: how many are new, and how many replace the price of the same calls from the same day."""
    new = changed = 0
    for row in rows:
        key: dict[str, Any] = {"operator": row.operator, "group": row.group, "prefix": row.prefix, "valid_from": row.valid_from}
        values = {name: getattr(row, name) for name in (*_FIELDS, "valid_to")}
        _row, made = TariffRow.objects.update_or_create(**key, defaults=values)
        new, changed = new + made, changed + (not made)
    record("tariff.imported", f"file:{source[:80]}", by=by, address=address, after={"new": new, "changed": changed})
    return new, changed


def _told(row: TariffRow) -> dict[str, Any]:
    names = ("operator", "group", "prefix", *_FIELDS)
    return {**{name: getattr(row, name) for name in names}, "from": str(row.valid_from), "to": str(row.valid_to or "")}
