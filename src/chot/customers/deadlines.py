"""By when the law wants a request about personal data answered: dated data, looked up by the day of the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from chot.customers.models import DataRequest
from chot.people.working_days import after

Kind = DataRequest.Kind


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds from a day on; days are calendar days, the stricter reading, except to acknowledge (working days)."""

    since: date
    source: str
    acknowledge_working_days: int
    days: dict[str, int]
    extension: dict[str, int]


TERMS = (
    Terms(
        since=date(2026, 1, 1), source="Nghị định 356/2025/NĐ-CP, Điều 5", acknowledge_working_days=2,
        days={Kind.ACCESS: 10, Kind.CORRECT: 10, Kind.WITHDRAW: 15, Kind.DELETE: 20}, extension={Kind.WITHDRAW: 15},
    ),
    Terms(
        since=date(2023, 7, 1), source="Nghị định 13/2023/NĐ-CP, Điều 14 và 16", acknowledge_working_days=1,
        days={Kind.ACCESS: 3, Kind.CORRECT: 3, Kind.WITHDRAW: 3, Kind.DELETE: 3}, extension={},
    ),
)  # fmt: skip
"""The latest first."""


def terms_on(day: date) -> Terms:
    """What holds on a day; before the first law, that law."""
    return next((terms for terms in TERMS if terms.since <= day), TERMS[-1])


def due(kind: str, day: date) -> tuple[date, date]:
    """By when a request of a day is acknowledged and by when it is done."""
    terms = terms_on(day)
    return after(day, terms.acknowledge_working_days), day + timedelta(days=terms.days[kind])


def extended(kind: str, day: date) -> date | None:
    """The later day to which a request of a day may be put off once; None where the law knows none."""
    terms = terms_on(day)
    more = terms.extension.get(kind)
    return due(kind, day)[1] + timedelta(days=more) if more else None
