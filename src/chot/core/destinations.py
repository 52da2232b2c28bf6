"""Where a call goes as tariffs and rules see it: the kind of number, and the operator behind it; pure, over dated data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from chot.core.phones import national

MOBILE, FIXED, FREEPHONE, PREMIUM, INTERNATIONAL, SERVICE = "mobile", "fixed", "freephone", "premium", "international", "service"
_SERVICE_NUMBER = re.compile(r"(?:\+84|0)?(1800|1900)[0-9]{4,6}")


@dataclass(frozen=True)
class Destination:
    """A number called: its ``kind`` (the constants above), its operator (empty when none is known), and its number as dialled at home."""

    kind: str
    operator: str
    number: str


@dataclass(frozen=True)
class _Given:
    since: date
    operator: str
    prefix: str


@cache
def _given() -> tuple[_Given, ...]:
    text = files("chot.core").joinpath("data/operators.yaml").read_text(encoding="utf-8")
    return tuple(_Given(row["from"], row["operator"], prefix) for row in yaml.safe_load(text) for prefix in row["prefixes"])


def operators() -> list[str]:
    """Every operator that numbers were given to."""
    return sorted({row.operator for row in _given()})


def destination(number: str, day: date, ported: Mapping[str, str] | None = None) -> Destination:
    """What a number in E.164, or a service number as it is dialled, is on a day; ``ported`` names the operators of numbers that moved.

    >>> destination("+84912345678", date(2026, 1, 1)), destination("113", date(2026, 1, 1)).kind
    (Destination(kind='mobile', operator='Vinaphone', number='0912345678'), 'service')
    >>> destination("+841900123456", date(2026, 1, 1)).kind, destination("+6569001234", date(2026, 1, 1)).kind
    ('premium', 'international')
    """
    if service := _SERVICE_NUMBER.fullmatch(number):
        kind = FREEPHONE if service[1] == "1800" else PREMIUM
        return Destination(kind, "", number[number.index(service[1]) :])
    dialled = national(number)
    if dialled.startswith("+"):
        return Destination(INTERNATIONAL, "", dialled)
    if len(dialled) < 7:
        return Destination(SERVICE, "", dialled)
    if dialled.startswith("02"):
        return Destination(FIXED, "", dialled)
    moved = (ported or {}).get(number)
    return Destination(MOBILE, moved if moved is not None else _guess(dialled, day), dialled)


def _guess(dialled: str, day: date) -> str:
    """The operator to whom the longest prefix of a number was given by that day."""
    fits = [row for row in _given() if dialled.startswith(row.prefix) and row.since <= day]
    return max(fits, key=lambda row: (len(row.prefix), row.since)).operator if fits else ""
