"""Calls, as the facts count them: one row for each customer contact, whatever its legs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.calls.models_desk import AgentPhone, DeskPhone, OpenCall
from chot.calls.models_journal import JournalProblem, JournalReader
from chot.calls.models_notices import RecordingNotice
from chot.calls.models_outcomes import Callback, CallOutcome, DeskRules, Disposition, OutcomeField
from chot.calls.models_parts import CallPart
from chot.calls.models_queues import QueueTask
from chot.calls.models_states import AgentState, BreakReason, DeskState
from chot.calls.models_supervision import Supervision
from chot.calls.models_telephony import TelephonyCommand, TelephonyJournal, TelephonyMiss, TelephonyNode
from chot.people.fact_rows import FactRow, checks

__all__ = [
    "AgentPhone", "AgentState", "BreakReason", "Call", "CallOutcome", "CallPart", "Callback", "DeskPhone", "DeskRules", "DeskState",
    "Disposition", "JournalProblem", "JournalReader", "OpenCall", "OutcomeField", "QueueTask", "RecordingNotice", "Supervision",
    "TelephonyCommand", "TelephonyJournal", "TelephonyMiss", "TelephonyNode",
]  # fmt: skip


class Call(FactRow):
    """A call of the facts; ``agent_id`` is empty when no agent was reached."""

    class Direction(models.TextChoices):
        IN = "in", pgettext_lazy("call", "Inbound")
        OUT = "out", pgettext_lazy("call", "Outbound")
        INTERNAL = "internal", pgettext_lazy("call", "Internal")

    class Outcome(models.TextChoices):
        ANSWERED = "answered", pgettext_lazy("call", "Answered")
        NO_ANSWER = "no_answer", _("No answer")
        BUSY = "busy", pgettext_lazy("call", "Busy")
        FAILED = "failed", pgettext_lazy("call", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("call", "Cancelled")
        ABANDONED = "abandoned", pgettext_lazy("call", "Abandoned")
        VOICEMAIL = "voicemail", _("Voicemail")

    class HangupBy(models.TextChoices):
        AGENT = "agent", pgettext_lazy("hung up by", "Agent")
        CUSTOMER = "customer", pgettext_lazy("hung up by", "Customer")
        SYSTEM = "system", pgettext_lazy("hung up by", "System")

    call_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, blank=True, db_index=True)
    team_id = models.CharField(max_length=64, blank=True)
    customer_id = models.CharField(max_length=100, blank=True, db_index=True)
    queue_id = models.CharField(max_length=64, blank=True)
    campaign_id = models.CharField(max_length=64, blank=True)
    direction = models.CharField(max_length=8, choices=Direction)
    started_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ring_s = models.BigIntegerField(null=True, blank=True)
    wait_s = models.BigIntegerField(null=True, blank=True)
    talk_s = models.BigIntegerField(null=True, blank=True)
    hold_s = models.BigIntegerField(null=True, blank=True)
    wrap_s = models.BigIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    hangup_by = models.CharField(max_length=8, choices=HangupBy, blank=True)
    disposition = models.CharField(max_length=100, blank=True)
    fields_collected = models.BigIntegerField(null=True, blank=True)
    charge_vnd = models.BigIntegerField(null=True, blank=True)
    line_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = checks("calls")

    def __str__(self) -> str:
        return self.call_id
