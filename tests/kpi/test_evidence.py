"""Every counted number opens to its rows: evidence re-adds to what the engine counts, for every measure, group and plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chot.core.errors import InternalError
from chot.core.periods import Period, parse
from chot.facts.engines.duckdb import DuckDB
from chot.facts.source import FolderFacts
from chot.kpi.catalogue import METRICS
from chot.kpi.evidence import Evidence, Whose, checked, evidence, moment_column, row_id
from chot.kpi.evidence_linked import SOUGHT
from chot.kpi.explain_everyone import RowsOfEveryone
from chot.kpi.measures import Condition, Measure
from chot.kpi.people import People, outside_days
from chot.kpi.plan import Plan
from chot.kpi.plan_loading import load_plan
from chot.kpi.row_sources import RememberedRows
from chot.kpi.source import Row
from chot.kpi.wording import measure_words
from tests.facts.engines import generated
from tests.facts.engines.dataset import Rows

MEASURES = {measure.name: measure for metric in METRICS.values() for measure in metric.measures}
OCTOBER = parse("2026-10")
PLAN = """plan: p
title: p
role: telesale
period: month
starts: 2026-10-01
ends: 2026-12-31
supervisor: lan
bonus_vnd: 1
items:
  - {metric: revenue, weight: 100, target: 1, scale: s}
scales:
  s: {mode: linear, points: [[0%, 0%], [100%, 100%]]}
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    path = tmp_path_factory.mktemp("plan") / "plan.yaml"
    path.write_text(PLAN)
    return load_plan(path, metrics=METRICS)


@pytest.fixture(scope="module", params=range(4))
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FolderFacts]:
    """Facts crowded around the edges: few people, many roles, times at midnight, empty cells."""
    rows = Rows(generated.tables(request.param), tmp_path_factory.mktemp("facts"))
    with FolderFacts(rows, DuckDB(rows)) as opened:
        yield opened


def groups(people: People, facts: FolderFacts) -> Iterator[tuple[str, str, str]]:
    """Scope, agent and team: every agent of the facts, every team, the company."""
    agents = {str(row["agent_id"]) for row in facts.rows("calls", day="local_date", first=date.min, last=date.max, agent_id=None)}
    yield from (("own", agent, "") for agent in sorted(agents - {"None"}))
    teams = {row.team_id for agent in people.ids for row in people.rows(agent)}
    yield from (("team", "", team) for team in sorted(teams - {""}))
    yield "company", "", ""


def opened(name: str, facts: FolderFacts, plan: Plan, scope: str, agent: str, team: str, period: Period = OCTOBER) -> Evidence:
    whose = Whose(plan=plan, people=People(list(facts.agents())), scope=scope, agent_id=agent, team_id=team)
    return evidence(MEASURES[name], period, facts, whose)


@pytest.mark.parametrize("period", [OCTOBER, parse("2026-11")], ids=str)
def test_evidence_adds_up_to_the_engine(facts: FolderFacts, plan: Plan, period: Period) -> None:
    """Own figures without outside days, the team's, the company's: every measure of the catalogue."""
    people, measures, remembered = People(list(facts.agents())), list(MEASURES.values()), RememberedRows(facts)
    engine = {
        "own": facts.measure(measures, period, outside=outside_days(people, plan)),
        "team": facts.measure(measures, period, grain="team"), "company": facts.measure(measures, period, grain="company"),
    }  # fmt: skip
    nonzero = set()
    for scope, agent, team in groups(people, facts):
        whose = Whose(plan=plan, people=people, scope=scope, agent_id=agent, team_id=team)
        for measure in measures:
            found = evidence(measure, period, remembered, whose)
            assert found.value == engine[scope].get(agent or team or "company", measure.name), (measure.name, scope, agent, team)
            assert found.value == sum(added for _, added in found.counted)
            nonzero |= {measure.name} if found.value else set()
    assert len(nonzero) > len(measures) * 0.8, set(MEASURES) - nonzero  # the facts do reach the measures


