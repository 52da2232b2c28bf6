"""Writes: a carrier's list of calls is laid beside ours, each row to at most one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chot.charges.carrier_files import Reported
from chot.charges.models import CallCharge, CarrierLine, CarrierReport
from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User

APART = timedelta(minutes=3)
"""So far apart may the beginnings of one call be in two clocks, ringing included."""


def take_report(rows: Sequence[Reported], digest: str, name: str, *, by: User, address: str | None) -> CarrierReport:
    """Keep the rows of a file, each beside the nearest call to its number that has none yet.

    Raises ``InputError`` for a file that was read already.
    """
    try:
        with transaction.atomic():
            report = CarrierReport.objects.create(name=name[-80:], digest=digest, read_at=clock.now(), read_by=by)
            calls = _calls(rows)
            CarrierLine.objects.bulk_create(
                CarrierLine(
                    report=report, line=row.line, call=_nearest(row, calls), number=row.number, shown=row.shown, brand=row.brand,
                    started_at=row.started_at, seconds=row.seconds, charge_vnd=row.charge_vnd,
                )
                for row in sorted(rows, key=lambda each: each.started_at)
            )  # fmt: skip
            after = {"rows": len(rows), "known": report.lines.exclude(call=None).count()}
            record("carrier_report.read", f"carrier_report:{report.pk}", by=by, address=address, after=after)
    except IntegrityError:
        fix = _("Delete that one first to read it anew.")
        raise InputError(Problem(field="file", what=_("This file was read already"), fix=fix)) from None
    return report


@transaction.atomic
def delete_report(pk: int, *, by: User, address: str | None) -> None:
    """What the carrier said is forgotten; calls and their charges stay as they were."""
    report = CarrierReport.objects.select_for_update().get(pk=pk)
    record("carrier_report.deleted", f"carrier_report:{pk}", by=by, address=address, before={"name": report.name})
    report.delete()


def _calls(rows: Sequence[Reported]) -> dict[str, list[CallCharge]]:
    """The calls that rows may be about, by number."""
    found: dict[str, list[CallCharge]] = defaultdict(list)
    if rows:
        first, last = min(row.started_at for row in rows) - APART, max(row.started_at for row in rows) + APART
        settled = CallCharge.objects.filter(state=CallCharge.State.SETTLED, made_at__range=(first, last), reported=None)
        for call in settled.select_for_update(of=("self",)):
            found[call.number].append(call)
    return found


def _nearest(row: Reported, calls: dict[str, list[CallCharge]]) -> CallCharge | None:
    """The call nearest in time, taken out of those that are left."""
    near = [each for each in calls.get(row.number, ()) if abs(each.made_at - row.started_at) <= APART]
    best = min(near, key=lambda each: (abs(each.made_at - row.started_at), abs(each.seconds - row.seconds)), default=None)
    if best is not None:
        calls[row.number].remove(best)
    return best
