"""What agents do when: one row for each stretch of a state, the open one without an end."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DeskState(models.TextChoices):
    """What an agent is doing; only ``ready`` is offered calls. ``missed`` is set for whom rings in a row went unanswered."""

    READY = "ready", pgettext_lazy("agent", "Ready")
    BREAK = "break", pgettext_lazy("agent", "Break")
    TRAINING = "training", _("Training")
    MEETING = "meeting", _("Meeting")
    WRAP_UP = "wrap_up", _("Wrap-up")
    MISSED = "missed", _("Not answering")
    OFFLINE = "offline", pgettext_lazy("agent", "Offline")


class BreakReason(models.TextChoices):
    """What a break is for."""

    MEAL = "meal", _("Meal")
    SHORT = "short", _("Short rest")
    TECHNICAL = "technical", _("Technical trouble")
    OTHER = "other", pgettext_lazy("break", "Other")


class AgentState(models.Model):
    """A stretch of one state; ``set_by`` who set it for the agent.

    ``call_id`` is the call that a wrap-up follows, ``after`` what the agent did before that call and goes back to (empty: ready).
    """

    agent_id = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DeskState)
    reason = models.CharField(max_length=12, choices=BreakReason, blank=True)
    call_id = models.CharField(max_length=100, blank=True)
    after = models.CharField(max_length=10, choices=DeskState, blank=True, db_default="")
    after_reason = models.CharField(max_length=12, choices=BreakReason, blank=True, db_default="")
    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("agent_id", "-started_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["agent_id"], condition=Q(ended_at=None), name="one_open_state_per_agent"),
            models.UniqueConstraint(fields=["agent_id", "call_id"], condition=~Q(call_id=""), name="one_wrap_up_per_agent_and_call"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="state_ends_after_start"),
            models.CheckConstraint(condition=Q(state="break") | Q(reason=""), name="only_breaks_have_a_reason"),
        ]
        indexes = [models.Index(fields=["agent_id", "started_at"], name="states_of_agent")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state}"
