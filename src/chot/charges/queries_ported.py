"""Reads of numbers that moved to another operator."""

from __future__ import annotations

import re

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chot.charges.models import PortedNumber
from chot.core import clock, destinations
from chot.core.phones import e164


def ported(text: str = "", operator: str = "") -> QuerySet[PortedNumber]:
    """The moves whose number has the digits that were typed, to one operator if it is named; ``replaced`` by a later one that holds."""
    later = PortedNumber.objects.filter(number=OuterRef("number"), since__gt=OuterRef("since"), since__lte=clock.today())
    rows = PortedNumber.objects.annotate(replaced=Exists(later)).order_by(F("since").desc(), "number")
    digits = "".join(re.findall("[0-9]+", text))
    if text.strip():
        whole = e164(text)
        rows = rows.filter(Q(number=whole) | Q(number__contains=digits.lstrip("0") or "-") if digits else Q(source__icontains=text.strip()))
    return rows.filter(operator=operator) if operator else rows


def known_operators() -> list[str]:
    """Every operator that numbers were given or moved to."""
    return sorted({*destinations.operators(), *PortedNumber.objects.order_by().values_list("operator", flat=True).distinct()})


def given_to(number: str) -> str:
    """The operator to whom the prefix of a number was given."""
    return destinations.destination(number, clock.today()).operator
