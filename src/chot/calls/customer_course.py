"""Calls in the course of everything with a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from chot.calls.models import Call
from chot.customers.timeline import Event, Subject


def calls(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Calls of a customer, the latest first."""
    rows = Call.objects.filter(customer_id__in=subject.ids)
    for row in (rows.filter(started_at__lte=upto) if upto else rows).order_by("-started_at", "-pk")[:most]:
        answered = row.outcome == Call.Outcome.ANSWERED
        length = _("%(minutes)d min %(seconds)02d s") % {"minutes": (row.talk_s or 0) // 60, "seconds": (row.talk_s or 0) % 60}
        yield Event(
            at=row.started_at, kind="call", key=row.call_id, title=row.get_direction_display(), state=row.get_outcome_display(),
            tone="good" if answered else "warn", detail=" · ".join(part for part in (length if answered else "", row.disposition) if part),
            agent_id=row.agent_id,
        )  # fmt: skip
