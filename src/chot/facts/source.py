"""The facts of a data folder as the KPI core asks for them: a dataset and the engine that reads it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import date, timedelta
from operator import itemgetter

from chot.core.errors import InternalError
from chot.core.periods import Period
from chot.facts.engines.contract import Cell, Dataset, Engine, Months, Since, month_of, stored_columns
from chot.facts.engines.dialect import EPOCH
from chot.facts.engines.groups import Scope
from chot.facts.engines.listing import Listing
from chot.facts.engines.measuring import called_tickets, measure
from chot.kpi.measures import Cut, Grain, Measure, Measured, Outside
from chot.kpi.schema import TABLES, Table, Type
from chot.kpi.source import AgentRow, Row, Within, Workday

_FACTS = tuple(table for table in TABLES.values() if table.moment)


class FolderFacts:
    """``kpi.source.Facts`` over a dataset; the engine belongs to it and is closed with it."""

    def __init__(self, dataset: Dataset, engine: Engine) -> None:
        self._dataset, self._engine = dataset, engine
        self.warnings: Sequence[str] = dataset.warnings

    def __enter__(self) -> FolderFacts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()

    def agents(self) -> Sequence[AgentRow]:
        """Every agent row, by agent_id and valid_from."""
        rows = self._read(TABLES["agents"], "1 = 1")
        return [AgentRow(**_filled(row, ("name", "team_id", "role", "wage_region"))) for row in rows]  # type: ignore[arg-type]

    def workdays(self, first: date, last: date) -> Sequence[Workday]:
        """Every roster row of the days ``first`` to ``last``, both inclusive."""
        rows = self.rows("workdays", day="local_date", first=first, last=last, agent_id=None)
        names = ("agent_id", "date", "scheduled_s", "worked_s", "leave")
        return [Workday(**{name: row[name] for name in names}) for row in rows]  # type: ignore[arg-type]

    def measure(
        self, measures: Sequence[Measure], period: Period, *, grain: Grain = "agent", outside: Sequence[Outside] = ()
    ) -> Measured:
        """The measures of one period by group; rows of ``outside`` days are left out."""
        return measure(self._engine, measures, period, grain=grain, outside=outside)

    def measure_cut(self, measures: Sequence[Measure], period: Period, *, grain: Grain, cut: Cut) -> Measured:
        """Counts, sums and maxima by group and part of it (``measures.CUT`` between them), for looking, never for pay."""
        return measure(self._engine, measures, period, grain=grain, cut=cut, zone=self._dataset.timezone)

    def called_tickets(self, asked: Measure, period: Period, *, grain: Grain) -> Measured:
        """The answered calls of tickets that could be resolved at first contact, by group and ticket (``measures.CUT`` between)."""
        return called_tickets(self._engine, asked, period, grain=grain)

    def listed(self, asked: Measure, period: Period, *, grain: Grain, key: str, cut: Cut = "", counted: bool = True,
               less: Measure | None = None, limit: int, offset: int = 0) -> tuple[list[Row], int, int]:  # fmt: skip
        """A page of the rows that a count or sum counts (or does not) in a group, how many there are, and what they add up to.

        Rows that ``less`` counts too are not counted.
        """
        if asked.kind not in ("count", "sum"):
            raise InternalError(f"{asked.name} is no count and no sum of single rows")
        scope = Scope(engine=self._engine, period=period, grain=grain, outside="", cut=cut, zone=self._dataset.timezone)
        listing = Listing(scope=scope, measure=asked, key=key, counted=counted, less=less)
        totals = self._engine.numbers(listing.totals())
        rows = self._rows(stored_columns(asked.table), listing.rows(limit=limit, offset=offset))
        return rows, int(totals.columns[0][0]), int(totals.columns[1][0])

    def agents_with_facts(self, period: Period) -> Sequence[str]:
        """The agent ids named by any fact of the period, by any of its days, in order."""
        sql, found = self._engine.dialect, set[str]()
        for table in _FACTS:
            days = ["local_date", *(name for name, _ in table.days)]
            within = " OR ".join(f"f.{day} BETWEEN {sql.day(period.first)} AND {sql.day(period.last)}" for day in days)
            source = self._engine.table(table.name, _months(period.first, period.last) if len(days) == 1 else None)
            numbers = self._engine.numbers(f"SELECT f.agent_id AS k, COUNT(*) AS n0 FROM {source} f WHERE {within} GROUP BY 1")
            found |= {key for key in numbers.keys if key}
        return sorted(found)

    def rows(self, table: str, *, day: str, first: date, last: date, agent_id: str | None) -> Sequence[Row]:
        """The rows of ``table`` whose ``day`` column lies in first..last, of one agent (or of all), by key."""
        sql = self._engine.dialect
        where = f"f.{sql.name(day)} BETWEEN {sql.day(first)} AND {sql.day(last)}"
        if agent_id is not None:
            where += f" AND f.agent_id = {sql.text(agent_id)}"
        return self._read(TABLES[table], where, _months(first, last) if day == "local_date" else None)

    def rows_where(
        self, table: str, column: str, values: Sequence[str], *, columns: Sequence[str] = (), within: Within | None = None
    ) -> Sequence[Row]:
        """The rows of ``table`` whose ``column`` is one of ``values``, by key: of any time or ``within``; ``columns`` and key, or all."""
        if not values:
            return []
        sql, contract = self._engine.dialect, TABLES[table]
        wanted: list[tuple[Cell, ...]] = [(value,) for value in sorted(set(values))]
        lent = self._engine.lend("wanted_values", (("wanted", "id"),), wanted)
        where, months, since = f"f.{sql.name(column)} IN (SELECT wanted FROM {lent})", None, None
        if within is not None:
            first, last = ((moment - EPOCH) // timedelta(microseconds=1) for moment in (within.first, within.last))
            time = f"f.{sql.name(within.column)}"
            where += f" AND {time} >= {sql.moment(first)} AND {time} <= {sql.moment(last)}"
            months, since = _months_near(contract, within), (within.column, first)
        only = {*contract.key, *columns} if columns else None
        return self._read(contract, where, months, since=since, only=only)

    def months(self) -> Sequence[str]:
        """The months (``YYYY-MM``) that hold a fact, in order."""
        found = set[str]()
        for table in _FACTS:
            source = self._dataset.source(table.name)
            named = [month_of(path) for path in source] if isinstance(source, list) else [None]
            if all(named):
                found |= {month for month in named if month}
                continue
            sql = f"SELECT f.{self._engine.dialect.name('period')} AS k, COUNT(*) AS n0 FROM {self._engine.table(table.name)} f GROUP BY 1"
            found |= {key for key in self._engine.numbers(sql).keys if key}
        return sorted(found)

    def _read(
        self, table: Table, where: str, months: Months | None = None, *, since: Since | None = None, only: Container[str] | None = None
    ) -> list[Row]:
        sql = self._engine.dialect
        columns = [each for each in stored_columns(table.name) if only is None or each[0] in only]
        cells = ", ".join(sql.cell(name, kind) for name, kind in columns)
        rows = self._rows(columns, f"SELECT {cells} FROM {self._engine.table(table.name, months, since)} f WHERE {where}")
        return sorted(rows, key=_order(table))

    def _rows(self, columns: Sequence[tuple[str, Type]], query: str) -> list[Row]:
        found = self._engine.records(query)
        converters = [(place, _CELLS[kind]) for place, (_, kind) in enumerate(columns) if kind in _CELLS]
        names = [name for name, _ in columns]
        return [dict(zip(names, _converted(cells, converters), strict=True)) for cells in found]


def _order(table: Table) -> Callable[[Row], tuple[str, ...]]:
    """By key, in code-point order; an empty part of a key comes first, dates as ISO text."""
    parts = itemgetter(*table.key)
    if len(table.key) == 1:
        return lambda row: (str(parts(row)),)
    return lambda row: tuple("" if part is None else str(part) for part in parts(row))


def _converted(cells: tuple[object, ...], converters: list[tuple[int, Callable[[object], object]]]) -> list[object]:
    row = list(cells)
    for place, convert in converters:
        if row[place] is not None:
            row[place] = convert(row[place])
    return row


def _moment(micros: object) -> object:
    if not isinstance(micros, int):
        raise InternalError(f"an engine gave {micros!r} for a time")
    return EPOCH + timedelta(microseconds=micros)


_CELLS: dict[str, Callable[[object], object]] = {"time": _moment}


def _filled(row: Row, texts: Sequence[str]) -> dict[str, object]:
    return {name: "" if cell is None and name in texts else cell for name, cell in row.items()}


def _months_near(table: Table, within: Within) -> Months | None:
    """The months that may hold rows ``within``: a row lies in the month of its own moment, which is never later than one that follows it.

    A day of leeway stands for the company's time zone.
    """
    moment, last = table.moment[0], within.last.date() + timedelta(days=1)
    if len(table.moment) > 1 or (within.column != moment and (moment, within.column) not in table.order):
        return None
    return _months(within.first.date() - timedelta(days=1) if within.column == moment else date.min, last)


def _months(first: date, last: date) -> Months:
    low, high = first.strftime("%Y-%m"), last.strftime("%Y-%m")
    return lambda month: low <= month <= high
