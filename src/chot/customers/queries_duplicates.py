"""Reads for merging: who may be the same person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Lower

from chot.customers.models import Customer, CustomerPhone

MOST = 50


@dataclass(frozen=True)
class Group:
    """Customers that share a number, an e-mail address or a name."""

    by: str
    customers: Sequence[Customer]


def like(customer: Customer) -> list[Customer]:
    """Others who share a number or an e-mail address with one customer, or bear the same name with the same day of birth."""
    phones = customer.phones.values_list("phone", flat=True)
    same = Q(pk__in=CustomerPhone.objects.filter(phone__in=list(phones)).values("customer"))
    if customer.born_on:
        same |= Q(pk__in=Customer.objects.filter(search_name=customer.search_name, born_on=customer.born_on).values("pk"))
    if customer.email:
        same |= Q(pk__in=Customer.objects.annotate(lower=Lower("email")).filter(lower=customer.email.lower()).values("pk"))
    return list(Customer.objects.filter(same, erased_at=None).exclude(pk=customer.pk).order_by("pk")[:10])


def groups(by: str) -> list[Group]:
    """The first groups who share their ``phone``, ``email`` or ``name``."""
    known = Customer.objects.filter(erased_at=None)
    if by == "phone":
        twice = CustomerPhone.objects.order_by().values("phone").annotate(n=Count("*")).filter(n__gt=1).values("phone")  # the index alone
        shared = CustomerPhone.objects.filter(phone__in=twice, customer__erased_at=None).values("phone").annotate(n=Count("customer"))
        shared = shared.filter(n__gt=1)
        keys = list(shared.order_by("phone").values_list("phone", flat=True)[:MOST])
        rows = CustomerPhone.objects.filter(phone__in=keys, customer__erased_at=None).select_related("customer").order_by("phone", "pk")
        return _grouped(by, [(row.phone, row.customer) for row in rows])
    if by == "email":
        lower = known.exclude(email="").annotate(key=Lower("email"))
    else:
        lower = known.exclude(search_name="").annotate(key=Lower("search_name"))
    keys = list(lower.values("key").annotate(n=Count("pk")).filter(n__gt=1).order_by("key").values_list("key", flat=True)[:MOST])
    return _grouped(by, [(str(row.key), row) for row in lower.filter(key__in=keys).order_by("key", "pk")[: MOST * 10]])


def _grouped(by: str, pairs: list[tuple[str, Customer]]) -> list[Group]:
    found: dict[str, list[Customer]] = {}
    for key, customer in pairs:
        found.setdefault(key, []).append(customer)
    return [Group(by, rows) for rows in found.values()]
