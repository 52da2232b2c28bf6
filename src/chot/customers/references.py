"""Which tables name a customer by ``customer_id``: an app to the right registers its own, and merging and deleting reach them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.models.functions import Now

Erase = Callable[[Sequence[str]], int]

_TABLES: dict[str, type[models.Model]] = {}
_ERASERS: dict[str, Erase] = {}


def register(model: type[models.Model]) -> None:
    """A fact table whose rows have a ``customer_id`` and a ``written_at``."""
    _TABLES[model._meta.label] = model


def on_erase(name: str, erase: Erase) -> None:
    """``erase(ids)`` runs in the transaction that deletes a customer's data, before the ids change; it says how much it took or queued."""
    _ERASERS[name] = erase


def tables() -> dict[str, type[models.Model]]:
    """Every table by its label."""
    return dict(_TABLES)


def move(ids: Sequence[str], to: str) -> dict[str, list[int]]:
    """Let every row of ``ids`` name ``to``; the primary keys by table that changed."""
    moved = {}
    for label, model in _TABLES.items():
        rows: Any = model._default_manager.filter(customer_id__in=ids)
        keys = list(rows.select_for_update().values_list("pk", flat=True))
        if keys:
            model._default_manager.filter(pk__in=keys).update(customer_id=to, written_at=Now())
            moved[label] = keys
    return moved


def move_back(moved: dict[str, list[int]], at_present: str, to: str) -> int:
    """Let the rows that are still ``at_present`` name ``to`` again."""
    total = 0
    for label, keys in moved.items():
        model = _TABLES.get(label)
        if model:
            total += model._default_manager.filter(pk__in=keys, customer_id=at_present).update(customer_id=to, written_at=Now())
    return total


def erased(ids: Sequence[str]) -> dict[str, int]:
    """Run every eraser; what each took."""
    return {name: erase(ids) for name, erase in _ERASERS.items()}
