"""Facts of a large company as Parquet files by month, written by DuckDB from row numbers: the same every time.

For 100 million calls there are 3 million orders and leads, 2 million tickets, 1 million surveys and, for each
agent and month, 10 reviews, an exam and 26 workdays. Files look as the facts store writes them: zstd, row groups
of 122,880, rows of a month in order of time. Each file is written beside its name and then renamed, so a run that
was interrupted goes on with the first file that is missing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from chot.core.periods import Period, parse
from chot.facts.engines.contract import stored_columns
from chot.facts.engines.dialect import Dialect
from chot.kpi.schema import TABLES

LAST = parse("2026-10")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Size:
    """How many calls in all, by how many agents, over how many months up to October 2026."""

    calls: int
    agents: int
    months: int

    @property
    def periods(self) -> list[Period]:
        """The months, the oldest first."""
        return [LAST.shifted(-back) for back in reversed(range(self.months))]

    def rows(self, for_100_million: int, month: int) -> range:
        """The numbers of a month's rows, in a table that has so many beside 100 million calls; together exactly as many."""
        whole = max(self.months, self.calls * for_100_million // 100_000_000)
        return range(whole * month // self.months, whole * (month + 1) // self.months)


class Files:
    """The written tables as a dataset; it knows the paths and opens nothing."""

    timezone = "Asia/Ho_Chi_Minh"
    warnings: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self._files = {name: sorted((folder / name).glob("**/*.parquet")) for name in TABLES}

    def source(self, name: str) -> list[Path]:
        """The files of a table, the oldest month first."""
        return self._files[name]

    parquet = source


def generate(folder: Path, size: Size, *, seconds: float = float("inf")) -> bool:
    """Write the files that are missing below ``folder``; False when the time was over before the last one."""
    done, until = folder / "complete", time.monotonic() + seconds
    if done.exists():
        return True
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    for number, period in enumerate(size.periods):
        for table, sql in _month(size, number, period).items():
            if time.monotonic() > until:
                return False
            _write(connection, table, sql, folder / table / f"month={period}" / "part-0.parquet")
    _write(connection, "agents", _agents(size), folder / "agents" / "part-0.parquet")
    done.touch()
    return True


def _write(connection: duckdb.DuckDBPyConnection, table: str, sql: str, path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".unfinished")
    types = Dialect.types
    known = [row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()]
    cells = [f"CAST({name if name in known else 'NULL'} AS {types[kind]}) AS {name}" for name, kind in stored_columns(table)]
    rows = f"SELECT {', '.join(cells)} FROM ({sql})"
    connection.execute(f"COPY ({rows}) TO '{beside}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
    beside.rename(path)


def _agents(size: Size) -> str:
    return f"""
        SELECT {_agent('i')} AS agent_id, 'Nhân viên ' || i AS name, 't' || (i // 20) AS team_id,
          CASE WHEN i % 3 = 0 THEN 'cskh' ELSE 'telesale' END AS role, DATE '2025-01-01' AS hired_on, DATE '2025-01-01' AS valid_from
        FROM range({size.agents}) t(i)"""


def _agent(number: str) -> str:
    return f"('a' || (10000 + {number}))"


def _pick(row: str, salt: int, below: int) -> str:
    """A number below ``below`` for a row: bits of its call's hash (``j``), its own (``i``), or of any number."""
    bits = {"j": "call_hash", "i": "row_hash"}.get(row, f"hash({row})")
    return f"CAST(({bits} >> {salt * 7 % 37}) % {below} AS BIGINT)"


def _one_of(row: str, salt: int, *values: tuple[str, int]) -> str:
    """A text by chance; the numbers are per cent and add up to 100."""
    cases, reached = [], 0
    for value, percent in values[:-1]:
        reached += percent
        cases.append(f"WHEN {_pick(row, salt, 100)} < {reached} THEN {value}")
    return f"CASE {' '.join(cases)} ELSE {values[-1][0]} END"


def _month(size: Size, number: int, period: Period) -> dict[str, str]:
    """The tables' rows of a month; ``i`` numbers a row, ``j`` the call it belongs to."""
    start = int(datetime.combine(period.first, datetime.min.time(), ZONE).timestamp())
    seconds = ((period.last - period.first).days + 1) * 86400
    calls = size.rows(100_000_000, number)
    customers = max(10, size.calls // 10)

    def call_at(row: str) -> str:
        return f"CAST({start} + ({row} - {calls.start}) * {seconds}::BIGINT // {len(calls)} AS BIGINT) * 1000000"

    def rows(for_100_million: int, columns: str, moment: str) -> str:
        own = size.rows(for_100_million, number)
        numbers = f"{own.start} + r AS i, {calls.start} + r * {max(1, len(calls) // len(own))} AS j"
        numbered = f"SELECT {numbers}, hash(j) AS call_hash, hash(i + 7) AS row_hash FROM range({len(own)}) t(r)"
        drawn = f"SELECT *, {_DIRECTION} AS way, {_OUTCOME} AS ending, {call_at('j')} AS call_us FROM ({numbered})"
        return f"SELECT *, {_local(moment)} AS local_date, '{period}' AS period FROM (SELECT {columns} FROM ({drawn}))"

    agent, customer = _agent(_pick("j", 1, size.agents)), f"'k' || {_pick('j', 2, customers)}"
    whole = {
        "calls": rows(100_000_000, _CALL.format(agent=agent, customer=customer), "started_at"),
        "leads": rows(3_000_000, _LEAD.format(agent=agent, customer=customer), "assigned_at"),
        "orders": rows(3_000_000, _ORDER.format(agent=agent, customer=customer), "ordered_at"),
        "tickets": rows(2_000_000, _TICKET.format(agent=agent, customer=customer), "opened_at"),
        "surveys": rows(1_000_000, _SURVEY.format(agent=agent, customer=customer), "answered_at"),
    }
    whole["tickets"] = f"SELECT *, {_local('due_at')} AS due_date, {_local('done_at')} AS done_date FROM ({whole['tickets']})"
    return whole | _of_agents(size, number, period, start)


def _of_agents(size: Size, number: int, period: Period, start: int) -> dict[str, str]:
    """The tables with so many rows for each agent and month."""
    at = f"make_timestamptz(CAST({start} + r % 2000000 AS BIGINT) * 1000000)"
    month = f"DATE '{period.first}' AS local_date, '{period}' AS period"
    return {
        "reviews": f"""
            SELECT 'r' || ({number * size.agents * 10} + r) AS review_id, {_agent('r // 10')} AS agent_id,
              {_pick('r', 31 + number, 10001)} AS score_bp, {_pick('r', 32, 20)} = 0 AS auto_fail, {_pick('r', 33, 10)} <> 0 AS final,
              {at} AS reviewed_at, {month} FROM range({size.agents * 10}) t(r)""",
        "exams": f"""
            SELECT 'e' || ({number * size.agents} + r) AS exam_id, {_agent('r')} AS agent_id,
              {at} AS taken_at, {_pick('r', 41 + number, 10001)} AS score_bp, {month}
            FROM range({size.agents}) t(r)""",
        "workdays": f"""
            SELECT {_agent('r // 26')} AS agent_id, d AS date, 28800 AS scheduled_s, 20000 + {_pick('r', 51, 9000)} AS worked_s,
              {_pick('r', 52, 3600)} AS pause_s, {_one_of('r', 53, ("'none'", 92), ("'annual'", 5), ("'sick'", 3))} AS leave,
              d AS local_date, '{period}' AS period
            FROM (SELECT r, CAST(DATE '{period.first}' + CAST(r % 26 AS INTEGER) AS DATE) AS d FROM range({size.agents * 26}) t(r))""",
    }  # fmt: skip


def _local(moment: str) -> str:
    return f"CAST(make_timestamp(epoch_us({moment}) + 25200000000) AS DATE)"


def _after(seconds: str) -> str:
    """The instant so many seconds after the call began."""
    return f"make_timestamptz(call_us + 1000000::BIGINT * ({seconds}))"


_DIRECTION = _one_of("j", 3, ("'out'", 68), ("'in'", 30), ("'internal'", 2))
_OUTCOME = _one_of("j", 4, ("'answered'", 60), ("'no_answer'", 22), ("'busy'", 6), ("'abandoned'", 10), ("'voicemail'", 2))
_DISPOSITION = _one_of("j", 5, ("'interested'", 15), ("'callback'", 15), ("'refused'", 50), ("'wrong_number'", 5), ("NULL", 15))

_CALL = f"""
    'c' || j AS call_id, CASE WHEN ending = 'abandoned' AND way = 'in' AND {_pick('j', 16, 4)} > 0 THEN NULL ELSE {{agent}} END AS agent_id,
    CASE WHEN way = 'in' THEN 't' || ({_pick('j', 1, 500)}) END AS team_id, {{customer}} AS customer_id,
    CASE WHEN way = 'in' THEN 'q' || ({_pick('j', 6, 20)}) END AS queue_id, 'm' || ({_pick('j', 7, 40)}) AS campaign_id,
    way AS direction, {_after('0')} AS started_at,
    CASE WHEN ending = 'answered' THEN {_after(_pick('j', 8, 40))} END AS answered_at,
    {_after('40 + ' + _pick('j', 9, 600))} AS ended_at, {_pick('j', 10, 40)} AS ring_s,
    CASE WHEN way = 'in' THEN {_pick('j', 8, 40)} END AS wait_s,
    CASE WHEN ending = 'answered' THEN {_pick('j', 9, 600)} END AS talk_s,
    CASE WHEN ending = 'answered' THEN {_pick('j', 11, 30)} END AS hold_s,
    CASE WHEN ending = 'answered' THEN {_pick('j', 12, 90)} END AS wrap_s, ending AS outcome,
    CASE WHEN {_pick('j', 13, 2)} = 0 THEN 'agent' ELSE 'customer' END AS hangup_by,
    CASE WHEN ending = 'answered' THEN {_DISPOSITION} END AS disposition,
    CASE WHEN ending = 'answered' THEN {_pick('j', 14, 5)} END AS fields_collected,
    CASE WHEN way = 'out' THEN {_pick('j', 15, 1200)} END AS charge_vnd"""

_LEAD = f"""
    'l' || i AS lead_id, {{agent}} AS agent_id, {{customer}} AS customer_id, {_after('0')} AS assigned_at,
    {_one_of('i', 61, ("'new'", 20), ("'contacted'", 30), ("'interested'", 15), ("'won'", 15), ("'lost'", 20))} AS stage,
    {_one_of('i', 61, ("'new'", 20), ("'contacted'", 30), ("'interested'", 15), ("'won'", 15), ("'trial'", 20))} AS best_stage"""

_ORDER = f"""
    'o' || i AS order_id, {{agent}} AS agent_id, {{customer}} AS customer_id,
    CASE WHEN {_pick('i', 71, 10)} < 8 THEN 'c' || j END AS call_id, {_after('0')} AS ordered_at,
    {_one_of('i', 72, ("'completed'", 55), ("'confirmed'", 15), ("'pending'", 10), ("'returned'", 8), ("'cancelled'", 12))} AS status,
    {_after('86400')} AS status_at, 50000 + 1000 * {_pick('i', 73, 3000)} AS amount_vnd,
    1 + {_pick('i', 74, 3)} AS quantity, 'p' || ({_pick('i', 75, 200)}) AS product"""

_TICKET = f"""
    'q' || i AS ticket_id, {{agent}} AS agent_id, {{customer}} AS customer_id, {_after('0')} AS opened_at,
    {_after('86400 + 86400 * ' + _pick('i', 81, 3))} AS due_at,
    CASE WHEN {_pick('i', 82, 20)} > 0 THEN {_after('3600 * ' + _pick('i', 83, 120))} END AS done_at,
    CASE WHEN {_pick('i', 82, 20)} > 0 THEN 'done' ELSE 'open' END AS status, {_pick('i', 84, 15)} = 0 AS reopened"""

_SURVEY = f"""
    's' || i AS survey_id, {{agent}} AS agent_id, {{customer}} AS customer_id, 'c' || j AS call_id,
    {_one_of('i', 91, ("'csat'", 60), ("'nps'", 25), ("'ces'", 15))} AS kind,
    CASE WHEN {_pick('i', 92, 20)} > 0 THEN 1 + {_pick('i', 93, 5)}
      + CASE WHEN {_pick('i', 91, 100)} BETWEEN 60 AND 84 THEN {_pick('i', 94, 6)} ELSE 0 END END AS score,
    {_after('0')} AS answered_at"""
