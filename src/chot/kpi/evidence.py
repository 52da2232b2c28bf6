"""The rows behind a measure: those counted, with what each adds, and those not counted, with the reason.

Evaluated row by row from the same conditions that engines compile, so that the sum of the rows is a
second computation of the measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chot.core.errors import InternalError
from chot.core.periods import Period
from chot.kpi.evidence_linked import LINKED, Parts
from chot.kpi.measures import Measure
from chot.kpi.metrics import Words
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.row_sources import RowSource
from chot.kpi.schema import TABLES
from chot.kpi.source import Row
from chot.kpi.wording import column_words, failed, words

_SHIFT = {"period": 0, "previous_month": -1, "same_month_last_year": -12, "three_months_before": -3}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One measure with its rows; ``counted`` pairs a row with what it adds."""

    measure: Measure
    value: int
    counted: Sequence[tuple[Row, int]]
    left_out: Sequence[tuple[Row, Words]]


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose rows: one agent's (outside days apart), or those of a team or of the company."""

    plan: Plan
    people: People
    scope: str
    agent_id: str
    team_id: str

    def takes(self, row: Row, day: date) -> Words | None:
        """None when the row belongs to the group; the reason when it does not count; ``NOT_OURS`` when it is another's."""
        agent_id = row.get("agent_id")
        on_day = self.people.on(str(agent_id), day) if agent_id else None
        if self.scope == "own":
            if on_day and not self.plan.names(role=on_day.role, team_id=on_day.team_id):
                return words("outside", role=on_day.role, team=on_day.team_id)
            return None
        team = on_day.team_id if on_day else None if agent_id else row.get("team_id")
        return None if self.scope == "company" or (team and team == self.team_id) else NOT_OURS


NOT_OURS = Words(vi="", en="")


def evidence(measure: Measure, period: Period, facts: RowSource, whose: Whose) -> Evidence:
    """The rows of a measure for one group and period, as they happened."""
    window = window_of(measure, period)
    rows = facts.rows(
        measure.table, day=measure.day, first=window.first, last=window.last, agent_id=whose.agent_id if whose.scope == "own" else None
    )
    ours, left_out = _split(rows, measure, whose)
    if measure.kind == "linked":
        counted, more = LINKED[measure.link](ours, facts)
    else:
        counted, more = _plain(measure, ours)
    value = sum(added for _, added in counted)
    return Evidence(measure=measure, value=value, counted=counted, left_out=[*left_out, *more])


def window_of(measure: Measure, period: Period) -> Period:
    """The days whose rows the measure counts, seen from ``period``."""
    return period.shifted(_SHIFT[measure.window]) if measure.window != "period" else period


def moment_column(measure: Measure) -> str:
    """The column that tells when a row of the measure happened."""
    table = TABLES[measure.table]
    return next((source for day, source in table.days if day == measure.day), table.moment[0])


def _in_time(measure: Measure, rows: Sequence[Row]) -> list[Row]:
    """The rows as they happened; of one day those without a time first, equal ones by key, as they come."""
    column, day = moment_column(measure), measure.day
    return sorted(rows, key=lambda row: (row[day], row[column] is not None, row[column] or 0))


def _split(rows: Sequence[Row], measure: Measure, whose: Whose) -> tuple[list[Row], list[tuple[Row, Words]]]:
    ours, left_out = list[Row](), list[tuple[Row, Words]]()
    known: dict[tuple[object, date, object], Words | None] = {}
    for row in _in_time(measure, rows):
        day = row[measure.day]
        assert isinstance(day, date)
        key = (row.get("agent_id"), day, row.get("team_id"))
        if key not in known:
            known[key] = whose.takes(row, day)
        reason = known[key]
        if reason is None:
            ours.append(row)
        elif reason is not NOT_OURS:
            left_out.append((row, reason))
    return ours, left_out


def _plain(measure: Measure, rows: Sequence[Row]) -> Parts:
    counted: list[tuple[Row, int]] = []
    left_out: list[tuple[Row, Words]] = []
    seen: set[object] = set()
    for row in rows:
        failure = measure.first_failure(row)
        if failure:
            left_out.append((row, failed(failure, row)))
        elif measure.kind == "distinct":
            cell = row.get(measure.column)
            if cell is None or cell in seen:
                left_out.append((row, _twice(measure.column, cell)))
            else:
                seen.add(cell)
                counted.append((row, 1))
        else:
            counted.append((row, 1 if measure.kind == "count" else _whole(row.get(measure.column))))
    return _largest(measure, counted, left_out) if measure.kind == "max" else (counted, left_out)


def _twice(column: str, cell: object) -> Words:
    if column == "customer_id":
        return words("no_customer" if cell is None else "seen_before")
    return words("no_cell" if cell is None else "same_value", column=column_words(column))


def _largest(measure: Measure, rows: Sequence[tuple[Row, int]], left_out: list[tuple[Row, Words]]) -> Parts:
    """The first row with the largest value counts, every other one does not."""
    known = [(row, value) for row, value in rows if row.get(measure.column) is not None]
    best = max(known, key=lambda pair: pair[1], default=None)
    column = column_words(measure.column)
    lost = [(row, words("no_cell" if row.get(measure.column) is None else "not_largest", column=column))
            for row, _ in rows if best is None or row is not best[0]]
    return [best] if best else [], [*left_out, *lost]


def _whole(cell: object) -> int:
    return cell if isinstance(cell, int) else 0


def checked(found: Evidence, engine_value: int, *, who: str) -> Evidence:
    """The evidence, when its rows add up to what the engine counted; ``InternalError`` when they do not."""
    if found.value != engine_value:
        raise InternalError(f"{found.measure.name} of {who}: the engine counted {engine_value}, its rows add to {found.value}")
    return found


def row_id(measure: Measure, row: Row) -> str:
    """The id of a row, as text."""
    return "/".join(str(row.get(part) or "") for part in TABLES[measure.table].key)
