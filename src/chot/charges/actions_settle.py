"""Writes: calls that have begun and ended, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from chot.charges import quotas, refusals
from chot.charges.models import CallCharge, CallPurpose
from chot.charges.notices import warn
from chot.charges.routing import destination_of, tariff_for, trunk_for
from chot.charges.tariff import Tariff, charge
from chot.core import clock
from chot.core.messages import CallEnded
from chot.core.phones import current
from chot.people.queries import team_of
from chot.switchboard.models import Number


def calls_began(call_ids: Iterable[str]) -> None:
    """The exchange has begun these calls: their reservations last as long as a call may."""
    rows = CallCharge.objects.filter(call_id__in=call_ids, began_at=None)
    if keys := list(rows.values_list("pk", flat=True)):
        until = clock.now() + timedelta(seconds=refusals.rules().longest_call_s + 3600)
        CallCharge.objects.filter(pk__in=keys).update(began_at=clock.now(), expires_at=until)


def part_answered(part_id: str, at: datetime) -> None:
    """The number outside has answered: its money runs from now on."""
    CallCharge.objects.filter(call_id=part_id, answered_at=None).update(answered_at=at)


def charge_of(call_id: str) -> int | None:
    """What a call has cost with the numbers outside to which it was handed over or forwarded; None when nothing of it has a price."""
    return charges_of([call_id]).get(call_id)


def charges_of(call_ids: Sequence[str]) -> dict[str, int]:
    """The same for many calls; those of which nothing has a price are left out."""
    found: dict[str, int] = {}
    rows = CallCharge.objects.filter(Q(call_id__in=call_ids) | Q(part_of__in=call_ids), charge_vnd__isnull=False)
    for call_id, part_of, charge_vnd in rows.values_list("call_id", "part_of", "charge_vnd"):
        whole = part_of or call_id
        found[whole] = found.get(whole, 0) + (charge_vnd or 0)
    return found


def settle(ended: CallEnded, *, part_of: str = "") -> int | None:
    """What an outbound call has cost, in đồng; None for an inbound one, or when no tariff is known.

    The first time it frees the reservation and counts the charge; later times only answer. A call that was not prepared
    (dialled around the rules) is priced by the number it showed and counts against the same quotas.
    """
    return settle_calls([ended], part_of=part_of).get(ended.call_id)


@transaction.atomic(savepoint=False)
def settle_calls(many: Iterable[CallEnded], *, part_of: str = "") -> dict[str, int | None]:
    """``settle`` for many calls, those that are not outbound left out.

    All reservations are locked, then all that is used of their quotas, each in the one order: calls being dialled wait for no circle.
    """
    out = [ended for ended in many if ended.direction == "out"]
    if not out:
        return {}
    rows = CallCharge.objects.select_for_update().filter(call_id__in=[ended.call_id for ended in out]).order_by("pk")
    there = {row.call_id: row for row in rows}
    quotas.hold({use for row in there.values() for use in row.holds})
    settled = [_settle(there.get(ended.call_id) or _unprepared(ended), ended, part_of) for ended in out]
    warn({use for row in settled for use in row.holds}, refusals.rules().warn_percent)
    return {row.call_id: row.charge_vnd for row in settled}


def answered_s(ended: CallEnded) -> int:
    """Whole seconds for which the carrier bills a call: from the customer's answer on; at least 1 when there was one."""
    if ended.answered_at:
        return max(1, int((ended.ended_at - ended.answered_at).total_seconds()))
    return max(1, ended.wait_s) if ended.outcome == "abandoned" else 0


def _settle(row: CallCharge, ended: CallEnded, part_of: str) -> CallCharge:
    if row.settled_at is not None:
        return row
    seconds = answered_s(ended)
    price = Tariff(**row.tariff) if row.tariff else None
    row.charge_vnd = charge(price, seconds, branded=bool(row.brand)) if price else None
    reserved = row.reserved_vnd if row.state == CallCharge.State.HELD else 0
    quotas.take_back(row.holds, reserved, row.charge_vnd or 0)
    row.state, row.settled_at, row.seconds = CallCharge.State.SETTLED, clock.now(), seconds
    row.outcome, row.sip_status = ended.outcome, ended.sip_status
    row.began_at, row.part_of = row.began_at or ended.started_at, row.part_of or part_of
    row.save()
    return row


def _unprepared(ended: CallEnded) -> CallCharge:
    """The row, not yet saved, for a call that nobody prepared; its quotas are locked."""
    day = ended.started_at.astimezone(clock.ZONE).date()
    number = current(ended.number) or ended.number
    to = destination_of(number, day)
    shown = Number.objects.filter(number=current(ended.line) or ended.line).select_related("trunk").first()
    trunk = shown.trunk if shown else trunk_for(to, CallPurpose.CARE)
    price = tariff_for(to, trunk, day) if trunk else None
    team_id = team_of(ended.agent_id, day)
    uses = quotas.lock(quotas.limits_of(ended.agent_id, team_id, ended.campaign_id), day)
    return CallCharge(
        call_id=ended.call_id, agent_id=ended.agent_id, team_id=team_id, campaign_id=ended.campaign_id, number=number[:20], kind=to.kind,
        operator=to.operator, trunk=trunk, caller_id=ended.line[:20], tariff=asdict(price) if price else None,
        holds=[each.use.pk for each in uses], made_at=ended.started_at, expires_at=ended.ended_at,
    )  # fmt: skip
