"""Writes: telling people something, and that they have read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from chot.core import clock
from chot.core.errors import InternalError
from chot.people import notices
from chot.people.models import Notification, User

KEPT_DAYS = 180


def notify(users: Iterable[User], kind: str, *, link: str = "", key: str = "", **params: Any) -> int:
    """Tell each of the users something; how many were told.

    ``kind`` has its words in ``people.notices``; ``params`` fill them. With a ``key`` nobody is told it twice, also
    when two processes try at once. Call it in the transaction of what it tells of.
    """
    if not notices.known(kind):
        raise InternalError(f"the notification {kind} has no words")
    if link and (not link.startswith("/") or link.startswith("//")):
        raise InternalError(f"a notification leads to a page of ours, not to {link}")
    found = {user.pk: user for user in users if user.is_active}
    with transaction.atomic():
        before = set(Notification.objects.filter(user__in=found, key=key).values_list("user_id", flat=True)) if key else set()
        made = [
            Notification(user=user, kind=kind, params=params, link=link, key=key, at=clock.now())
            for user in found.values()
            if user.pk not in before
        ]
        Notification.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def notify_agents(agent_ids: Iterable[str], kind: str, *, link: str = "", key: str = "", **params: Any) -> int:
    """Tell the people behind agents, as far as they have an account."""
    return notify(User.objects.filter(agent_id__in=set(agent_ids) - {""}), kind, link=link, key=key, **params)


def mark_read(user: User, *, pk: int | None = None, link: str = "") -> int:
    """The user has read a notification, all those that lead to ``link``, or (neither given) all; how many were unread."""
    mine = Notification.objects.filter(user=user, read_at=None)
    if pk is not None:
        mine = mine.filter(pk=pk)
    if link:
        mine = mine.filter(link=link)
    return mine.update(read_at=clock.now())


def forget_old() -> int:
    """Delete what was read long ago; how many."""
    done, _by_model = Notification.objects.filter(read_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()
    return done
