"""What was sent to exchanges, each time whole: versions with a number that counts up."""

from __future__ import annotations

from django.db import models


class Sent(models.Model):
    """A document as it was saved and sent, and whether an exchange has it in force."""

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()
    why = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        abstract = True
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.number)


class Version(Sent):
    """Trunks and numbers as they were saved together, whole. Secrets in it are sealed."""


class RoutingVersion(Sent):
    """Everything about inbound calls, whole (``chot.core.flows.Routing``), and the ``rows`` by which it can be restored."""

    rows = models.JSONField(null=True)
