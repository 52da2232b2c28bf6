"""Writes: calls that ended become facts, each exactly one ``Call``, its charge settled with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from django.db import transaction

from chot.calls.actions_outcome_rows import apply_outcomes
from chot.calls.actions_queues import left_to_do
from chot.calls.actions_states import begin_wrap_up
from chot.calls.holding import AGENT, CALL, hold
from chot.calls.models import Call, CallPart
from chot.charges.actions_settle import charges_of, settle_calls
from chot.core import clock
from chot.core.messages import CallEnded
from chot.core.phones import number_id
from chot.customers.queries import only_customers
from chot.people.queries import team_of

_SAME = ("started_at", "answered_at", "ended_at", "ring_s", "wait_s", "talk_s", "hold_s")


@transaction.atomic(savepoint=False)
def make_calls(many: Sequence[CallEnded]) -> int:
    """The rows of ``calls`` of calls that ended; how many were made. One whose id has a row already stays as it is.

    Everybody's states are held before any call is, and all calls before any charge: nobody who notes an outcome waits in a circle.
    """
    if not many:
        return 0
    hold(AGENT, {agent_id for ended in many for agent_id in ended.agents})
    for ended in many:
        for agent_id in sorted(ended.agents):
            begin_wrap_up(agent_id, ended.call_id, ended.ended_at)
    ids = [ended.call_id for ended in many]
    hold(CALL, ids)
    settle_calls(many)
    customers = _customers(many)
    there = set(Call.objects.filter(call_id__in=ids).values_list("call_id", flat=True))
    new = [ended for ended in many if ended.call_id not in there]
    _write(new, customers)
    for ended in many:
        left_to_do(ended, customers[ended.call_id])
    apply_outcomes(ids)
    return len(new)


def _write(many: Sequence[CallEnded], customers: dict[str, str]) -> None:
    charges, team = charges_of([ended.call_id for ended in many]), cache(team_of)
    Call.objects.bulk_create(
        Call(
            call_id=ended.call_id, agent_id=ended.agent_id, team_id=team(ended.agent_id, ended.started_at.astimezone(clock.ZONE).date()),
            customer_id=customers[ended.call_id], queue_id=ended.queue_id, campaign_id=ended.campaign_id,
            line_id=ended.line, direction=ended.direction, outcome=ended.outcome, hangup_by=ended.hangup_by,
            charge_vnd=charges.get(ended.call_id), **{name: getattr(ended, name) for name in _SAME},
        )
        for ended in many
    )  # fmt: skip
    several = (ended for ended in many if len(ended.parts) > 1 or any(part.number for part in ended.parts))
    CallPart.objects.bulk_create(CallPart.of(ended.call_id, place, part) for ended in several for place, part in enumerate(ended.parts, 1))


def _customers(many: Iterable[CallEnded]) -> dict[str, str]:
    """Whose each call is: the customer it was begun with, else the one who alone has the number, else the number itself."""
    numbers = {ended.call_id: number_id(ended.number) for ended in many if not ended.customer_id}
    known = only_customers(set(numbers.values()))
    return {ended.call_id: ended.customer_id or known.get(number := numbers[ended.call_id], number) for ended in many}
