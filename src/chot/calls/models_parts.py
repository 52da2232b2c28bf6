"""The parts of a contact that went through more than one pair of hands, or to a number outside."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core.messages import Part


class CallPart(models.Model):
    """An agent, a queue or a number outside that had the customer, in the order of ``place``; ``answered_at`` null: in vain."""

    class Kind(models.TextChoices):
        AGENT = "agent", pgettext_lazy("role", "Agent")
        QUEUE = "queue", _("Queue")
        OUTSIDE = "outside", _("Number outside")

    call_id = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    agent_id = models.CharField(max_length=64, blank=True)
    queue_id = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=64, blank=True)
    began_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ("call_id", "place")
        constraints = [models.UniqueConstraint(fields=["call_id", "place"], name="one_part_at_a_place")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.place}"

    @classmethod
    def of(cls, call_id: str, place: int, part: Part) -> CallPart:
        """The row of a part that the telephone side told."""
        return cls(
            call_id=call_id, place=place, kind=part.kind, agent_id=part.agent_id, queue_id=part.queue_id, number=part.number,
            began_at=part.began_at, answered_at=part.answered_at, ended_at=part.ended_at,
        )  # fmt: skip
