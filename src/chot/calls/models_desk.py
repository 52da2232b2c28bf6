"""The agent desk: the phone of each agent, and the calls that go on now."""

from __future__ import annotations

from django.db import models


class AgentPhone(models.Model):
    """The account with which an agent's browser registers; of its password only the digest is kept."""

    agent_id = models.CharField(max_length=64, primary_key=True)
    digest = models.CharField(max_length=32)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.agent_id


class DeskPhone(models.Model):
    """The account of a hardware phone that an administrator gave an agent. While it is ``used`` the agent is called there, not in
    the browser; of its password only the digest is kept."""

    agent_id = models.CharField(max_length=64, primary_key=True)
    digest = models.CharField(max_length=32)
    used = models.BooleanField(default=True)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.agent_id


class OpenCall(models.Model):
    """A call that goes on now, as the telephone side tells it; the row goes when the call ends.

    ``agents`` are those whose phones take part or ring, ``ringing`` those who have not answered yet, ``phase`` is one of
    ``call_changed``; ``answered_at`` is the first talk.
    ``queue_id`` is the queue that it entered last; ``queued_at``: when it entered the first one, or the one it was handed to later.
    """

    call_id = models.CharField(max_length=100, primary_key=True)
    node = models.CharField(max_length=64)
    direction = models.CharField(max_length=8)
    number = models.CharField(max_length=64, blank=True)
    line = models.CharField(max_length=64, blank=True)
    agent_id = models.CharField(max_length=64, blank=True)
    customer_id = models.CharField(max_length=100, blank=True)
    campaign_id = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    phase = models.CharField(max_length=20, blank=True, db_default="")
    agents = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    ringing = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    outside = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    """Numbers outside that ring or take part, beside the customer's."""
    on_hold = models.BooleanField(default=False, db_default=False)
    answered_at = models.DateTimeField(null=True)
    queue_id = models.CharField(max_length=64, blank=True, db_default="")
    queued_at = models.DateTimeField(null=True)
    recording_refused = models.BooleanField(default=False, db_default=False)
    recording_untold = models.BooleanField(default=False, db_default=False)
    """The customer could not be told of the recording, so there is none."""
    paused_at = models.DateTimeField(null=True)
    """Since when the recording is silent, ``paused_until`` at most; ``pause_failed_at``: the last wish was not fulfilled."""
    paused_until = models.DateTimeField(null=True)
    pause_failed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "telephony_call"
        ordering = ("started_at", "call_id")

    def __str__(self) -> str:
        return f"{self.call_id} {self.phase}"
