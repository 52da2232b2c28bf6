"""Quotas in đồng, what is used of them, and the calls that use them."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.switchboard.models import Trunk


class Holder(models.TextChoices):
    """Whose quota it is."""

    AGENT = "agent", pgettext_lazy("role", "Agent")
    TEAM = "team", _("Team")
    CAMPAIGN = "campaign", _("Campaign")
    COMPANY = "company", _("Whole company")


class QuotaPeriod(models.TextChoices):
    """How long a quota lasts."""

    DAY = "day", pgettext_lazy("quota", "a day")
    MONTH = "month", pgettext_lazy("quota", "a month")


class Quota(models.Model):
    """The đồng that a holder may spend in each period; without ``holder_id`` it is everyone's of the kind who has none of the own."""

    holder = models.CharField(_("whose"), max_length=8, choices=Holder)
    holder_id = models.CharField(_("which one"), max_length=64, blank=True)
    period = models.CharField(_("for each"), max_length=5, choices=QuotaPeriod)
    limit_vnd = models.PositiveBigIntegerField(_("at most (₫)"), validators=[MaxValueValidator(1_000_000_000_000)])

    class Meta:
        ordering = ("holder", "holder_id", "period")
        constraints = [models.UniqueConstraint(fields=["holder", "holder_id", "period"], name="one_quota_per_holder_and_period")]

    def __str__(self) -> str:
        return f"{self.holder}:{self.holder_id} {self.period}"


class QuotaUse(models.Model):
    """What a holder has spent, and what is set aside for calls under way, in the period that began on ``since``.

    ``extra_vnd`` was granted on top of the limit. Lifted, no limit holds until ``lifted_until`` (null: to the end of the period).
    """

    holder = models.CharField(max_length=8, choices=Holder)
    holder_id = models.CharField(max_length=64)
    period = models.CharField(max_length=5, choices=QuotaPeriod)
    since = models.DateField()
    used_vnd = models.BigIntegerField(default=0)
    reserved_vnd = models.BigIntegerField(default=0)
    extra_vnd = models.BigIntegerField(default=0)
    lifted_at = models.DateTimeField(null=True)
    lifted_until = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    lifted_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "holder_id", "period", "since"], name="one_use_per_holder_and_period"),
            models.CheckConstraint(condition=models.Q(reserved_vnd__gte=0, used_vnd__gte=0, extra_vnd__gte=0), name="use_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.holder}:{self.holder_id} {self.period} {self.since}"

    def lifted(self, now: datetime) -> bool:
        """Whether no limit holds at a moment."""
        return self.lifted_at is not None and (self.lifted_until is None or now < self.lifted_until)


class CallCharge(models.Model):
    """A call that was dialled: its route as it was asked for, what was reserved for it, and what it cost.

    ``holds`` are the ``QuotaUse`` in which ``reserved_vnd`` is set aside while the state is ``held``. ``tariff`` is the price
    as it was when the call was dialled; null when none was known. ``exhausted_at``: since then nothing more could be set aside for it.
    A number outside to which a call was handed over or forwarded is a row of its own: ``part_of`` that call, answered at ``answered_at``.
    """

    class State(models.TextChoices):
        HELD = "held", pgettext_lazy("charge", "under way")
        SETTLED = "settled", pgettext_lazy("charge", "settled")
        RELEASED = "released", pgettext_lazy("charge", "never began")

    call_id = models.CharField(max_length=100, unique=True)
    part_of = models.CharField(max_length=100, blank=True, default="", db_index=True)
    agent_id = models.CharField(max_length=64, blank=True, db_index=True)
    team_id = models.CharField(max_length=64, blank=True)
    campaign_id = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=12, blank=True)
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=14)
    operator = models.CharField(max_length=40, blank=True)
    trunk = models.ForeignKey(Trunk, null=True, on_delete=models.SET_NULL, related_name="+")
    caller_id = models.CharField(max_length=20, blank=True)
    brand = models.CharField(max_length=11, blank=True)
    tariff = models.JSONField(null=True)
    holds = models.JSONField(default=list)
    reserved_vnd = models.BigIntegerField(default=0)
    max_talk_s = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    made_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    exhausted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(default=0)
    charge_vnd = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    sip_status = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="held"), name="charges_held"),
            models.Index(fields=["number", "made_at"], name="charges_number"),
        ]

    def __str__(self) -> str:
        return self.call_id
