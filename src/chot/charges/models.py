"""What calls may cost and what they cost: tariffs, brand names, outbound rules, quotas, and one row for each call that was dialled."""

from __future__ import annotations

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.charges.models_quota import CallCharge, Holder, Quota, QuotaPeriod, QuotaUse
from chot.charges.models_rules import CallingRules
from chot.charges.tariff import Tariff
from chot.customers.models_contact import Purpose
from chot.people.models import User
from chot.switchboard.models import Number, Trunk

__all__ = [
    "Brand", "CallCharge", "CallPurpose", "CallingRules", "CarrierLine", "CarrierReport", "Group", "Holder", "OutboundRule",
    "PortedNumber", "Quota", "QuotaPeriod", "QuotaUse", "TariffRow",
]  # fmt: skip

_BRAND_NAME = RegexValidator(
    r"^(?=.*[A-Za-z])[A-Za-z0-9 ._-]{1,11}\Z",
    _("At most 11 Latin letters, digits, spaces, dots, dashes or underscores, with at least one letter (Decree 91/2020, article 23)."),
)


class Group(models.TextChoices):
    """Which calls a tariff is for."""

    ON_NET = "on_net", _("mobile, same operator")
    OFF_NET = "off_net", _("mobile, another operator")
    FIXED = "fixed", _("fixed line")
    FREEPHONE = "freephone", _("1800")
    PREMIUM = "premium", _("1900")
    INTERNATIONAL = "international", _("abroad")


class CallPurpose(models.TextChoices):
    """What a call is for, as the law tells calls apart."""

    ADVERTISING = Purpose.ADVERTISING.value, _("Advertising and sales")
    CARE = Purpose.CARE.value, _("Customer care")


ANY_PURPOSE = [("", _("every purpose")), *CallPurpose.choices]


class TariffRow(models.Model):
    """A price from one day on, until before another (empty: open). ``operator`` is whose trunk carries the call, empty any other's."""

    operator = models.CharField(_("operator of the trunk"), max_length=40, blank=True)
    group = models.CharField(_("calls to"), max_length=14, choices=Group)
    prefix = models.CharField(_("beginning of the number"), max_length=12, blank=True)
    first_block_s = models.PositiveIntegerField(_("first block (s)"), default=6, validators=[MinValueValidator(1)])
    next_block_s = models.PositiveIntegerField(_("each next block (s)"), default=1, validators=[MinValueValidator(1)])
    rate_vnd = models.PositiveIntegerField(_("₫ for a minute"))
    fee_vnd = models.PositiveIntegerField(_("₫ for each call"), default=0)
    brand_fee_vnd = models.PositiveIntegerField(_("₫ for each call with a brand name"), default=0)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until before"), null=True, blank=True)

    class Meta:
        ordering = ("operator", "group", "prefix", "-valid_from")
        constraints = [
            models.UniqueConstraint(fields=["operator", "group", "prefix", "valid_from"], name="one_tariff_per_day"),
            models.CheckConstraint(condition=models.Q(first_block_s__gte=1, next_block_s__gte=1), name="tariff_blocks_last"),
        ]

    def __str__(self) -> str:
        return f"{self.operator} {self.group} {self.prefix} {self.valid_from}"

    @property
    def tariff(self) -> Tariff:
        """The price as the pure rule takes it."""
        return Tariff(
            first_block_s=self.first_block_s, next_block_s=self.next_block_s, rate_vnd=self.rate_vnd, fee_vnd=self.fee_vnd,
            brand_fee_vnd=self.brand_fee_vnd,
        )  # fmt: skip


class PortedNumber(models.Model):
    """A number (E.164) that moved to an operator on a day, which its prefix does not tell; the latest day that has come counts."""

    number = models.CharField(_("number"), max_length=20)
    operator = models.CharField(_("operator"), max_length=40)
    since = models.DateField(_("since"))
    source = models.CharField(_("known from"), max_length=80, blank=True)

    class Meta:
        ordering = ("number", "-since")
        constraints = [models.UniqueConstraint(fields=["number", "since"], name="one_move_of_a_number_per_day")]

    def __str__(self) -> str:
        return f"{self.number} {self.operator} {self.since}"


class Brand(models.Model):
    """A certified brand name (tên định danh): what it is for, and the numbers and operators for which it is switched on.

    Without operators it holds at every one; valid on both its first and its last day.
    """

    name = models.CharField(_("brand name"), max_length=11, validators=[_BRAND_NAME])
    certificate = models.CharField(_("certificate"), max_length=80, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    purpose = models.CharField(_("for the purpose"), max_length=12, choices=ANY_PURPOSE, blank=True, default="")
    numbers = models.ManyToManyField(Number, verbose_name=_("numbers"), related_name="brands", blank=True)
    operators = models.JSONField(_("operators"), default=list, blank=True)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ("name", "-valid_from")
        constraints = [models.CheckConstraint(condition=models.Q(valid_to__gte=models.F("valid_from")), name="brand_validity_forward")]

    def __str__(self) -> str:
        return self.name


class OutboundRule(models.Model):
    """Which trunk, number and brand a call takes; the first rule that fits decides. Empty conditions fit everything."""

    rank = models.PositiveSmallIntegerField(_("order"), default=10)
    purpose = models.CharField(_("for the purpose"), max_length=12, choices=ANY_PURPOSE, blank=True, default="")
    operator = models.CharField(_("operator called"), max_length=40, blank=True)
    kind = models.CharField(_("kind of number"), max_length=14, blank=True)
    trunk = models.ForeignKey(Trunk, on_delete=models.PROTECT, related_name="rules", verbose_name=_("trunk"))
    number = models.ForeignKey(
        Number, null=True, blank=True, on_delete=models.PROTECT, related_name="rules", verbose_name=_("number shown")
    )
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="rules", verbose_name=_("brand name"))
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ("rank", "pk")

    def __str__(self) -> str:
        return f"{self.rank} {self.purpose} {self.operator}"


class CarrierReport(models.Model):
    """A list of calls that a carrier has sent, read once: the same file (by its hash) is not read again."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class CarrierLine(models.Model):
    """A call as the carrier reported it, beside the call that was asked for; ``call`` is null when we know of none."""

    report = models.ForeignKey(CarrierReport, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    call = models.OneToOneField(CallCharge, null=True, on_delete=models.SET_NULL, related_name="reported")
    number = models.CharField(max_length=20)
    shown = models.CharField(max_length=20, blank=True)
    brand = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    charge_vnd = models.BigIntegerField()

    class Meta:
        ordering = ("report", "line")
        constraints = [models.UniqueConstraint(fields=["report", "line"], name="one_row_per_line_of_a_report")]

    def __str__(self) -> str:
        return f"{self.report.pk}:{self.line}"
