"""Words about people in templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from chot.people.audit_words import said_action
from chot.people.models import Role, User
from chot.people.queries_accounts import password_lapsed, password_lapses

register = template.Library()


@register.filter
def action_words(action: str) -> str:
    """An action of the audit trail in words."""
    return str(said_action(action))


@register.filter
def role_words(role: str) -> str:
    """A role by its name."""
    return str(Role(role).label) if role in Role.values else role


@register.filter
def lapses(account: User) -> datetime | None:
    """Until when the account's first password opens a sign-in; None when the person has an own one."""
    return password_lapses(account)


@register.filter
def lapsed(account: User) -> bool:
    """Whether the account's first password opens nothing any more."""
    return password_lapsed(account)


@register.filter
def plainly(value: Any) -> Any:
    """A value of a document as a person reads it."""
    from django.utils.translation import gettext as _

    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else value
