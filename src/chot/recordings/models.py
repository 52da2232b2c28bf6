"""Recordings, what people say of them, who has listened, and how long they are kept."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class Retention(models.TextChoices):
    """Why, and so how long, a recording is kept."""

    STANDARD = "standard", _("Conversations")
    SALE = "sale", _("Conversations with an order")
    HELD = "held", _("Held for a dispute")


RULED = [(each.value, each.label) for each in (Retention.STANDARD, Retention.SALE)]
"""The classes whose time a rule sets."""


class Recording(models.Model):
    """The recording of one call: waiting to be encoded, kept, or gone with only this row left."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        KEPT = "kept", _("ready")
        LOST = "lost", _("lost")
        GONE = "gone", _("deleted")

    call_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, blank=True, db_index=True)
    agents = ArrayField(models.CharField(max_length=64), default=list)
    """Everybody who took part, ``agent_id`` first."""
    started_at = models.DateTimeField(db_index=True)
    duration_ms = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    sources = models.JSONField(default=list)
    """The files of the exchange (mixed, customer, agent) until they are removed."""
    noted_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    path = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0)
    codec = models.CharField(max_length=8, blank=True)
    sealed_key = models.TextField(blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    peaks = models.BinaryField(default=b"")
    """The loudest sample of each part, 0 to 255: the customer's parts, then as many of the agent's."""
    retention = models.CharField(max_length=8, choices=Retention, default=Retention.STANDARD)
    delete_after = models.DateField(null=True, blank=True, db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    repaired = models.BooleanField(default=False)
    remote_at = models.DateTimeField(null=True, blank=True)
    """Since when the sealed file is in the bucket, read back and compared; ``local``: whether it is on this disk, too."""
    local = models.BooleanField(default=True)
    remote_problem = models.CharField(max_length=300, blank=True)
    notice = models.JSONField(default=dict)
    """What the customer was told of the recording, as ``recording_announced`` has it; empty when nothing was."""
    refusal_open = models.BooleanField(default=False)
    """Refused by a key, and not in the consent ledger yet."""
    pauses = models.JSONField(default=list)
    """Spans in which both sides are silence: ``from_ms``, ``to_ms``, who paused (``by``), and ``why`` it ended (agent, time, end)."""

    only_message = models.JSONField(default=dict)
    """The only span that is kept (``from_ms``, ``to_ms``), a message of a caller whose conversation may not be; empty: everything is."""

    replaced = models.CharField(max_length=120, blank=True, default="", db_default="")
    """The sealed file whose place ``path`` has taken, until it is removed; no key opens it."""
    classed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    """Who chose its class; orders no longer change it."""

    class Meta:
        indexes = [
            models.Index(fields=["state"], name="recording_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["state"], name="recording_sources_left", condition=~models.Q(sources=[])),
            models.Index(fields=["state"], name="recording_file_to_go", condition=models.Q(state="gone") & ~models.Q(path="")),
            models.Index(fields=["replaced"], name="recording_replaced", condition=~models.Q(replaced="")),
            models.Index(
                fields=["remote_at"], name="recording_uploaded", condition=models.Q(state="kept", local=True, remote_at__isnull=False)
            ),
            models.Index(fields=["refusal_open"], name="recording_refused", condition=models.Q(refusal_open=True)),
            models.Index(fields=["local"], name="recording_to_upload", condition=models.Q(state="kept", local=True)),
            GinIndex(fields=["agents"], name="recordings_of_agent"),
        ]

    def __str__(self) -> str:
        return self.call_id

    @property
    def seconds(self) -> int:
        """The length in whole seconds."""
        return self.duration_ms // 1000


class Comment(models.Model):
    """What somebody says about a second of a recording."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="comments")
    at_s = models.PositiveIntegerField()
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text


class Listen(models.Model):
    """Somebody listened; the audit trail says the same."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="listens")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.by_id} {self.at}"


class RetentionRule(models.Model):
    """From a day on, recordings of a class are kept for so many days."""

    retention = models.CharField(max_length=8, choices=RULED)
    since = models.DateField()
    days = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["retention", "since"], name="one_rule_per_class_and_day")]

    def __str__(self) -> str:
        return f"{self.retention} {self.since} {self.days}"
