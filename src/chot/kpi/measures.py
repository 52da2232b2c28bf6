"""Measures: the only thing an engine computes. Integers per group over one fact table with a filter.

A measure is a frozen description. Engines compile it; ``explain`` evaluates the same conditions row
by row, so that every counted number opens to its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Operator = Literal["in", "not in", ">=", "<=", ">", "<", "known", "<= column"]
Window = Literal["period", "previous_month", "same_month_last_year", "three_months_before"]
Grain = Literal["agent", "team", "role", "company"]
Cut = Literal["", "day", "hour", "campaign", "queue", "campaign_day", "campaign_hour", "campaign_day_hour"]
CUT = "\t"
"""Between a group and its part in the keys of a cut answer: ``t1<tab>109`` is team t1 on Mondays (1) at 9 (09) o'clock.
A part of several has them in the order of its name: of ``campaign_hour`` it is ``company<tab>tet<tab>109``."""


@dataclass(frozen=True)
class Condition:
    """``column operator value``; an empty cell fails every condition.

    ``in`` / ``not in`` take a tuple of texts or booleans, the comparisons an integer, ``known`` nothing
    (the cell is not empty), ``<= column`` the name of another column of the same row.
    """

    column: str
    operator: Operator
    value: object = None

    def holds(self, row: Mapping[str, object]) -> bool:
        """Whether one row (typed cells, None = empty) meets the condition."""
        cell = row.get(self.column)
        if cell is None:
            return False
        match self.operator:
            case "in":
                return cell in self.value  # type: ignore[operator]
            case "not in":
                return cell not in self.value  # type: ignore[operator]
            case "known":
                return True
            case "<= column":
                other = row.get(str(self.value))
                return other is not None and bool(cell <= other)  # type: ignore[operator]
            case ">=":
                return bool(cell >= self.value)  # type: ignore[operator]
            case "<=":
                return bool(cell <= self.value)  # type: ignore[operator]
            case ">":
                return bool(cell > self.value)  # type: ignore[operator]
            case "<":
                return bool(cell < self.value)  # type: ignore[operator]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A count, sum, maximum or distinct count over one table.

    name      unique; also the name in formulas
    table     the fact table
    kind      ``count`` rows, ``sum`` or ``max`` of ``column``, ``distinct`` non-empty ``column`` values,
              or ``linked``: one of the measures over two tables that ``link`` names (see ``LINKS``)
    where     all conditions must hold (internal calls are never counted, in any measure)
    day       the local day that decides the period: ``local_date`` or one of ``Table.days``
    window    which period the rows are taken from, seen from the period asked for
    """

    name: str
    table: str
    kind: Literal["count", "sum", "max", "distinct", "linked"] = "count"
    column: str = ""
    where: tuple[Condition, ...] = ()
    day: str = "local_date"
    window: Window = "period"
    link: str = ""

    def counts(self, row: Mapping[str, object]) -> bool:
        """Whether one row of the table meets every condition."""
        return all(condition.holds(row) for condition in self.where)

    def first_failure(self, row: Mapping[str, object]) -> Condition | None:
        """The first condition that the row does not meet; None when it counts."""
        return next((condition for condition in self.where if not condition.holds(row)), None)


LINKS: dict[str, str] = {
    "answered_without_order": "answered calls of the period that no counted order (any agent, any time) names as call_id",
    "kept_without_order": "of those, the calls with disposition interested or callback",
    "repeat_base": "distinct customers (with an id) with a counted order of this agent in the window",
    "repeat_again": "of those, the customers with another counted order (any agent, another order_id) 0 to 90 x 24 h after one of "
    "the agent's orders in the window",
    "resolved_first": "tickets done in the period, not reopened, of a customer with exactly one answered call (direction in or out) "
    "that ended between opened_at and done_at, both inclusive",
}
"""The measures over two tables, in words; every engine has one query for each."""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Days of one agent whose facts do not count: his row names a role or team that the plan does not.

    ``first`` and ``last`` are both outside, as ISO dates.
    """

    agent_id: str
    first: str
    last: str


class Measured:
    """Integers by group and measure: what an engine returns.

    ``keys`` are the group ids in order (agent ids, team ids, roles; for the company one key, ``company``);
    ``columns[name][i]`` belongs to ``keys[i]``. A group without rows is absent: read it as 0 with ``get``.
    """

    def __init__(self, keys: Sequence[str], columns: Mapping[str, Sequence[int]]) -> None:
        self.keys = list(keys)
        self.columns = dict(columns)
        self._place = {key: place for place, key in enumerate(self.keys)}

    def get(self, key: str, name: str) -> int:
        """The measure ``name`` of group ``key``; 0 when the group has no rows."""
        place = self._place.get(key)
        return 0 if place is None else int(self.columns[name][place])

    def __contains__(self, key: str) -> bool:
        return key in self._place
