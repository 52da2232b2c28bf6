"""Survey answers in the course of everything with a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chot.customers.timeline import Event, Subject
from chot.kpi.schema import SURVEY_RANGES
from chot.quality.models import Survey

_BOUNDS = {"csat": (2, 4), "nps": (6, 9), "ces": (3, 5)}
"""Up to the first an answer is a bad sign, from the second on a good one."""


def surveys(subject: Subject, upto: datetime | None, most: int) -> Iterator[Event]:
    """Answers of a customer, the latest first."""
    rows = Survey.objects.filter(customer_id__in=subject.ids)
    for row in (rows.filter(answered_at__lte=upto) if upto else rows).order_by("-answered_at", "-pk")[:most]:
        high = SURVEY_RANGES.get(row.kind, (0, 0))[1]
        bad, good = _BOUNDS.get(row.kind, (0, 0))
        tone = "" if row.score is None or not good else "good" if row.score >= good else "bad" if row.score <= bad else ""
        yield Event(
            at=row.answered_at, kind="survey", key=row.survey_id, title=row.get_kind_display(), tone=tone, agent_id=row.agent_id,
            state="" if row.score is None else f"{row.score}/{high}" if high else str(row.score),
        )  # fmt: skip
