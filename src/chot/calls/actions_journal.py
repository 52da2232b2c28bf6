"""Calls that ended on the telephone side become facts: each exactly one ``Call``, its charge settled with it."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import DatabaseError, transaction

from chot.calls.actions_outcome_rows import apply_outcome, one_at_a_time
from chot.calls.actions_parts import answer_forward, take_in_part
from chot.calls.actions_queues import left_to_do, missed
from chot.calls.actions_states import begin_wrap_up
from chot.calls.actions_supervision import note_end
from chot.calls.journal import settled
from chot.calls.models import Call, CallPart, JournalProblem, JournalReader, TelephonyJournal
from chot.charges.actions import call_began, charge_of, settle
from chot.core import clock
from chot.core.messages import FACTS, CallEnded, CallMissed, CallStarted, ForwardAsked, MessageError, PartChanged, decode
from chot.core.messages_supervision import SupervisionChanged
from chot.core.phones import number_id
from chot.customers.queries import customers_of_number
from chot.people.queries import team_of
from chot.switchboard.actions_heard import heard

log = structlog.get_logger()
READER = "calls"
BATCH = 500
_KINDS = (
    "call_started", "call_ended", "call_missed", "trunk_changed", "trunks_set", "routing_set", "node_changed", "node_waits",
    "phone_changed", "supervision_changed", "forward_asked", "part_changed",
)  # fmt: skip
"""What is read of the journal; everything else is passed over."""


def take_in_calls() -> int:
    """Read the journal on from where it was left; how many rows of ``calls`` were made."""
    made = _try_again()
    last = settled()
    while _position() < last:
        made += _take_in_batch(last)
    return made


def _position() -> int:
    return JournalReader.objects.filter(name=READER).values_list("seq", flat=True).first() or 0


@transaction.atomic
def _take_in_batch(last: int) -> int:
    """The next rows up to ``last``, beyond which a smaller number may still be to come."""
    JournalReader.objects.get_or_create(name=READER)
    reader = JournalReader.objects.select_for_update().get(name=READER)
    unread = TelephonyJournal.objects.filter(seq__gt=reader.seq, seq__lte=last).order_by("seq")
    end = unread.values_list("seq", flat=True)[BATCH - 1 : BATCH].first() or last
    made = _take_in(unread.filter(seq__lte=end, kind__in=_KINDS))
    reader.seq = max(reader.seq, end)
    reader.save()
    return made


@transaction.atomic
def _try_again() -> int:
    problems = JournalProblem.objects.select_for_update(skip_locked=True).filter(reader=READER)
    seqs = list(problems.values_list("seq", flat=True)[:BATCH])
    return _take_in(TelephonyJournal.objects.filter(seq__in=seqs).order_by("seq")) if seqs else 0


def _take_in(rows: Iterable[TelephonyJournal]) -> int:
    return sum(_take_in_row(row) for row in rows)


def _take_in_row(row: TelephonyJournal) -> bool:
    try:
        with transaction.atomic():
            made = _take_in_fact(decode(FACTS[row.kind], row.payload))
    except (MessageError, DatabaseError) as error:
        log.error("call not taken in", seq=row.seq, call_id=row.call_id, problem=str(error))
        JournalProblem.objects.update_or_create(reader=READER, seq=row.seq, defaults={"problem": str(error), "found_at": clock.instant()})
        return False
    JournalProblem.objects.filter(reader=READER, seq=row.seq).delete()
    return made


def _take_in_fact(fact: object) -> bool:
    """Whether a row of ``calls`` was made."""
    match fact:
        case CallEnded():
            return make_call(fact)
        case CallStarted(call_id=call_id):
            call_began(call_id)
        case CallMissed():
            missed(fact)
        case ForwardAsked():
            answer_forward(fact)
        case PartChanged():
            take_in_part(fact)
        case SupervisionChanged():
            note_end(fact)
        case _:
            heard(fact)
    return False


def make_call(ended: CallEnded) -> bool:
    """The row of ``calls`` of a call that ended; False when there is one of this id already, which stays as it is."""
    for agent_id in sorted(ended.agents):
        begin_wrap_up(agent_id, ended.call_id, ended.ended_at)
    one_at_a_time(ended.call_id)
    settle(ended)
    customer_id = ended.customer_id or _customer_of(ended.number)
    _, made = Call.objects.get_or_create(
        call_id=ended.call_id,
        defaults={
            "agent_id": ended.agent_id,
            "team_id": team_of(ended.agent_id, ended.started_at.astimezone(clock.ZONE).date()),
            "customer_id": customer_id,
            "queue_id": ended.queue_id,
            "campaign_id": ended.campaign_id,
            "line_id": ended.line,
            "direction": ended.direction,
            "outcome": ended.outcome,
            "hangup_by": ended.hangup_by,
            "charge_vnd": charge_of(ended.call_id),
            **{name: getattr(ended, name) for name in ("started_at", "answered_at", "ended_at", "ring_s", "wait_s", "talk_s", "hold_s")},
        },
    )
    if made and len(ended.parts) > 1:
        CallPart.objects.bulk_create(CallPart.of(ended.call_id, place, part) for place, part in enumerate(ended.parts, 1))
    left_to_do(ended, customer_id)
    apply_outcome(ended.call_id)
    return made


def _customer_of(number: str) -> str:
    named = number_id(number) if number else ""
    found = customers_of_number(named, 2) if named else []
    return found[0].customer_id if len(found) == 1 else named
