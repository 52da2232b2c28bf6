"""Writes: what is asked after calls, and what holds at desks."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from chot.calls.models import Disposition
from chot.people.audit import record
from chot.people.models import User

DEFAULTS = (
    ("interested", "Quan tâm", False), ("callback", "Hẹn gọi lại", True), ("refused", "Từ chối", False), ("wrong_number", "Sai số", False),
    ("ordered", "Đã đặt hàng", False), ("resolved", "Đã giải quyết", False), ("ticket", "Chuyển phiếu yêu cầu", False),
    ("complaint", "Khiếu nại", False), ("no_contact", "Không gặp khách", False),
)  # fmt: skip

_NAMES = {"Disposition": "disposition", "OutcomeField": "outcome_field", "RecordingNotice": "recording_notice"}


@transaction.atomic
def keep(row: Any, *, by: User, address: str | None, before: dict[str, Any] | None) -> None:
    """Store a disposition, a field, what is told of recordings, or the rules of desks; ``before`` is what it was, None for a new one."""
    row.save()
    name = _NAMES.get(type(row).__name__, "desk_rules")
    record(f"{name}.kept", f"{name}:{row.pk}", by=by, address=address, before=before, after=model_to_dict(row))


def load_defaults() -> int:
    """The dispositions that come with Chốt, where there are none yet; how many."""
    if Disposition.objects.exists():
        return 0
    rows = [
        Disposition(code=code, name=name, wants_callback=again, position=10 * place)
        for place, (code, name, again) in enumerate(DEFAULTS, 1)
    ]
    return len(Disposition.objects.bulk_create(rows, ignore_conflicts=True))
