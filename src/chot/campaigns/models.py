"""Campaigns: what calls are made for, by whom and when. Calls, quotas and outcomes name one by its code."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z", _("Latin letters, digits, dots, dashes and underscores only."))


class Campaign(models.Model):
    """``code`` is what calls and facts keep and never changes; without teams it is everyone's. Its days are both inclusive."""

    class Purpose(models.TextChoices):
        ADVERTISING = "advertising", pgettext_lazy("campaign", "Advertising")
        SALES = "sales", pgettext_lazy("campaign", "Sales")
        CARE = "care", pgettext_lazy("campaign", "Customer care")

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("campaign", "Planned")
        RUNNING = "running", pgettext_lazy("campaign", "Running")
        ARCHIVED = "archived", pgettext_lazy("campaign", "Archived")

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[_CODE])
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.CARE)
    teams = models.JSONField(_("teams"), default=list, blank=True)
    first_day = models.DateField(_("from"), null=True, blank=True)
    last_day = models.DateField(_("until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    description = models.TextField(_("description"), max_length=2000, blank=True)

    class Meta:
        ordering = ("name", "code")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(first_day=None) | models.Q(last_day=None) | models.Q(last_day__gte=models.F("first_day")),
                name="campaign_days_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name
