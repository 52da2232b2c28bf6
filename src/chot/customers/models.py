"""Customers, and what is under way with them: leads, orders and tickets."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core.text import normal, unaccented
from chot.customers.models_contact import Consent, CustomerPhone, DoNotCall
from chot.customers.models_records import CustomerAlias, CustomField, DataRequest, Merge, SavedFilter, Tag
from chot.customers.models_told import Reminded
from chot.customers.models_work import Note, OrderItem, Task
from chot.people.fact_rows import FactRow, checks

__all__ = [
    "Consent", "CustomField", "Customer", "CustomerAlias", "CustomerPhone", "DataRequest", "DoNotCall", "Lead", "Merge", "Note", "Order",
    "OrderItem", "Reminded", "SavedFilter", "Tag", "Task", "Ticket",
]  # fmt: skip


class Customer(models.Model):
    """One customer; facts name it by ``customer_id``. ``owner`` is the agent_id of who looks after it.

    ``phone`` is the main number in E.164; the database keeps it among ``phones`` too, whoever writes it. ``fields``
    holds custom fields by key.
    """

    customer_id = models.CharField(_("customer id"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=160)
    search_name = models.CharField(max_length=160, db_index=True, editable=False)
    phone = models.CharField(_("telephone"), max_length=20, blank=True, db_index=True)
    email = models.EmailField(_("email"), blank=True)
    owner = models.CharField(_("looked after by"), max_length=64, blank=True, db_index=True)
    address = models.CharField(_("address"), max_length=300, blank=True, db_default="")
    born_on = models.DateField(_("born on"), null=True, blank=True)
    source = models.CharField(_("came from"), max_length=80, blank=True, db_default="")
    fields = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    tags = models.ManyToManyField(Tag, blank=True, related_name="customers")
    erased_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("search_name", "customer_id")
        indexes = [
            GinIndex(SearchVector("search_name", config="simple"), name="customer_words"),
            models.Index(OpClass(Lower("email"), name="text_pattern_ops"), name="customer_email"),
            models.Index(OpClass(Lower("customer_id"), name="text_pattern_ops"), name="customer_id_lower"),
            models.Index(fields=["owner", "-id"], name="customer_of_owner"),
            models.Index(fields=["source"], condition=~models.Q(source=""), name="customer_source"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Stored in NFC, with the name as it is searched for."""
        self.name = normal(self.name)
        self.search_name = unaccented(self.name)
        super().save(*args, **kwargs)


class Lead(FactRow):
    """A lead of the facts."""

    class Stage(models.TextChoices):
        NEW = "new", pgettext_lazy("stage", "New")
        CONTACTED = "contacted", _("Contacted")
        INTERESTED = "interested", _("Interested")
        TRIAL = "trial", _("Trial")
        WON = "won", pgettext_lazy("stage", "Won")
        LOST = "lost", pgettext_lazy("stage", "Lost")

    lead_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    customer_id = models.CharField(max_length=100, blank=True, db_index=True)
    assigned_at = models.DateTimeField(db_index=True)
    stage = models.CharField(max_length=10, choices=Stage, blank=True)
    stage_at = models.DateTimeField(null=True, blank=True)
    best_stage = models.CharField(max_length=10, choices=Stage, blank=True)
    title = models.CharField(_("about"), max_length=160, blank=True, db_default="")
    source = models.CharField(_("came from"), max_length=80, blank=True, db_default="")

    class Meta:
        constraints = checks("leads")
        indexes = [models.Index(fields=["agent_id", "stage", "-assigned_at"], name="leads_of_agent")]

    def __str__(self) -> str:
        return self.lead_id


class Order(FactRow):
    """An order of the facts; ``call_id`` is the call it came from."""

    class Status(models.TextChoices):
        PENDING = "pending", pgettext_lazy("order", "Pending")
        CONFIRMED = "confirmed", pgettext_lazy("order", "Confirmed")
        COMPLETED = "completed", pgettext_lazy("order", "Completed")
        RETURNED = "returned", pgettext_lazy("order", "Returned")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")

    order_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    customer_id = models.CharField(max_length=100, blank=True, db_index=True)
    call_id = models.CharField(max_length=100, blank=True, db_index=True)
    ordered_at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=10, choices=Status, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)
    amount_vnd = models.BigIntegerField(null=True, blank=True)
    quantity = models.BigIntegerField(null=True, blank=True)
    product = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = checks("orders")

    def __str__(self) -> str:
        return self.order_id


class Ticket(FactRow):
    """A ticket of the facts; an empty status is ``done`` when ``done_at`` is set, else ``open``."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("ticket", "Open")
        DONE = "done", pgettext_lazy("ticket", "Done")
        CANCELLED = "cancelled", pgettext_lazy("ticket", "Cancelled")

    ticket_id = models.CharField(max_length=100, unique=True)
    agent_id = models.CharField(max_length=64, db_index=True)
    customer_id = models.CharField(max_length=100, blank=True, db_index=True)
    opened_at = models.DateTimeField(null=True, blank=True, db_index=True)
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, blank=True)
    reopened = models.BooleanField(default=False, db_default=False)
    title = models.CharField(_("about"), max_length=160, blank=True, db_default="")
    details = models.TextField(_("details"), max_length=4000, blank=True, db_default="")

    class Meta:
        constraints = checks("tickets")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(status="open") | models.Q(status="", done_at=None), name="tickets_due"),
        ]

    def __str__(self) -> str:
        return self.ticket_id
