"""What callers of queues left to be done: a message, or the wish to be called back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

TASK = "task-"
"""Before the call's id: the callback on the desk of who took a task."""


class QueueTask(models.Model):
    """Something that ``team_id`` is to do for a caller of ``queue_id``, once for each call.

    A message is in the recording of the call, ``message_s`` seconds from ``message_from_s`` on. ``taken_by`` (an agent) has it on the
    own desk; done until then by ``done_by``.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        CALLBACK = "callback", _("Call back")

    call_id = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    queue_id = models.CharField(max_length=64, blank=True)
    team_id = models.CharField(max_length=64, blank=True, db_index=True)
    number = models.CharField(max_length=20, blank=True)
    customer_id = models.CharField(max_length=100, blank=True)
    left_at = models.DateTimeField()
    message_from_s = models.PositiveIntegerField(default=0)
    message_s = models.PositiveIntegerField(default=0)
    taken_by = models.CharField(max_length=64, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-left_at", "-pk")
        indexes = [models.Index(fields=["team_id", "left_at"], condition=models.Q(done_at=None), name="open_queue_tasks")]

    def __str__(self) -> str:
        return f"{self.kind} {self.call_id}"
