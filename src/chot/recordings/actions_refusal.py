"""A customer does not agree to recording: nothing is kept of the call in which that was said, nor of later ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from chot.calls.models import Call
from chot.customers.calling import consent_of
from chot.customers.models import Consent, Customer, CustomerAlias
from chot.customers.models_contact import Channel, Purpose
from chot.customers.queries import customer_of, ids_of
from chot.people.audit import record
from chot.recordings.actions_delete import forget, present
from chot.recordings.models import Retention

SAID_WITHIN = timedelta(hours=1)
"""A refusal is noted during the call in which it was said, or so soon after its beginning."""


def refused(calls: Iterable[Call]) -> set[str]:
    """The calls whose customers said last that calls are not to be recorded."""
    by_customer: dict[str, list[str]] = defaultdict(list)
    for call in calls:
        if call.customer_id:
            by_customer[call.customer_id].append(call.call_id)
    ever = Consent.objects.filter(purpose=Purpose.RECORDING, given=False).values("customer")
    known = Customer.objects.filter(customer_id__in=by_customer, pk__in=ever).values_list("customer_id", flat=True)
    merged = CustomerAlias.objects.filter(alias__in=by_customer, customer__in=ever).values_list("alias", flat=True)
    return {call_id for name in known.union(merged) if _refuses(name) for call_id in by_customer[name]}


def _refuses(customer_id: str) -> bool:
    customer = customer_of(customer_id)
    return customer is not None and consent_of(customer, Purpose.RECORDING, Channel.CALL) is False


@transaction.atomic
def drop_refused(line: Consent) -> int:
    """Delete what was recorded since a refusal; what is held for a dispute stays. How many recordings."""
    calls = Call.objects.filter(customer_id__in=ids_of(line.customer), started_at__gte=line.at - SAID_WITHIN).values("call_id")
    rows = list(present().filter(call_id__in=calls).exclude(retention=Retention.HELD).select_for_update())
    if rows:
        told = {"calls": [row.call_id for row in rows]}
        record("recording.refused", f"customer:{line.customer_id}", by=line.noted_by, before=told)
    return forget(rows)


def consent_noted(instance: Consent, *, created: bool, **_named: Any) -> None:
    """A new line of the consent ledger."""
    if created and instance.purpose == Purpose.RECORDING and not instance.given:
        drop_refused(instance)
