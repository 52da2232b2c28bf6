"""Facts as plain typed rows; days, employment and calendars, sentence by sentence from the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Folder = Mapping[str, Sequence[Mapping[str, str]]]

COLUMNS = {
    "agents": "agent_id name team_id role hired_on left_on base_pay_vnd wage_region valid_from valid_to",
    "calls": "call_id agent_id team_id customer_id queue_id campaign_id direction started_at answered_at ended_at ring_s wait_s talk_s"
    " hold_s wrap_s outcome hangup_by disposition fields_collected charge_vnd line_id",
    "leads": "lead_id agent_id customer_id assigned_at stage stage_at best_stage",
    "orders": "order_id agent_id customer_id call_id ordered_at status status_at amount_vnd quantity product",
    "tickets": "ticket_id agent_id customer_id opened_at due_at done_at status reopened",
    "surveys": "survey_id agent_id customer_id call_id kind score answered_at",
    "reviews": "review_id agent_id call_id score_bp auto_fail final reviewed_at",
    "exams": "exam_id agent_id taken_at score_bp",
    "workdays": "agent_id date scheduled_s worked_s pause_s leave",
}
DATES = {"hired_on", "left_on", "valid_from", "valid_to", "date"}
BOOLEANS = {"reopened", "auto_fail", "final"}
WHOLE_NUMBERS = {"score", "quantity", "fields_collected"}
ENDINGS_OF_WHOLE_NUMBERS = ("_s", "_vnd", "_bp")
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def typed(name: str, text: str) -> Any:
    """"Times are ISO 8601 with offset; money is whole đồng; ids are text; booleans true/false, empty = false
    (but an empty or missing `final` is true)." """
    if name in BOOLEANS:
        return text == "true" or (name == "final" and text == "")
    if name in DATES:
        return date.fromisoformat(text) if text else None
    if name.endswith("_at"):
        return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
    if name in WHOLE_NUMBERS or name.endswith(ENDINGS_OF_WHOLE_NUMBERS):
        return int(text) if text else None
    return text


def local_day(moment: datetime) -> date:
    """"in the company's time zone, default Asia/Ho_Chi_Minh" """
    return moment.astimezone(HANOI).date()


def settled(rows: Iterable[Row], key: str, newer: str) -> list[Row]:
    """"The same id again: an equal row is a duplicate and changes nothing; a different one replaces orders, leads and
    tickets when its status_at, stage_at or done_at is later, and is otherwise rejected." """
    kept: dict[str, Row] = {}
    for row in rows:
        old = kept.get(row[key])
        if old is None or (newer and old[newer] and row[newer] and row[newer] > old[newer]):
            kept[row[key]] = row
    return list(kept.values())


@dataclass(frozen=True)
class Period:
    """A month, quarter or ISO week with its days."""

    name: str
    kind: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=count) for count in range((self.last - self.first).days + 1)]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def earlier(self, count: int) -> Period:
        """The period ``count`` periods before this one."""
        period = self
        for _ in range(count):
            period = period_of(period.first - timedelta(days=1), self.kind)
        return period


def period_of(day: date, kind: str) -> Period:
    """The period of ``kind`` in which ``day`` lies."""
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Period(f"{year}-W{week:02}", kind, first, first + timedelta(days=6))
    length = {"month": 1, "quarter": 3}[kind]
    month = (day.month - 1) // length * length + 1
    first = date(day.year, month, 1)
    after = date(day.year + (month + length > 12), (month + length - 1) % 12 + 1, 1)
    name = f"{day.year}-{month:02}" if kind == "month" else f"{day.year}-Q{(month + 2) // 3}"
    return Period(name, kind, first, after - timedelta(days=1))


def period_called(name: str) -> Period:
    """"month (2026-10) | quarter (2026-Q4) | week (2026-W41, ISO)" """
    year, rest = int(name[:4]), name[5:]
    if rest[0] == "Q":
        return period_of(date(year, int(rest[1:]) * 3, 1), "quarter")
    if rest[0] == "W":
        return period_of(date.fromisocalendar(year, int(rest[1:]), 1), "week")
    return period_of(date(year, int(rest), 1), "month")


class Facts:
    """Every table of a data folder as typed rows. "A missing table is an empty table." """

    def __init__(self, folder: Folder) -> None:
        self.tables: dict[str, list[Row]] = {}
        newer = {"orders": "status_at", "leads": "stage_at", "tickets": "done_at"}
        for table, columns in COLUMNS.items():
            rows = [{name: typed(name, row.get(name) or "") for name in columns.split()} for row in folder.get(table, ())]
            if table not in ("agents", "workdays"):
                rows = settled(rows, columns.split()[0], newer.get(table, ""))
            self.tables[table] = rows

    def agent_row(self, agent_id: str, day: date) -> Row | None:
        """"agents is effective-dated: valid_from inclusive, valid_to exclusive, empty = open" """
        for row in self.tables["agents"]:
            starts = row["valid_from"] is None or row["valid_from"] <= day
            goes_on = row["valid_to"] is None or day < row["valid_to"]
            if row["agent_id"] == agent_id and starts and goes_on:
                return row
        return None

    def employed(self, agent_id: str, day: date) -> bool:
        """"hired_on and left_on are the first and the last day worked, both inclusive"; "employed means between hired_on
        and left_on with an agents row" """
        row = self.agent_row(agent_id, day)
        if row is None:
            return False
        return (row["hired_on"] is None or row["hired_on"] <= day) and (row["left_on"] is None or day <= row["left_on"])

    def workday(self, agent_id: str, day: date) -> Row | None:
        """The roster row of an agent's day."""
        for row in self.tables["workdays"]:
            if row["agent_id"] == agent_id and row["date"] == day:
                return row
        return None

    def agent_ids(self) -> list[str]:
        """Every agent with an agents row, in order of agent_id."""
        return sorted({row["agent_id"] for row in self.tables["agents"]})

    def is_working_day(self, agent_id: str, day: date, calendar: str | list[date]) -> bool:
        """"the working days of the period are those of the calendar: mon-sat, mon-fri, a list of dates, or roster (the
        agent's workdays with scheduled_s > 0; outside employment mon-sat)" """
        if isinstance(calendar, list):
            return day in calendar
        if calendar == "roster" and self.employed(agent_id, day):
            row = self.workday(agent_id, day)
            return row is not None and row["scheduled_s"] is not None and row["scheduled_s"] > 0
        return day.weekday() <= (4 if calendar == "mon-fri" else 5)
