"""Customers, and what is under way with them: leads, orders and tickets."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core.text import normal, unaccented
from chot.people.fact_rows import FactRow, checks


class Customer(models.Model):
    """One customer; facts name it by ``customer_id``. ``phone`` is E.164, ``owner`` the agent_id of who looks after it."""

    customer_id = models.CharField(_("customer id"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=160)
    search_name = models.CharField(max_length=160, db_index=True, editable=False)
    phone = models.CharField(_("telephone"), max_length=20, blank=True, db_index=True)
    email = models.EmailField(_("email"), blank=True)
    owner = models.CharField(_("looked after by"), max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("search_name", "customer_id")

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

    class Meta:
        constraints = checks("leads")

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

    class Meta:
        constraints = checks("tickets")

    def __str__(self) -> str:
        return self.ticket_id
