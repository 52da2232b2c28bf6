"""What agents note after a call: the disposition, fields, and when to call again."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Scoped(models.Model):
    """Something that is asked after calls of one campaign or queue, or (both empty) after every call."""

    campaign_id = models.CharField(_("campaign"), max_length=64, blank=True)
    queue_id = models.CharField(_("queue"), max_length=64, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=10)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True


class Disposition(Scoped):
    """What came of a call; ``code`` is what the facts keep."""

    code = models.SlugField(_("code"), max_length=40, unique=True, help_text=_("It stays when the name changes."))
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=80)
    wants_callback = models.BooleanField(_("asks when to call again"), default=False)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name


class OutcomeField(Scoped):
    """Something to find out during a call; those that are filled count as ``fields_collected``."""

    class Kind(models.TextChoices):
        TEXT = "text", pgettext_lazy("field", "Text")
        NUMBER = "number", pgettext_lazy("field", "Number")
        DATE = "date", pgettext_lazy("field", "Day")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")

    label = models.CharField(_("label"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TEXT)
    choices = models.TextField(_("choices"), blank=True, max_length=2000, help_text=_("For a list: one on each line."))
    required = models.BooleanField(_("must be filled"), default=False)

    class Meta:
        ordering = ("position", "label")

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[str]:
        """The choices of a list."""
        return [line.strip() for line in self.choices.splitlines() if line.strip()]


class CallOutcome(models.Model):
    """What one agent noted of one call. ``values`` by field id.

    What the call's own agent noted is written onto its fact, else what another agent of the call did; each keeps the own part.
    """

    call_id = models.CharField(max_length=100)
    agent_id = models.CharField(max_length=64, db_index=True)
    disposition = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)
    fields_collected = models.PositiveIntegerField(default=0)
    note = models.TextField(max_length=4000, blank=True)
    wrap_s = models.PositiveIntegerField(null=True)
    saved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["call_id", "agent_id"], name="one_outcome_per_agent_and_call"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.disposition}"


class Callback(models.Model):
    """A customer who is to be called again at a moment; ``number`` in E.164. Open until a call is made or it is dropped."""

    agent_id = models.CharField(max_length=64)
    number = models.CharField(max_length=20)
    customer_id = models.CharField(max_length=100, blank=True, db_index=True)
    campaign_id = models.CharField(max_length=64, blank=True)
    call_id = models.CharField(max_length=100, blank=True, null=True)
    note = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_call_id = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("due_at", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["call_id", "agent_id"], name="one_callback_per_agent_and_call"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agent_id", "due_at"], condition=models.Q(done_at=None), name="open_callbacks"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.due_at}"


class DeskRules(models.Model):
    """What holds at every desk: one row. After ``wrap_limit_s`` of wrap-up an agent is ready again by itself; 0 = never."""

    wrap_limit_s = models.PositiveIntegerField(
        _("seconds of wrap-up"), default=90, help_text=_("Then the agent is ready again by itself. 0: only when the agent says so.")
    )
    break_limit_min = models.PositiveSmallIntegerField(
        _("minutes of a break"), default=15, help_text=_("The wallboard shows who is away for longer. 0: nobody is shown.")
    )
    pause_limit_s = models.PositiveSmallIntegerField(
        _("seconds of a paused recording"), default=120, validators=[MinValueValidator(10), MaxValueValidator(900)],
        help_text=_("An agent pauses the recording while a card number is said. Then it goes on by itself."),
    )  # fmt: skip
    meal_limit_min = models.PositiveSmallIntegerField(_("minutes of a meal break"), default=60, help_text=_("0: nobody is shown."))

    def __str__(self) -> str:
        return str(self.wrap_limit_s)
