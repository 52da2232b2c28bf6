"""What somebody who left had, and to whom it went."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class HandOver(models.Model):
    """One hand-over: ``moved`` is, by kind of holding, the successor (``to``) and the primary keys of the rows (``ids``)."""

    agent_id = models.CharField(max_length=64, db_index=True)
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.agent_id} {self.at:%Y-%m-%d}"
