"""Where the database keeps each fact table, and how its rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from django.db import connection

from chot.facts.application_rows import taken_in
from chot.facts.readers.base import Reject
from chot.kpi.schema import TABLES, Column, Table


@dataclass(frozen=True, kw_only=True)
class Source:
    """One operational table; ``where`` leaves out rows that are not the database's to say."""

    table: Table
    place: str
    where: str = "TRUE"

    @property
    def key(self) -> str:
        """SQL of the key as one text, as ``chot.facts.keys.key_of`` makes it."""
        if len(self.table.key) == 1:
            return _quoted(self.table.key[0])
        return " || chr(31) || ".join(f"coalesce({_quoted(name)}::text, '')" for name in self.table.key)

    @property
    def cells(self) -> str:
        """SQL of the contract's columns as the texts that an import reads."""
        return ", ".join(self._cell(column) for column in self.table.columns)

    def _cell(self, column: Column) -> str:
        name = _quoted(column.name)
        if column.type == "time":
            return f"""to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
        if column.type == "bool":
            return f"CASE WHEN {name} THEN 'true' ELSE 'false' END"
        return name

    def month(self, zone: str) -> str:
        """SQL of the row's month; empty for a table without a day."""
        if not self.table.moment:
            return "''"
        names = ", ".join(_quoted(name) for name in self.table.moment)
        local = f"(coalesce({names}) AT TIME ZONE '{zone}')" if self.table.column(self.table.moment[0]).type == "time" else names
        return f"to_char({local}, 'YYYY-MM')"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _source(name: str, place: str, where: str = "TRUE") -> Source:
    return Source(table=TABLES[name], place=place, where=where)


EDITED_HERE = "agent_id IN (SELECT agent_id FROM people_person WHERE managed_here)"
"""Agents that are not edited in Chốt are copies of imported rows, which stay with the imports."""

SOURCES: dict[str, Source] = {
    each.table.name: each
    for each in (
        _source("agents", "people_agentrow", where=EDITED_HERE), _source("calls", "calls_call"),
        _source("leads", "customers_lead"), _source("orders", "customers_order"), _source("tickets", "customers_ticket"),
        _source("surveys", "quality_survey"), _source("reviews", "quality_review"), _source("exams", "quality_exam"),
        _source("workdays", "people_workday"),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Found:
    """Rows as the facts hold them, and those that they cannot hold, by key."""

    rows: pa.Table
    bad: dict[str, Reject]


def by_keys(source: Source, keys: Sequence[str], *, zone: str) -> Found:
    """The rows that the database has of ``keys`` now."""
    condition, given = _among(source, keys)
    return _read(source, condition, given, zone=zone)


def keys_of(source: Source, keys: Sequence[str]) -> list[str]:
    """Those of ``keys`` that the database has rows of."""
    condition, given = _among(source, keys)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {source.key} FROM {source.place} WHERE {source.where} AND {condition}", given)
        return [row[0] for row in cursor.fetchall()]


def _among(source: Source, keys: Sequence[str]) -> tuple[str, list[list[str]]]:
    given: list[list[str]]
    condition, given = f"{source.key} = ANY(%s)", [list(keys)]
    if len(source.table.key) > 1:  # so that an index on the first part serves
        first = _quoted(source.table.key[0])
        condition, given = f"{first} = ANY(%s) AND {condition}", [sorted({key.partition("\x1f")[0] for key in keys}), list(keys)]
    return condition, given


def spoken_for(source: Source, keys: Sequence[str]) -> list[str]:
    """The keys that are the database's to say, whether or not it has rows of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT key FROM unnest(%s::text[]) AS given (key), LATERAL (SELECT split_part(key, chr(31), 1) AS agent_id) AS first"
            f" WHERE {source.where}",
            [list(keys)],
        )
        return [row[0] for row in cursor.fetchall()]


def of_month(source: Source, month: str, *, zone: str) -> Found:
    """Every row of a month."""
    return _read(source, f"{source.month(zone)} = %s", [month], zone=zone)


def months_of(source: Source, *, zone: str) -> list[str]:
    """The months that have rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {source.month(zone)} FROM {source.place} WHERE {source.where} ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def all_keys(source: Source) -> list[str]:
    """The keys of every row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {source.key} FROM {source.place} WHERE {source.where}")
        return [row[0] for row in cursor.fetchall()]


def _read(source: Source, condition: str, given: Sequence[object], *, zone: str) -> Found:
    query = f"COPY (SELECT {source.key}, {source.cells} FROM {source.place} WHERE {source.where} AND {condition}) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(query, given) as copy:
        text = b"".join(bytes(block) for block in copy)
    keys, rows, rejects = taken_in(source.table, text, zone=zone)
    return Found(rows=rows, bad={keys[each.line - 1]: each for each in rejects})
