"""Taking in: what a cell means, which row is refused and why, and on which local day a fact lies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.facts.intake import LINE, arrow_schema, conform, header_problems, header_warnings
from chot.facts.local_days import local_day
from chot.kpi.schema import TABLES

CALL = {"call_id": "c1", "direction": "in", "started_at": "2026-10-31T23:30:00+07:00", "outcome": "answered"}
SURVEY = {"survey_id": "s1", "agent_id": "a1", "kind": "csat", "score": "5", "answered_at": "2026-10-01T08:00:00Z"}
ORDER = {"order_id": "o1", "agent_id": "a1", "ordered_at": "2026-10-01T08:00:00Z"}
TICKET = {"ticket_id": "t1", "agent_id": "a1", "opened_at": "2026-10-01T08:00:00Z"}


def take(table: str, *rows: dict[str, object]) -> tuple[list[dict], list[tuple[int, str, str, str]]]:
    """Rows by name and rejects as (line, column, value, reason); the first row is line 2."""
    names = {name for row in rows for name in row}
    cells = {name: [row.get(name) for row in rows] for name in names}
    typed, rejects = conform(TABLES[table], cells, range(2, 2 + len(rows)))
    return typed.to_pylist(), [(each.line, each.column, each.value, each.reason) for each in rejects]


def reason(table: str, row: dict[str, object]) -> tuple[str, str]:
    kept, rejects = take(table, row)
    assert not kept and len(rejects) == 1
    return rejects[0][1], rejects[0][3]


def test_a_call_is_typed_with_its_local_day_and_missing_cells_stay_unknown():
    (row,), rejects = take("calls", {**CALL, "call_id": "  c1 ", "talk_s": "007", "agent_id": "", "disposition": "Nguye\u0302\u0303n"})
    assert not rejects
    assert row["call_id"] == "c1" and row["talk_s"] == 7 and row["agent_id"] is None and row["disposition"] == "Nguy\u1ec5n"
    assert row["started_at"] == datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    assert row["local_date"] == date(2026, 10, 31) and row["period"] == "2026-10" and row[LINE] == 2
    assert row["wait_s"] is None and row["ended_at"] is None


def test_the_columns_are_those_of_the_contract_whatever_came():
    typed, _ = conform(TABLES["calls"], {name: [value] for name, value in CALL.items()} | {"extra": ["x"]}, [2])
    assert typed.schema.names == [*arrow_schema(TABLES["calls"]).names, LINE]


@pytest.mark.parametrize(
    "text",
    ["2026-10-31T16:30:00Z", "2026-10-31 16:30:00Z", "2026-10-31T23:30:00+0700", "2026-10-31T23:30+07:00", "2026-10-31T23:30:00.000+07"],
)
def test_a_time_may_be_written_in_any_iso_form_with_an_offset(text):
    (row,), _ = take("calls", {**CALL, "started_at": text})
    assert row["started_at"] == datetime(2026, 10, 31, 16, 30, tzinfo=UTC)


def test_fractions_of_a_second_are_kept_to_the_microsecond():
    (row,), _ = take("calls", {**CALL, "started_at": "2026-10-01T00:00:00.123456789Z"})
    assert row["started_at"].microsecond == 123456


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-10-31T23:30:00", "has no offset. Write it as 2026-10-01T08:00:00+07:00"),
        ("2026-10-31", "has no offset. Write it as 2026-10-01T08:00:00+07:00"),
        ("31/10/2026 23:30", "is not a time. Write it as 2026-10-01T08:00:00+07:00"),
        ("2026-02-30T08:00:00Z", "is not a time. Write it as 2026-10-01T08:00:00+07:00"),
        ("2026-10-31T24:00:00Z", "is not a time. Write it as 2026-10-01T08:00:00+07:00"),
        ("0026-10-31T23:30:00Z", "lies outside the years 1900 to 2199"),
    ],
)
def test_a_bad_time_is_rejected_with_what_to_write(text, why):
    assert reason("calls", {**CALL, "started_at": text}) == ("started_at", why)


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        ({"call_id": " "}, "call_id", "is missing"),
        ({"direction": "inn"}, "direction", "is not a known direction. Did you mean 'in'?"),
        ({"outcome": "Answered"}, "outcome", "is not a known outcome. Did you mean 'answered'?"),
        ({"talk_s": "-1"}, "talk_s", "is negative"),
        ({"talk_s": "1.5"}, "talk_s", "is not a whole number. Write plain digits"),
        ({"talk_s": "1 000"}, "talk_s", "is not a whole number. Write plain digits"),
        ({"talk_s": "9" * 30}, "talk_s", "is not a whole number. Write plain digits"),
        ({"ended_at": "2026-10-31T23:29:59+07:00"}, "ended_at", "lies before started_at"),
        ({"customer_id": "a\0b"}, "customer_id", "holds a NUL byte"),
    ],
)
def test_a_bad_call_is_rejected_with_its_first_problem(cells, column, why):
    assert reason("calls", {**CALL, **cells}) == (column, why)


def test_one_reject_per_row_and_good_rows_beside_it_stay():
    kept, rejects = take("calls", CALL, {**CALL, "direction": "x", "talk_s": "-1"}, {**CALL, "call_id": "c3"})
    assert [row["call_id"] for row in kept] == ["c1", "c3"]
    assert rejects == [(3, "direction", "x", "is not a known direction. Known names: in, internal, out")]


@pytest.mark.parametrize(
    ("kind", "score", "why"),
    [
        ("csat", "0", "is outside 1 to 5, the range of csat"),
        ("nps", "11", "is more than 10"),
        ("ces", "8", "is outside 1 to 7, the range of ces"),
    ],
)
def test_a_score_outside_its_range_is_rejected(kind, score, why):
    assert reason("surveys", {**SURVEY, "kind": kind, "score": score}) == ("score", why)


def test_scores_at_the_edges_and_without_a_kind_are_taken_in():
    kept, rejects = take("surveys", *({**SURVEY, "kind": kind, "score": score} for kind, score in
                                      [("csat", "1"), ("nps", "0"), ("nps", "10"), ("ces", "7"), ("", "9"), ("csat", "")]))  # fmt: skip
    assert [row["score"] for row in kept] == [1, 0, 10, 7, 9, None] and not rejects


def test_booleans_are_true_or_false_and_empty_means_what_the_contract_says():
    review = {"review_id": "r", "agent_id": "a", "reviewed_at": "2026-10-01T08:00:00Z"}
    kept, rejects = take("reviews", review, {**review, "auto_fail": "true", "final": "false"}, {**review, "final": "yes"})
    assert [(row["auto_fail"], row["final"]) for row in kept] == [(False, True), (True, False)]
    assert rejects == [(4, "final", "yes", "is neither true nor false")]


def test_what_empty_cells_of_leads_tickets_and_workdays_mean():
    lead = {"lead_id": "l", "agent_id": "a", "assigned_at": "2026-10-01T08:00:00Z"}
    leads = take("leads", {**lead, "stage": "won"}, {**lead, "stage": "lost", "best_stage": "trial"}, lead)[0]
    assert [row["best_stage"] for row in leads] == ["won", "trial", None]
    done = {**TICKET, "done_at": "2026-10-02T08:00:00Z"}
    assert [row["status"] for row in take("tickets", TICKET, done, {**done, "status": "cancelled"})[0]] == ["open", "done", "cancelled"]
    assert take("workdays", {"agent_id": "a", "date": "2026-10-05"})[0][0]["leave"] == "none"


def test_a_ticket_lies_on_the_first_known_of_its_days_and_keeps_the_others():
    late = {"ticket_id": "t", "agent_id": "a", "due_at": "2026-10-31T18:00:00Z", "done_at": "2026-11-30T17:00:00Z"}
    (row,), _ = take("tickets", late)
    assert (row["local_date"], row["due_date"], row["done_date"]) == (date(2026, 11, 1), date(2026, 11, 1), date(2026, 12, 1))
    assert reason("tickets", {"ticket_id": "t", "agent_id": "a"})[0] == "opened_at"


def test_dates_are_checked_as_dates_and_an_end_before_its_start_is_refused():
    agent = {"agent_id": "a", "hired_on": "2026-10-01"}
    assert reason("agents", {**agent, "left_on": "2026-09-30"}) == ("left_on", "lies before hired_on")
    assert reason("agents", {**agent, "hired_on": "1/10/2026"}) == ("hired_on", "is not a date. Write it as 2026-10-01")
    assert reason("agents", {**agent, "hired_on": "2026-02-29"})[0] == "hired_on"
    assert take("agents", {**agent, "valid_to": "9999-12-31"})[0][0]["valid_to"] == date(9999, 12, 31)


def test_amounts_of_orders_may_be_negative():
    assert take("orders", {**ORDER, "amount_vnd": "-500000"})[0][0]["amount_vnd"] == -500000


def typed(table: str, columns: dict[str, pa.Array]) -> tuple[list[dict], list[tuple[str, str]]]:
    rows, rejects = conform(TABLES[table], columns, range(1, 1 + len(next(iter(columns.values())))))
    return rows.to_pylist(), [(each.column, each.reason) for each in rejects]


def test_typed_columns_are_taken_as_they_are():
    moment = pa.array([datetime(2026, 10, 1, 8, tzinfo=UTC)] * 2, pa.timestamp("ns", "Europe/Paris"))
    rows, rejects = typed("orders", {
        "order_id": pa.array([1, 2]), "agent_id": pa.array(["a", "a"]).dictionary_encode(), "ordered_at": moment,
        "amount_vnd": pa.array([Decimal("5.00"), Decimal("7.00")]), "quantity": pa.array([1.0, 2.0]),
    })  # fmt: skip
    assert not rejects
    assert [(row["order_id"], row["amount_vnd"], row["quantity"]) for row in rows] == [("1", 5, 1), ("2", 7, 2)]
    assert rows[0]["ordered_at"] == datetime(2026, 10, 1, 8, tzinfo=UTC)


def test_typed_columns_that_say_too_little_are_rejected():
    order = {"order_id": pa.array(["1"]), "agent_id": pa.array(["a"]), "ordered_at": pa.array(["2026-10-01T08:00:00Z"])}
    naive = pa.array([datetime(2026, 10, 1, 8)], pa.timestamp("us"))
    assert typed("orders", {**order, "ordered_at": naive})[1] == [("ordered_at", "has no offset. Write it as 2026-10-01T08:00:00+07:00")]
    assert typed("orders", {**order, "amount_vnd": pa.array([1.5])})[1] == [("amount_vnd", "is not a whole number. Write plain digits")]
    assert typed("orders", {**order, "product": pa.array([["x"]])})[1] == [("product", "is not text")]


def test_the_local_day_follows_the_zone_of_the_company_through_its_changes():
    zone = "Europe/Paris"  # summer time ends on 2026-10-25 at 01:00 UTC
    moments = [(24, 21, 59), (24, 22, 0), (25, 22, 59), (25, 23, 0)]
    instants = [datetime(2026, 10, day, hour, minute, tzinfo=UTC) for day, hour, minute in moments]
    days = local_day(pa.array(instants, pa.timestamp("us", "UTC")), zone).to_pylist()
    assert [day.day for day in days] == [24, 25, 25, 26]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.datetimes(datetime(1901, 1, 1), datetime(2198, 12, 31)), min_size=1, max_size=5),
       st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Paris", "America/New_York", "Africa/Casablanca", "Pacific/Apia"]))  # fmt: skip
def test_the_local_day_is_that_of_the_standard_library(instants, zone):
    aware = [each.replace(tzinfo=UTC) for each in instants]
    days = local_day(pa.array(aware, pa.timestamp("us", "UTC")), zone).to_pylist()
    assert days == [each.astimezone(ZoneInfo(zone)).date() for each in aware]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(TABLES["calls"].names), st.none() | st.text(max_size=12)), min_size=1, max_size=6))
def test_any_text_is_taken_in_or_rejected_row_by_row(rows):
    kept, rejects = take("calls", *rows, {})
    assert len(kept) + len(rejects) == len(rows) + 1
    assert len({line for line, *_ in rejects}) == len(rejects)


def test_a_missing_required_column_names_the_nearest_and_a_double_one_is_refused():
    problems = header_problems(TABLES["calls"], ["call_id", "direction", "start_at", "outcome", "outcome"], "calls.csv")
    assert [str(problem) for problem in problems] == [
        "calls.csv:1: outcome: this column stands twice in the header. Keep one.",
        "calls.csv:1: started_at: the table calls needs this column. Is it 'start_at'? Rename that column.",
    ]


def test_an_unknown_column_is_named_once_and_derived_ones_are_not():
    said = header_warnings(TABLES["calls"], ["call_id", "talk_sec", "period", "local_date", "month"], "calls.csv")
    assert said == ["calls.csv:1: column 'talk_sec' is not a column of calls and is ignored. Did you mean 'talk_s'?"]