def test_every_row_of_the_window_is_counted_or_says_why_not(facts: FolderFacts, plan: Plan) -> None:
    """Nothing is silently dropped: counted and not counted together are the rows of the agent and period."""
    for name in ("counted_amount", "answered_calls", "reached_customers", "resolved_first", "repeat_again", "best_exam_bp"):
        measure, period = MEASURES[name], parse("2026-07") if name == "repeat_again" else OCTOBER
        rows = facts.rows(measure.table, day=measure.day, first=period.first, last=period.last, agent_id="a1")
        found = opened(name, facts, plan, "own", "a1", "")
        seen = [row_id(measure, row) for row in (*(row for row, _ in found.counted), *(row for row, _ in found.left_out))]
        assert sorted(seen) == sorted(row_id(measure, row) for row in rows), name
        assert all(reason.vi and reason.en for _, reason in found.left_out)


def test_outside_days_are_named_with_role_and_team(facts: FolderFacts, plan: Plan) -> None:
    """A fact of a day in another role does not count, whatever it is, and says so."""
    people = People(list(facts.agents()))
    shown = 0
    for agent in people.ids:
        for row, reason in opened("answered_calls", facts, plan, "own", agent, "").left_out:
            day = row["local_date"]
            assert isinstance(day, date)
            on_day = people.on(agent, day)
            outside = on_day is not None and on_day.role != "telesale"
            assert ("kế hoạch này không áp dụng" in reason.vi) == outside
            assert not outside or f"vai trò {on_day.role}" in reason.vi  # type: ignore[union-attr]
            shown += outside
    assert shown


def test_rows_stand_in_the_order_in_which_they_happened(facts: FolderFacts, plan: Plan) -> None:
    for name in ("answered_calls", "counted_amount", "done_tickets"):
        column = moment_column(MEASURES[name])
        times = [row[column] for row, _ in opened(name, facts, plan, "company", "", "").counted]
        assert times == sorted(times)  # type: ignore[type-var]
        assert len(times) > 2


def test_a_row_too_few_is_found_out(facts: FolderFacts, plan: Plan) -> None:
    """The rows are a second computation: tampering with them is an error of ours, never a statement."""
    found = opened("answered_calls", facts, plan, "company", "", "")
    assert checked(found, found.value, who="company") is found
    with pytest.raises(InternalError, match=f"answered_calls of company: the engine counted {found.value + 1}, its rows add to {found.value}"):
        checked(found, found.value + 1, who="company")


