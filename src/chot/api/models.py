"""Other systems: what they may send and read, what they were answered, and what they are told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.people.models import AuditEntry, User


class Client(models.Model):
    """Another system with a token of its own. The token is kept as its hash only; its first letters tell tokens apart."""

    name = models.CharField(pgettext_lazy("thing", "name"), max_length=80, unique=True)
    token_start = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("may"), default=list)
    per_minute = models.PositiveIntegerField(_("requests a minute"), default=600)
    expires_on = models.DateField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    window_start = models.DateTimeField(null=True)
    window_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class StoredAnswer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered; the same request again gets the same answer, for a day."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.key}"


class Webhook(models.Model):
    """An address of another system that is told of events; each message is signed with ``secret``."""

    name = models.CharField(pgettext_lazy("thing", "name"), max_length=80, unique=True)
    url = models.URLField(_("address"), max_length=400)
    secret = models.CharField(max_length=80)
    events = models.JSONField(_("events"), default=list)
    is_active = models.BooleanField(_("active"), default=True)
    after_entry = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event on its way to one address: tried until it is taken, at most for a day."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN = "taken", _("Taken")
        GIVEN_UP = "given_up", _("Given up")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    # the trail refuses every change itself, and a constraint here would answer a TRUNCATE in its place
    entry = models.ForeignKey(AuditEntry, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    event = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["webhook", "entry"], name="one_delivery_per_event")]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="waiting_deliveries")]

    def __str__(self) -> str:
        return f"{self.webhook_id} {self.event}"
