"""The tables by which the web and the telephone side meet; the telephone side works on them with SQL of its own."""

from __future__ import annotations

from django.db import models


class TelephonyJournal(models.Model):
    """What happened, only ever added to. Kinds and payloads: ``chot.core.messages``; ``event:…`` are the exchange's own."""

    seq = models.BigAutoField(primary_key=True)
    node = models.CharField(max_length=64)
    call_id = models.CharField(max_length=100, blank=True, db_index=True)
    kind = models.CharField(max_length=64)
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "telephony_journal"
        indexes = [models.Index(fields=["node", "kind"], name="telephony_journal_node_kind")]
        constraints = [
            models.UniqueConstraint(fields=["call_id"], condition=models.Q(kind="call_ended"), name="telephony_call_ends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class TelephonyCommand(models.Model):
    """What a node is to do. ``idempotency_key`` keeps a wish that is sent twice from being done twice."""

    id = models.BigAutoField(primary_key=True)
    node = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=64)
    payload = models.JSONField()
    idempotency_key = models.CharField(max_length=100, unique=True, null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=200, blank=True, db_default="")
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "telephony_command"
        indexes = [models.Index(fields=["node", "id"], condition=models.Q(done_at=None), name="telephony_command_waiting")]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class TelephonyMiss(models.Model):
    """How many rings of queues an agent has missed in a row, of how many that may be (0: any); none since the last answer: no row."""

    agent_id = models.CharField(max_length=64, primary_key=True)
    in_a_row = models.PositiveIntegerField()
    miss_limit = models.PositiveIntegerField()
    missed_at = models.DateTimeField()

    class Meta:
        db_table = "telephony_miss"

    def __str__(self) -> str:
        return f"{self.agent_id} {self.in_a_row}"


class TelephonyNode(models.Model):
    """Who drives which Asterisk until when."""

    name = models.CharField(max_length=64, primary_key=True)
    owner = models.CharField(max_length=200)
    lease_until = models.DateTimeField()
    renewed_at = models.DateTimeField()
    version = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "telephony_node"

    def __str__(self) -> str:
        return self.name
