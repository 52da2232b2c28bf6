"""Statements of a period that goes on: opened from the run as it was computed, while newer facts come in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from chot.core.periods import parse
from chot.facts import held, runs
from chot.facts.importing import import_file
from chot.kpi import forecast as forecasting
from chot.performance import actions, held_runs, live_runs, queries_pace
from chot.performance.models import Result, Run, Statement
from chot.performance.outlooks import outlook, plain
from chot.performance.workplace import data_folder, read_plan, workplace

SignIn = Callable[[str], Client]
PERIOD = "2026-10"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> Path:
    """October goes on, in a data folder that a test may change."""
    monkeypatch.setenv("CHOT_TODAY", "2026-10-20")
    cache.clear()
    held_runs.caches["runs"].clear()
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


def come_in(data: Path, folder: Path, table: str, day: str, agent_id: str) -> None:
    """One row more of a table, imported."""
    moment = f"{day}T09:00:00+07:00"
    rows = {
        "orders": f"order_id,agent_id,customer_id,ordered_at,status,status_at,amount_vnd\nn{day},{agent_id},c1,{moment},confirmed,{moment},7\n",
        "calls": f"call_id,agent_id,direction,started_at,outcome,talk_s\nn{day},{agent_id},out,{moment},answered,900\n",
    }
    (folder / f"{table}.csv").write_text(rows[table])
    import_file(folder / f"{table}.csv", data, format_name="table", table=table)


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
    come_in(own_data, tmp_path, "orders", "2026-10-19", result.agent_id)
    assert (held_runs.document(result), held_runs.document(result, "item:revenue")) == (before, line)
    client = sign_in(result.agent_id)
    page = client.get(reverse("performance:statement", args=[run.plan_id, PERIOD, result.agent_id]))
    assert page.context["document"] == before
    assert client.get(reverse("performance:line", args=[run.plan_id, PERIOD, result.agent_id, "item:revenue"])).context["document"] == line
    again = actions.compute_run(run.plan, PERIOD)
    after = held_runs.document(again.results.select_related("run__plan").get(agent_id=result.agent_id), "item:revenue")
    assert line and after and again.run_id != run.run_id
    counted = [{row["id"] for row in each["lines"][0]["inputs"][0]["measures"][0]["counted"]} for each in (line, after)]
    assert counted[1] - counted[0] == {"n2026-10-19"}
    assert Statement.objects.count() == 0


def test_what_the_cache_forgot_is_computed_again_on_the_facts_of_then(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same document, computed once."""
    run = computed("first_contact_resolution")
    results = list(run.results.select_related("run__plan"))
    before = [held_runs.document(result) for result in results]
    cache.clear()
    assert held_runs.caches["runs"].get(held_runs._key(run.run_id)) is not None, "figures of pages do not crowd it out"
    held_runs.caches["runs"].clear()
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
    come_in(own_data, tmp_path, "orders", "2026-10-19", first.results.all()[0].agent_id)
    before, latest = first.run_id, actions.compute_run(first.plan, PERIOD).run_id
    assert before != latest
    assert {path.name for path in (own_data / held.FOLDER).iterdir()} == {latest, other.run_id}


def test_what_past_periods_teach_is_learnt_again_only_where_their_facts_changed(
    own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outlook is the forecast as the command line makes it, however little of it is worked out anew."""
    run = computed("successful_calls")
    agent_id, plan = run.results.all()[0].agent_id, read_plan(run.plan.text)
    day, period, learnt = date(2026, 10, 20), parse(PERIOD), list[str]()
    errors = forecasting._errors

    def told(plan: Any, facts: Any, lesson: forecasting.Lesson) -> forecasting.Errors:
        learnt.append(str(lesson.period))
        return errors(plan, facts, lesson)

    def again() -> list[str]:
        """What is learnt for the outlook as the facts are now."""
        with workplace() as work:
            expected = plain(forecasting.document(forecasting.forecast(plan, work.facts, day)))
            monkeypatch.setattr(forecasting, "_errors", told)
            learnt.clear()
            assert outlook(plan, period, work) == expected
            monkeypatch.setattr(forecasting, "_errors", errors)
        return sorted(learnt)

    assert run.forecast["learnt_from"] == ["2026-07"], "the last month before the plan"
    assert again() == [], "the run has learnt them"
    for table, then in (("calls", "2026-10-19"), ("orders", "2026-10-19"), ("calls", "2026-08-19")):
        come_in(own_data, tmp_path, table, then, agent_id)
        assert again() == []
    come_in(own_data, tmp_path, "calls", "2026-07-20", agent_id)
    assert again() == ["2026-07"]
    (own_data / "chot.yaml").write_text("timezone: Asia/Ho_Chi_Minh\n")
    assert again() == ["2026-07"], "another zone would be another month"


def test_what_today_and_the_week_need_is_of_the_same_run(own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """My KPI shows one moment: no figure of it is ahead of the others, and whoever computes the run measures it for everyone."""
    run = computed("successful_calls")
    result = next(each for each in run.results.select_related("run__plan") if each.variable_vnd)
    queries_pace.prepare(run)
    come_in(own_data, tmp_path, "orders", "2026-10-20", result.agent_id)
    with monkeypatch.context() as prepared:
        prepared.setattr(queries_pace, "_everyones", lambda *_asked: pytest.fail("measured by a page"))
        before = queries_pace.course(result)
    cache.clear()
    assert queries_pace.course(result) == before, "of the facts of then, whenever it is measured"
    again = actions.compute_run(run.plan, PERIOD).results.select_related("run__plan").get(agent_id=result.agent_id)
    after = queries_pace.course(again)
    assert before and after
    revenue = [next(pace.week.actual for pace in found.paces if pace.unit == "vnd") for found in (before, after)]
    assert revenue[0] is not None and revenue[1] == revenue[0] + 7


def test_without_held_facts_it_is_of_todays(own_data: Path, tmp_path: Path) -> None:
    """As where the disk has no links."""
    run = computed("successful_calls")
    result = next(each for each in run.results.select_related("run__plan") if each.variable_vnd)
    held_now, _cleared = queries_pace.course(result), cache.clear()
    shutil.rmtree(own_data / held.FOLDER)
    assert queries_pace.course(result) == held_now
    come_in(own_data, tmp_path, "orders", "2026-10-20", result.agent_id)
    assert queries_pace.course(result) != held_now


def test_another_version_of_the_program_computes_todays_runs_again(settings: Any) -> None:
    """What is kept beside a run is this version's: after an upgrade the worker makes it anew, once."""
    saved = computed("successful_calls").plan
    live_runs.follow()
    assert [period for _plan, period, _state in live_runs._stale(today=True)] == []
    settings.CACHES = {name: {**each, "KEY_PREFIX": "another"} for name, each in settings.CACHES.items()}
    assert (saved.pk, PERIOD) in {(plan.pk, period) for plan, period, _state in live_runs._stale(today=True)}
    live_runs.follow()
    assert live_runs._stale(today=True) == []
