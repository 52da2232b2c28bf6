"""Pay runs on their way to a closed period, and what people ask about their pay."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.people.models import User
from chot.performance.models import PlanVersion


class PayRun(models.Model):
    """The pay of a plan and period: drafted, handed over for review, closed by someone else (four eyes)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        CLOSING = "closing", _("Closing")
        CLOSED = "closed", _("Closed")

    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="pay_runs")
    period = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    run_id = models.CharField(max_length=32, blank=True)
    total_vnd = models.BigIntegerField(default=0)
    prepared_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ("-period", "plan")
        constraints = [models.UniqueConstraint(fields=["plan", "period"], name="one_pay_run_per_plan_and_period")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.period}"


class PayEntry(models.Model):
    """One agent's pay in a closed run; never changed afterwards."""

    run = models.ForeignKey(PayRun, on_delete=models.PROTECT, related_name="entries")
    agent_id = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120)
    team_id = models.CharField(max_length=64, blank=True)
    variable_vnd = models.BigIntegerField()
    carry_vnd = models.BigIntegerField(default=0)
    lines = models.JSONField()

    class Meta:
        ordering = ("agent_id",)
        constraints = [models.UniqueConstraint(fields=["run", "agent_id"], name="one_entry_per_run_and_agent")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.variable_vnd}"


class Dispute(models.Model):
    """A question about one line of pay, with its answer and the day by which it is due."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=10)
    agent_id = models.CharField(max_length=64, db_index=True)
    line = models.CharField(max_length=120)
    text = models.TextField(_("question"))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    asked_at = models.DateTimeField()
    due = models.DateField(_("answer due"))
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("state", "due", "pk")

    def __str__(self) -> str:
        return f"{self.agent_id} {self.line}"
