"""Which class a recording is of: a conversation, or one with an order; what somebody chose for it stays."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from chot.core import clock
from chot.customers.models import Order
from chot.people.audit import record
from chot.recordings.models import Recording, Retention
from chot.recordings.retention import keeping

BATCH = 500


def classify_new(rows: Sequence[Recording]) -> None:
    """The class and the last day of recordings that are about to be kept; not saved yet."""
    sold = set(_orders().filter(call_id__in=[row.call_id for row in rows]).values_list("call_id", flat=True))
    last_days = {each: keeping(each) for each in (Retention.STANDARD, Retention.SALE)}
    for row in rows:
        row.retention = Retention.SALE if row.call_id in sold else Retention.STANDARD
        row.delete_after = last_days[Retention(row.retention)](row.started_at)


@transaction.atomic
def classify_sales() -> int:
    """Conversations from which an order has come since they were kept; a batch at a time, audited; how many."""
    waiting = Recording.objects.filter(state=Recording.State.KEPT, retention=Retention.STANDARD, classed_by=None)
    rows = list(waiting.filter(call_id__in=_orders().values("call_id")).order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    last_day = keeping(Retention.SALE)
    for row in rows:
        row.retention, row.delete_after = Retention.SALE, last_day(row.started_at)
    Recording.objects.bulk_update(rows, ["retention", "delete_after"])
    if rows:
        told = {"retention": Retention.SALE, "calls": [row.call_id for row in rows]}
        record("recording.classified", f"recordings:{clock.today().isoformat()}", by=None, after=told)
    return len(rows)


def _orders() -> QuerySet[Order]:
    """Orders that name their call and were not cancelled."""
    return Order.objects.exclude(call_id="").exclude(status=Order.Status.CANCELLED)
