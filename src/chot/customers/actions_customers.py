"""Writes about customers. The audit trail says which fields changed, never what personal data they held: it cannot be deleted there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.text import normal, unaccented
from chot.customers.models import Customer, CustomerPhone, Note, Tag
from chot.people.audit import record
from chot.people.masking import masked
from chot.people.models import User

PLAIN = ("name", "phone", "email", "address", "born_on", "source", "owner")


@transaction.atomic
def create(values: Mapping[str, Any], *, by: User | None, address: str | None, customer_id: str = "", told: bool = True) -> Customer:
    """A new customer of ``PLAIN`` values, ``fields`` and ``tags`` (names); without an id it gets the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_customer', 'id'))")
        (pk,) = cursor.fetchone()
    plain = {name: values[name] for name in PLAIN if name in values}
    customer = Customer(pk=pk, customer_id=customer_id or f"kh{pk:07d}", fields=dict(values.get("fields") or {}), **plain)
    customer.save(force_insert=True)
    if values.get("tags"):
        customer.tags.set(tags_named(values["tags"]))
    if told:
        record("customer.created", f"customer:{pk}", by=by, address=address, after={"fields": sorted(filter(plain.get, plain))})
    return customer


@transaction.atomic
def change(pk: int, values: Mapping[str, Any], *, by: User, address: str | None, told: bool = True) -> list[str]:
    """Set ``PLAIN`` values, ``fields`` and ``tags`` where given; the names of what changed."""
    customer = Customer.objects.select_for_update().get(pk=pk)
    changed = [name for name in PLAIN if name in values and getattr(customer, name) != values[name]]
    for name in changed:
        setattr(customer, name, values[name])
    fields = {**customer.fields, **(values.get("fields") or {})}
    fields = {key: value for key, value in fields.items() if value not in (None, "")}
    if fields != customer.fields:
        changed += [f"fields.{key}" for key in sorted({*fields, *customer.fields}) if fields.get(key) != customer.fields.get(key)]
        customer.fields = fields
    if changed:
        customer.save()
    if "tags" in values and {tag.key for tag in customer.tags.all()} != {unaccented(name) for name in values["tags"]}:
        customer.tags.set(tags_named(values["tags"]))
        changed.append("tags")
    if changed and told:
        record("customer.changed", f"customer:{pk}", by=by, address=address, after={"fields": changed})
    return changed


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, made where they are not yet."""
    wanted = {unaccented(name): normal(name) for name in names}
    Tag.objects.bulk_create([Tag(name=name, key=key) for key, name in sorted(wanted.items())], ignore_conflicts=True)
    return list(Tag.objects.filter(key__in=wanted))


@transaction.atomic
def add_phone(pk: int, phone: str, label: str, *, by: User, address: str | None) -> CustomerPhone:
    """Another number of a customer. Raises ``InputError`` when it is there already."""
    customer = Customer.objects.select_for_update().get(pk=pk)
    row, made = CustomerPhone.objects.get_or_create(customer=customer, phone=phone, defaults={"label": label})
    if not made:
        raise InputError(Problem(field="phone", what=_("The customer has this number already"), fix=_("Enter another one.")))
    if not customer.phone:
        Customer.objects.filter(pk=pk).update(phone=phone)
    record("customer.phone_added", f"customer:{pk}", by=by, address=address, after={"phone": masked(phone), "label": label})
    return row


@transaction.atomic
def make_main(phone_pk: int, *, by: User, address: str | None) -> None:
    """The number that is called first."""
    row = CustomerPhone.objects.select_related("customer").select_for_update(of=("self",)).get(pk=phone_pk)
    if row.main:
        return
    Customer.objects.filter(pk=row.customer_id).update(phone=row.phone)
    record("customer.phone_main", f"customer:{row.customer_id}", by=by, address=address, after={"phone": masked(row.phone)})


@transaction.atomic
def remove_phone(phone_pk: int, *, by: User, address: str | None) -> None:
    """Take a number away; the next one becomes the main one."""
    row = CustomerPhone.objects.select_for_update().get(pk=phone_pk)
    customer = Customer.objects.select_for_update().get(pk=row.customer_id)
    row.delete()
    if customer.phone == row.phone:
        following = customer.phones.values_list("phone", flat=True).first() or ""
        Customer.objects.filter(pk=customer.pk).update(phone=following)
    record("customer.phone_removed", f"customer:{customer.pk}", by=by, address=address, before={"phone": masked(row.phone)})


@transaction.atomic
def write_note(customer: Customer, text: str, *, by: User | None) -> Note:
    """Write something down about a customer."""
    return Note.objects.create(customer=customer, text=normal(text), by=by, at=clock.now())


@transaction.atomic
def assign(keys: Sequence[int], agents: Sequence[str], *, by: User, address: str | None) -> dict[str, int]:
    """Give customers to agents in turn, those who have the fewest first; how many each got."""
    rows = list(Customer.objects.select_for_update().filter(pk__in=keys, erased_at=None).order_by("pk"))
    got = dict.fromkeys(agents, 0)
    for place, customer in enumerate(rows):
        customer.owner = agents[place % len(agents)]
        got[customer.owner] += 1
    Customer.objects.bulk_update(rows, ["owner"], batch_size=1000)
    record("customer.assigned", "customers", by=by, address=address, after={"customers": len(rows), "agents": got})
    return got
