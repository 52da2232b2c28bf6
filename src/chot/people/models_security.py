"""What protects accounts and the audit trail: the end of the trail, counted attempts, recovery codes."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AuditHead(models.Model):
    """Where the audit trail ends, so that entries cut off its end show: one row, moved on with every entry."""

    entries = models.BigIntegerField()
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.entries} {self.seal}"


class RateCount(models.Model):
    """How often something was done by one person or address in one window of time."""

    key = models.CharField(max_length=120)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="one_count_per_window")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}"


class RecoveryCode(models.Model):
    """A code that replaces the phone's once; only its hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="one_recovery_code")]

    def __str__(self) -> str:
        return str(self.user_id)
