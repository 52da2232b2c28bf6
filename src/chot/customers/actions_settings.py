"""Writes about what surrounds customers: custom fields and saved filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from chot.core.text import key as key_of
from chot.customers.models import CustomField, SavedFilter
from chot.people.audit import record
from chot.people.models import User
from chot.people.queries import team_of


@transaction.atomic
def save_field(pk: int | None, values: Mapping[str, Any], *, by: User, address: str | None) -> CustomField:
    """A field of every customer, new or changed; its key and kind stay what they were made as."""
    if pk is None:
        field = CustomField(key=_free_key(values["label"]), kind=values["kind"])
    else:
        field = CustomField.objects.select_for_update().get(pk=pk)
    for name in ("label", "choices", "rank", "shown"):
        setattr(field, name, values[name])
    field.save()
    after = {"label": field.label, "kind": field.kind, "choices": field.choices, "shown": field.shown}
    record("customer.field_saved", f"customer_field:{field.key}", by=by, address=address, after=after)
    return field


def _free_key(label: str) -> str:
    start = key_of(label)[:36] or "field"
    taken = set(CustomField.objects.filter(key__startswith=start).values_list("key", flat=True))
    return next(key for key in (start, *(f"{start}_{place}" for place in range(2, 1000))) if key not in taken)


@transaction.atomic
def keep_filter(user: User, page: str, name: str, query: str, *, shared: bool) -> SavedFilter:
    """A filter under a name; the same name again replaces it."""
    team = team_of(user.agent_id) if shared else ""
    kept, _made = SavedFilter.objects.update_or_create(user=user, page=page, name=name, defaults={"query": query[:500], "team_id": team})
    return kept


@transaction.atomic
def drop_filter(user: User, pk: int) -> bool:
    """Forget one's own filter."""
    return bool(SavedFilter.objects.filter(user=user, pk=pk).delete()[0])
