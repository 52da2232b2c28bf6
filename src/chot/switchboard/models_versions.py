"""What was sent to exchanges, each time whole: versions with a number that counts up."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

_CAUSES = {
    "trunk": pgettext_lazy("version", "trunk"), "number": pgettext_lazy("version", "number"), "queue": pgettext_lazy("version", "queue"),
    "flow": pgettext_lazy("version", "flow"), "hours": pgettext_lazy("version", "opening hours"),
    "prompt": pgettext_lazy("version", "prompt"),
    "skill": pgettext_lazy("version", "skill"), "version": pgettext_lazy("version", "back to version"),
    "leaver": pgettext_lazy("version", "last day of"), "holidays": pgettext_lazy("version", "public holidays"),
    "demo": pgettext_lazy("version", "the demo company"),
}  # fmt: skip

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

    @property
    def cause(self) -> str:
        """``why`` in the reader's language: its first word says of what kind the changed thing is."""
        kind, _space, name = self.why.partition(" ")
        return f"{_CAUSES.get(kind, kind)} {name}".strip()


class Version(Sent):
    """Trunks and numbers as they were saved together, whole. Secrets in it are sealed."""


class RoutingVersion(Sent):
    """Everything about inbound calls, whole (``chot.core.flows.Routing``), and the ``rows`` by which it can be restored."""

    rows = models.JSONField(null=True)
