"""The rows behind a figure of a report, a page at a time: those that count, and those that do not, each with its reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.cache import cache

from chot.core import clock
from chot.kpi.evidence import moment_column, row_id
from chot.kpi.measures import CUT, Cut
from chot.kpi.schema import TABLES
from chot.kpi.source import Row
from chot.kpi.statement_rows import Rows
from chot.kpi.wording import failed, value_words, words
from chot.people.queries import agent_names
from chot.performance.fact_states import facts_now
from chot.performance.figures_shown import Figure
from chot.performance.queries import both
from chot.performance.report_filter import Asked
from chot.performance.workplace import workplace
from chot.quality.fact_links import fact_links
from chot.recordings.queries import recorded

PAGE, PAPER, MOST = 50, 500, 20_000  # rows of a page; on paper; of a file
_REMEMBERED_S = 24 * 3600
_WORDED = {
    "calls": ("direction", "outcome", "disposition"), "orders": ("status", "product"), "leads": ("best_stage",), "tickets": ("status",),
}  # fmt: skip
_FIGURES = {"calls": "talk_s", "orders": "amount_vnd"}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row in words; the customer's number is masked. ``link`` leads to its page where it has one."""

    id: str
    at: datetime | None
    agent_id: str
    agent: str
    customer: str
    what: Sequence[Any]
    figure: str
    reason: Any = None
    recorded: bool = False
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of rows: how many there are in all, and what they add up to."""

    rows: Sequence[Listed]
    count: int
    value: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.count // self.size), 1)


def masked(text: str) -> str:
    """A telephone number without its middle; anything else as it is.

    >>> masked("+84912345678"), masked("0912345678"), masked("kh00012")
    ('+849•••••78', '091•••••78', 'kh00012')
    """
    match = re.fullmatch(r"(\+?\d{3})\d{3,10}(\d{2})", text)
    return f"{match[1]}•••••{match[2]}" if match else text


def rows(
    figure: Figure, asked: Asked, *, cut: Cut, part: str, counted: bool, page: int, lang: str, size: int = PAGE
) -> Page:
    """A page of the rows behind a figure; with ``counted`` false, those of the same group and days that do not count."""
    found, count, value = _found(figure, asked, cut, part, counted=counted, page=page, size=size)
    names, said = agent_names(), Rows(lang=lang, zone=clock.ZONE)
    heard = recorded(str(row.get("call_id")) for row in found) if figure.measure.table == "calls" and size == PAGE else set()
    listed = [_listed(figure, row, said, names, counted=counted) for row in found]
    links = fact_links(figure.measure.table, [row.id for row in listed])
    listed = [replace(row, recorded=row.id in heard, link=links.get(row.id, "")) for row in listed]
    return Page(rows=listed, count=count, value=value, number=page, size=size)


def _found(figure: Figure, asked: Asked, cut: Cut, part: str, *, counted: bool, page: int, size: int) -> tuple[list[Row], int, int]:
    """The rows with their number and sum; a page of them is remembered while the facts stay, a file is not."""
    grain, key = asked.group
    state = facts_now().of(figure.measures, asked.period)
    name = hashlib.sha256(repr([figure.name, asked.first, asked.last, grain, key, cut, part, counted, page, state]).encode())
    remembered = f"rows:{name.hexdigest()}"
    found: tuple[list[Row], int, int] | None = cache.get(remembered) if size == PAGE else None
    if found is None:
        with workplace() as work:
            found = work.facts.listed(
                figure.measure, asked.period, grain=grain, key=f"{key}{CUT}{part}" if cut else key, cut=cut, counted=counted,
                less=figure.less, limit=size, offset=(page - 1) * size,
            )  # fmt: skip
        if size == PAGE:
            cache.set(remembered, found, _REMEMBERED_S)
    return found


def _listed(figure: Figure, row: Row, said: Rows, names: dict[str, str], *, counted: bool) -> Listed:
    measure = figure.measure
    table = TABLES[measure.table]
    column = measure.column or _FIGURES.get(table.name, "")
    cell = row.get(column)
    agent = str(row.get("agent_id") or "")
    at = row.get(moment_column(measure)) or next((row[name] for name in table.moment if row.get(name)), None)
    return Listed(
        id=row_id(measure, row), at=at if isinstance(at, datetime) else None, agent_id=agent, agent=names.get(agent, agent),
        customer=masked(str(row.get("customer_id") or "")),
        what=[both(value_words(row[name])) for name in _WORDED.get(table.name, ()) if row.get(name)],
        figure=said.cell(column, cell) if isinstance(cell, int) and not isinstance(cell, bool) else "",
        reason=None if counted else both(_reason(figure, row)),
    )  # fmt: skip


def _reason(figure: Figure, row: Row) -> Any:
    condition = figure.measure.first_failure(row)
    return failed(condition, row) if condition else words("done_in_time")
