"""What this app puts into a customer's course: calls with what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chot.calls.models import Call, CallOutcome, Disposition
from chot.calls.queries_parts import ways
from chot.customers.timeline import Event, Subject


def calls(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Calls by when they began."""
    rows = Call.objects.filter(customer_id__in=subject.ids)
    found = list((rows.filter(started_at__lte=upto) if upto else rows).order_by("-started_at", "-pk")[:most])
    notes: dict[str, str] = {}
    noted = CallOutcome.objects.filter(call_id__in=[row.call_id for row in found]).exclude(note="").order_by("pk")
    for call_id, note in noted.values_list("call_id", "note"):
        notes[call_id] = f"{notes[call_id]} · {note}" if call_id in notes else note
    names = dict(Disposition.objects.values_list("code", "name"))
    through = ways([row.call_id for row in found])
    for row in found:
        told = (through.get(row.call_id, ""), names.get(row.disposition, row.disposition), notes.get(row.call_id, ""))
        yield Event(
            at=row.started_at, kind="call", key=row.call_id, title=row.get_direction_display(), state=row.get_outcome_display(),
            detail=" · ".join(part for part in told if part), agent_id=row.agent_id,
            tone="good" if row.outcome == Call.Outcome.ANSWERED else "",
        )  # fmt: skip
