"""Writes: what queues leave to do, and agents whose phones rang in vain."""

from __future__ import annotations

from django.db import transaction

from chot.calls.actions_states import miss_calls
from chot.calls.live import tell_desk
from chot.calls.models import Callback, QueueTask
from chot.calls.models_queues import TASK
from chot.core import clock
from chot.core.messages import CallEnded, CallMissed
from chot.core.phones import number_id
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import User
from chot.people.queries import rows_on
from chot.switchboard.models import CallQueue

_LEAST_MESSAGE_S = 2


def left_to_do(ended: CallEnded, customer_id: str) -> QueueTask | None:
    """The message or the wish to be called back of a call that ended, once; of one that we made, too, when it was handed to a queue."""
    message = ended.message_s >= _LEAST_MESSAGE_S
    if not (message or ended.wants_callback):
        return None
    team, title = CallQueue.objects.filter(name=ended.queue_id).values_list("team_id", "title").first() or ("", "")
    row, made = QueueTask.objects.get_or_create(
        call_id=ended.call_id,
        defaults={
            "kind": QueueTask.Kind.MESSAGE if message else QueueTask.Kind.CALLBACK, "queue_id": ended.queue_id, "team_id": team,
            "number": (number_id(ended.number) if ended.number else "")[:20], "customer_id": customer_id, "left_at": ended.ended_at,
            "message_from_s": ended.message_from_s, "message_s": ended.message_s,
        },
    )  # fmt: skip
    if made and team:
        agents = rows_on(clock.today()).filter(team_id=team).values_list("agent_id", flat=True)
        notify_agents(list(agents), f"queue.{row.kind}", link="/desk/messages", key=f"queue task {ended.call_id}", queue=title)
    return row


def missed(told: CallMissed) -> bool:
    """An agent who missed as many rings as the queue allows gets no more calls until the agent says so."""
    if not told.limit or told.in_a_row < told.limit:
        return False
    return miss_calls(told.agent_id, told.missed_at)


@transaction.atomic
def take(pk: int, user: User, *, address: str | None = None) -> QueueTask:
    """An agent takes it: it stands among the callbacks of the agent's desk, due now. Taken already, it stays with whom it is."""
    row = QueueTask.objects.select_for_update().get(pk=pk)
    if row.done_at or row.taken_by:
        return row
    row.taken_by = user.agent_id
    row.save(update_fields=["taken_by"])
    if row.number:
        now = clock.instant()
        values = {"agent_id": user.agent_id, "number": row.number, "customer_id": row.customer_id, "due_at": clock.now(), "made_at": now}
        Callback.objects.get_or_create(call_id=f"{TASK}{row.call_id}"[:100], defaults=values)
    record("queue_task.taken", f"call:{row.call_id}", by=user, address=address, after={"agent": user.agent_id})
    tell_desk(user.agent_id)
    return row


@transaction.atomic
def finish(pk: int, user: User, *, address: str | None = None) -> QueueTask:
    """It is done."""
    row = QueueTask.objects.select_for_update().get(pk=pk)
    if row.done_at is None:
        row.done_at, row.done_by = clock.instant(), user
        row.save(update_fields=["done_at", "done_by"])
        Callback.objects.filter(call_id=f"{TASK}{row.call_id}"[:100], done_at=None).update(done_at=row.done_at)
        record("queue_task.done", f"call:{row.call_id}", by=user, address=address)
    return row


