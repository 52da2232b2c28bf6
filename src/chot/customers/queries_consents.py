"""Reads of the consent ledger and of the do-not-call list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from chot.customers.models import Consent, Customer, DoNotCall
from chot.customers.models_contact import Channel, Purpose


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a customer said last about a purpose, by channel: ``(channel, its name, the ledger's line or None)``."""

    purpose: str
    name: Any
    channels: list[tuple[str, Any, Consent | None]]


def standing(customer: Customer) -> list[Standing]:
    """Every purpose with what holds now; a line for every channel counts where none of its own is later."""
    lines = list(Consent.objects.filter(customer=customer))
    found = []
    for purpose in Purpose:
        of_it = [line for line in lines if line.purpose == purpose]
        channels = [Channel.CALL] if purpose in (Purpose.RECORDING, Purpose.ANALYSIS) else [each for each in Channel if each]
        last = [(each.value, each.label, next((line for line in of_it if line.channel in (each, "")), None)) for each in channels]
        found.append(Standing(purpose=purpose, name=purpose.label, channels=last))
    return found


def agreed_to(customer: Customer) -> list[str]:
    """The purposes to which a customer agrees now, on some channel."""
    return [each.purpose for each in standing(customer) if any(line and line.given for _channel, _name, line in each.channels)]


def spared(customer: Customer, phones: Sequence[str]) -> list[DoNotCall]:
    """The rows of the do-not-call list that spare this customer now."""
    rows = DoNotCall.objects.filter(Q(customer=customer) | Q(phone__in=[*phones, "-"]), lifted_at=None)
    return list(rows.select_related("noted_by"))


def do_not_call(search: str, most: int = 200) -> list[DoNotCall]:
    """The rows in force, the latest first; ``search`` is a number in E.164 or empty."""
    rows = DoNotCall.objects.filter(lifted_at=None).select_related("customer", "noted_by")
    return list((rows.filter(phone=search) if search else rows)[:most])
