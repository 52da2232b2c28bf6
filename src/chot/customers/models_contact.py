"""How a customer may be reached: telephone numbers, what was consented to, and who must not be called."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CustomerPhone(models.Model):
    """One of a customer's numbers in E.164; several customers may share one (a family, a company)."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="phones")
    phone = models.CharField(_("telephone"), max_length=20, db_index=True)
    digits = models.GeneratedField(
        expression=models.Func(models.F("phone"), models.Value("+"), models.Value(""), function="replace"),
        output_field=models.CharField(max_length=20), db_persist=True,
    )  # fmt: skip
    label = models.CharField(_("what for"), max_length=40, blank=True, db_default="")
    main = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ("-main", "pk")
        constraints = [models.UniqueConstraint(fields=["customer", "phone"], name="one_row_per_customer_phone")]
        indexes = [
            models.Index(OpClass(models.F("digits"), name="text_pattern_ops"), name="phone_by_first_digits"),
            models.Index(OpClass(Reverse("digits"), name="text_pattern_ops"), name="phone_by_last_digits"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Purpose(models.TextChoices):
    """What a customer is contacted or recorded for; each needs its own consent."""

    ADVERTISING = "advertising", _("Advertising and sales")
    CARE = "care", _("Customer care")
    RECORDING = "recording", _("Recording of calls")
    ANALYSIS = "analysis", _("Analysis of calls by machine")


class Channel(models.TextChoices):
    """How the customer is reached; empty is every channel."""

    ANY = "", _("Every channel")
    CALL = "call", pgettext_lazy("channel", "Call")
    SMS = "sms", "SMS"
    ZALO = "zalo", "Zalo"
    EMAIL = "email", "E-mail"


class Consent(models.Model):
    """One line of the consent ledger, which only grows: given or refused, for what, when, how, with which proof."""

    class How(models.TextChoices):
        PAPER = "paper", _("Signed on paper")
        FORM = "form", _("Form on a website or app")
        SMS = "sms", _("Answer to an SMS")
        CALL = "call", _("Spoken in a recorded call")
        KEY = "key", _("Key pressed in a call")
        MESSAGE = "message", _("Message (Zalo, e-mail)")
        OTHER = "other", pgettext_lazy("consent", "Another provable way")

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("for"), max_length=12, choices=Purpose)
    channel = models.CharField(_("by"), max_length=6, choices=Channel, blank=True)
    given = models.BooleanField()
    at = models.DateTimeField(_("when"))
    how = models.CharField(_("how"), max_length=8, choices=How)
    proof = models.CharField(_("proof"), max_length=300)
    wording = models.TextField(_("what the customer agreed to, word for word"), max_length=2000, blank=True)
    noted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["customer", "purpose", "-at"], name="consents_of_customer")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {self.given}"


class DoNotCall(models.Model):
    """A number, or a customer with every number, that must not be called; lifted rows stay as history."""

    class Scope(models.TextChoices):
        ALL = "all", _("No call at all")
        ADVERTISING = "advertising", _("No advertising")

    class Source(models.TextChoices):
        CUSTOMER = "customer", _("The customer asked for it")
        COMPANY = "company", _("The company's own list")
        NATIONAL = "national", _("National Do-Not-Call list (5656)")

    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.CASCADE, related_name="refusals")
    scope = models.CharField(_("scope"), max_length=12, choices=Scope, default=Scope.ALL)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.COMPANY)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    noted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-noted_at", "-pk")
        constraints = [
            models.CheckConstraint(condition=models.Q(phone="") ^ models.Q(customer=None), name="do_not_call_number_or_customer"),
            models.UniqueConstraint(
                fields=["phone", "scope"], condition=~models.Q(phone="") & models.Q(lifted_at=None), name="one_number_to_spare"
            ),
            models.UniqueConstraint(fields=["customer", "scope"], condition=models.Q(lifted_at=None), name="one_customer_to_spare"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.source}"
