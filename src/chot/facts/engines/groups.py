"""Where a fact counts: its group by grain, the days that lie outside, and the calendar windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from chot.core.errors import InternalError
from chot.core.periods import Period
from chot.facts.engines.contract import Engine, Months
from chot.facts.engines.cuts import CALL, cut_key, needs_call
from chot.kpi.measures import Condition, Cut, Grain, Outside, Window
from chot.kpi.schema import TABLES

_STEPS: dict[Window, int] = {"period": 0, "previous_month": -1, "same_month_last_year": -12, "three_months_before": -3}
_FIRST, _LAST = date(1900, 1, 1), date(2299, 12, 31)  # an open end of an agents row; every engine can hold both
COMPANY = "company"


def window(period: Period, name: Window) -> Period:
    """The calendar period that a window means, seen from ``period``.

    >>> from chot.core.periods import parse
    >>> window(parse("2026-01"), "three_months_before").name
    '2025-10'
    """
    if name != "period" and period.kind != "month":
        raise InternalError(f"the window {name} exists for months only, not for the {period.kind} {period}")
    return period.shifted(_STEPS[name]) if _STEPS[name] else period  # some days of a month stay those days


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What one call of ``measure`` asks: the engine, the period, the grain, and the tables lent for it.

    ``outside`` is the FROM source of the days left out, empty when there are none; ``cut`` makes the groups finer,
    hours being those of ``zone``.
    """

    engine: Engine
    period: Period
    grain: Grain
    outside: str
    cut: Cut = ""
    zone: str = "UTC"

    @property
    def dated(self) -> bool:
        """Whether a row's group depends on its day."""
        return self.grain in ("team", "role")

    def condition(self, table: str, where: Condition, row: str = "f") -> str:
        """A measure's condition as SQL over the row called ``row`` of a table; an empty cell fails it."""
        sql = self.engine.dialect
        cell = f"{row}.{sql.name(where.column)}"
        match where.operator:
            case "known":
                return f"{cell} IS NOT NULL"
            case "<= column":
                return f"{cell} <= {row}.{sql.name(str(where.value))}"
            case "in" | "not in":
                return self._listed(cell, where, TABLES[table].column(where.column).values)
            case _:
                return f"{cell} {where.operator} {sql.literal(where.value)}"

    def _listed(self, cell: str, where: Condition, known: tuple[str, ...]) -> str:
        """Membership; all known values of a column but one are said as "not that one", which engines push into the scan."""
        sql = self.engine.dialect
        values, inside = tuple(cast("tuple[object, ...]", where.value)), where.operator == "in"
        others = tuple(value for value in known if value not in values)
        if len(values) > 1 and len(others) == 1:
            values, inside = others, not inside
        if not values:
            return "1 = 0" if inside else f"{cell} IS NOT NULL"
        if len(values) == 1:
            return f"{cell} {'=' if inside else '<>'} {sql.literal(values[0])}"
        return f"{cell} {'IN' if inside else 'NOT IN'} ({sql.literals(values)})"

    def conditions(self, table: str, where: Iterable[Condition], row: str = "f") -> list[str]:
        """Several conditions as SQL."""
        return [self.condition(table, each, row) for each in where]

    def within(self, day: str, days: Period, row: str = "f") -> str:
        """The condition that a row's day lies in the period ``days``."""
        sql = self.engine.dialect
        return f"{row}.{sql.name(day)} BETWEEN {sql.day(days.first)} AND {sql.day(days.last)}"

    def inside(self, day: str) -> list[str]:
        """The condition that a row's day is not outside; none when nothing is."""
        return [f"o_{day}.agent_id IS NULL"] if self.outside else []

    def source(self, table: str, days: Iterable[str], months: Months | None) -> str:
        """The FROM clause for a table's rows ``f``, with the joins that ``group`` and ``inside`` read."""
        rows = self.joined(self.engine.table(table, months), days)
        if not needs_call(self.cut, table):
            return rows
        calls = f"(SELECT c.call_id, c.campaign_id, c.queue_id FROM {self.engine.table('calls')} c)"
        return f"{rows}\nLEFT JOIN {calls} {CALL} ON {CALL}.call_id = f.call_id"

    def joined(self, rows: str, days: Iterable[str]) -> str:
        """The same for a FROM source of our own."""
        sql = self.engine.dialect
        parts = [f"{rows} f"]
        for day in days:
            on = f"f.{sql.name(day)}"
            if self.outside:
                row = f"o_{day}"
                held = f"{on} >= {row}.since AND {on} <= {row}.until"
                parts.append(f"LEFT JOIN {self.outside} {row} ON {row}.agent_id = f.agent_id AND {held}")
            if self.dated:
                row = f"a_{day}"
                agents = (
                    f"(SELECT agent_id, team_id, role, COALESCE(valid_from, {sql.day(_FIRST)}) AS since, "
                    f"COALESCE(valid_to, {sql.day(_LAST)}) AS until FROM {self.engine.table('agents')} g)"
                )
                parts.append(f"LEFT JOIN {agents} {row} ON {row}.agent_id = f.agent_id AND {on} >= {row}.since AND {on} < {row}.until")
        return "\n".join(parts)

    def group(self, table: str, day: str) -> str:
        """The group of a row ``f`` as SQL, cut as asked for; NULL when the row belongs to none."""
        whole = self._whole(table, day)
        return cut_key(self.engine.dialect, whole, self.cut, table, day, self.zone) if self.cut else whole

    def _whole(self, table: str, day: str) -> str:
        match self.grain:
            case "agent":
                return "f.agent_id"
            case "role":
                return f"a_{day}.role"
            case "team":
                own = "f.team_id" if "team_id" in TABLES[table].names else "NULL"
                return f"CASE WHEN f.agent_id IS NULL THEN {own} ELSE a_{day}.team_id END"
            case "company":
                return self.engine.dialect.text(COMPANY)


def needed(windows: Iterable[Period]) -> Months:
    """The months that hold the days of the windows."""
    names = {month for each in windows for month in each.months()}
    return names.__contains__


def lend_outside(engine: Engine, outside: Sequence[Outside]) -> str:
    """The days left out as a lent table (agent_id, since, until), overlaps merged; empty when there are none."""
    if not outside:
        return ""
    rows: list[tuple[str, str, str]] = []
    for each in sorted(outside, key=lambda item: (item.agent_id, item.first, item.last)):
        if each.first > each.last:
            continue
        if rows and rows[-1][0] == each.agent_id and each.first <= rows[-1][2]:
            rows[-1] = (each.agent_id, rows[-1][1], max(rows[-1][2], each.last))
        else:
            rows.append((each.agent_id, each.first, each.last))
    return engine.lend("outside_days", (("agent_id", "id"), ("since", "date"), ("until", "date")), rows) if rows else ""
