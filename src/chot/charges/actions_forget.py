"""The number called leaves a call's charge; what it cost stays."""

from __future__ import annotations

from collections.abc import Sequence

from chot.charges.models import CallCharge


def forget_numbers(calls: Sequence[str]) -> int:
    """Without the numbers called from now on; of how many calls."""
    return CallCharge.objects.filter(call_id__in=calls).exclude(number="").update(number="")
