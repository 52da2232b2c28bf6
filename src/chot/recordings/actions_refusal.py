"""A customer does not agree to recording: nothing is kept of the call in which that was said, nor of later ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.calls.models import Call
from chot.core import clock
from chot.customers.actions_consents import note_consent
from chot.customers.calling import consent_of
from chot.customers.models import Consent, Customer, CustomerAlias
from chot.customers.models_contact import Channel, Purpose
from chot.customers.queries import customer_of, customers_of_number, ids_of
from chot.people.audit import record
from chot.recordings.actions_delete import forget, present
from chot.recordings.actions_message import conversations
from chot.recordings.models import Recording, Retention

SAID_WITHIN = timedelta(hours=1)
"""A refusal is noted during the call in which it was said, or so soon after its beginning."""
KNOWN_WITHIN = timedelta(days=1)
"""So long after a refusal by key its customer may become known."""
BATCH = 200


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
    """Delete what was recorded since a refusal; what is held for a dispute stays, and so does a message. How many recordings."""
    since = line.at if line.how == Consent.How.KEY else line.at - SAID_WITHIN  # of a key's own call nothing was kept
    calls = Call.objects.filter(customer_id__in=ids_of(line.customer), started_at__gte=since).values("call_id")
    rows = conversations(present().filter(call_id__in=calls).exclude(retention=Retention.HELD).select_for_update())
    if rows:
        told = {"calls": [row.call_id for row in rows]}
        record("recording.refused", f"customer:{line.customer_id}", by=line.noted_by, before=told)
    return forget(rows)


def consent_noted(instance: Consent, *, created: bool, **_named: Any) -> None:
    """A new line of the consent ledger."""
    if created and instance.purpose == Purpose.RECORDING and not instance.given:
        drop_refused(instance)


@transaction.atomic
def note_refusals() -> int:
    """Put refusals by key into the consent ledger, once their customer is known; how many. What was said later holds on."""
    rows = list(Recording.objects.filter(refusal_open=True).order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    calls = dict(Call.objects.filter(call_id__in=[row.call_id for row in rows]).values_list("call_id", "customer_id"))
    done = 0
    for row in rows:
        customer = _customer(calls.get(row.call_id, ""))
        if customer is not None:
            note_consent(customer, _line(row), by=None, address=None)
            done += 1
        if customer is not None or row.noted_at < clock.now() - KNOWN_WITHIN:
            row.refusal_open = False
            row.save(update_fields=["refusal_open"])
    return done


def _customer(customer_id: str) -> Customer | None:
    """Whom a call's fact names: by id, else by a number that is of one customer alone."""
    found = customer_of(customer_id)
    if found is None and len(holders := customers_of_number(customer_id, most=2)) == 1:
        found = holders[0]
    return None if found is None or found.erased_at else found


def _line(row: Recording) -> dict[str, Any]:
    """The ledger's line of a key that was pressed."""
    over = row.notice.get("over_at")
    return {
        "purpose": Purpose.RECORDING, "channel": Channel.CALL, "given": False, "how": Consent.How.KEY,
        "at": datetime.fromisoformat(over) if over else row.started_at,
        "proof": _("Call %(call)s, key %(key)s") % {"call": row.call_id, "key": row.notice.get("key", "")},
        "wording": row.notice.get("text", ""),
    }  # fmt: skip
