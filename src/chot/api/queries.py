"""Reads for the pages: clients, webhooks and what became of their messages."""

from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet

from chot.api.models import Client, Delivery, Webhook


def clients() -> QuerySet[Client]:
    """All clients, the active ones first."""
    return Client.objects.order_by("-is_active", "name")


def webhooks() -> QuerySet[Webhook]:
    """All webhooks with how many messages wait, and were given up."""
    waiting, lost = Q(deliveries__state=Delivery.State.WAITING), Q(deliveries__state=Delivery.State.GIVEN_UP)
    return Webhook.objects.annotate(
        waiting=Count("deliveries", filter=waiting), given_up=Count("deliveries", filter=lost), last=Max("deliveries__at")
    ).order_by("-is_active", "name")


def deliveries(webhook: Webhook) -> QuerySet[Delivery]:
    """The latest messages to one address."""
    return webhook.deliveries.select_related("entry")[:100]
