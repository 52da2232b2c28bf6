"""Where evidence reads rows: the facts, or the facts with what was read before remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from chot.kpi.source import Row, Within


class RowSource(Protocol):
    """What evidence asks of ``kpi.source.Facts``."""

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """As ``Facts.rows``."""

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """As ``Facts.rows_where``."""


class RememberedRows:
    """Facts whose rows are read once, however many measures stand on them."""

    def __init__(self, facts: RowSource) -> None:
        self._facts, self._known = facts, dict[tuple[object, ...], Sequence[Row]]()

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """As ``Facts.rows``."""
        key = (table, day, first, last, agent_id)
        if key not in self._known:
            self._known[key] = self._facts.rows(table, day=day, first=first, last=last, agent_id=agent_id)
        return self._known[key]

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """As ``Facts.rows_where``."""
        key = (table, column, tuple(columns), within, *sorted(set(values)))
        if key not in self._known:
            self._known[key] = self._facts.rows_where(table, column, values, columns=columns, within=within)
        return self._known[key]
