"""How far each reader of the telephony journal has come, and what it could not read."""

from __future__ import annotations

from django.db import models


class JournalReader(models.Model):
    """A reader by its name; everything up to ``seq`` has been read."""

    name = models.CharField(max_length=40, primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.seq}"


class JournalProblem(models.Model):
    """A row of the journal that a reader could not take in; it is tried again until it can."""

    reader = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    problem = models.TextField()
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "seq"], name="one_problem_per_journal_row")]

    def __str__(self) -> str:
        return f"{self.seq} {self.problem}"
