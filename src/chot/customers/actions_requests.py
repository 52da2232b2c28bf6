"""Writes about requests for personal data: received, acknowledged, put off, answered; and the deletion itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.text import normal
from chot.customers import references, reminders_work
from chot.customers.actions_consents import note_consent
from chot.customers.actions_work import told_of
from chot.customers.deadlines import due, extended
from chot.customers.models import Consent, Customer, DataRequest, DoNotCall, Lead, Merge, Ticket
from chot.customers.models_contact import Channel
from chot.customers.queries import ids_of
from chot.customers.reminders_work import item_name
from chot.people.audit import record
from chot.people.models import Notification, User

GONE = "Khách hàng đã xóa"


@transaction.atomic
def receive(
    customer: Customer, kind: str, received_at: datetime, received_by: str, text: str, *, by: User, address: str | None
) -> DataRequest:
    """A request with the days by which the law wants it acknowledged and done."""
    acknowledge_by, due_on = due(kind, received_at.astimezone(clock.ZONE).date())
    made = DataRequest.objects.create(
        customer=customer, kind=kind, received_at=received_at, received_by=normal(received_by), text=normal(text),
        acknowledge_by=acknowledge_by, due_on=due_on, noted_by=by,
    )  # fmt: skip
    record("data_request.received", f"data_request:{made.pk}", by=by, address=address, after={"kind": kind, "due": due_on.isoformat()})
    return made


@transaction.atomic
def acknowledge(pk: int, *, by: User, address: str | None) -> DataRequest:
    """The customer was told that the request has arrived."""
    asked = _open(pk)
    if asked.acknowledged_at is None:
        asked.acknowledged_at = clock.now()
        asked.save(update_fields=["acknowledged_at"])
        record("data_request.acknowledged", f"data_request:{pk}", by=by, address=address)
    return asked


@transaction.atomic
def put_off(pk: int, *, by: User, address: str | None) -> DataRequest:
    """To the later day that the law allows once. Raises ``InputError`` where it allows none."""
    asked = _open(pk)
    later = extended(asked.kind, asked.received_at.astimezone(clock.ZONE).date())
    if later is None or asked.extended:
        raise InputError(Problem(what=_("The law allows no later day"), fix=_("Answer the request.")))
    before, asked.due_on, asked.extended = asked.due_on, later, True
    asked.save(update_fields=["due_on", "extended"])
    told = {"before": {"due": before.isoformat()}, "after": {"due": later.isoformat()}}
    record("data_request.put_off", f"data_request:{pk}", by=by, address=address, **told)
    return asked


@transaction.atomic
def answer(pk: int, state: str, text: str, purposes: Sequence[str] = (), *, by: User, address: str | None) -> DataRequest:
    """Done or refused, with what the customer was told. Raises ``InputError`` once it is answered.

    A deletion that is done deletes; a withdrawal that is done stands in the consent ledger for each of its ``purposes``.
    """
    asked = _open(pk)
    if asked.customer and state == DataRequest.State.DONE:
        if asked.kind == DataRequest.Kind.DELETE:
            erase(asked.customer.pk, by=by, address=address)
            asked.refresh_from_db()
        elif asked.kind == DataRequest.Kind.WITHDRAW:
            _withdraw(asked, asked.customer, purposes, by=by, address=address)
    asked.state, asked.answer, asked.answered_at, asked.answered_by = state, normal(text), clock.now(), by
    asked.acknowledged_at = asked.acknowledged_at or asked.answered_at
    asked.save()
    record("data_request.answered", f"data_request:{pk}", by=by, address=address, after={"state": state})
    return asked


def _withdraw(asked: DataRequest, customer: Customer, purposes: Sequence[str], *, by: User, address: str | None) -> None:
    """From the moment of the request on nothing is agreed to for these purposes, on any channel."""
    if not purposes:
        raise InputError(Problem(field="purposes", what=_("Nothing is taken back"), fix=_("Choose what the customer no longer agrees to.")))
    for purpose in purposes:
        line = {"purpose": purpose, "channel": Channel.ANY, "given": False, "at": asked.received_at, "how": Consent.How.OTHER}
        proof = {"proof": _("Request about personal data %(number)s") % {"number": asked.pk}, "wording": asked.text[:2000]}
        note_consent(customer, {**line, **proof}, by=by, address=address)


def _open(pk: int) -> DataRequest:
    asked = DataRequest.objects.select_for_update().get(pk=pk)
    if asked.state != DataRequest.State.OPEN:
        raise InputError(Problem(what=_("This request is answered already"), fix=_("Look at it as it is now.")))
    return asked


@transaction.atomic
def erase(customer_pk: int, *, by: User, address: str | None) -> dict[str, Any]:
    """Delete what says who a customer is. Facts stay countable under a pseudonym that leads nowhere; recordings go by their eraser."""
    customer = Customer.objects.select_for_update().get(pk=customer_pk)
    ids, pseudonym = ids_of(customer), f"xoa-{secrets.token_hex(8)}"
    taken = references.erased(ids)
    moved = references.move(ids, pseudonym)
    _forget_words(pseudonym, customer)
    for rows in (customer.notes, customer.tasks, customer.phones, customer.aliases):
        rows.all().delete()
    customer.consents.update(proof="", wording="")
    customer.refusals.update(reason="")
    DoNotCall.objects.filter(phone__in=ids).update(reason="")
    customer.data_requests.update(text="", received_by="", answer="")
    Merge.objects.filter(survivor=customer).delete()
    customer.tags.clear()
    Customer.objects.filter(pk=customer_pk).update(
        customer_id=pseudonym, name=GONE, search_name="", phone="", email="", address="", born_on=None, source="", owner="", fields={},
        erased_at=clock.now(),
    )  # fmt: skip
    told = {**{label: len(keys) for label, keys in moved.items()}, **taken}
    record("customer.erased", f"customer:{customer_pk}", by=by, address=address, after=told)
    return told


def _forget_words(pseudonym: str, customer: Customer) -> None:
    """What was written about the work done for a customer, and what people were told of it."""
    leads, tickets = Lead.objects.filter(customer_id=pseudonym), Ticket.objects.filter(customer_id=pseudonym)
    links = [f"/{kind}/{pk}" for kind, rows in (("leads", leads), ("tickets", tickets)) for pk in rows.values_list("pk", flat=True)]
    tasks = [told_of(pk) for pk in customer.tasks.values_list("pk", flat=True)]
    items = [item_name("ticket", pk) for pk in tickets.values_list("pk", flat=True)]
    items += [item_name("task", pk) for pk in customer.tasks.values_list("pk", flat=True)]
    Notification.objects.filter(Q(link__in=links) | Q(key__in=tasks), kind="work.given").delete()
    Notification.objects.filter(kind__in=reminders_work.WORDS, params__item__in=items).delete()
    leads.update(title="", source="")
    tickets.update(title="", details="")
