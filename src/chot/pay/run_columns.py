"""Which kinds of line have a column of their own on the page of a run: as many as fit its width; the smallest stand together in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chot.pay.queries import KINDS, Person, kind_name

MONEY = 7
"""Columns of money that a page of 1280 pixels has room for, beside the names and the attainment; one less when sums have ten digits."""
_TEN_DIGITS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class KindColumns:
    """``own`` have a column each; ``together`` share one, where each that a person has is named."""

    own: list[tuple[str, str]]
    together: list[tuple[str, str]]

    def rest(self, person: Person) -> int:
        """What the shared column of a person adds up to."""
        return sum(person.kinds.get(kind, 0) for kind, _title in self.together)


def kind_columns(people: Sequence[Person]) -> KindColumns:
    """The columns of a run; those that move most money are its own, in the order in which pay is built up."""
    sizes = {kind: sum(abs(person.kinds.get(kind, 0)) for person in people) for kind in KINDS}
    found = [kind for kind in KINDS if any(kind in person.kinds for person in people)]
    beside = any(person.adjustments for person in people), any(person.carry_vnd for person in people)
    room = MONEY - 1 - sum(beside) - (max(sizes.values()) >= _TEN_DIGITS)
    largest = found if len(found) <= room else sorted(found, key=lambda kind: -sizes[kind])[: room - 1]
    named: dict[bool, list[Any]] = {own: [(kind, kind_name(kind)) for kind in found if (kind in largest) is own] for own in (True, False)}
    return KindColumns(own=named[True], together=named[False])
