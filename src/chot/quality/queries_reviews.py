"""Reads of reviews: whose, when, by which form; and the marks of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from chot.customers.queries_work import agents_seen
from chot.people.models import User
from chot.quality.models import Review
from chot.quality.models_forms import Criterion
from chot.quality.queries import midnight


def seen(user: User) -> QuerySet[Review]:
    """The reviews that the user sees."""
    agents = agents_seen(user)
    return Review.objects.all() if agents is None else Review.objects.filter(agent_id__in=agents)


def reviews(user: User, *, agent: str = "", form: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Review]:
    """Reviews of a filter, the latest first; ``form`` is a code."""
    rows = seen(user).select_related("form", "reviewed_by")
    rows = rows.filter(agent_id=agent) if agent else rows
    rows = rows.filter(form__code=form) if form else rows
    rows = rows.filter(reviewed_at__gte=midnight(first)) if first else rows
    rows = rows.filter(reviewed_at__lt=midnight(last + timedelta(days=1))) if last else rows
    return rows.order_by("-reviewed_at", "-pk")


def subject(review: Review) -> str:
    """What the audit trail calls a review."""
    return f"review:{review.review_id}"


@dataclass(frozen=True)
class Marked:
    """A criterion with its mark; None where it did not apply."""

    criterion: Criterion
    mark: Decimal | None

    @property
    def failed(self) -> bool:
        """Whether it fails the whole call."""
        return self.criterion.fails and self.mark is not None and not self.mark


def marks_of(review: Review) -> list[Marked]:
    """The criteria of the version that the review was given by, each with its mark."""
    marks = review.marks or {}
    criteria = review.form.criteria if review.form else []
    return [Marked(each, Decimal(marks[each.key]) if each.key in marks else None) for each in criteria]
