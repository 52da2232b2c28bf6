"""Survey answers in the course of everything with a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chot.customers.timeline import Event, Subject
from chot.kpi.schema import SURVEY_RANGES
from chot.quality.models import Survey


def surveys(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Answers of a customer, the latest first."""
    rows = Survey.objects.filter(customer_id__in=subject.ids)
    for row in (rows.filter(answered_at__lte=upto) if upto else rows).order_by("-answered_at", "-pk")[:most]:
        low, high = SURVEY_RANGES.get(row.kind, (0, 0))
        middle = low + (high - low) * 6 // 10
        tone = "" if row.score is None or not high else "good" if row.score > middle else "bad" if row.score < middle else "warn"
        yield Event(
            at=row.answered_at, kind="survey", key=row.survey_id, title=row.get_kind_display(), tone=tone, agent_id=row.agent_id,
            state="" if row.score is None else f"{row.score}/{high}" if high else str(row.score),
        )  # fmt: skip
