"""What the law says in numbers, as dated data: the regional minimum wage of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from chot.kpi.document import Listing, Scalar, Section, read_document


@dataclass(frozen=True)
class MinimumWage:
    """The monthly minimum wage of one region from one day on, with the decree that sets it."""

    region: str
    since: date
    vnd: int
    source: str


@cache
def minimum_wages() -> Sequence[MinimumWage]:
    """Every known minimum wage, the earliest first."""
    text = files("chot.kpi").joinpath("data/minimum_wage.yaml").read_text(encoding="utf-8")
    listed = read_document("wages:\n" + text, file="minimum_wage.yaml").fields["wages"]
    found: list[MinimumWage] = []
    for entry in listed.items if isinstance(listed, Listing) else ():
        if isinstance(entry, Section):
            cells = {name: node.text for name, node in entry.fields.items() if isinstance(node, Scalar)}
            since, source = date.fromisoformat(cells.pop("from")), cells.pop("source")
            found += [MinimumWage(region, since, int(vnd), source) for region, vnd in cells.items()]
    return sorted(found, key=lambda each: (each.since, each.region))


def minimum_wage(region: str, day: date) -> MinimumWage | None:
    """The minimum wage of ``region`` on ``day``; None when it is not known.

    >>> minimum_wage("I", date(2026, 1, 1)).vnd, minimum_wage("IV", date(2025, 12, 31)).vnd
    (5310000, 3450000)
    """
    known = [each for each in minimum_wages() if each.region == region and each.since <= day]
    return known[-1] if known else None


def changes(region: str, first: date, last: date) -> list[date]:
    """The days on which the region's minimum wage changes, within first..last, and ``first`` itself."""
    return sorted({first, *(each.since for each in minimum_wages() if each.region == region and first <= each.since <= last)})
