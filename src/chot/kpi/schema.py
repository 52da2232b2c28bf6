"""The facts: every table, its columns, types, keys and bounds. The contract that all readers fill.

Times are instants stored in UTC; next to each fact stands its business-local day (``local_date``)
and month (``period``), written once, when the fact is taken in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["id", "text", "int", "bool", "time", "date", "enum"]

OUTCOMES = ("answered", "no_answer", "busy", "failed", "cancelled", "abandoned", "voicemail")
STAGES = ("new", "contacted", "interested", "trial", "won", "lost")
SURVEY_RANGES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type, whether a row may do without it, its allowed values or bounds, its default.

    ``empty`` is what an empty cell means (a boolean's false, a review's final); None stays unknown.
    """

    name: str
    type: Type = "text"
    required: bool = False
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    empty: str | bool | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One fact table.

    ``key`` identifies a row; ``moment`` is the column whose local day becomes ``local_date`` and
    ``period`` (the first non-empty of several); ``days`` are further local days kept as columns
    (name -> time column); ``newer`` is the time column by which a later row replaces an earlier one;
    ``order`` are (start, end) pairs that must not run backwards.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    moment: tuple[str, ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    newer: str | None = None
    order: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the contract's columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def derived(self) -> tuple[str, ...]:
        """The columns added when a row is taken in."""
        if not self.moment:
            return ()
        return ("local_date", "period", *(name for name, _ in self.days))


def _id(name: str, *, required: bool = False) -> Column:
    return Column(name=name, type="id", required=required)


def _time(name: str, *, required: bool = False) -> Column:
    return Column(name=name, type="time", required=required)


def _int(name: str, low: int | None = 0, high: int | None = None) -> Column:
    return Column(name=name, type="int", low=low, high=high)


def _enum(name: str, *values: str, required: bool = False, empty: str | None = None) -> Column:
    return Column(name=name, type="enum", values=values, required=required, empty=empty)


def _bool(name: str, *, empty: bool = False) -> Column:
    return Column(name=name, type="bool", empty=empty)


def _text(name: str) -> Column:
    return Column(name=name)


_TABLES = (
    Table(
        name="agents",
        key=("agent_id", "valid_from"),
        columns=(
            _id("agent_id", required=True),
            _text("name"),
            _id("team_id"),
            _text("role"),
            Column(name="hired_on", type="date"),
            Column(name="left_on", type="date"),
            _int("base_pay_vnd"),
            _enum("wage_region", "I", "II", "III", "IV"),
            Column(name="valid_from", type="date"),
            Column(name="valid_to", type="date"),
        ),
        order=(("hired_on", "left_on"), ("valid_from", "valid_to")),
    ),
    Table(
        name="calls",
        key=("call_id",),
        columns=(
            _id("call_id", required=True),
            _id("agent_id"),
            _id("team_id"),
            _id("customer_id"),
            _id("queue_id"),
            _id("campaign_id"),
            _enum("direction", "in", "out", "internal", required=True),
            _time("started_at", required=True),
            _time("answered_at"),
            _time("ended_at"),
            _int("ring_s"),
            _int("wait_s"),
            _int("talk_s"),
            _int("hold_s"),
            _int("wrap_s"),
            _enum("outcome", *OUTCOMES, required=True),
            _enum("hangup_by", "agent", "customer", "system"),
            _text("disposition"),
            _int("fields_collected"),
            _int("charge_vnd"),
            _id("line_id"),
        ),
        moment=("started_at",),
        order=(("started_at", "answered_at"), ("answered_at", "ended_at"), ("started_at", "ended_at")),
    ),
    Table(
        name="leads",
        key=("lead_id",),
        columns=(
            _id("lead_id", required=True),
            _id("agent_id", required=True),
            _id("customer_id"),
            _time("assigned_at", required=True),
            _enum("stage", *STAGES),
            _time("stage_at"),
            _enum("best_stage", *STAGES),
        ),
        moment=("assigned_at",),
        newer="stage_at",
    ),
    Table(
        name="orders",
        key=("order_id",),
        columns=(
            _id("order_id", required=True),
            _id("agent_id", required=True),
            _id("customer_id"),
            _id("call_id"),
            _time("ordered_at", required=True),
            _enum("status", "pending", "confirmed", "completed", "returned", "cancelled"),
            _time("status_at"),
            _int("amount_vnd", low=None),
            _int("quantity", low=None),
            _text("product"),
        ),
        moment=("ordered_at",),
        newer="status_at",
    ),
    Table(
        name="tickets",
        key=("ticket_id",),
        columns=(
            _id("ticket_id", required=True),
            _id("agent_id", required=True),
            _id("customer_id"),
            _time("opened_at"),
            _time("due_at"),
            _time("done_at"),
            _enum("status", "open", "done", "cancelled"),
            _bool("reopened"),
        ),
        moment=("opened_at", "due_at", "done_at"),
        days=(("due_date", "due_at"), ("done_date", "done_at")),
        newer="done_at",
        order=(("opened_at", "done_at"),),
    ),
    Table(
        name="surveys",
        key=("survey_id",),
        columns=(
            _id("survey_id", required=True),
            _id("agent_id", required=True),
            _id("customer_id"),
            _id("call_id"),
            _enum("kind", "csat", "nps", "ces"),
            _int("score", low=0, high=10),
            _time("answered_at", required=True),
        ),
        moment=("answered_at",),
    ),
    Table(
        name="reviews",
        key=("review_id",),
        columns=(
            _id("review_id", required=True),
            _id("agent_id", required=True),
            _id("call_id"),
            _int("score_bp", low=0, high=10_000),
            _bool("auto_fail"),
            _bool("final", empty=True),
            _time("reviewed_at", required=True),
        ),
        moment=("reviewed_at",),
    ),
    Table(
        name="exams",
        key=("exam_id",),
        columns=(
            _id("exam_id", required=True),
            _id("agent_id", required=True),
            _time("taken_at", required=True),
            _int("score_bp", low=0, high=10_000),
        ),
        moment=("taken_at",),
    ),
    Table(
        name="workdays",
        key=("agent_id", "date"),
        columns=(
            _id("agent_id", required=True),
            Column(name="date", type="date", required=True),
            _int("scheduled_s"),
            _int("worked_s"),
            _int("pause_s"),
            _enum("leave", "none", "annual", "sick", "maternity", "holiday", "unpaid", empty="none"),
        ),
        moment=("date",),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every fact table by name. Beyond single cells, a survey's score must lie in the range of its kind
(``SURVEY_RANGES``); an empty ``best_stage`` is the ``stage``; an empty ticket ``status`` is ``done``
when ``done_at`` is set, else ``open``."""
