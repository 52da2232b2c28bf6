"""Reads: what each queue did with a customer whom more than one had, whom somebody else answered, or whom we called."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from chot.calls.models import Call, CallPart


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A customer's stretch in a queue: an agent took the customer out of it, who hung up (``given_up``), or was passed on."""

    call_id: str
    queue_id: str
    wait_s: int
    answered: bool
    given_up: bool


def waits_to_tell_apart(calls: QuerySet[Call]) -> list[Wait]:
    """The stretches of those of ``calls`` whose row alone does not say what became of them in each queue.

    They were handed over, overflowed, or are calls that we made, whose row tells of the number called.
    """
    in_queues = CallPart.objects.filter(kind=CallPart.Kind.QUEUE, call_id__in=calls.values("call_id")).order_by()
    counted = in_queues.values("call_id").annotate(times=Count("pk"), vain=Count("pk", filter=Q(answered_at=None)))
    made = Q(call_id__in=calls.filter(direction=Call.Direction.OUT).values("call_id"))
    ids = list(counted.filter(Q(times__gt=1) | Q(vain__gt=0) | made).values_list("call_id", flat=True))
    if not ids:
        return []
    ends = {call_id: (at, by) for call_id, at, by in calls.filter(call_id__in=ids).values_list("call_id", "ended_at", "hangup_by")}
    return [_wait(part, *ends[part.call_id]) for part in in_queues.filter(call_id__in=ids) if part.call_id in ends]


def _wait(part: CallPart, ended_at: object, hangup_by: str) -> Wait:
    answered = part.answered_at is not None
    return Wait(
        call_id=part.call_id, queue_id=part.queue_id, wait_s=int((part.ended_at - part.began_at).total_seconds()), answered=answered,
        given_up=not answered and hangup_by == "customer" and part.ended_at == ended_at,
    )  # fmt: skip
