"""The one row of rules for calling out."""

from __future__ import annotations

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def emergency_numbers() -> list[str]:
    """Vietnam's emergency numbers: children, search and rescue, police, fire, ambulance."""
    return ["111", "112", "113", "114", "115"]


def satellite_prefixes() -> list[str]:
    """Numbers of no country, which fraud likes: satellites, networks, shared cost."""
    return ["+870", "+881", "+882", "+883", "+979"]


class CallingRules(models.Model):
    """What nobody may dial, when, and how often. Row 1 is the only one."""

    reserve_s = models.PositiveIntegerField(_("reserved for each call (s)"), default=600, validators=[MinValueValidator(30)])
    longest_call_s = models.PositiveIntegerField(_("longest call (s)"), default=7200, validators=[MinValueValidator(60)])
    warn_percent = models.PositiveSmallIntegerField(
        _("warn when so much of a quota is used (%)"), default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    cut_calls = models.BooleanField(_("a call ends when the quota is used up"), default=True)
    calls_per_minute = models.PositiveSmallIntegerField(_("calls of one agent in a minute"), default=10, validators=[MinValueValidator(1)])
    night_from = models.TimeField(_("no calls from"), default=time(21), null=True, blank=True)
    night_to = models.TimeField(_("up to"), default=time(7), null=True, blank=True)
    ad_from = models.TimeField(_("advertising calls from"), default=time(8))
    ad_to = models.TimeField(_("up to"), default=time(17))
    ads_per_day = models.PositiveSmallIntegerField(
        _("advertising calls to one number in 24 hours"), default=1, validators=[MinValueValidator(1)]
    )
    ads_need_brand = models.BooleanField(_("advertising calls only with a brand name"), default=True)
    international_roles = models.JSONField(_("who may call abroad"), default=list, blank=True)
    premium_roles = models.JSONField(_("who may call 1900 numbers"), default=list, blank=True)
    emergency = models.JSONField(_("emergency numbers"), default=emergency_numbers, blank=True)
    forbidden = models.JSONField(_("forbidden beginnings of numbers"), default=satellite_prefixes, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_calling_rules")]

    def __str__(self) -> str:
        return "calling rules"
