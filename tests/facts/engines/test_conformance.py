"""Every engine gives the golden cases' integers, all of them and no others; cuts are what rows say, and listings add up to them.

In one file, so that one worker has the only Spark.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from chot.core.errors import InternalError
from chot.core.periods import between, parse
from chot.facts.engines.contract import Engine
from chot.facts.engines.registry import open_engine
from chot.facts.source import FolderFacts
from chot.kpi.catalogue import METRICS
from chot.kpi.measures import CUT, Cut
from chot.kpi.schema import TABLES
from chot.kpi.source import Within
from tests.facts.engines import generated
from tests.facts.engines.cases import MEASURES, Asked, Case, cases
from tests.facts.engines.conftest import MARKS, Engines
from tests.facts.engines.dataset import Rows

OCTOBER = parse("2026-10")
CALLS = METRICS["calls_answered"].measures[0]
REVENUE, ORDERS = METRICS["revenue"].measures
CUTS: list[Cut] = ["day", "hour", "campaign", "queue", "campaign_day", "campaign_hour", "campaign_day_hour"]


def check(facts: FolderFacts, asked: Asked) -> None:
    """Keys in order, every column, every cell an exact 64-bit integer."""
    found = facts.measure(asked.measures, parse(asked.period), grain=asked.by, outside=asked.outside)  # type: ignore[arg-type]
    groups = [group for place, group in enumerate(asked.groups) if any(row[place] for row in asked.values.values())]
    assert found.keys == groups, "a group is there when one of the measures is not 0"
    assert {np.asarray(column).dtype for column in found.columns.values()} == {np.dtype(np.int64)}
    given = {name: tuple(found.get(group, name) for group in asked.groups) for name in found.columns}
    assert given == asked.values


ON_THE_CLUSTER = ("calls_without_order", "first_contact", "moves", "outside", "repeat_customers")
"""What could differ once rows lie on several machines: joins, windows, lent tables. One question of each there."""

EVERYWHERE = [
    pytest.param(name, case, marks=marks, id=f"{name}-{case.name}")
    for name, marks in MARKS.items()
    for case in cases()
    if name != "spark-standalone" or case.name in ON_THE_CLUSTER
]


ALL = [pytest.param(name, marks=marks) for name, marks in MARKS.items() if name != "spark-standalone"]
OTHERS = [pytest.param(name, marks=MARKS[name]) for name in ("postgres", "clickhouse", "spark")]


@pytest.mark.parametrize("name", OTHERS)
def test_generated_facts_measure_the_same_as_on_duckdb(name: str, engines: Engines, tmp_path: Path) -> None:
    dataset = Rows(generated.tables(seed=0, size=400), tmp_path, hive=True)
    found, expected = (_everything(engines.open(each, dataset), dataset) for each in (name, "duckdb"))
    assert found == expected


def _everything(engine: Engine, dataset: Rows) -> dict[str, list[object]]:
    with FolderFacts(dataset, engine) as facts:
        found = facts.measure(tuple(MEASURES.values()), parse("2026-10"), grain="team", outside=generated.outside(1))
    return {"keys": list(found.keys), **{name: list(column) for name, column in found.columns.items()}}


def _by_hand(facts: FolderFacts, cut: Cut, table: str) -> Counter[str]:
    measure = CALLS if table == "calls" else ORDERS
    found: Counter[str] = Counter()
    calls = {row["call_id"]: row for row in facts.rows_where("calls", "direction", ["in", "out", "internal"])}
    moment = "started_at" if table == "calls" else "ordered_at"
    for row in facts.rows(table, day="local_date", first=OCTOBER.first, last=OCTOBER.last, agent_id=None):
        if not measure.counts(row) or not row["agent_id"]:
            continue
        local = row[moment].astimezone(ZoneInfo(facts._dataset.timezone))  # type: ignore[attr-defined]
        call = row if table == "calls" else calls.get(row["call_id"], {})
        parts = {
            "day": str(row["local_date"]), "hour": str(row["local_date"].isoweekday() * 100 + local.hour),  # type: ignore[attr-defined]
            "campaign": call.get("campaign_id"), "queue": call.get("queue_id"),
        }  # fmt: skip
        part = CUT.join(str(parts[name] or "") for name in cut.split("_"))
        if all(parts[name] for name in cut.split("_")):
            found[f"{row['agent_id']}{CUT}{part}"] += 1
    return found


@pytest.mark.parametrize("name", ALL)
def test_cuts_are_what_rows_say(name: str, engines: Engines, tmp_path: Path) -> None:
    """Calls and orders by agent, cut every way."""
    dataset = Rows(generated.tables(seed=0, size=300), tmp_path, hive=True)
    with FolderFacts(dataset, engines.open(name, dataset)) as facts:
        for cut in CUTS:
            for table, measure in (("calls", CALLS), ("orders", ORDERS)):
                found = facts.measure_cut([measure], OCTOBER, grain="agent", cut=cut)
                assert dict(zip(found.keys, found.columns[measure.name], strict=True)) == _by_hand(facts, cut, table), (cut, table)


@pytest.mark.parametrize("name", ALL)
def test_listings_add_up_to_the_number(name: str, engines: Engines, tmp_path: Path) -> None:
    """Counted rows give the measure; counted and not counted are all rows of the group; pages do not overlap."""
    dataset = Rows(generated.tables(seed=1, size=300), tmp_path, hive=True)
    with FolderFacts(dataset, engines.open(name, dataset)) as facts:
        whole = facts.measure([CALLS, REVENUE], OCTOBER, grain="agent")
        for agent in whole.keys:
            rows, count, value = facts.listed(REVENUE, OCTOBER, grain="agent", key=agent, limit=1000)
            assert value == whole.get(agent, REVENUE.name) == sum(row["amount_vnd"] or 0 for row in rows)  # type: ignore[misc]
            assert len(rows) == count and all(REVENUE.counts(row) and row["agent_id"] == agent for row in rows)
            left, others, _sum = facts.listed(CALLS, OCTOBER, grain="agent", key=agent, counted=False, limit=1000)
            own = facts.rows("calls", day="local_date", first=OCTOBER.first, last=OCTOBER.last, agent_id=agent)
            assert not any(CALLS.counts(row) for row in left) and others + whole.get(agent, CALLS.name) == len(own)
        agent = max(whole.keys, key=lambda key: whole.get(key, CALLS.name))
        ends = whole.get(agent, CALLS.name)
        steps = [*range(0, ends, 3), ends, ends + 3, 297]  # the last three are beyond the end
        pages = [facts.listed(CALLS, OCTOBER, grain="agent", key=agent, limit=3, offset=step)[0] for step in steps]
        assert [len(page) for page in pages[-3:]] == [0, 0, 0]
        ids = [row["call_id"] for page in pages for row in page]
        assert len(set(ids)) == len(ids) == ends


@pytest.mark.parametrize("name", ALL)
def test_rows_within_moments_are_those_of_all_rows(name: str, engines: Engines, tmp_path: Path) -> None:
    """Both ends inclusive, over months; the month before the first moment can hold the beginning of a call."""
    dataset = Rows(generated.tables(seed=3, size=300), tmp_path, hive=True)
    with FolderFacts(dataset, engines.open(name, dataset)) as facts:
        rows = facts.rows_where("calls", "direction", ["in", "out"])
        ends = sorted(row["ended_at"] for row in rows if row["ended_at"])  # type: ignore[type-var]
        for first, last in ((20, -20), (len(ends) // 2, len(ends) // 2), (0, -1)):
            within = Within("ended_at", ends[first], ends[last])  # type: ignore[arg-type]
            expected = [row for row in rows if row["ended_at"] and within.first <= row["ended_at"] <= within.last]  # type: ignore[operator]
            assert facts.rows_where("calls", "direction", ["in", "out"], within=within) == expected != []


@pytest.mark.parametrize("name", ALL)
def test_rows_within_some_time_are_those_of_any_time_that_lie_in_it(name: str, engines: Engines, tmp_path: Path) -> None:
    """Both ends inclusive, an empty time never within; a few columns with the key, or all."""
    dataset = Rows(generated.tables(seed=3, size=300), tmp_path, hive=True)
    with FolderFacts(dataset, engines.open(name, dataset)) as facts:
        for table, column in (("calls", "ended_at"), ("calls", "started_at"), ("orders", "ordered_at"), ("tickets", "done_at")):
            everything = facts.rows_where(table, "agent_id", ["a1", "a2"])
            times = sorted({row[column] for row in everything if row[column]})  # type: ignore[type-var]
            within = Within(column, times[len(times) // 4], times[len(times) // 2])  # type: ignore[arg-type]
            expected = [row for row in everything if row[column] and within.first <= row[column] <= within.last]  # type: ignore[operator]
            assert 2 < len(expected) < len(everything)
            assert facts.rows_where(table, "agent_id", ["a2", "a1"], within=within) == expected
            few = (TABLES[table].key[0], "customer_id")
            narrow = facts.rows_where(table, "agent_id", ["a1", "a2"], columns=["customer_id"], within=within)
            assert [set(row) for row in narrow] == [set(few)] * len(expected)
            assert narrow == [{name: row[name] for name in few} for row in expected]


def test_what_is_no_sum_of_rows_is_not_cut(tmp_path: Path) -> None:
    """Distinct counts are not additive over parts."""
    dataset = Rows(generated.tables(seed=1, size=50), tmp_path)
    distinct = next(each for metric in METRICS.values() for each in metric.measures if each.kind == "distinct")
    with FolderFacts(dataset, open_engine("duckdb", dataset)) as facts:
        with pytest.raises(InternalError):
            facts.measure_cut([distinct], OCTOBER, grain="agent", cut="day")
        with pytest.raises(InternalError):
            facts.listed(distinct, OCTOBER, grain="agent", key="a", limit=1)


def test_some_days_are_measured_as_those_days(tmp_path: Path) -> None:
    """Days inside a month, and days over the end of one."""
    dataset = Rows(generated.tables(seed=2, size=400), tmp_path, hive=True)
    with FolderFacts(dataset, open_engine("duckdb", dataset)) as facts:
        for first, last in ((5, 9), (1, 31)):
            days = between(OCTOBER.first.replace(day=first), OCTOBER.first.replace(day=last))
            rows = facts.rows("calls", day="local_date", first=days.first, last=days.last, agent_id=None)
            assert facts.measure([CALLS], days, grain="company").get("company", CALLS.name) == sum(CALLS.counts(row) for row in rows)


@pytest.mark.parametrize(("name", "case"), EVERYWHERE)
def test_golden_case(name: str, case: Case, engines: Engines, tmp_path: Path) -> None:
    dataset = Rows(case.tables, tmp_path, hive=True)
    with FolderFacts(dataset, engines.open(name, dataset)) as facts:
        for asked in case.asked[:1] if name == "spark-standalone" else case.asked:
            check(facts, asked)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_golden_case_on_tables_in_memory(case: Case, tmp_path: Path) -> None:
    dataset = Rows(case.tables, tmp_path)
    with FolderFacts(dataset, open_engine("duckdb", dataset)) as facts:
        for asked in case.asked:
            check(facts, asked)


@pytest.mark.parametrize("grain", ["agent", "team", "role", "company"])
def test_every_measure_is_counted_by_hand_for_every_grain(grain: str) -> None:
    counted = {name for case in cases() for asked in case.asked if asked.by == grain for name, row in asked.values.items() if any(row)}
    assert counted == set(MEASURES)
