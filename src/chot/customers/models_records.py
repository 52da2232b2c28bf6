"""What surrounds customers: tags, custom fields, saved filters, merges, and requests about personal data."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core.text import normal, unaccented


class Tag(models.Model):
    """A word that customers are grouped by; accents and case do not make two."""

    name = models.CharField(_("tag"), max_length=40)
    key = models.CharField(max_length=40, unique=True, editable=False)

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Stored in NFC, with the key that it is unique by."""
        self.name = normal(self.name)
        self.key = unaccented(self.name)
        super().save(*args, **kwargs)


class CustomField(models.Model):
    """A field that a manager has added to every customer; values are in ``Customer.fields`` under ``key``."""

    class Kind(models.TextChoices):
        TEXT = "text", pgettext_lazy("field", "Text")
        NUMBER = "number", pgettext_lazy("field", "Number")
        DATE = "date", pgettext_lazy("field", "Day")
        CHOICE = "choice", pgettext_lazy("field", "One of several")

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(default=list, blank=True)
    rank = models.PositiveSmallIntegerField(pgettext_lazy("order", "place"), default=0)
    shown = models.BooleanField(_("shown"), default=True)

    class Meta:
        ordering = ("rank", "pk")

    def __str__(self) -> str:
        return self.label


class SavedFilter(models.Model):
    """A list with its filter under a name: one's own, or the team's too (``team_id``)."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="saved_filters")
    page = models.CharField(max_length=20, default="customers")
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=60)
    query = models.CharField(max_length=500)
    team_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="one_saved_filter_per_name")]

    def __str__(self) -> str:
        return self.name


class CustomerAlias(models.Model):
    """A ``customer_id`` that was merged into another customer; facts that still come under it belong to that one."""

    alias = models.CharField(max_length=100, unique=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="aliases")

    def __str__(self) -> str:
        return self.alias


class Merge(models.Model):
    """Two customers made one: what the other was, and which rows moved, so that it can be undone."""

    survivor = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="merges")
    gone_id = models.CharField(max_length=100)
    was = models.JSONField()
    moved = models.JSONField()
    by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.gone_id} -> {self.survivor_id}"


class DataRequest(models.Model):
    """What somebody asks about the own personal data, with the day by which the law wants it done."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("See what is held")
        CORRECT = "correct", _("Correct it")
        WITHDRAW = "withdraw", _("Withdraw consent")
        DELETE = "delete", _("Delete it")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("request", "Open")
        DONE = "done", pgettext_lazy("request", "Done")
        REFUSED = "refused", pgettext_lazy("request", "Refused")

    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.SET_NULL, related_name="data_requests")
    kind = models.CharField(_("what is asked for"), max_length=8, choices=Kind)
    received_at = models.DateTimeField(_("received"))
    received_by = models.CharField(_("how it came"), max_length=160)
    text = models.TextField(_("what the customer says"), max_length=4000, blank=True)
    acknowledge_by = models.DateField()
    due_on = models.DateField()
    extended = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    noted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("due_on", "pk")
        indexes = [models.Index(fields=["state", "due_on"], name="data_requests_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"
