"""Beside the facts: lines of orders, tasks and notes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderItem(models.Model):
    """A line of an order, whole đồng; the order's amount is the sum of its lines."""

    order = models.ForeignKey("customers.Order", on_delete=models.CASCADE, related_name="items")
    product = models.CharField(_("product"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    price_vnd = models.BigIntegerField(_("price of one"))

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gte=1), name="order_item_some")]

    def __str__(self) -> str:
        return self.product

    @property
    def amount_vnd(self) -> int:
        """The line's amount."""
        return self.quantity * self.price_vnd


class Task(models.Model):
    """Something that an agent is to do, mostly for a customer."""

    customer = models.ForeignKey("customers.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="tasks")
    agent_id = models.CharField(_("to do by"), max_length=64, db_index=True)
    title = models.CharField(_("task"), max_length=200)
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("due_at", "pk")
        indexes = [
            models.Index(fields=["agent_id", "due_at"], condition=models.Q(done_at=None), name="tasks_to_do"),
            models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="tasks_due"),
        ]

    def __str__(self) -> str:
        return self.title


class Note(models.Model):
    """What somebody wrote down about a customer."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=4000)
    by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["customer", "-at"], name="notes_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at:%Y-%m-%d}"
