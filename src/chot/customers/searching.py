"""The words of a search as conditions that an index answers: numbers, e-mail addresses, customer ids, names without accents."""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, QuerySet
from django.db.models.functions import Lower, Reverse

from chot.core.phones import bare, current
from chot.core.text import unaccented
from chot.customers.models import Customer, CustomerAlias, CustomerPhone

MOST = 300
"""Matches that are ranked for a page; beyond it a search says so."""

_MOST_NUMBERS = 2_000
_WORD = re.compile(r"[^\W_]+")


def found(text: str, among: QuerySet[Customer], *, most: int = MOST) -> list[int]:
    """The primary keys of whom a search means, best first, at most ``most``; each kind of word is answered by its own index."""
    text = unaccented(text).strip()
    digits = re.sub(r"\D", "", bare(text))
    if len(digits) >= 3 and re.fullmatch(r"[+\d\s().\-]+", text):
        return _ranked(_by_number(text, digits, among, max(_MOST_NUMBERS, most)), text, most)
    if "@" in text:
        return _ranked([_text_starts(among, "email", text)], text, most)
    return _ranked([*_by_id(text, among), _by_name(text, among)] if " " not in text else [_by_name(text, among)], text, most)


def _ranked(sets: list[QuerySet[Customer]], text: str, most: int) -> list[int]:
    rows: dict[int, tuple[str, str]] = {}
    for each in sets:
        matches = each.prefetch_related(None).order_by().values_list("pk", "search_name", "customer_id")
        rows |= {pk: (name, customer_id) for pk, name, customer_id in matches[: most - len(rows)] if pk not in rows}
    return sorted(rows, key=lambda pk: _rank(pk, *rows[pk], text))


def _rank(pk: int, name: str, customer_id: str, text: str) -> tuple[bool, bool, bool, str, int]:
    return (customer_id.lower() != text, name != text, not f" {name}".endswith(f" {text}"), name, pk)


def _by_name(text: str, among: QuerySet[Customer]) -> QuerySet[Customer]:
    words = _WORD.findall(text)
    if not words:
        return among.none()
    asked = " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"])
    query = SearchQuery(asked, config="simple", search_type="raw")
    return among.annotate(words=SearchVector("search_name", config="simple")).filter(words=query)


def _by_id(text: str, among: QuerySet[Customer]) -> list[QuerySet[Customer]]:
    merged = CustomerAlias.objects.annotate(lower=Lower("alias")).filter(lower=text)
    return [_text_starts(among, "customer_id", text), among.filter(pk__in=merged.values("customer"))]


def _text_starts(among: QuerySet[Customer], field: str, text: str) -> QuerySet[Customer]:
    return among.annotate(lower=Lower(field)).filter(lower__startswith=text)


def _by_number(text: str, digits: str, among: QuerySet[Customer], most: int) -> list[QuerySet[Customer]]:
    whole = current(text) if len(digits) >= 9 else None
    if whole:
        return [among.filter(pk__in=CustomerPhone.objects.filter(phone=whole).values("customer"))]
    start = f"84{digits[1:]}" if digits.startswith("0") else digits
    first = CustomerPhone.objects.filter(digits__startswith=start)
    last = CustomerPhone.objects.annotate(turned=Reverse(F("digits"))).filter(turned__startswith=digits[::-1])
    keys = {pk for rows in (first, last) for pk in rows.order_by().values_list("customer", flat=True)[:most]}
    return [among.filter(pk__in=keys), _text_starts(among, "customer_id", digits)]
