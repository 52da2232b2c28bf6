"""Pay runs on their way to a closed period, and what people ask about their pay."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.people.models import User
from chot.performance.models import PlanVersion


class PayRun(models.Model):
    """The pay of a plan and period: drafted, handed over for review, closed by someone else (four eyes).

    ``rejected`` tells of the rows of the facts that the draft left out: ``count``, and the first of them as sentences in ``rows``.
    """

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
    rejected = models.JSONField(default=dict, blank=True)

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


class PayDraft(models.Model):
    """What a draft said when it was prepared, kept to compare the next one with. ``people``: by agent, as in ``Result``."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=10)
    run_id = models.CharField(max_length=32)
    total_vnd = models.BigIntegerField()
    people = models.JSONField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["plan", "period"], name="drafts_of_a_period")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.period} {self.run_id}"


class PayJob(models.Model):
    """Work on a pay run that takes longer than a page: how far it is, and in words what went wrong."""

    class Kind(models.TextChoices):
        PREPARE = "prepare", _("Preparing")
        CLOSE = "close", _("Closing")
        SLIPS = "slips", _("Making the payslips")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the worker")
        WORKING = "working", _("At work")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Step(models.TextChoices):
        FACTS = "facts", _("Reading the facts")
        COMPUTING = "computing", _("Computing everyone's pay")
        SAVING = "saving", _("Saving the figures")
        FREEZING = "freezing", _("Freezing facts, plan and targets, and computing again from them")
        BOOKING = "booking", _("Writing the entries")
        SLIPS = "slips", _("Signing the payslips")

    OPEN = (State.WAITING, State.WORKING)

    kind = models.CharField(max_length=10, choices=Kind)
    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    step = models.CharField(max_length=10, choices=Step, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    file = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.GenericIPAddressField(null=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "plan", "period"], condition=models.Q(state__in=["waiting", "working"]), name="one_open_job_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.plan_id} {self.period}"


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


class PayAdjustment(models.Model):
    """An amount beside the KPI lines of a run, proposed by one person and approved by another; typed, and never a fine."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction of an error")
        GOODWILL = "goodwill", _("Goodwill payment")
        CLAW_BACK = "claw_back", _("Commission taken back")
        DAMAGE = "damage", _("Compensation for damaged property (Art. 102)")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Awaiting approval")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TAKEN = (Kind.CLAW_BACK, Kind.DAMAGE)

    run = models.ForeignKey(PayRun, on_delete=models.PROTECT, related_name="adjustments")
    agent_id = models.CharField(_("agent"), max_length=64, db_index=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount_vnd = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    corrects = models.ForeignKey(PayRun, null=True, on_delete=models.PROTECT, related_name="+")
    corrects_line = models.CharField(max_length=120, blank=True)
    net_pay_vnd = models.BigIntegerField(_("net pay of the month"), null=True, blank=True)
    dispute = models.ForeignKey(Dispute, null=True, on_delete=models.PROTECT, related_name="adjustments")
    attachment = models.CharField(max_length=400, blank=True)
    attachment_name = models.CharField(max_length=150, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(_("why"), blank=True)

    class Meta:
        ordering = ("agent_id", "pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["correction", "goodwill"], amount_vnd__gt=0)
                | models.Q(kind__in=["claw_back", "damage"], amount_vnd__lt=0),
                name="an_adjustment_has_the_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by"))),
                name="an_adjustment_is_approved_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.amount_vnd}"
