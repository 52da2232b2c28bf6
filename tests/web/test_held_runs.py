"""Statements of a period that goes on: opened from the run as it was computed, while newer facts come in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from chot.facts import held, runs
from chot.facts.importing import import_file
from chot.performance import actions, held_runs
from chot.performance.models import Result, Run, Statement
from chot.performance.workplace import data_folder

SignIn = Callable[[str], Client]
PERIOD = "2026-10"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> Path:
    """October goes on, in a data folder that a test may change."""
    monkeypatch.setenv("CHOT_TODAY", "2026-10-20")
    cache.clear()
    shutil.copytree(data_folder(), tmp_path / "data", ignore=shutil.ignore_patterns(held.FOLDER))
    settings.DATA = tmp_path / "data"
    return tmp_path / "data"


def computed(like: str) -> Run:
    """The run of October of the first plan that reads the metric."""
    saved = Run.objects.filter(period=PERIOD, plan__text__contains=like).select_related("plan")[0].plan
    Statement.objects.all().delete()
    return actions.compute_run(saved, PERIOD)


def without_rows(line: dict[str, Any]) -> dict[str, Any]:
    """A line as it is when nothing behind it is opened."""
    return {**line, "inputs": [{**each, "measures": []} for each in line["inputs"]]}


@pytest.mark.parametrize("like", ["successful_calls", "first_contact_resolution"])
def test_it_is_the_statement_of_the_run(like: str) -> None:
    """All lines without their rows, each line with its rows: what a statement made of everything says, and nothing is stored."""
    run = computed(like)
    results = list(run.results.select_related("run__plan"))
    assert len(results) >= 2
    opened = {result.agent_id: held_runs.document(result) for result in results}
    lines = {(result.agent_id, line["id"]): held_runs.document(result, line["id"]) for result in results for line in result.lines}
    assert Statement.objects.count() == 0
    for result in results:
        whole = actions.statement(run, result.agent_id).document
        assert opened[result.agent_id] == {**whole, "lines": [without_rows(line) for line in whole["lines"]]}
        for line in whole["lines"]:
            found = lines[result.agent_id, line["id"]]
            assert found == {**whole, "lines": [line], "gates": []}
    assert any(measure["counted"] for found in lines.values() if found for each in found["lines"][0]["inputs"] for measure in each["measures"])


def test_new_facts_leave_it_as_it_is(own_data: Path, sign_in: SignIn, tmp_path: Path) -> None:
    """Pages show the run that was computed, until there is another one."""
    run = computed("successful_calls")
    result = next(each for each in run.results.select_related("run__plan") if each.variable_vnd)
    before, line = held_runs.document(result), held_runs.document(result, "item:revenue")
    rows = "order_id,agent_id,customer_id,ordered_at,status,status_at,amount_vnd\n"
    moment = "2026-10-19T09:00:00+07:00"
    (tmp_path / "orders.csv").write_text(f"{rows}late1,{result.agent_id},c1,{moment},confirmed,{moment},7000000\n")
    import_file(tmp_path / "orders.csv", own_data, format_name="table", table="orders")
    assert (held_runs.document(result), held_runs.document(result, "item:revenue")) == (before, line)
    client = sign_in(result.agent_id)
    page = client.get(reverse("performance:statement", args=[run.plan_id, PERIOD, result.agent_id]))
    assert page.context["document"] == before
    assert client.get(reverse("performance:line", args=[run.plan_id, PERIOD, result.agent_id, "item:revenue"])).context["document"] == line
    again = actions.compute_run(run.plan, PERIOD)
    after = held_runs.document(again.results.select_related("run__plan").get(agent_id=result.agent_id), "item:revenue")
    assert line and after and again.run_id != run.run_id
    counted = [{row["id"] for row in each["lines"][0]["inputs"][0]["measures"][0]["counted"]} for each in (line, after)]
    assert counted[1] - counted[0] == {"late1"}
    assert Statement.objects.count() == 0


def test_what_the_cache_forgot_is_computed_again_on_the_facts_of_then(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same document, computed once."""
    run = computed("first_contact_resolution")
    results = list(run.results.select_related("run__plan"))
    before = [held_runs.document(result) for result in results]
    cache.clear()
    shutil.rmtree(own_data / "calls")
    times: list[str] = []
    compute = held_runs.compute
    monkeypatch.setattr(held_runs, "compute", lambda *given, **more: times.append("once") or compute(*given, **more))
    assert [held_runs.document(result) for result in results] == before and times == ["once"]


def test_other_rules_are_not_taken_for_those_of_the_run() -> None:
    """A run that comes out otherwise than what is stored opens nothing."""
    result = computed("successful_calls").results.select_related("run__plan")[0]
    Result.objects.filter(pk=result.pk).update(lines=[{**line, "amount_vnd": line["amount_vnd"] + 1} for line in result.lines])
    result.refresh_from_db()
    assert held_runs.document(result) is None


def test_a_period_that_is_over_or_closed_is_not_opened_from_here(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was closed has its own facts; what is over is made whole, once."""
    run = computed("successful_calls")
    result = run.results.select_related("run__plan")[0]
    assert held_runs.document(result) is not None
    with monkeypatch.context() as closed:
        closed.setattr(runs.Archive, "find", lambda *_asked: {"run_id": "closed"})
        assert held_runs.document(result) is None
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03")
    assert held_runs.document(result) is None
    actions.compute_run(run.plan, "2026-09")
    assert [path.name for path in (own_data / held.FOLDER).iterdir()] == [run.run_id], "young ones stay"
    monkeypatch.setattr(held, "YOUNG_S", -1)
    held_runs.let_go()
    assert list((own_data / held.FOLDER).iterdir()) == []


def test_the_latest_run_stays_and_those_before_it_go(own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often today's period is computed, one folder of each plan is held."""
    monkeypatch.setattr(held, "YOUNG_S", -1)
    first = computed("successful_calls")
    other = computed("first_contact_resolution")
    moment = "2026-10-19T09:00:00+07:00"
    rows = "order_id,agent_id,customer_id,ordered_at,status,status_at,amount_vnd\n"
    (tmp_path / "orders.csv").write_text(f"{rows}late1,{first.results.all()[0].agent_id},c1,{moment},confirmed,{moment},7000000\n")
    import_file(tmp_path / "orders.csv", own_data, format_name="table", table="orders")
    before, latest = first.run_id, actions.compute_run(first.plan, PERIOD).run_id
    assert before != latest
    assert {path.name for path in (own_data / held.FOLDER).iterdir()} == {latest, other.run_id}