def test_rows_read_for_everyone_are_those_that_each_would_read(facts: FolderFacts, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """One question for each measure over two tables by customer, and the same evidence of every agent, to the order of its rows."""
    linked = [measure for measure in MEASURES.values() if measure.link in SOUGHT]
    people, asked, ask = People(list(facts.agents())), list[str](), facts.rows_where

    def counting(table: str, *arguments: Any, **named: Any) -> Sequence[Row]:
        asked.append(table)
        return ask(table, *arguments, **named)

    agents = [agent for scope, agent, _team in groups(people, facts) if scope == "own"]
    whose = [Whose(plan=plan, people=people, scope="own", agent_id=agent, team_id="") for agent in agents]
    alone = [evidence(measure, OCTOBER, facts, each) for each in whose for measure in linked]
    monkeypatch.setattr(facts, "rows_where", counting)
    everyone = RowsOfEveryone(facts, linked, OCTOBER)
    assert [evidence(measure, OCTOBER, everyone, each) for each in whose for measure in linked] == alone
    assert sorted(asked) == ["calls", "orders"] and len(agents) > 2 and any(found.value for found in alone)


def spoiled(path: Path) -> None:
    """A Parquet file whose rows can no longer be read; what it says of them (its footer) can."""
    held = path.read_bytes()
    footer = len(held) - 8 - int.from_bytes(held[-8:-4], "little")
    path.write_bytes(held[:4] + bytes(footer - 4) + held[footer:])


def test_months_whose_calls_or_orders_cannot_matter_are_not_read(plan: Plan, tmp_path: Path) -> None:
    """Tickets opened in October look at no call of August or December; orders of July at none later than October."""
    def call(day: str) -> dict[str, str]:
        return {"call_id": f"k{day}", "agent_id": "a1", "customer_id": "c", "direction": "in", "outcome": "answered",
                "started_at": f"2026-{day}T09:00:00+07:00", "ended_at": f"2026-{day}T09:05:00+07:00"}  # fmt: skip

    def order(day: str) -> dict[str, str]:
        return {"order_id": f"o{day}", "agent_id": "a1", "customer_id": "c", "status": "confirmed", "amount_vnd": "1",
                "ordered_at": f"2026-{day}T09:00:00+07:00"}  # fmt: skip

    ticket = {"ticket_id": "t", "agent_id": "a1", "customer_id": "c", "status": "done",
              "opened_at": "2026-10-02T09:00:00+07:00", "done_at": "2026-10-20T09:00:00+07:00"}  # fmt: skip
    days = ("08-03", "10-05", "12-03")
    dataset = Rows({"agents": [{"agent_id": "a1", "role": "telesale", "hired_on": "2026-01-01"}], "calls": [call(day) for day in days],
                    "orders": [order(day) for day in ("05-03", "07-05", "08-03", "12-03")], "tickets": [ticket]}, tmp_path, hive=True)  # fmt: skip
    needless = [path for table, months in (("calls", ("08", "12")), ("orders", ("05", "12"))) for path in dataset.parquet(table)
                if any(f"month=2026-{month}" in str(path) for month in months)]  # fmt: skip
    assert len(needless) == 4
    for path in needless:
        spoiled(path)
    with FolderFacts(dataset, DuckDB(dataset)) as facts:
        for name in ("resolved_first", "repeat_again"):  # the second of October looks at the customers of July
            assert opened(name, facts, plan, "own", "a1", "").value == 1
        for table in ("calls", "orders"):
            with pytest.raises(duckdb.Error):
                facts.rows_where(table, "customer_id", ["c"])


def test_every_measure_of_the_catalogue_has_words() -> None:
    """A payslip never shows a measure's name."""
    for name, measure in MEASURES.items():
        words = measure_words(measure)
        assert "_" not in words.vi + words.en, name
        assert words.vi != words.en, name
        assert not words.vi.startswith(("Số ", "Tổng số ")), f"{name} has no words of its own"
    assert len({measure_words(measure).vi for measure in MEASURES.values()}) == len(MEASURES)


@pytest.mark.parametrize(
    ("where", "row", "vi", "en"),
    [
        (Condition("status", "in", ("confirmed", "completed")), {"status": "returned"},
         "trạng thái là bị hoàn (chỉ tính đã xác nhận, hoàn thành)", "status is returned (counted: confirmed, completed)"),
        (Condition("status", "not in", ("cancelled",)), {"status": "cancelled"}, "trạng thái là đã hủy", "status is cancelled"),
        (Condition("talk_s", ">=", 30), {"talk_s": 29}, "thời gian nói dưới 30 giây", "talk time below 30 s"),
        (Condition("talk_s", ">=", 30), {"talk_s": None}, "không có thời gian nói", "no talk time"),
        (Condition("wait_s", "<=", 20), {"wait_s": 21}, "thời gian khách chờ trên 20 giây", "waiting time above 20 s"),
        (Condition("wait_s", ">", 5), {"wait_s": 5}, "thời gian khách chờ không quá 5 giây", "waiting time at most 5 s"),
        (Condition("amount_vnd", "<", 1000000), {"amount_vnd": 1000000},
         "tiền đơn hàng từ 1.000.000 ₫ trở lên", "order amount at least 1,000,000 ₫"),
        (Condition("score", "known"), {}, "không có điểm", "no score"),
        (Condition("final", "in", (True,)), {"final": False}, "kết quả chính thức là không (chỉ tính có)", "final is no (counted: yes)"),
        (Condition("done_at", "<= column", "due_at"), {"done_at": 2, "due_at": 1}, "thời điểm xong sau hạn xử lý", "done time after due time"),
        (Condition("done_at", "<= column", "due_at"), {"done_at": None, "due_at": 1}, "không có thời điểm xong", "no done time"),
    ],
)  # fmt: skip
def test_reasons_in_words(where: Condition, row: Row, vi: str, en: str) -> None:
    from chot.kpi.wording import failed

    assert (failed(where, row).vi, failed(where, row).en) == (vi, en)


def test_a_companys_own_measure_is_worded_from_its_conditions() -> None:
    long_calls = Measure(name="long_calls", table="calls", where=(
        Condition("direction", "in", ("in", "out")), Condition("outcome", "in", ("answered",)), Condition("talk_s", ">=", 300),
    ))  # fmt: skip
    assert measure_words(long_calls).vi == "Số cuộc gọi, kết quả cuộc gọi: được trả lời, thời gian nói từ 300 giây trở lên"
    paid = Measure(name="paid", table="orders", kind="sum", column="amount_vnd", where=(Condition("product", "in", ("Trà",)),))
    assert measure_words(paid).en == "Sum of order amount, product: Trà"
