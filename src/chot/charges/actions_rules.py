"""Writes: brand names, outbound rules, tariffs taken away, and the rules for calling out; each audited with what it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError
from django.forms import model_to_dict
from django.utils.translation import gettext as _

from chot.charges.models import Brand, CallingRules, OutboundRule, TariffRow
from chot.core.errors import InputError, Problem
from chot.people.audit import record
from chot.people.models import User
from chot.switchboard.models import Number

KINDS: dict[type[models.Model], str] = {Brand: "brand", OutboundRule: "outbound_rule", TariffRow: "tariff", CallingRules: "calling_rules"}


@transaction.atomic
def save_brand(brand: Brand, numbers: Iterable[Number], *, by: User, address: str | None) -> Brand:
    """Add or change a brand name and the numbers that it is switched on for."""
    before = _kept(brand)
    brand.save()
    brand.numbers.set(numbers)
    _record(brand, by, address, before)
    return brand


@transaction.atomic
def save_rule(rule: OutboundRule, *, by: User, address: str | None) -> OutboundRule:
    """Add or change an outbound rule; a new one comes last."""
    before = _kept(rule)
    if not rule.pk:
        rule.rank = (OutboundRule.objects.aggregate(last=models.Max("rank"))["last"] or 0) + 10
    rule.save()
    _record(rule, by, address, before)
    return rule


@transaction.atomic
def move_rule(pk: int, *, up: bool, by: User, address: str | None) -> None:
    """One place up or down; all places are written anew, so that none is taken twice."""
    rules = list(OutboundRule.objects.select_for_update().order_by("rank", "pk"))
    place = next(at for at, each in enumerate(rules) if each.pk == pk)
    other = place + (-1 if up else 1)
    if not 0 <= other < len(rules):
        return
    rules[place], rules[other] = rules[other], rules[place]
    for at, each in enumerate(rules, 1):
        each.rank = at * 10
    OutboundRule.objects.bulk_update(rules, ["rank"])
    record("outbound_rule.moved", f"outbound_rule:{pk}", by=by, address=address, before={"place": place + 1}, after={"place": other + 1})


@transaction.atomic
def save_calling_rules(rules: CallingRules, *, by: User, address: str | None) -> CallingRules:
    """What nobody may dial, when, and how often."""
    rules.pk = 1
    before = _kept(rules)
    rules.save()
    _record(rules, by, address, before)
    return rules


@transaction.atomic
def delete(row: Brand | OutboundRule | TariffRow, *, by: User, address: str | None) -> None:
    """Take a row away. Raises ``InputError`` while rules use it."""
    kind, before, pk = KINDS[type(row)], _told(row), row.pk
    try:
        row.delete()
    except ProtectedError:
        fix = _("Change those rules first, or switch it off.")
        raise InputError(Problem(what=_("Outbound rules still use it"), fix=fix)) from None
    record(f"{kind}.deleted", f"{kind}:{pk}", by=by, address=address, before=before)


def _kept(row: models.Model) -> dict[str, Any] | None:
    found = type(row)._default_manager.select_for_update().filter(pk=row.pk).first() if row.pk else None
    return _told(found) if found else None


def _record(row: models.Model, by: User, address: str | None, before: dict[str, Any] | None) -> None:
    kind = KINDS[type(row)]
    record(f"{kind}.saved", f"{kind}:{row.pk}", by=by, address=address, before=before, after=_told(row))


def _told(row: models.Model) -> dict[str, Any]:
    """The values of a row as the trail keeps them."""
    return {name: _plain(value) for name, value in model_to_dict(row).items() if name != "id"}


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return [str(each) for each in value] if isinstance(value, list) and value and isinstance(value[0], models.Model) else value
