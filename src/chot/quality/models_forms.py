"""Forms that calls are scored by: what is listened for, how much it counts, and which faults fail the whole call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import models


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing that is listened for; ``points`` at most, and with ``fails`` no points at all fail the whole call."""

    key: str
    title: str
    points: int
    about: str = ""
    fails: bool = False


class ScoreForm(models.Model):
    """One version of a form. It never changes: who changes a form makes the next version, and reviews keep theirs."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    plan_role = models.CharField(max_length=64, blank=True)
    campaign = models.CharField(max_length=64, blank=True)
    rows = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("code", "version"), name="score_form_versions")]
        ordering = ("code", "-version")

    def __str__(self) -> str:
        return self.title

    @property
    def criteria(self) -> list[Criterion]:
        """What is listened for, in order."""
        return [Criterion(**row) for row in self.rows]

    @property
    def points(self) -> int:
        """All points together."""
        return sum(each.points for each in self.criteria)


def as_rows(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """Criteria as a form keeps them."""
    return [asdict(each) for each in criteria]
