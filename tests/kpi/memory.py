"""``kpi.source.Facts`` held in memory and counted row by row: for tests of what stands on facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from chot.core.periods import Period
from chot.kpi.measures import Grain, Measure, Measured, Outside
from chot.kpi.source import AgentRow, Row, Within, Workday

HANOI = timezone(timedelta(hours=7))


def at(day: str, clock: str = "09:00") -> datetime:
    """A moment in Hanoi."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HANOI)


class MemoryFacts:
    """Additive measures only; ``tables`` maps a table to rows that carry their own ``local_date``."""

    def __init__(self, people: Iterable[AgentRow], roster: Iterable[Workday] = (), **tables: list[dict[str, Any]]) -> None:
        self._people, self._roster, self._tables = list(people), list(roster), tables
        self.warnings: Sequence[str] = ()

    def agents(self) -> Sequence[AgentRow]:
        return self._people

    def workdays(self, first: date, last: date) -> Sequence[Workday]:
        return [each for each in self._roster if first <= each.date <= last]

    def measure(self, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = ()) -> Measured:
        keys = sorted({self._key(row, grain) for rows in self._tables.values() for row in rows} - {""})
        columns = {each.name: [self._value(each, period, key, grain) for key in keys] for each in measures}
        return Measured(keys, columns)

    def _key(self, row: dict[str, Any], grain: Grain) -> str:
        if grain == "agent":
            return str(row.get("agent_id") or "")
        person = next((each for each in self._people if each.agent_id == row.get("agent_id")), None)
        return {"team": person.team_id if person else "", "role": person.role if person else "", "company": "company"}[grain]

    def _value(self, measure: Measure, period: Period, key: str, grain: Grain) -> int:
        rows = [
            row
            for row in self._tables.get(measure.table, ())
            if self._key(row, grain) == key and measure.window == "period" and row.get(measure.day) in period and measure.counts(row)
        ]
        return sum(row.get(measure.column) or 0 for row in rows) if measure.kind == "sum" else len(rows)

    def agents_with_facts(self, period: Period) -> Sequence[str]:
        return sorted({str(row["agent_id"]) for rows in self._tables.values() for row in rows if row["local_date"] in period})

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        return [row for row in self._tables.get(table, ()) if first <= row[day] <= last and agent_id in (None, row.get("agent_id"))]

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        return [row for row in self._tables.get(table, ()) if row.get(column) in values and (within is None or within.holds(row))]

    def months(self) -> Sequence[str]:
        return sorted({row["local_date"].strftime("%Y-%m") for rows in self._tables.values() for row in rows})


def order(number: int, agent_id: str, day: str, amount: int) -> dict[str, Any]:
    """A confirmed order."""
    return {
        "order_id": f"o{number}",
        "agent_id": agent_id,
        "ordered_at": at(day),
        "local_date": date.fromisoformat(day),
        "status": "confirmed",
        "amount_vnd": amount,
        "customer_id": f"c{number}",
    }


def call(number: int, agent_id: str, day: str, **cells: Any) -> dict[str, Any]:
    """An answered outbound call of a minute."""
    return {
        "call_id": f"k{number}",
        "agent_id": agent_id,
        "started_at": at(day),
        "local_date": date.fromisoformat(day),
        "direction": "out",
        "outcome": "answered",
        "talk_s": 60,
        "customer_id": f"c{number}",
        "fields_collected": 1,
        **cells,
    }
