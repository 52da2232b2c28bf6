"""How a person likes reports: which columns of an exported table stay away."""

from __future__ import annotations

from django.db import models


class ExportColumns(models.Model):
    """The columns that a person leaves out of the exports of one table; a column that is new is in."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="export_columns")
    table = models.CharField(max_length=20)
    left_out = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "table"], name="one_choice_of_columns_per_table")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.table}"
