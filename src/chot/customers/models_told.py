"""Which tickets and tasks somebody was reminded of."""

from __future__ import annotations

from django.db import models


class Reminded(models.Model):
    """An agent's ticket or task of which somebody was told that it comes due or is overdue: once for each due time."""

    class Kind(models.TextChoices):
        TICKET = "ticket"
        TASK = "task"

    class Step(models.TextChoices):
        DUE = "due"
        LATE = "late"

    kind = models.CharField(max_length=6, choices=Kind)
    item = models.BigIntegerField()
    agent_id = models.CharField(max_length=64)
    due_at = models.DateTimeField(db_index=True)
    step = models.CharField(max_length=4, choices=Step)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "item", "agent_id", "due_at", "step"], name="reminded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item} {self.step}"
