"""How good the work was: what customers answered, what reviewers heard, what agents know."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.kpi.schema import SURVEY_RANGES
from chot.people.fact_rows import FactRow, checks


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

    class Meta:
        constraints = checks("reviews")

    def __str__(self) -> str:
        return self.review_id


class Exam(FactRow):
    """An agent's exam; ``score_bp`` in basis points."""

    exam_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    taken_at = models.DateTimeField(db_index=True)
    score_bp = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = checks("exams")

    def __str__(self) -> str:
        return self.exam_id
