"""Closing, replaying and settling pay runs on disk, with the process killed at every write."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from chot.core.errors import InputError
from chot.facts.access import company_metrics, open_facts
from chot.facts.runs import Archive, Result, close, content, draft, replay
from chot.kpi.catalogue import METRICS
from chot.kpi.plan_loading import load_plan
from tests.kpi import company


def run(
    folder: Path, period: str, *, closing: bool = False, accept_rejects: bool = False, with_company_metrics: bool = False
) -> Result:
    metrics = company_metrics(folder) if with_company_metrics else METRICS
    plan = load_plan(folder / "plan.yaml", metrics=metrics)
    facts = open_facts(folder)
    try:
        archive = Archive(folder / "runs")
        if closing:
            return close(archive, plan, plan.period_of(period), facts, accept_rejects=accept_rejects)
        return draft(archive, plan, plan.period_of(period), facts)
    finally:
        facts.close()


def lines_of(result: Result, agent_id: str) -> dict[str, int]:
    entry: Any = next(each for each in result.document["agents"] if each["agent_id"] == agent_id)
    return {line["id"]: line["amount_vnd"] for line in entry["lines"]}


def test_a_draft_can_be_repeated_and_leaves_nothing_behind(tmp_path: Path) -> None:
    company.build(tmp_path)
    first, second = run(tmp_path, "2026-10"), run(tmp_path, "2026-10")
    assert content(first.document) == content(second.document)
    assert not (tmp_path / "runs").exists()


def test_a_closed_run_replays_byte_for_byte_after_the_facts_are_gone(tmp_path: Path) -> None:
    company.build(tmp_path)
    closed = run(tmp_path, "2026-10", closing=True)
    for name in ("orders.csv", "calls.csv", "agents.csv", "plan.yaml"):
        (tmp_path / name).unlink()
    assert replay(Archive(tmp_path / "runs"), closed.document["run_id"]) == content(closed.document)


def test_closing_twice_gives_the_same_run(tmp_path: Path) -> None:
    company.build(tmp_path)
    first = run(tmp_path, "2026-10", closing=True)
    (tmp_path / "orders.csv").write_text(company.ORDERS.replace("96000000", "99000000"))
    second = run(tmp_path, "2026-10", closing=True)
    assert content(second.document) == content(first.document)
    assert len(Archive(tmp_path / "runs").manifests) == 1


def test_late_facts_become_adjustments_that_point_to_what_they_correct(tmp_path: Path) -> None:
    company.build(tmp_path)
    closed = run(tmp_path, "2026-10", closing=True)
    name = closed.document["run_id"]
    with (tmp_path / "orders.csv").open("a") as orders:
        orders.write("o9,a02,c7,,2026-10-25T09:00:00+07:00,confirmed,2026-10-25T09:00:00+07:00,20000000\n")
    november = run(tmp_path, "2026-11")
    # 80.000.000 of a target of 80.000.000: 100 % instead of 75 %, so 4.000.000 instead of 666.667; 200.000 more commission
    assert {key: value for key, value in lines_of(november, "a02").items() if key.startswith("adjust")} == {
        f"adjust:{name}:item:revenue": 4_000_000 - 666_667,
        f"adjust:{name}:commission:1": 200_000,
    }
    assert not any(key.startswith("adjust") for key in lines_of(november, "a01"))


def test_only_commission_is_clawed_back_down_to_zero_and_the_rest_is_carried(tmp_path: Path) -> None:
    company.build(tmp_path)
    closed = run(tmp_path, "2026-10", closing=True)
    returned = company.ORDERS.replace(
        "09:00:00+07:00,confirmed,2026-10-03T09:00:00+07:00,96000000", "09:00:00+07:00,returned,2026-11-09T09:00:00+07:00,96000000"
    )
    small = returned.replace("2026-11-03T09:00:00+07:00,120000000", "2026-11-03T09:00:00+07:00,60000000").replace("o4,a01", "o4,a02")
    (tmp_path / "orders.csv").write_text(small)
    november = run(tmp_path, "2026-11")
    entry: Any = next(each for each in november.document["agents"] if each["agent_id"] == "a01")
    name = closed.document["run_id"]
    assert f"adjust:{name}:item:revenue" not in lines_of(november, "a01")  # a bonus is never clawed back
    assert entry["variable_vnd"] == 0
    assert entry["carry_vnd"] == -460_000  # the whole commission of October


def test_a_gate_that_takes_more_is_forgiven_and_named(tmp_path: Path) -> None:
    gated = company.PLAN + "gates:\n  - {when: orders >= 100, otherwise: 50%}\n"
    company.build(tmp_path, plan=gated)
    name = run(tmp_path, "2026-10", closing=True).document["run_id"]
    with (tmp_path / "orders.csv").open("a") as orders:
        orders.write("o9,a02,c7,,2026-10-25T09:00:00+07:00,confirmed,2026-10-25T09:00:00+07:00,20000000\n")
    november = run(tmp_path, "2026-11")
    settled = {key: value for key, value in lines_of(november, "a02").items() if key.startswith("adjust")}
    # the items rise from 666.667 to 4.000.000, so the half that the gate takes rises from 333.334 to 2.000.000
    assert settled == {f"adjust:{name}:item:revenue": 3_333_333, f"adjust:{name}:commission:1": 200_000}
    assert f"adjust:{name}:gate:1: a02: -1666666 VND is not taken back, because only a commission is" in november.document["warnings"]


def test_what_one_run_settled_the_next_does_not_settle_again(tmp_path: Path) -> None:
    company.build(tmp_path)
    run(tmp_path, "2026-10", closing=True)
    with (tmp_path / "orders.csv").open("a") as orders:
        orders.write("o9,a02,c7,,2026-10-25T09:00:00+07:00,confirmed,2026-10-25T09:00:00+07:00,20000000\n")
    run(tmp_path, "2026-11", closing=True)
    december = run(tmp_path, "2026-12")
    assert not [key for agent in ("a01", "a02") for key in lines_of(december, agent) if key.startswith("adjust")]


def test_bad_rows_stop_a_closing_until_they_are_accepted(tmp_path: Path) -> None:
    company.build(tmp_path)
    with (tmp_path / "orders.csv").open("a") as orders:
        orders.write("o8,a01,c7,,2026-10-25 09:00,confirmed,,1\n")
    with pytest.raises(InputError) as caught:
        run(tmp_path, "2026-10", closing=True)
    assert "orders.csv:6" in str(caught.value)
    assert not Archive(tmp_path / "runs").manifests
    closed = run(tmp_path, "2026-10", closing=True, accept_rejects=True)
    assert replay(Archive(tmp_path / "runs"), closed.document["run_id"]) == content(closed.document)


def test_two_plans_may_not_pay_one_agent_for_one_day(tmp_path: Path) -> None:
    company.build(tmp_path)
    run(tmp_path, "2026-10", closing=True)
    (tmp_path / "plan.yaml").write_text(company.PLAN.replace("plan: p1", "plan: p2"))
    with pytest.raises(InputError) as caught:
        run(tmp_path, "2026-10")
    assert "agent a01 is paid by plan p1 too on 2026-10-01" in str(caught.value)


def test_a_changed_closed_run_is_refused(tmp_path: Path) -> None:
    company.build(tmp_path)
    name = run(tmp_path, "2026-10", closing=True).document["run_id"]
    document = tmp_path / "runs" / name / "run.json"
    document.write_text(document.read_text().replace("1400000", "9400000"))
    with pytest.raises(InputError) as caught:
        replay(Archive(tmp_path / "runs"), name)
    assert "changed or lost after the period was closed" in str(caught.value)


KILLER = """
    import json, os, signal, sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.facts.test_runs import run

    def closing(folder, fatal):
        calls, real = [0], {{name: getattr(os, name) for name in ("fsync", "rename", "mkdir", "replace")}}
        def counted(name):
            def call(*given, **named):
                calls[0] += 1
                if calls[0] == fatal:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real[name](*given, **named)
            return call
        for name in real:
            setattr(os, name, counted(name))
        run(folder, "2026-10", closing=True)
        return calls[0]

    def in_child(folder, fatal):
        child = os.fork()
        if child == 0:
            count = closing(folder, fatal)
            (folder / "writes").write_text(str(count))
            os._exit(0)
        return os.waitpid(child, 0)[1]

    first, *folders = [Path(each) for each in sys.argv[1:]]
    in_child(first, -1)
    writes = int((first / "writes").read_text())
    last = list(range(writes - 5, writes + 2))  # around the commit, one by one; before it, evenly spread
    spread = len(folders) - len(last)
    points = [1 + number * (writes - 6) // spread for number in range(spread)] + last
    print(json.dumps([in_child(folder, fatal) for folder, fatal in zip(folders, points, strict=True)]))
"""


def test_killed_at_any_write_the_period_is_open_or_closed_and_never_between(tmp_path: Path) -> None:
    folders = [tmp_path / f"{number:02d}" for number in range(18)]
    for folder in folders:
        company.build(folder)
    root = str(Path(__file__).parents[2])
    script = textwrap.dedent(KILLER).format(root=root)
    done = subprocess.run([sys.executable, "-c", script, *map(str, folders)], capture_output=True, text=True, check=True)
    outcomes = json.loads(done.stdout)
    assert [status == 9 for status in outcomes] == [True] * 16 + [False]  # the last point lies behind the end
    wanted = content(run(folders[-1], "2026-10", closing=True).document)
    for folder in folders:
        archive = Archive(folder / "runs")
        before = archive.manifests
        assert len(before) in (0, 1)
        for manifest in before:
            assert replay(archive, manifest["run_id"]) == wanted
        assert content(run(folder, "2026-10", closing=True).document) == wanted
        assert [each.name for each in (folder / "runs").iterdir() if each.is_dir()] == [json.loads(wanted)["run_id"]]
