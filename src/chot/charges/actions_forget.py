"""The number called leaves a call's charge; what it cost stays."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from chot.charges.models import CallCharge


def forget_numbers(calls: Sequence[str]) -> int:
    """Without the numbers called from now on, those outside to which they were handed over too; of how many calls."""
    return CallCharge.objects.filter(Q(call_id__in=calls) | Q(part_of__in=calls)).exclude(number="").update(number="")
