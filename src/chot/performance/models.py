"""Goals, plans, acknowledgements, and the runs and statements that were computed."""

from __future__ import annotations

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.people.models import User
from chot.performance import models_ranking, models_reports  # noqa: F401 - Django finds models through this module


class Goal(models.Model):
    """A business goal: what is to be reached by when, and who answers for it. ``rank`` orders goals of one parent."""

    class Horizon(models.TextChoices):
        LONG = "long", _("Long term")
        SHORT = "short", _("Short term")

    slug = models.SlugField(_("name in plans"), max_length=60, unique=True)
    title = models.CharField(_("goal"), max_length=160)
    horizon = models.CharField(_("horizon"), max_length=5, choices=Horizon, default=Horizon.SHORT)
    parent = models.ForeignKey("self", verbose_name=_("serves"), null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    owner = models.ForeignKey(User, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    metric = models.CharField(_("measured by"), max_length=60, blank=True)
    target = models.DecimalField(_("to reach"), max_digits=18, decimal_places=4, null=True, blank=True)
    starts = models.DateField(_("from"), null=True, blank=True)
    due = models.DateField(_("by"), null=True, blank=True)
    rank = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("rank", "pk")

    def __str__(self) -> str:
        return self.title


class PlanVersion(models.Model):
    """One version of a KPI plan, as the YAML document of the command line. An announced version never changes."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ANNOUNCED = "announced", _("Announced")
        RETIRED = "retired", _("Retired")

    plan_id = models.CharField(max_length=80, db_index=True)
    version = models.CharField(max_length=32)
    title = models.CharField(max_length=160)
    text = models.TextField()
    starts = models.DateField()
    ends = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)
    override = models.TextField(_("why in spite of the findings"), blank=True)
    follows = models.ForeignKey(
        "self", verbose_name=_("follows"), null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )
    changes = models.JSONField(_("what it changes, and why"), default=list)

    class Meta:
        ordering = ("-starts", "plan_id", "-created_at")
        constraints = [
            models.UniqueConstraint(fields=["plan_id", "version"], name="one_row_per_plan_version"),
            models.UniqueConstraint(fields=["plan_id"], condition=models.Q(state="announced"), name="one_announced_version"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def document_hash(self) -> str:
        """SHA-256 of the document, as printed under it and kept with every acknowledgement."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class PlanRecord(models.Model):
    """That a plan was discussed with the workers' side, or published: Labour Code 2019, article 104. Of all versions of the plan.

    A record is never changed; a wrong one is ``voided_at`` with its reason and stays.
    """

    class Kind(models.TextChoices):
        CONSULTED = "consulted", _("Consultation")
        PUBLISHED = "published", _("Publication")

    plan_id = models.CharField(max_length=80, db_index=True)
    kind = models.CharField(_("what"), max_length=10, choices=Kind, default=Kind.CONSULTED)
    on = models.DateField(_("day"))
    place = models.CharField(_("place"), max_length=200)
    who = models.CharField(_("with whom"), max_length=500, blank=True)
    minutes = models.TextField(_("minutes"), blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind} {self.on}"


class TargetSet(models.Model):
    """Individual targets as the CSV that plans name; the name ends in the hash of ``text``, which never changes.

    ``why`` says by metric and agent where a target comes from.
    """

    name = models.CharField(max_length=160, unique=True)
    text = models.TextField()
    why = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class TargetChange(models.Model):
    """One target of a draft that somebody changed, and why; the latest of an agent and metric holds. No target: back to the proposal."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="target_changes")
    agent_id = models.CharField(max_length=64)
    metric = models.CharField(max_length=60)
    before = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    target = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["plan", "metric", "agent_id"], name="target_changes_of_a_cell")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.metric} {self.target}"


class Rollout(models.Model):
    """What belongs to the roll-out of a plan beside its document: when it is looked at again, tools, and the words to its people."""

    plan = models.OneToOneField(PlanVersion, on_delete=models.CASCADE, related_name="rollout")
    reviews = models.JSONField(_("review dates"), default=list)
    tools = models.TextField(_("tools"), blank=True)
    message = models.TextField(_("words to the people"), blank=True)

    def __str__(self) -> str:
        return f"{self.plan_id}"


class Event(models.Model):
    """Something unforeseen that kept a team, or everyone, from working as planned; the review of a period counts it."""

    team_id = models.CharField(_("team"), max_length=64, blank=True)
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    note = models.CharField(_("what happened"), max_length=300)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-first", "-pk")
        constraints = [models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="an_event_ends_after_it_begins")]

    def __str__(self) -> str:
        return self.note


class Acknowledgement(models.Model):
    """One agent's answer to an announced plan: read, agreed, or asked; with the hash of the document and the address it came from."""

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        AGREED = "agreed", _("Acknowledged")
        ASKED = "asked", _("Asked")

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="acknowledgements")
    agent_id = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    question = models.TextField(_("question"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    document_hash = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True)

    class Meta:
        ordering = ("agent_id",)
        constraints = [models.UniqueConstraint(fields=["plan", "agent_id"], name="one_acknowledgement_per_agent")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.agent_id} {self.state}"


class Run(models.Model):
    """The latest computed run of a plan and period: the contract's document, and where the period is heading."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="runs")
    period = models.CharField(max_length=10)
    run_id = models.CharField(max_length=32)
    document = models.JSONField()
    scorecard = models.JSONField()
    forecast = models.JSONField(null=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ("-period", "plan")
        constraints = [models.UniqueConstraint(fields=["plan", "period"], name="one_run_per_plan_and_period")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.period}"


class Result(models.Model):
    """One agent in a run: what the pages list, without opening the documents of everyone."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    agent_id = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120)
    team_id = models.CharField(max_length=64, blank=True, db_index=True)
    variable_vnd = models.BigIntegerField()
    carry_vnd = models.BigIntegerField(null=True)
    attainment = models.FloatField(_("weighted attainment, to sort and draw by"), null=True)
    items = models.JSONField()
    lines = models.JSONField()
    head = models.JSONField(_("days and gates, as above the lines of the statement"), null=True)
    forecast = models.JSONField(null=True)
    """Where the running period will end for the agent."""

    class Meta:
        ordering = ("-attainment", "agent_id")
        constraints = [models.UniqueConstraint(fields=["run", "agent_id"], name="one_result_per_agent")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.variable_vnd}"


class Statement(models.Model):
    """One agent's explained run, down to the rows; what a ``run_id`` says never changes."""

    run_id = models.CharField(max_length=32)
    agent_id = models.CharField(max_length=64)
    document = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run_id", "agent_id"], name="one_statement_per_run_and_agent")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.agent_id}"


class Upload(models.Model):
    """A file on its way into the facts, and what became of its rows."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    size = models.BigIntegerField()
    table = models.CharField(max_length=20, blank=True)
    format = models.CharField(max_length=30, default="auto")
    mapping = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done_bytes = models.BigIntegerField(default=0)
    report = models.JSONField(null=True)
    problem = models.TextField(blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name
