"""How a person likes reports: which columns of an exported table stay away, and days under a name."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy


class ExportColumns(models.Model):
    """The columns that a person leaves out of the exports of one table; a column that is new is in."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="export_columns")
    table = models.CharField(max_length=20)
    left_out = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "table"], name="one_choice_of_columns_per_table")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.table}"


class SavedDays(models.Model):
    """Days that a person has given a name: by a rule that moves with today (``last_week``, ``days``: the last so many), or fixed."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="saved_days")
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40)
    rule = models.CharField(max_length=20, blank=True)
    days = models.PositiveSmallIntegerField(null=True)
    first = models.DateField(null=True)
    last = models.DateField(null=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="one_saved_days_per_name"),
            models.CheckConstraint(condition=~Q(rule="") | Q(first__isnull=False, last__gte=F("first")), name="fixed_days_have_both_ends"),
            models.CheckConstraint(condition=~Q(rule="days") | Q(days__gte=1), name="last_days_are_at_least_one"),
        ]

    def __str__(self) -> str:
        return self.name
