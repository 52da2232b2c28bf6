"""The door between the KPI core and whatever holds the facts: what the core may ask, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chot.core.periods import Period
from chot.kpi.measures import Grain, Measure, Measured, Outside

Row = Mapping[str, object]
"""One fact: typed cells by column (str, int, bool, datetime in UTC, date), None = empty."""


@dataclass(frozen=True)
class Within:
    """Rows whose time in ``column`` lies in ``first`` to ``last``, both inclusive; an empty time never does."""

    column: str
    first: datetime
    last: datetime

    def holds(self, row: Row) -> bool:
        """Whether one row's time lies within."""
        moment = row.get(self.column)
        return isinstance(moment, datetime) and self.first <= moment <= self.last


@dataclass(frozen=True, kw_only=True)
class AgentRow:
    """One effective-dated row of an agent; ``valid_from`` inclusive, ``valid_to`` exclusive, None = open.

    ``hired_on`` and ``left_on`` are the first and the last day worked, both inclusive, None = open.
    """

    agent_id: str
    name: str = ""
    team_id: str = ""
    role: str = ""
    hired_on: date | None = None
    left_on: date | None = None
    base_pay_vnd: int | None = None
    wage_region: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class Workday:
    """One agent's day on the roster; seconds, None = empty."""

    agent_id: str
    date: date
    scheduled_s: int | None = None
    worked_s: int | None = None
    leave: str = "none"


class Facts(Protocol):
    """Read access to taken-in facts; the same answers from every engine."""

    warnings: Sequence[str]
    """One sentence per row left out, with file, line, column and reason."""

    def agents(self) -> Sequence[AgentRow]:
        """Every agent row, by agent_id and valid_from."""

    def workdays(self, first: date, last: date) -> Sequence[Workday]:
        """Every roster row of the days ``first`` to ``last``, both inclusive."""

    def measure(
        self, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = ()
    ) -> Measured:
        """The measures of one period by group; rows of ``outside`` days are left out."""

    def agents_with_facts(self, period: Period) -> Sequence[str]:
        """The agent ids named by any fact of the period, in order."""

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """The rows of ``table`` whose ``day`` column lies in first..last, of one agent (or of all), by key."""

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """The rows of ``table`` whose ``column`` is one of ``values``, by key: of any time or ``within``; ``columns`` and key, or all."""

    def months(self) -> Sequence[str]:
        """The months (``YYYY-MM``) that hold a fact, in order."""
