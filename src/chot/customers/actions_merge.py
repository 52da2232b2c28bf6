"""Two customers that are one: merged in one transaction, the old id still found, and undone if it was wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.customers import references
from chot.customers.models import Consent, Customer, CustomerAlias, CustomerPhone, DataRequest, DoNotCall, Merge, Note, Task
from chot.people.audit import record
from chot.people.models import User

_TEXTS = ("name", "phone", "email", "address", "source", "owner")
_BELONGING: dict[str, Any] = {"note": Note, "task": Task, "consent": Consent, "request": DataRequest}


@transaction.atomic
def merge(survivor_pk: int, gone_pk: int, *, by: User, address: str | None) -> Merge:
    """Everything of ``gone`` becomes the survivor's; what the survivor lacks is taken over. Raises ``InputError``."""
    rows = {row.pk: row for row in Customer.objects.select_for_update().filter(pk__in=[survivor_pk, gone_pk]).order_by("pk")}
    if len(rows) < 2 or any(row.erased_at for row in rows.values()):
        raise InputError(Problem(what=_("One of the two is there no longer"), fix=_("Look at the list again.")))
    survivor, gone = rows[survivor_pk], rows[gone_pk]
    was = _snapshot(gone)
    moved: dict[str, list[int]] = references.move([gone.customer_id], survivor.customer_id)
    for name, model in _BELONGING.items():
        moved[f"own:{name}"] = list(model.objects.filter(customer=gone).values_list("pk", flat=True))
        model.objects.filter(customer=gone).update(customer=survivor)
    was["took_phones"] = _phones(survivor, gone)
    _refusals(survivor, gone, moved)
    was["took"] = _complete(survivor, gone)
    was["took_tags"] = [pk for pk in was["tags"] if pk not in set(survivor.tags.values_list("pk", flat=True))]
    survivor.tags.add(*was["took_tags"])
    CustomerAlias.objects.filter(customer=gone).update(customer=survivor)
    Merge.objects.filter(survivor=gone).update(survivor=survivor)
    gone.delete()
    CustomerAlias.objects.create(alias=was["customer_id"], customer=survivor)
    made = Merge.objects.create(survivor=survivor, gone_id=was["customer_id"], was=was, moved=moved, by=by, at=clock.now())
    told = {"gone": gone_pk, **{label: len(keys) for label, keys in moved.items() if keys}}
    record("customer.merged", f"customer:{survivor_pk}", by=by, address=address, after=told)
    return made


@transaction.atomic
def undo(pk: int, *, by: User, address: str | None) -> Customer:
    """The other customer is there again, with the rows that were its own and that the survivor still has. Raises ``InputError``."""
    done = Merge.objects.select_for_update().get(pk=pk)
    if done.undone_at is not None or not CustomerAlias.objects.filter(alias=done.gone_id, customer_id=done.survivor_id).exists():
        raise InputError(Problem(what=_("This was undone already"), fix=_("Look at the list again.")))
    survivor, was = Customer.objects.select_for_update().get(pk=done.survivor_id), done.was
    CustomerAlias.objects.filter(alias=done.gone_id).delete()
    _give_back(survivor, was)
    plain = {name: was[name] for name in _TEXTS}
    born = datetime.fromisoformat(was["born_on"]).date() if was["born_on"] else None
    again = Customer(pk=was["pk"], customer_id=done.gone_id, born_on=born, fields=was["fields"], **plain)
    again.save(force_insert=True)
    Customer.objects.filter(pk=again.pk).update(created_at=was["created_at"])
    for phone, label in was["phones"]:
        CustomerPhone.objects.update_or_create(customer=again, phone=phone, defaults={"label": label})
    again.tags.set(was["tags"])
    facts = {key: keys for key, keys in done.moved.items() if not key.startswith("own:")}
    references.move_back(facts, survivor.customer_id, again.customer_id)
    for name, model in {**_BELONGING, "refusal": DoNotCall}.items():
        model.objects.filter(pk__in=done.moved.get(f"own:{name}", []), customer=survivor).update(customer=again)
    done.undone_at = clock.now()
    done.save(update_fields=["undone_at"])
    record("customer.merge_undone", f"customer:{survivor.pk}", by=by, address=address, after={"again": again.pk})
    return again


def _snapshot(gone: Customer) -> dict[str, Any]:
    return {
        "pk": gone.pk, "customer_id": gone.customer_id, "born_on": gone.born_on.isoformat() if gone.born_on else "",
        "created_at": gone.created_at.isoformat(), "fields": gone.fields, "tags": list(gone.tags.values_list("pk", flat=True)),
        "phones": [list(row) for row in gone.phones.values_list("phone", "label")], **{name: getattr(gone, name) for name in _TEXTS},
    }  # fmt: skip


def _phones(survivor: Customer, gone: Customer) -> list[str]:
    there = set(survivor.phones.values_list("phone", flat=True))
    rows = gone.phones.exclude(phone__in=there)
    taken = list(rows.values_list("phone", flat=True))
    rows.update(customer=survivor, main=False)
    return taken


def _refusals(survivor: Customer, gone: Customer, moved: dict[str, list[int]]) -> None:
    """One row in force for each scope: the survivor's own stays, the other one's goes with it."""
    there = set(survivor.refusals.filter(lifted_at=None).values_list("scope", flat=True))
    rows = gone.refusals.exclude(scope__in=there, lifted_at=None)
    moved["own:refusal"] = list(rows.values_list("pk", flat=True))
    rows.update(customer=survivor)


def _complete(survivor: Customer, gone: Customer) -> dict[str, Any]:
    """What the survivor takes over where it had nothing: by field."""
    took: dict[str, Any] = {name: getattr(gone, name) for name in _TEXTS if not getattr(survivor, name) and getattr(gone, name)}
    for name, value in took.items():
        setattr(survivor, name, value)
    if survivor.born_on is None and gone.born_on is not None:
        survivor.born_on = gone.born_on
        took["born_on"] = gone.born_on.isoformat()
    extra = {key: value for key, value in gone.fields.items() if key not in survivor.fields}
    survivor.fields = {**survivor.fields, **extra}
    survivor.save()
    return {**took, "fields": extra}


def _give_back(survivor: Customer, was: dict[str, Any]) -> None:
    """Take from the survivor what it took over and has not changed since."""
    took = dict(was.get("took", {}))
    extra, born = took.pop("fields", {}), took.pop("born_on", None)
    for name, value in took.items():
        if getattr(survivor, name) == value:
            setattr(survivor, name, "")
    if born and survivor.born_on and survivor.born_on.isoformat() == born:
        survivor.born_on = None
    survivor.fields = {key: value for key, value in survivor.fields.items() if extra.get(key) != value}
    survivor.save()
    survivor.phones.filter(phone__in=was["took_phones"]).exclude(phone=survivor.phone).delete()
    survivor.tags.remove(*was["took_tags"])
