"""How operational rows get into the facts: what changed, what was moved, what could not be, and the nightly proof."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class FactChange(models.Model):
    """One key of an operational table that was written, by a trigger in the transaction that wrote it. Moved, it is deleted.

    ``key`` is that of ``chot.facts.keys``, empty when the whole table was emptied; ``xid`` the writing transaction.
    """

    fact_table = models.CharField(max_length=20)
    key = models.TextField()
    xid = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.fact_table} {self.key}"


class Generation(models.Model):
    """One move of changes into the facts: how many, which months they changed, how long the oldest had waited.

    ``horizon``: every change of a transaction before this one is in.
    """

    at = models.DateTimeField(db_index=True)
    changes = models.PositiveIntegerField()
    months = models.JSONField()
    waited_ms = models.PositiveIntegerField()
    took_ms = models.PositiveIntegerField()
    horizon = models.BigIntegerField()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.pk}: {self.changes}"


class RejectedRow(models.Model):
    """An operational row that the facts cannot hold, until it is corrected where it stands.

    Dismissed, it is left out on purpose and no period waits for it; once written again, it is judged anew.
    """

    fact_table = models.CharField(max_length=20)
    key = models.TextField()
    column = models.CharField(max_length=40)
    value = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    dismissed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("fact_table", "key")
        constraints = [models.UniqueConstraint(fields=["fact_table", "key"], name="one_rejection_per_row")]

    def __str__(self) -> str:
        return f"{self.fact_table} {self.key}: {self.reason}"


class Proof(models.Model):
    """One table's month computed anew from the database and compared with the facts by content."""

    class State(models.TextChoices):
        EQUAL = "equal", _("Equal")
        REPAIRED = "repaired", _("Repaired")

    at = models.DateTimeField(db_index=True)
    fact_table = models.CharField(max_length=20)
    month = models.CharField(max_length=7, blank=True)
    rows = models.PositiveBigIntegerField()
    expected = models.CharField(max_length=64)
    found = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State)
    evidence = models.JSONField(null=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.fact_table} {self.month} {self.state}"


class LiveState(models.Model):
    """What the latest run of a plan's period was computed on: it is computed again when that has changed."""

    plan_version = models.BigIntegerField()
    period = models.CharField(max_length=10)
    facts = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan_version", "period"], name="one_live_state_per_plan_and_period")]

    def __str__(self) -> str:
        return f"{self.plan_version} {self.period}"
