"""Reads of carriers' reports: what was asked for beside what the carrier says, and the difference in đồng."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from chot.charges.models import CarrierLine, CarrierReport

DIFFERENCES = ("all", "charge", "brand", "unknown")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """A report in figures: its rows and money, ours for the same calls, and how many rows differ in what."""

    rows: int
    unknown: int
    reported_vnd: int
    ours_vnd: int
    charge_differs: int
    brand_differs: int

    @property
    def difference_vnd(self) -> int:
        """How much more the carrier charges than Chốt has counted; calls that we do not know count whole."""
        return self.reported_vnd - self.ours_vnd


_CHARGE = Q(call__isnull=False) & (~Q(charge_vnd=F("call__charge_vnd")) | Q(call__charge_vnd=None))
_BRAND = Q(call__isnull=False) & ~Q(brand__iexact=F("call__brand"))


def reports() -> list[CarrierReport]:
    """The reports that were read, the latest first, each with its rows and money."""
    told = {"rows": Count("lines"), "unknown": Count("lines", filter=Q(lines__call=None)), "reported": Sum("lines__charge_vnd")}
    return list(CarrierReport.objects.select_related("read_by").annotate(**told, ours=Sum("lines__call__charge_vnd"))[:50])


def totals(report: CarrierReport) -> Totals:
    """The figures of one report."""
    found = report.lines.aggregate(
        rows=Count("pk"), unknown=Count("pk", filter=Q(call=None)), reported=Sum("charge_vnd"), ours=Sum("call__charge_vnd"),
        charge=Count("pk", filter=_CHARGE), brand=Count("pk", filter=_BRAND),
    )  # fmt: skip
    return Totals(
        rows=found["rows"], unknown=found["unknown"], reported_vnd=found["reported"] or 0, ours_vnd=found["ours"] or 0,
        charge_differs=found["charge"], brand_differs=found["brand"],
    )  # fmt: skip


def lines(report: CarrierReport, show: str) -> QuerySet[CarrierLine]:
    """The rows of a report: all, or those that differ in the charge or the brand name, or are no call of ours."""
    wanted = {"charge": _CHARGE, "brand": _BRAND, "unknown": Q(call=None)}.get(show, Q())
    return report.lines.filter(wanted).select_related("call").annotate(more=F("charge_vnd") - F("call__charge_vnd")).order_by("line")
