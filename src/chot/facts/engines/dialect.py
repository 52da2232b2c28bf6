"""How an engine spells what measures need; the plain spelling here is DuckDB's and nearly PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from chot.kpi.schema import Type

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Dialect:
    """SQL spellings; an engine overrides what it says differently."""

    types: ClassVar[Mapping[str, str]] = {
        "id": "VARCHAR", "text": "VARCHAR", "enum": "VARCHAR", "int": "BIGINT", "bool": "BOOLEAN", "time": "TIMESTAMPTZ", "date": "DATE",
    }
    """The engine's type for each of the contract's."""

    def name(self, column: str) -> str:
        """A column's name, quoted."""
        return f'"{column}"'

    def text(self, value: str) -> str:
        """A text literal; no character in it has a meaning."""
        return "'" + value.replace("'", "''") + "'"

    def literal(self, value: object) -> str:
        """A text, boolean or integer literal."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int):
            return str(value)
        return self.text(str(value))

    def literals(self, values: Iterable[object]) -> str:
        """Literals in a row, for IN."""
        return ", ".join(self.literal(value) for value in values)

    def day(self, day: date) -> str:
        """A date literal."""
        return f"DATE '{day.isoformat()}'"

    def moment(self, micros: int) -> str:
        """A literal for an instant, given in microseconds since 1970 UTC."""
        return f"TIMESTAMPTZ '{(EPOCH + timedelta(microseconds=micros)).isoformat(sep=' ')}'"

    def micros(self, moment: str) -> str:
        """An instant as microseconds since 1970 UTC."""
        return f"epoch_us({moment})"

    def cell(self, column: str, kind: Type, row: str = "f") -> str:
        """A column of a row as ``Engine.records`` gives it: a time as its microseconds, all else as it is."""
        stored = f"{row}.{self.name(column)}"
        return f"{self.micros(stored)} AS {self.name(column)}" if kind == "time" else stored

    def count(self, condition: str) -> str:
        """How many rows meet the condition."""
        return f"COUNT(CASE WHEN {condition} THEN 1 END)" if condition else "COUNT(*)"

    def hour(self, moment: str, zone: str) -> str:
        """The hour 0 to 23 of an instant in a zone."""
        return f"EXTRACT(HOUR FROM {moment} AT TIME ZONE {self.text(zone)})"

    def weekday(self, day: str) -> str:
        """The weekday of a date, 1 = Monday."""
        return f"EXTRACT(ISODOW FROM {day})"

    def part(self, number: str, condition: str) -> str:
        """A part of an exact sum, which ``total`` adds up; NULL without any row."""
        return f"SUM({f'CASE WHEN {condition} THEN {number} END' if condition else number})"

    def total(self, number: str, condition: str) -> str:
        """The exact sum over the rows that meet the condition, 0 without any; an error beyond 64 bits."""
        summed = f"CASE WHEN {condition} THEN {number} END" if condition else number
        return f"CAST(COALESCE(SUM({summed}), 0) AS BIGINT)"

    def most(self, number: str, condition: str) -> str:
        """The largest number of the rows that meet the condition, 0 without any."""
        return f"COALESCE(MAX({f'CASE WHEN {condition} THEN {number} END' if condition else number}), 0)"

    def without(self, partners: str, on: str) -> tuple[str, str]:
        """A join clause and a condition that together leave the rows without a partner among ``partners w``."""
        return f"ANTI JOIN ({partners}) w ON {on}", ""

    def empty(self, columns: Iterable[tuple[str, Type]]) -> str:
        """A FROM source with the columns and no rows."""
        cells = ", ".join(f"CAST(NULL AS {self.types[kind]}) AS {self.name(column)}" for column, kind in columns)
        return f"(SELECT {cells} WHERE 1 = 0)"
