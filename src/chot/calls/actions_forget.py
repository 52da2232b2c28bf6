"""Calls leave what the telephone side wrote of them: when it is old, and with a customer's personal data. Their facts stay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from chot.calls.actions_journal import READER
from chot.calls.actions_outcomes import reminder
from chot.calls.models import (
    Call,
    Callback,
    CallOutcome,
    JournalProblem,
    JournalReader,
    OpenCall,
    QueueTask,
    TelephonyCommand,
    TelephonyJournal,
)
from chot.charges.actions_forget import forget_numbers
from chot.core import clock
from chot.people.models import Notification

WINDOW = 5000
_READERS = {READER}


def reads(name: str) -> None:
    """The reader of this name has to have read what is deleted, even when it has never read yet."""
    _READERS.add(name)


def erase_of_customers(ids: Sequence[str]) -> int:
    """What was noted of these customers' calls, callbacks, messages, and numbers; within the caller's transaction and audit entry."""
    calls = list(Call.objects.filter(customer_id__in=ids).values_list("call_id", flat=True))
    done = CallOutcome.objects.filter(call_id__in=calls).update(note="", values={})
    done += _forget_callbacks(Callback.objects.filter(Q(customer_id__in=ids) | Q(call_id__in=calls)))
    done += QueueTask.objects.filter(Q(customer_id__in=ids) | Q(call_id__in=calls)).delete()[0]
    done += forget_numbers(calls)
    _forget_calls(calls)
    return done


def _forget_callbacks(rows: QuerySet[Callback]) -> int:
    """With the reminders of them, which name the customer."""
    keys = [reminder(row) for row in rows]
    Notification.objects.filter(kind="callback.due", key__in=keys).delete()
    return rows.delete()[0]


def purge_journal() -> int:
    """Delete the journal of calls that ended ``JOURNAL_DAYS`` ago, were read by every reader and are facts; how many rows.

    Of phones, trunks and nodes the latest word stays, however old. Commands of that time go too.
    """
    before, read = clock.instant() - timedelta(days=settings.JOURNAL_DAYS), _read_by_all()
    latest = TelephonyJournal.objects.filter(call_id="").order_by().values("node", "kind", "payload__phone", "payload__trunk")
    last = set(latest.annotate(last=Max("seq")).values_list("last", flat=True))
    seen = gone = 0
    while True:
        rows = TelephonyJournal.objects.filter(seq__gt=seen, seq__lte=read).order_by("seq").values_list("seq", "call_id", "at")
        window = list(rows[:WINDOW])
        old = [(seq, call_id) for seq, call_id, at in window if at < before]
        if not old:
            break
        seen = window[-1][0]
        gone += _forget_calls({call_id for _, call_id in old} - {""}, before)
        gone += TelephonyJournal.objects.filter(pk__in=[seq for seq, call_id in old if not call_id and seq not in last]).delete()[0]
    TelephonyCommand.objects.filter(created_at__lt=before, payload__has_key="call_id").delete()
    return gone


def _read_by_all() -> int:
    """Up to where every reader has come."""
    come = dict(JournalReader.objects.values_list("name", "seq"))
    return min(come.values()) if come.keys() >= _READERS else 0


@transaction.atomic
def _forget_calls(calls: Collection[str], before: datetime | None = None) -> int:
    """Delete the journal of those calls that are facts, about which nothing is still to be read or to come."""
    rows = TelephonyJournal.objects.filter(call_id__in=calls)
    late = rows.filter(at__gte=before) if before else rows.none()
    waiting = rows.filter(seq__gt=_read_by_all()) | rows.filter(seq__in=JournalProblem.objects.values("seq"))
    held = {*(late | waiting).values_list("call_id", flat=True), *OpenCall.objects.values_list("call_id", flat=True)}
    facts = set(Call.objects.filter(call_id__in=calls).values_list("call_id", flat=True))
    gone = facts - held
    TelephonyCommand.objects.filter(payload__call_id__in=list(gone)).delete()
    return TelephonyJournal.objects.filter(call_id__in=gone).delete()[0]
