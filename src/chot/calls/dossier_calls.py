"""What is held of a customer beside the facts of the calls: what agents noted, callbacks, messages and wishes to be called back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from chot.calls.models import Call, Callback, CallOutcome, OutcomeField, QueueTask
from chot.customers.dossier import register, values_of


def notes(ids: Sequence[str]) -> list[dict[str, Any]]:
    """What agents noted of the calls, the fields by what they are called."""
    rows = values_of(CallOutcome.objects.filter(call_id__in=_calls(ids)), "call_id", "disposition", "note", "values", "saved_at")
    labels = {str(pk): title for pk, title in OutcomeField.objects.values_list("pk", "label")}
    return [{**row, "values": {labels.get(key, key): value for key, value in row["values"].items()}} for row in rows]


def callbacks(ids: Sequence[str]) -> list[dict[str, Any]]:
    """When the customer is or was to be called again."""
    rows = Callback.objects.filter(Q(customer_id__in=ids) | Q(call_id__in=_calls(ids)))
    return values_of(rows, "call_id", "number", "note", "made_at", "due_at", "done_at")


def queue_tasks(ids: Sequence[str]) -> list[dict[str, Any]]:
    """Messages that the customer left, and wishes to be called back."""
    rows = QueueTask.objects.filter(Q(customer_id__in=ids) | Q(call_id__in=_calls(ids)))
    return values_of(rows, "call_id", "kind", "number", "left_at", "message_s", "done_at")


def _calls(ids: Sequence[str]) -> Any:
    return Call.objects.filter(customer_id__in=ids).values("call_id")


def register_all() -> None:
    """Said once, when the application starts."""
    register("call_notes", notes)
    register("callbacks", callbacks)
    register("messages", queue_tasks)
