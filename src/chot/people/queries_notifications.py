"""Reads about notifications."""

from __future__ import annotations

from django.db.models import QuerySet

from chot.people.models import Notification, User

SHOWN = 100


def notifications_of(user: User) -> QuerySet[Notification]:
    """The latest that the user was told."""
    return Notification.objects.filter(user=user)[:SHOWN]


def unread_count(user: User) -> int:
    """How many the user has not read."""
    return Notification.objects.filter(user=user, read_at=None).count()
