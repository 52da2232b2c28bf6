"""Reads of prices: tariffs of a day, brand names and how they stand, and what a call would take and cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from chot.charges import refusals
from chot.charges.models import Brand, CallPurpose, OutboundRule, TariffRow
from chot.charges.notices import BRAND_DAYS
from chot.charges.refusals import Asked, CallRefused
from chot.charges.routing import Way, destination_of, tariff_for, way_for
from chot.charges.tariff import Tariff, billed_s, charge
from chot.core import clock, destinations
from chot.core.destinations import Destination
from chot.core.phones import number_id
from chot.people.models import Role
from chot.switchboard.models import Trunk


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a call to a number would take, cost and be refused for, now. ``rule`` is the outbound rule that decided, if any."""

    to: Destination
    kind: str
    way: Way | None
    price: Tariff | None
    seconds: int
    refused: Sequence[str]

    @property
    def branded(self) -> bool:
        """Whether a brand name is asked for."""
        return bool(self.way and self.way.brand)

    @property
    def billed_s(self) -> int:
        """The seconds that are paid for."""
        return billed_s(self.price, self.seconds) if self.price else 0

    @property
    def cost_vnd(self) -> int | None:
        """The price of the whole call."""
        return charge(self.price, self.seconds, branded=self.branded) if self.price else None

    @property
    def minute_vnd(self) -> int | None:
        """The price of a call of one minute."""
        return charge(self.price, 60, branded=self.branded) if self.price else None


def kind_words() -> dict[str, Any]:
    """What the kinds of numbers are called."""
    return {
        destinations.MOBILE: _("mobile"), destinations.FIXED: _("fixed line"), destinations.FREEPHONE: "1800",
        destinations.PREMIUM: "1900", destinations.INTERNATIONAL: _("abroad"), destinations.SERVICE: _("service number"),
    }  # fmt: skip


def tried(number: str, purpose: str, seconds: int, trunk: Trunk | None = None) -> Trial:
    """A call as it would be made now; through ``trunk`` when one is named."""
    now, day, dialled = clock.now(), clock.today(), number_id(number)
    to = destination_of(dialled, day)
    way = Way(trunk, trunk.numbers.filter(enabled=True).first(), None) if trunk else way_for(to, purpose, day)
    held, asked = refusals.rules(), Asked("", dialled, purpose, to)
    refused = []
    if not refusals.is_emergency(asked, held):
        checks: list[Any] = [lambda: refusals.refuse_number(asked, held), lambda: refusals.refuse_time(asked, held, now)]
        if way and not trunk:
            checks.append(lambda: refusals.refuse_brand(asked, held, way))
        for check in checks:
            try:
                check()
            except CallRefused as why:
                refused.append(_who_may(why, held.international_roles, held.premium_roles))
    price = tariff_for(to, way.trunk, day) if way else None
    return Trial(to=to, kind=str(kind_words()[to.kind]), way=way, price=price, seconds=seconds, refused=refused)


def _who_may(why: CallRefused, international: Sequence[str], premium: Sequence[str]) -> str:
    """A refusal that depends on the role says who may."""
    roles = {"international": international, "premium": premium}.get(why.code)
    if roles is None:
        return why.reason
    names = ", ".join(str(Role(each).label) for each in roles if each in Role.values)
    return _("Only for: %(roles)s.") % {"roles": names} if names else _("Nobody may call such numbers.")


def tariffs(day: date, *, every: bool = False) -> list[TariffRow]:
    """The tariffs that hold on a day or come later; ``every``: those that are over too."""
    rows = TariffRow.objects.all() if every else TariffRow.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day))
    found = list(rows)
    for row in found:
        row.state = _state(row, found, day)  # type: ignore[attr-defined]
    return found if every else [row for row in found if row.state != "over"]  # type: ignore[attr-defined]


def _state(row: TariffRow, rows: Sequence[TariffRow], day: date) -> str:
    """``coming``, ``now`` or ``over``: a later row of the same calls that has begun takes the place of an earlier one."""
    if row.valid_from > day:
        return "coming"
    key = (row.operator, row.group, row.prefix)
    later = any((each.operator, each.group, each.prefix) == key and row.valid_from < each.valid_from <= day for each in rows)
    return "over" if later or (row.valid_to and row.valid_to <= day) else "now"


def brands(day: date) -> list[Brand]:
    """Brand names, each with ``left`` (days), ``state`` (over, ends, coming, good, off) and ``per_operator``."""
    found = list(Brand.objects.prefetch_related("numbers"))
    for brand in found:
        left = (brand.valid_to - day).days
        states = [
            (not brand.enabled, "off"), (left < 0, "over"), (brand.valid_from > day, "coming"),
            (left <= max(BRAND_DAYS), "ends"), (True, "good"),
        ]  # fmt: skip
        brand.left = left  # type: ignore[attr-defined]
        brand.state = next(name for holds, name in states if holds)  # type: ignore[attr-defined]
        at = [(each, not brand.operators or each in brand.operators) for each in destinations.operators()]
        brand.per_operator = at  # type: ignore[attr-defined]
    return found


def outbound_rules() -> list[OutboundRule]:
    """The rules in their order."""
    return list(OutboundRule.objects.select_related("trunk", "number", "brand"))


PURPOSES = CallPurpose.choices
