"""A closed run holds everything it needs: individual targets, company metrics, targets by ability."""

from __future__ import annotations

from pathlib import Path

from chot.facts.runs import Archive, content, replay
from tests.facts.test_runs import run
from tests.kpi import company

METRIC = """measures:
  - {id: orders_over_50m, table: orders, where: {status: [confirmed, completed], amount_vnd: ">= 50000000"}}
metrics:
  - id: big_orders
    title: {vi: Đơn lớn, en: Big orders}
    about: {vi: Đơn từ 50 triệu, en: Orders of 50 million or more}
    unit: count
    formula: orders_over_50m
    influence: {vi: nhân viên, en: the agent}
    source: company
"""


def test_individual_targets_are_frozen_with_the_run(tmp_path: Path) -> None:
    plan = company.PLAN.replace("target: 120000000", "target: {per_agent: targets.csv}")
    company.build(tmp_path, plan=plan)
    targets = tmp_path / "targets.csv"
    targets.write_text("agent_id,metric,target\na01,revenue,100000000\na02,revenue,90000000\n")
    closed = run(tmp_path, "2026-10", closing=True)
    targets.write_text("agent_id,metric,target\na01,revenue,1\na02,revenue,1\n")
    assert replay(Archive(tmp_path / "runs"), closed.document["run_id"]) == content(closed.document)
    assert closed.document["agents"][0]["items"][0]["target"] == "100000000/1"


def test_company_metrics_are_frozen_with_the_run(tmp_path: Path) -> None:
    company.build(tmp_path, plan=company.PLAN.replace("metric: close_rate", "metric: big_orders").replace("target: 8%", "target: 2"))
    (tmp_path / "metrics.yaml").write_text(METRIC)
    closed = run(tmp_path, "2026-10", closing=True, with_company_metrics=True)
    (tmp_path / "metrics.yaml").unlink()
    assert closed.document["agents"][0]["items"][1]["actual"] == "1/1"
    assert replay(Archive(tmp_path / "runs"), closed.document["run_id"]) == content(closed.document)


def test_targets_by_ability_are_frozen_as_numbers(tmp_path: Path) -> None:
    company.build(tmp_path, plan=company.PLAN.replace("target: 120000000", "target: {ability: 0.5}"))
    with (tmp_path / "orders.csv").open("a") as orders:
        orders.write("p1,a01,c8,,2026-08-03T09:00:00+07:00,confirmed,2026-08-03T09:00:00+07:00,40000000\n")
        orders.write("p2,a01,c9,,2026-09-03T09:00:00+07:00,confirmed,2026-09-03T09:00:00+07:00,50000000\n")
    closed = run(tmp_path, "2026-10", closing=True)
    assert closed.document["agents"][0]["items"][0]["target"] == "40000000/1"  # two periods: the role's lower median
    assert closed.document["agents"][1]["items"][0]["target"] == "80000000/3"  # the same, for 18 of 27 days
    assert replay(Archive(tmp_path / "runs"), closed.document["run_id"]) == content(closed.document)
