"""Writes: a call that lasts has more set aside before what it has runs out, as far as the quotas go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from chot.charges import quotas
from chot.charges.models import CallCharge, CallingRules
from chot.charges.notices import warn
from chot.charges.quotas import Held
from chot.charges.refusals import rules
from chot.charges.tariff import Tariff, affordable_s, charge
from chot.core import clock

LEAD_S = 60
"""So long before its money runs out a call asks for more: time enough for a worker that was away, and to warn the agent."""


@dataclass(frozen=True)
class Extended:
    """How long the call may last now from the answer on, and whether that or its warning has changed."""

    max_talk_s: int
    longer: bool
    changed: bool


def calls_to_extend(call_ids: Iterable[str]) -> dict[str, CallCharge]:
    """The calls under way whose money can run out, by id."""
    rows = CallCharge.objects.filter(call_id__in=list(call_ids), state=CallCharge.State.HELD, tariff__isnull=False)
    return {row.call_id: row for row in rows if row.holds}


def parts_to_extend(call_ids: Iterable[str]) -> list[CallCharge]:
    """The numbers outside of these calls that have answered and whose money can run out."""
    rows = CallCharge.objects.filter(part_of__in=list(call_ids), state=CallCharge.State.HELD, answered_at__isnull=False)
    return [row for row in rows.exclude(tariff=None) if row.holds]


def runs_out(row: CallCharge, lasted_s: int, held: CallingRules) -> bool:
    """Whether a call that has lasted so long soon needs more than is set aside for it."""
    covered = _covered(row, held)
    return covered < held.longest_call_s and covered - lasted_s <= LEAD_S


@transaction.atomic
def extend(call_id: str, lasted_s: int) -> Extended | None:
    """Set aside what the next stretch of a call costs, at most what the quotas leave. None when nothing is to be done.

    Done twice it gives nothing twice: what is set aside is compared with how long the call has lasted. Where calls are not cut,
    the stretch is set aside beyond the quota, so that nobody begins another call.
    """
    held = rules()
    row = CallCharge.objects.select_for_update().filter(call_id=call_id, state=CallCharge.State.HELD, tariff__isnull=False).first()
    if row is None or not row.holds or not runs_out(row, lasted_s, held):
        return None
    price, branded = Tariff(**(row.tariff or {})), bool(row.brand)
    bound = [each for each in quotas.lock_again(row.holds) if not each.use.lifted(clock.now())]
    wanted = max(0, charge(price, min(held.longest_call_s, _covered(row, held) + held.reserve_s), branded=branded) - row.reserved_vnd)
    given = min([wanted, *(each.left_vnd for each in bound)]) if held.cut_calls else wanted
    short = any(each.left_vnd <= wanted for each in bound)
    row.reserved_vnd += given
    quotas.set_aside(row.holds, given)
    before = (row.max_talk_s, row.exhausted_at)
    row.max_talk_s = max(row.max_talk_s, _may_last(row, bound, held))
    row.exhausted_at = (row.exhausted_at or clock.now()) if short else None
    row.save(update_fields=["reserved_vnd", "max_talk_s", "exhausted_at"])
    if given:
        warn(row.holds, held.warn_percent)
    changed = before != (row.max_talk_s, row.exhausted_at)
    return Extended(row.max_talk_s, row.max_talk_s > before[0], changed)


def _covered(row: CallCharge, held: CallingRules) -> int:
    """How long a call may last on what is set aside for it."""
    return affordable_s(Tariff(**(row.tariff or {})), row.reserved_vnd, most_s=held.longest_call_s, branded=bool(row.brand))


def _may_last(row: CallCharge, bound: Sequence[Held], held: CallingRules) -> int:
    """As long as its money goes, where a quota binds and calls are cut; else as long as any call may."""
    return _covered(row, held) if held.cut_calls and bound else held.longest_call_s
