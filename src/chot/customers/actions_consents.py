"""Writes of the consent ledger and of the do-not-call list. The ledger only grows; the list keeps what was lifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from chot.core import clock
from chot.core.text import normal
from chot.customers.models import Consent, Customer, DoNotCall
from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import User


@transaction.atomic
def note_consent(customer: Customer, values: Mapping[str, Any], *, by: User | None, address: str | None) -> Consent:
    """A line of the ledger: ``purpose``, ``channel``, ``given``, ``at``, ``how``, ``proof``, ``wording``."""
    line = Consent.objects.create(customer=customer, noted_by=by, noted_at=clock.now(), **values)
    told = {"purpose": line.purpose, "channel": line.channel, "given": line.given, "at": line.at.isoformat(), "how": line.how}
    record("consent.noted", f"customer:{customer.pk}", by=by, address=address, after=told)
    return line


@transaction.atomic
def spare_customer(customer: Customer, scope: str, source: str, reason: str, *, by: User | None, address: str | None) -> bool:
    """A customer is not called any more, on any number; False when that is so already."""
    _row, made = DoNotCall.objects.get_or_create(
        customer=customer, scope=scope, lifted_at=None,
        defaults={"source": source, "reason": normal(reason), "noted_by": by, "noted_at": clock.now()},
    )  # fmt: skip
    if made:
        record("do_not_call.added", f"customer:{customer.pk}", by=by, address=address, after={"scope": scope, "source": source})
    return made


@transaction.atomic
def spare_numbers(numbers: Iterable[str], scope: str, source: str, reason: str, *, by: User | None, address: str | None) -> int:
    """Numbers in E.164 are not called any more; how many are new on the list."""
    wanted = sorted(set(numbers))
    there = set(DoNotCall.objects.filter(phone__in=wanted, scope=scope, lifted_at=None).values_list("phone", flat=True))
    now = clock.now()
    rows = [
        DoNotCall(phone=number, scope=scope, source=source, reason=normal(reason), noted_by=by, noted_at=now)
        for number in wanted
        if number not in there
    ]
    DoNotCall.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)
    if rows:
        told = {"scope": scope, "source": source, "numbers": len(rows), "first": masked(rows[0].phone)}
        record("do_not_call.added", "do_not_call", by=by, address=address, after=told)
    return len(rows)


@transaction.atomic
def lift(pk: int, *, by: User, address: str | None) -> bool:
    """A row of the list holds no longer; it stays as history. False when it was lifted already."""
    row = DoNotCall.objects.select_for_update().get(pk=pk)
    if row.lifted_at is not None:
        return False
    row.lifted_at, row.lifted_by = clock.now(), by
    row.save(update_fields=["lifted_at", "lifted_by"])
    subject = f"customer:{row.customer_id}" if row.customer_id else "do_not_call"
    record("do_not_call.lifted", subject, by=by, address=address, before={"scope": row.scope, "phone": masked(row.phone)})
    return True
