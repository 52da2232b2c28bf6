"""One lead, order or ticket for a page: refused to whoever may not see it, or may not change it."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from chot.customers.models import Lead, Order, Ticket
from chot.customers.queries_work import seen
from chot.customers.rules import works_for
from chot.people.models import User

Work = TypeVar("Work", Lead, Order, Ticket)


def reached(model: type[Work], pk: int, user: User, *, change: bool = True) -> Work:
    """The row, to be changed or (``change=False``) only looked at. Raises ``Http404`` or ``PermissionDenied``."""
    found = get_object_or_404(model, pk=pk)
    if change and not works_for(user, found.agent_id):
        raise PermissionDenied
    if not seen(model._default_manager.filter(pk=pk), user).exists():
        raise PermissionDenied
    return found
