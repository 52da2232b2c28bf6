"""Telephone numbers in templates."""

from __future__ import annotations

from typing import Any

from django import template

from chot.core import clock
from chot.core.destinations import destination
from chot.people.masking import holder_of, moved_to
from chot.people.masking import masked as hidden

register = template.Library()
register.filter("hidden", hidden)


@register.inclusion_tag("people/masked.html", takes_context=True)
def masked(context: dict[str, Any], phone: str, kind: str, subject: Any) -> dict[str, Any]:
    """The number masked, with a button that shows it to those who may: ``{% masked person.phone "person" person.agent_id %}``."""
    holder, user = holder_of(kind), context.get("user")
    may = bool(phone and holder and user and user.is_authenticated and holder.may_see(user, str(subject)))
    return {"shown": hidden(phone), "kind": kind, "subject": str(subject), "may": may, "csrf_token": context.get("csrf_token")}


@register.filter
def hidden_number(phone: str) -> str:
    """The number masked, without a button: for lists."""
    return hidden(phone or "") or "–"


@register.filter
def operator(phone: str) -> str:
    """The operator to whom the number moved, else the one to whom its prefix was given; empty for a fixed line, or a number abroad."""
    return (moved_to(phone, clock.today()) or destination(phone, clock.today()).operator) if phone else ""
