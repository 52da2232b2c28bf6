"""How good the work was: what customers answered, what reviewers heard, what agents know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.kpi.schema import SURVEY_RANGES
from chot.people.fact_rows import FactRow, checks
from chot.quality.models_forms import ScoreForm


class Survey(FactRow):
    """A customer's answer; without a score it counts in no metric."""

    class Kind(models.TextChoices):
        CSAT = "csat", _("Satisfaction (CSAT, 1 to 5)")
        NPS = "nps", _("Recommendation (NPS, 0 to 10)")
        CES = "ces", _("Effort (CES, 1 to 7)")

    survey_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    customer_id = models.CharField(max_length=100, blank=True, db_index=True)
    call_id = models.CharField(max_length=100, blank=True, db_index=True)
    kind = models.CharField(max_length=4, choices=Kind, blank=True)
    score = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            *checks("surveys"),
            *(
                models.CheckConstraint(condition=~models.Q(kind=kind) | models.Q(score__range=(low, high)), name=f"surveys_{kind}_range")
                for kind, (low, high) in SURVEY_RANGES.items()
            ),
        ]

    def __str__(self) -> str:
        return self.survey_id


class Review(FactRow):
    """A reviewed call; ``score_bp`` in basis points. An auto-fail counts 0, one that is not final counts in no metric."""

    review_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    call_id = models.CharField(max_length=100, blank=True, db_index=True)
    score_bp = models.BigIntegerField(null=True, blank=True)
    auto_fail = models.BooleanField(default=False, db_default=False)
    final = models.BooleanField(default=True, db_default=True)
    reviewed_at = models.DateTimeField(db_index=True)
    form = models.ForeignKey(ScoreForm, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The version that it was given by; ``marks`` are the points by criterion, as texts."""
    marks = models.JSONField(null=True, blank=True)
    comment = models.TextField(blank=True, default="", db_default="")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = checks("reviews")

    def __str__(self) -> str:
        return self.review_id

    @property
    def day(self) -> date:
        """The day of the company on which it was given."""
        return self.reviewed_at.astimezone(clock.ZONE).date()

    @property
    def share(self) -> Fraction | None:
        """The score as a share of the whole; nothing where a fault fails the call."""
        return Fraction(0) if self.auto_fail else None if self.score_bp is None else Fraction(self.score_bp, 10_000)


class Exam(FactRow):
    """An agent's exam; ``score_bp`` in basis points, ``points`` of ``maximum`` as they were entered here."""

    exam_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    taken_at = models.DateTimeField(db_index=True)
    score_bp = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=120, blank=True, default="", db_default="")
    points = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    maximum = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints = checks("exams")

    def __str__(self) -> str:
        return self.name or self.exam_id

    @property
    def day(self) -> date:
        """The day of the company on which it was taken."""
        return self.taken_at.astimezone(clock.ZONE).date()

    @property
    def share(self) -> Fraction | None:
        """The score as a share of the maximum."""
        return None if self.score_bp is None else Fraction(self.score_bp, 10_000)

    @property
    def as_entered(self) -> tuple[Decimal, Decimal] | None:
        """Points and their maximum; None where the score came from elsewhere, also later."""
        if self.points is None or not self.maximum or basis_points(self.points, self.maximum) != self.score_bp:
            return None
        return self.points, self.maximum


def basis_points(points: Decimal, maximum: Decimal) -> int:
    """Points of a maximum in basis points, half a point up.

    >>> basis_points(Decimal("8.5"), Decimal(10)), basis_points(Decimal(1), Decimal(3)), basis_points(Decimal(1), Decimal(16))
    (8500, 3333, 625)
    """
    return int(Fraction(points) * 10_000 / Fraction(maximum) + Fraction(1, 2))
