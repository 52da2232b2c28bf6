"""Everything that is held about one customer, for the customer to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models

from chot.customers import references
from chot.customers.models import Customer, DoNotCall, OrderItem
from chot.customers.queries import ids_of

Part = Callable[[Sequence[str]], list[dict[str, Any]]]
_PARTS: dict[str, Part] = {}
_MERGED = ("customer_id", "name", "phone", "email", "address", "born_on", "source", "created_at")
"""What is kept of a customer who was merged into this one."""
_INTERNAL = {"id", "written_at", "customer", "order", "noted_by", "made_by", "by", "answered_by", "lifted_by"}


def register(name: str, part: Part) -> None:
    """What another app holds under a customer's ids: ``part(ids)`` gives rows."""
    _PARTS[name] = part


def held(customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Every table with its rows, in a form that JSON can hold."""
    ids = ids_of(customer)
    found = {"customer": [_row(customer)], "tags": [{"name": tag.name} for tag in customer.tags.all()]}
    for name in ("phones", "consents", "notes", "tasks", "data_requests"):
        found[name] = [_row(row) for row in getattr(customer, name).all()]
    spared = models.Q(customer=customer) | models.Q(phone__in=ids)
    found["do_not_call"] = [_row(row) for row in DoNotCall.objects.filter(spared)]
    for label, model in references.tables().items():
        rows = model._default_manager.filter(customer_id__in=ids).order_by("pk")
        found[label.rpartition(".")[2].lower() + "s"] = [_row(row) for row in rows]
    items = OrderItem.objects.filter(order__customer_id__in=ids)
    found["order_items"] = values_of(items, "order__order_id", "product", "quantity", "price_vnd")
    found["merged"] = [{name: merge.was[name] for name in _MERGED} for merge in customer.merges.filter(undone_at=None).order_by("pk")]
    for name, part in _PARTS.items():
        found[name] = part(ids)
    return found


def cells(found: dict[str, list[dict[str, Any]]]) -> Iterator[list[Any]]:
    """The same as rows of a sheet: table, number of the row, field, value."""
    for table, rows in found.items():
        for place, row in enumerate(rows, start=1):
            for name, value in row.items():
                if value not in (None, "", {}, []):
                    yield [table, place, name, value if isinstance(value, (str, int)) else str(value)]


def values_of(rows: models.QuerySet[Any], *fields: str) -> list[dict[str, Any]]:
    """These fields of rows, in a form that JSON can hold."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows.order_by("pk").values(*fields)]


def _row(row: models.Model) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in _INTERNAL]
    return {field.name: _plain(field.value_from_object(row)) for field in fields}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
