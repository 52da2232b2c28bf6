"""Which line, number and brand name a call takes, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from chot.charges.models import Brand, Group, OutboundRule, PortedNumber, TariffRow
from chot.charges.tariff import Tariff
from chot.core import destinations
from chot.core.destinations import Destination
from chot.switchboard.models import Number, Trunk

_GROUPS = {
    destinations.FIXED: Group.FIXED, destinations.FREEPHONE: Group.FREEPHONE, destinations.PREMIUM: Group.PREMIUM,
    destinations.INTERNATIONAL: Group.INTERNATIONAL,
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """A trunk, the number shown and the brand name asked for."""

    trunk: Trunk
    number: Number | None
    brand: Brand | None


def destination_of(number: str, day: date) -> Destination:
    """Where a number goes on a day, numbers that moved included."""
    moved = moved_to(number, day)
    return destinations.destination(number, day, {number: moved} if moved else None)


def moved_to(number: str, day: date) -> str:
    """The operator to whom a number in E.164 had moved by a day; empty when none is known."""
    moves = PortedNumber.objects.filter(number=number, since__lte=day).order_by("-since")
    return moves.values_list("operator", flat=True).first() or ""


def way_for(to: Destination, purpose: str, day: date) -> Way | None:
    """The first rule that fits, else the first trunk in use; None without any trunk."""
    rule = _rule(to, purpose)
    trunk = _trunk_of(rule)
    if trunk is None:
        return None
    number = rule.number if rule and rule.number else trunk.numbers.filter(enabled=True).first()
    brands = _brands(purpose, day)
    fitting = [brand for brand in brands if _holds(brand, number, to) and (not rule or not rule.brand_id or brand.pk == rule.brand_id)]
    return Way(trunk, number, fitting[0] if fitting else None)


def trunk_for(to: Destination, purpose: str) -> Trunk | None:
    """The trunk of ``way_for`` alone."""
    return _trunk_of(_rule(to, purpose))


def _rule(to: Destination, purpose: str) -> OutboundRule | None:
    rules = OutboundRule.objects.filter(
        Q(purpose="") | Q(purpose=purpose), Q(operator="") | Q(operator=to.operator), Q(kind="") | Q(kind=to.kind),
        enabled=True, trunk__enabled=True,
    )  # fmt: skip
    return rules.select_related("trunk", "number").first()


def _trunk_of(rule: OutboundRule | None) -> Trunk | None:
    return rule.trunk if rule else Trunk.objects.filter(enabled=True).first()


def tariff_for(to: Destination, trunk: Trunk, day: date) -> Tariff | None:
    """The price of a day: the trunk's operator before any other, the longest prefix, the latest row; None when none is known."""
    group = _GROUPS.get(to.kind) or (Group.ON_NET if to.operator and to.operator == trunk.operator else Group.OFF_NET)
    valid = TariffRow.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)
    fits = [row for row in valid.filter(group=group, operator__in=("", trunk.operator)) if to.number.startswith(row.prefix)]
    best = max(fits, key=lambda row: (row.operator == trunk.operator, len(row.prefix), row.valid_from), default=None)
    return best.tariff if best else None


def _brands(purpose: str, day: date) -> list[Brand]:
    valid = Brand.objects.filter(Q(purpose="") | Q(purpose=purpose), enabled=True, valid_from__lte=day, valid_to__gte=day)
    return list(valid.order_by("-purpose", "-valid_to", "pk").prefetch_related("numbers"))


def _holds(brand: Brand, number: Number | None, to: Destination) -> bool:
    """A brand is switched on for a number at an operator, and for no number abroad."""
    here = number is not None and number.pk in {each.pk for each in brand.numbers.all()}
    return here and to.kind == destinations.MOBILE and (not brand.operators or to.operator in brand.operators)
