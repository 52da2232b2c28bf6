"""Writes: what the telephone side has told, in the order of its journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import structlog
from django.db import DatabaseError, transaction

from chot.calls.actions_desk_phones import call_from_desk
from chot.calls.actions_ended import make_calls
from chot.calls.actions_parts import answer_forward, take_in_part
from chot.calls.actions_queues import missed
from chot.calls.actions_supervision import note_end
from chot.calls.journal import settled
from chot.calls.models import JournalProblem, JournalReader, TelephonyJournal
from chot.charges.actions_settle import calls_began
from chot.core import clock
from chot.core.messages import FACTS, CallEnded, CallMissed, CallStarted, ForwardAsked, MessageError, PartChanged, decode
from chot.core.messages_phones import PhoneDialled
from chot.core.messages_supervision import SupervisionChanged
from chot.switchboard.actions_heard import heard

log = structlog.get_logger()
READER = "calls"
BATCH = 500
_KINDS = (
    "call_started", "call_ended", "call_missed", "trunk_changed", "trunks_set", "routing_set", "node_changed", "node_waits",
    "phone_changed", "phone_dialled", "supervision_changed", "forward_asked", "part_changed",
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
    if not seqs:
        return 0
    JournalProblem.objects.filter(reader=READER, seq__in=seqs).delete()
    return _take_in(TelephonyJournal.objects.filter(seq__in=seqs).order_by("seq"))


def _take_in(rows: Iterable[TelephonyJournal]) -> int:
    """All rows under one savepoint; when one of them cannot be taken in, each under its own."""
    together = list(rows)
    try:
        with transaction.atomic():
            return _take_in_facts(together)
    except (MessageError, DatabaseError):
        return sum(map(_take_in_alone, together))


def _take_in_alone(row: TelephonyJournal) -> int:
    try:
        with transaction.atomic():
            return _take_in_facts([row])
    except (MessageError, DatabaseError) as error:
        log.error("call not taken in", seq=row.seq, call_id=row.call_id, problem=str(error))
        JournalProblem.objects.update_or_create(reader=READER, seq=row.seq, defaults={"problem": str(error), "found_at": clock.instant()})
        return 0


def _take_in_facts(rows: Iterable[TelephonyJournal]) -> int:
    """In order, beginnings and ends that follow each other together; how many rows of ``calls`` were made."""
    made = 0
    facts: Iterator[object] = (decode(FACTS[row.kind], row.payload) for row in rows)
    for of_calls, run in groupby(facts, lambda fact: isinstance(fact, CallStarted | CallEnded)):
        if of_calls:
            several = list(run)
            calls_began([fact.call_id for fact in several if isinstance(fact, CallStarted)])
            made += make_calls([fact for fact in several if isinstance(fact, CallEnded)])
        else:
            for fact in run:
                _take_in_fact(fact)
    return made


def _take_in_fact(fact: object) -> None:
    match fact:
        case CallMissed():
            missed(fact)
        case ForwardAsked():
            answer_forward(fact)
        case PartChanged():
            take_in_part(fact)
        case PhoneDialled():
            call_from_desk(fact)
        case SupervisionChanged():
            note_end(fact)
        case _:
            heard(fact)
