"""Reads: when plans were discussed with the workers' side and where they were published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.db.models import Min, QuerySet

from chot.core.errors import InputError
from chot.kpi.checks import load_records
from chot.performance.models import PlanRecord
from chot.performance.workplace import data_folder


def records_of(plan_id: str) -> QuerySet[PlanRecord]:
    """Everything recorded about a plan, voided records too, the latest first."""
    return PlanRecord.objects.filter(plan_id=plan_id).select_related("by")


def consultations() -> dict[str, date]:
    """The first day on which each plan was discussed, as recorded in the application."""
    valid = PlanRecord.objects.filter(kind=PlanRecord.Kind.CONSULTED, voided_at=None)
    return dict(valid.order_by("plan_id").values_list("plan_id").annotate(Min("on")))


def consulted_on(plan_id: str) -> date | None:
    """The day on which a plan was first discussed: as recorded here, else by ``records.yaml``; None without a record."""
    here = consultations().get(plan_id)
    if here:
        return here
    try:
        return load_records(data_folder() / "records.yaml", plan_id).consulted
    except InputError:
        return None


def minutes_file(record: PlanRecord) -> Path:
    """Where the file of the minutes lies; backups carry it with the data folder."""
    return data_folder() / "records" / record.file_hash
