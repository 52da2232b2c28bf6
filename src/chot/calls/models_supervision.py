"""Leaders beside calls that go on: who heard, whispered to, joined or took over whose call, and from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import pgettext_lazy


class Supervision(models.Model):
    """One leader beside one call. The web makes the row, the telephone side says when it began and ended.

    ``agent_id`` is the leader's own, ``of_agent`` whose call it is. Who does not reach the call has no ``started_at``.
    """

    class Mode(models.TextChoices):
        LISTEN = "listen", pgettext_lazy("supervision", "Listen")
        WHISPER = "whisper", pgettext_lazy("supervision", "Whisper")
        BARGE = "barge", pgettext_lazy("supervision", "Join in")
        TAKE_OVER = "take_over", pgettext_lazy("supervision", "Take over")

    watch_id = models.CharField(max_length=100, primary_key=True)
    call_id = models.CharField(max_length=100, db_index=True)
    node = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agent_id = models.CharField(max_length=64)
    of_agent = models.CharField(max_length=64)
    mode = models.CharField(max_length=10, choices=Mode)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True, db_default="")

    class Meta:
        db_table = "telephony_supervision"
        ordering = ("-asked_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agent_id"], condition=models.Q(ended_at=None), name="one_open_supervision_per_leader"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.mode} {self.of_agent}"
