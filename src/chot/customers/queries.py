"""Reads about customers: lists, one customer, whose a number is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.phones import current
from chot.customers.models import Consent, Customer, CustomerAlias, CustomerPhone, SavedFilter, Tag
from chot.customers.models_contact import Channel, Purpose
from chot.customers.searching import MOST, found
from chot.people.models import Role, User
from chot.people.queries import rows_on, team_of, working_on

PAGE = 50
_SOURCES = """
WITH RECURSIVE known AS (
    (SELECT source FROM customers_customer WHERE source <> '' ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT source FROM customers_customer WHERE source <> '' AND source > known.source ORDER BY source LIMIT 1) FROM known
    WHERE known.source IS NOT NULL
)
SELECT source FROM known WHERE source IS NOT NULL LIMIT 100
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which customers: words, whose (an agent_id, ``-`` = nobody's), a tag's key, a source, those who may be called for advertising."""

    q: str = ""
    owner: str = ""
    team: Sequence[str] = ()
    tag: str = ""
    source: str = ""
    consent: str = ""
    before: int = 0


@dataclass(kw_only=True)
class Listed:
    """One page of customers; ``before`` is the mark of the next page, ``more`` that a search found more than it ranks."""

    rows: list[Customer] = field(default_factory=list)
    before: int = 0
    more: bool = False
    total: int | None = None


def chosen(asked: Asked) -> QuerySet[Customer]:
    """The customers of a filter, without its words."""
    rows = Customer.objects.filter(erased_at=None)
    if asked.owner:
        rows = rows.filter(owner="" if asked.owner == "-" else asked.owner)
    if asked.team:
        rows = rows.filter(owner__in=asked.team)
    if asked.tag:
        rows = rows.filter(tags__key=asked.tag)
    if asked.source:
        rows = rows.filter(source=asked.source)
    return _agreed(rows, given=asked.consent == "yes") if asked.consent else rows


def _agreed(rows: QuerySet[Customer], *, given: bool) -> QuerySet[Customer]:
    """Those whose last word about advertising calls was a yes, or the others: it was taken back, or never said."""
    said = Consent.objects.filter(customer=OuterRef("pk"), purpose=Purpose.ADVERTISING, channel__in=(Channel.CALL, Channel.ANY))
    last = Q(Exists(said.filter(given=True)), Subquery(said.order_by("-at", "-pk").values("given")[:1]))
    return rows.filter(last if given else ~last)


def listed(asked: Asked) -> Listed:
    """The customers of a filter: the latest first, or as a search ranks them."""
    rows = chosen(asked).prefetch_related("tags")
    if asked.q.strip():
        best = found(asked.q, rows)
        return Listed(rows=_in_order(best[:PAGE]), more=len(best) >= MOST, total=len(best))
    if asked.before:
        rows = rows.filter(pk__lt=asked.before)
    page = list(rows.order_by("-pk")[: PAGE + 1])
    return Listed(rows=page[:PAGE], before=page[PAGE - 1].pk if len(page) > PAGE else 0)


def every(asked: Asked, most: int) -> list[Customer]:
    """Every customer of a filter, at most ``most``: for files, and to be assigned."""
    rows = chosen(asked).prefetch_related("tags")
    return _in_order(found(asked.q, rows, most=most)) if asked.q.strip() else list(rows.order_by("-pk")[:most])


def _in_order(keys: Sequence[int]) -> list[Customer]:
    rows = Customer.objects.prefetch_related("tags").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def customer_of(customer_id: str) -> Customer | None:
    """The customer of an id, merged ones too."""
    direct = Customer.objects.filter(customer_id=customer_id).first()
    if direct is not None or not customer_id:
        return direct
    alias = CustomerAlias.objects.select_related("customer").filter(alias=customer_id).first()
    return alias.customer if alias else None


def customers_of_number(number: str, most: int = 5) -> list[Customer]:
    """Everyone who has a number, however it is written; whose main number it is first."""
    whole = current(number)
    if not whole:
        return []
    rows = CustomerPhone.objects.filter(phone=whole, customer__erased_at=None).select_related("customer")
    return [row.customer for row in rows.order_by("-main", "customer_id")[:most]]


def only_customers(numbers: Collection[str]) -> dict[str, str]:
    """The id of the customer who has a number, however it is written, for each that belongs to one customer alone."""
    whole = {number: phone for number in numbers if (phone := current(number))}
    rows = CustomerPhone.objects.filter(phone__in=set(whole.values()), customer__erased_at=None)
    found: dict[str, set[str]] = defaultdict(set)
    for phone, customer_id in rows.values_list("phone", "customer__customer_id"):
        found[phone].add(customer_id)
    return {number: next(iter(found[phone])) for number, phone in whole.items() if len(found[phone]) == 1}


def ids_of(customer: Customer) -> list[str]:
    """Every id under which facts may name the customer: the own, merged ones, the numbers of calls before it was known."""
    aliases = customer.aliases.values_list("alias", flat=True)
    return [customer.customer_id, *aliases, *customer.phones.values_list("phone", flat=True)]


def team_agents(user: User, day: date) -> list[str]:
    """The agents of a leader's own team on a day."""
    team = team_of(user.agent_id, day)
    return list(rows_on(day).filter(team_id=team).values_list("agent_id", flat=True)) if team else []


def tags() -> list[Tag]:
    """Every tag."""
    return list(Tag.objects.all())


def sources() -> list[str]:
    """Where customers came from, at most a hundred; one step in the index for each, however many customers there are."""
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES)
        return [source for (source,) in cursor.fetchall()]


def phone_of(pk: str) -> str | None:
    """The number of one ``CustomerPhone``."""
    return CustomerPhone.objects.filter(pk=pk).values_list("phone", flat=True).first() if pk.isdigit() else None


def saved_filters(user: User, page: str = "customers") -> list[SavedFilter]:
    """One's own filters, and those that the team shares."""
    team = team_of(user.agent_id)
    shared = Q(user=user) | Q(team_id=team) if team else Q(user=user)
    return list(SavedFilter.objects.filter(shared, page=page).select_related("user"))


def owners_for(user: User, held: str = "") -> list[tuple[str, str]]:
    """The agents to whom the user may give a customer; agents keep or take, leaders their team, managers everyone."""
    rows = sorted(working_on(clock.today()), key=lambda row: row.name)
    team = team_of(user.agent_id) if user.role == Role.LEADER else ""
    known = [
        (row.agent_id, row.name)
        for row in rows
        if user.role == Role.MANAGER or row.agent_id == user.agent_id or (team and row.team_id == team)
    ]
    return [("", _("nobody yet")), *known, *([(held, held)] if held and held not in dict(known) else [])]
