"""Everything about inbound calls as the rows that there are, by which a version can be restored."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.forms.models import model_to_dict

from chot.switchboard.models import CallFlow, CallQueue, Number, OpeningHours, Prompt

NAMED: dict[str, type[models.Model]] = {"hours": OpeningHours, "greeting_prompt": Prompt, "music": Prompt}
"""What a queue points to, by name."""


def present_rows() -> dict[str, Any]:
    """What a version keeps to be restored; names in the place of keys."""
    return {
        "hours": [_fields(row) for row in OpeningHours.objects.all()],
        "flows": [_fields(row) for row in CallFlow.objects.all()],
        "queues": [_queue(row) for row in CallQueue.objects.select_related(*NAMED).prefetch_related("members")],
        "numbers": list(Number.objects.order_by("number").values("number", "leads_to", "target")),
    }


def _fields(row: models.Model) -> dict[str, Any]:
    return {name: value for name, value in model_to_dict(row).items() if name != "id"}


def _queue(row: CallQueue) -> dict[str, Any]:
    named = {name: getattr(getattr(row, name), "name", "") for name in NAMED}
    return _fields(row) | named | {"members": sorted(each.agent_id for each in row.members.all())}
