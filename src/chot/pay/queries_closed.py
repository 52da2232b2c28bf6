"""Which days are paid already, or on their way to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from chot.core.periods import parse
from chot.pay.models import PayEntry, PayRun
from chot.people.closed_days import PaidRun
from chot.performance.models import Result


def is_closed(day: date) -> bool:
    """Whether a closed pay run is of the day's month."""
    return PayRun.objects.filter(state=PayRun.State.CLOSED, period=f"{day:%Y-%m}").exists()


def runs_of(days: Iterable[date], agents: Iterable[str] | None) -> list[PaidRun]:
    """The pay runs whose period has one of the days; with ``agents`` only those that pay one of them. The latest first."""
    wanted = set(days)
    years = Q(*(Q(period__startswith=str(year)) for year in {day.year for day in wanted}), _connector=Q.OR)
    runs = PayRun.objects.select_related("plan").filter(years)
    if agents is not None:
        paid = PayEntry.objects.filter(run=OuterRef("pk"), agent_id__in=list(agents))
        counted = Result.objects.filter(run__plan=OuterRef("plan"), run__period=OuterRef("period"), agent_id__in=list(agents))
        runs = runs.filter(Exists(paid) | Exists(counted))
    return [
        PaidRun(run.plan.title, run.period, run.state in (PayRun.State.CLOSING, PayRun.State.CLOSED), reverse("pay:run", args=[run.pk]))
        for run in runs
        if _has_one(run.period, wanted)
    ]


def _has_one(period: str, days: set[date]) -> bool:
    span = parse(period)
    return any(day in span for day in days)
