"""Targets by ability: proposals, changes with a reason, files, and a plan whose version covers its targets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from chot.core.errors import InputError
from chot.facts.runs import Archive, close, replay
from chot.kpi.plan import PerAgentTargets
from chot.pay import run_page
from chot.pay.models import PayRun
from chot.people.models import AgentRow, AuditEntry, User
from chot.performance import actions, plan_guards, queries_missing
from chot.performance.actions_plans import new_draft
from chot.performance.actions_targets import change_targets, publish_targets, scaled
from chot.performance.models import PlanVersion, TargetChange, TargetSet
from chot.performance.plan_editing import with_values
from chot.performance.queries_plans import from_template
from chot.performance.queries_targets import Grid, grid, reach
from chot.performance.target_numbers import shown
from chot.performance.target_rows import field_name
from chot.performance.workplace import read_plan, workplace

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def manager() -> User:
    return User.objects.get(username="manager")


@pytest.fixture
def draft(manager: User) -> PlanVersion:
    return new_draft(from_template("telesale"), by=manager)


def grid_of(saved: PlanVersion) -> Grid:
    return grid(saved, read_plan(PlanVersion.objects.get(pk=saved.pk).text))


def first(found: Grid, metric: str = "revenue") -> Any:
    column = found.column(metric)
    assert column
    return next(iter(column.cells.values()))


# what is proposed


def test_everyone_gets_a_proposal_that_his_own_past_explains(draft: PlanVersion) -> None:
    found = grid_of(draft)
    assert [column.item.metric.id for column in found.columns] == ["revenue", "conversion_rate", "successful_calls"]
    for column in found.columns:
        assert set(column.cells) == {agent for agent, _team in found.people}
        for cell in column.cells.values():
            assert cell.target == cell.proposed > 0
            harder = column.probability(cell.centre, float(cell.target) * 1.5)
            assert 0 <= harder <= cell.probability <= 1
    assert all(0.4 <= share <= 0.8 for row in reach(found) if row["team"] == "" for share in row["shares"])


def test_the_probability_is_the_share_of_past_deviations_that_reach_it(draft: PlanVersion) -> None:
    column = grid_of(draft).column("revenue")
    assert column
    cell = next(iter(column.cells.values()))
    needed = float(cell.target) - cell.centre
    assert cell.probability == pytest.approx(sum(each >= needed for each in column.deviations) / len(column.deviations))


# changes


def test_a_change_needs_a_reason_and_leaves_a_trace(draft: PlanVersion, manager: User) -> None:
    cell = first(grid_of(draft))
    with pytest.raises(InputError) as caught:
        change_targets(draft, {(cell.agent_id, "revenue"): Fraction(50_000_000)}, reason=" ", by=manager)
    assert caught.value.problems[0].field == "reason" and not TargetChange.objects.exists()
    assert change_targets(draft, {(cell.agent_id, "revenue"): Fraction(50_000_000)}, reason="mới về nhóm", by=manager) == 1
    changed = first(grid_of(draft))
    assert changed.target == 50_000_000 and changed.proposed == cell.proposed and changed.change.reason == "mới về nhóm"
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "targets.changed" and entry.after["targets"] == {
        f"{cell.agent_id} revenue": [f"{Decimal(int(cell.target)):f}", "50000000"]
    }
    assert change_targets(draft, {(cell.agent_id, "revenue"): Fraction(50_000_000)}, reason="lại", by=manager) == 0
    assert change_targets(draft, {(cell.agent_id, "revenue"): None}, reason="về đề xuất", by=manager) == 1
    assert first(grid_of(draft)).target == cell.proposed and TargetChange.objects.count() == 2


@pytest.mark.parametrize("target", [Fraction(0), Fraction(-1)])
def test_a_target_that_cannot_be_changes_nothing(draft: PlanVersion, manager: User, target: Fraction) -> None:
    cells = list(grid_of(draft).columns[0].cells.values())[:2]
    wanted = {(cells[0].agent_id, "revenue"): Fraction(9), (cells[1].agent_id, "revenue"): target}
    with pytest.raises(InputError):
        change_targets(draft, wanted, reason="thử", by=manager)
    assert not TargetChange.objects.exists()


def test_a_column_is_raised_by_a_share_and_rounded(draft: PlanVersion) -> None:
    found = grid_of(draft)
    cell = first(found)
    assert scaled(found, "revenue", [cell.agent_id], Fraction(11, 10)) == {
        (cell.agent_id, "revenue"): Fraction(round(cell.target * Fraction(11, 10) / 100_000) * 100_000)
    }


# part of the plan


def test_published_targets_are_part_of_the_version(draft: PlanVersion, manager: User) -> None:
    before, cell = draft.version, first(grid_of(draft))
    change_targets(draft, {(cell.agent_id, "revenue"): Fraction(51_000_000)}, reason="khách cũ nhiều", by=manager)
    saved = publish_targets(draft, ["revenue", "conversion_rate"], by=manager)
    plan = read_plan(saved.text)
    assert saved.pk == draft.pk and saved.version == plan.version != before
    assert [isinstance(item.target, PerAgentTargets) for item in plan.items] == [True, True, False]
    target = plan.items[0].target
    assert isinstance(target, PerAgentTargets) and target.by_agent[cell.agent_id] == 51_000_000
    kept = TargetSet.objects.get(name=target.path)
    assert kept.text == target.source and kept.why["revenue"][cell.agent_id]["reason"] == "khách cũ nhiều"
    other = kept.text.replace("51000000", "52000000")
    name = kept.name.replace("-targets-", "-other-")
    TargetSet.objects.create(name=name, text=other, at=kept.at)
    assert read_plan(saved.text.replace(kept.name, name)).version != plan.version


def test_a_run_and_its_closing_use_the_stored_targets(manager: User, tmp_path: Any) -> None:
    text = with_values(from_template("telesale"), [(("starts",), "2026-10-01"), (("ends",), "2026-10-31")])
    saved = publish_targets(new_draft(text, by=manager), ["revenue"], by=manager)
    plan = read_plan(saved.text)
    target = plan.items[0].target
    assert isinstance(target, PerAgentTargets)
    run = actions.compute_run(saved, "2026-10")
    shares = {result.agent_id: result.items[0]["target"] for result in run.results.all()}
    full = [agent for agent, shown_target in shares.items() if Fraction(shown_target) == target.by_agent[agent]]
    assert full and all(Fraction(value) <= target.by_agent[agent] for agent, value in shares.items())
    with workplace() as work:
        archive = Archive(tmp_path / "runs")
        closed = close(archive, plan, plan.period_of("2026-10"), work.facts, accept_rejects=True)
    folder = archive.folder(closed.document["run_id"])
    assert (folder / target.path).read_text() == target.source
    assert replay(archive, closed.document["run_id"])


def test_the_download_holds_the_document_and_its_targets(draft: PlanVersion, manager: User, sign_in: SignIn, tmp_path: Any) -> None:
    from chot.kpi.plan_loading import load_plan

    saved = publish_targets(draft, ["revenue"], by=manager)
    found = sign_in("manager").get(f"/plans/{saved.pk}.yaml")
    zipfile.ZipFile(io.BytesIO(found.content)).extractall(tmp_path)
    assert load_plan(tmp_path / f"{saved.plan_id}.yaml").version == saved.version


def test_an_announced_plan_keeps_its_targets(manager: User) -> None:
    saved = PlanVersion.objects.get(plan_id__startswith="telesale")
    cell = first(grid_of(saved))
    with pytest.raises(InputError):
        change_targets(saved, {(cell.agent_id, cell.metric): Fraction(1)}, reason="x", by=manager)
    with pytest.raises(InputError):
        publish_targets(saved, ["revenue"], by=manager)


# pages


def test_the_page_takes_changes_and_says_what_is_wrong(draft: PlanVersion, sign_in: SignIn) -> None:
    client, cell = sign_in("manager"), first(grid_of(draft))
    page = f"/plans/{draft.pk}/targets"
    name = field_name(cell.agent_id, "revenue")
    assert f'name="{name}"' in client.get(page).content.decode()
    wrong = client.post(page, {name: "năm mươi", "reason": "x"})
    assert wrong.status_code == 422 and "năm mươi" in wrong.content.decode() and not TargetChange.objects.exists()
    without = client.post(page, {name: "50.000.000", "reason": ""})
    assert without.status_code == 422 and 'value="50.000.000"' in without.content.decode() and not TargetChange.objects.exists()
    assert client.post(page, {name: "50.000.000", "reason": "đổi vùng"}).status_code == 302
    assert first(grid_of(draft)).target == 50_000_000


def test_a_file_changes_all_of_its_rows_or_none(draft: PlanVersion, sign_in: SignIn) -> None:
    client, cell = sign_in("manager"), first(grid_of(draft))
    page = f"/plans/{draft.pk}/targets/upload"
    bad = (
        f"agent_id,metric,target\n{cell.agent_id},revenue,50000000\nnobody,revenue,1\n{cell.agent_id},revenu,2\n{cell.agent_id},revenue,x\n"
    )
    found = client.post(page, {"file": SimpleUploadedFile("t.csv", bad.encode()), "reason": "tệp"})
    text = found.content.decode()
    assert found.status_code == 422 and not TargetChange.objects.exists()
    assert all(f"dòng {line}" in text for line in (3, 4, 5)) and "không có chỉ số" in text
    book = Workbook()
    book.active.append(["agent_id", "metric", "target", "Tên"])  # type: ignore[union-attr]
    book.active.append([cell.agent_id, "revenue", 50000000, "Lan"])  # type: ignore[union-attr]
    content = io.BytesIO()
    book.save(content)
    assert client.post(page, {"file": SimpleUploadedFile("t.xlsx", content.getvalue()), "reason": "tệp"}).status_code == 302
    assert first(grid_of(draft)).target == 50_000_000


def test_what_is_downloaded_can_be_sent_back(draft: PlanVersion, sign_in: SignIn) -> None:
    client = sign_in("manager")
    for kind in ("csv", "xlsx"):
        file = client.get(f"/plans/{draft.pk}/targets.{kind}")
        sent = client.post(
            f"/plans/{draft.pk}/targets/upload", {"file": SimpleUploadedFile(f"t.{kind}", file.content), "reason": "không đổi"}
        )
        assert sent.status_code == 302 and not TargetChange.objects.exists()
    sheet = load_workbook(io.BytesIO(file.content)).active
    assert sheet and [cell.value for cell in sheet[1]][:3] == ["agent_id", "metric", "target"]


def test_a_column_goes_up_and_back(draft: PlanVersion, sign_in: SignIn) -> None:
    client, before = sign_in("manager"), grid_of(draft)
    page = f"/plans/{draft.pk}/targets/bulk"
    assert client.post(page, {"metric": "revenue", "does": "raise", "share": "10", "reason": "mùa cao điểm"}).status_code == 302
    column = before.column("revenue")
    assert column
    wanted = scaled(before, "revenue", list(column.cells), Fraction(11, 10))
    assert {(cell.agent_id, "revenue"): cell.target for cell in grid_of(draft).columns[0].cells.values()} == wanted
    assert client.post(page, {"metric": "revenue", "does": "raise", "share": "nhiều", "reason": "x"}).status_code == 422
    assert client.post(page, {"metric": "revenue", "does": "proposal", "reason": "thôi"}).status_code == 302
    assert [cell.target for cell in grid_of(draft).columns[0].cells.values()] == [cell.target for cell in column.cells.values()]


def test_a_leader_sees_the_own_team_and_changes_nothing(draft: PlanVersion, sign_in: SignIn) -> None:
    leader = User.objects.filter(role="leader").order_by("username")[0]
    client, found = sign_in(leader.username), grid_of(draft)
    from chot.performance.queries_plans import own_team

    text = client.get(f"/plans/{draft.pk}/targets").content.decode()
    own, shown_ids = own_team(leader), [agent for agent, _team in found.people if f"{agent} ·" in text]
    assert set(shown_ids) == own & {agent for agent, _team in found.people}
    assert "<input" not in text.split("<chot-targets>")[-1].split("</chot-targets>")[0].replace('<input type="hidden"', "")
    cell = first(found)
    assert client.post(f"/plans/{draft.pk}/targets", {field_name(cell.agent_id, "revenue"): "1", "reason": "x"}).status_code == 403


def test_the_grid_asks_the_same_number_of_questions_for_more_changes(
    draft: PlanVersion, manager: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client, cells = sign_in("manager"), list(grid_of(draft).columns[0].cells.values())
    client.get(f"/plans/{draft.pk}/targets")
    for number in (1, 3):
        change_targets(draft, {(cell.agent_id, "revenue"): Fraction(10**6 * number) for cell in cells[:number]}, reason="x", by=manager)
        with django_assert_max_num_queries(12):
            client.get(f"/plans/{draft.pk}/targets")


def test_figures_are_shown_so_that_they_may_be_typed_again() -> None:
    assert shown(Fraction(1, 3), "ratio", "vi") == "33,3333 %"


def test_a_running_month_says_nothing_yet(draft: PlanVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {period for cell in grid_of(draft).columns[0].cells.values() for period, _value in cell.past}
    monkeypatch.setenv("CHOT_TODAY", "2026-10-20")
    assert "2026-10" in whole
    running = {period for cell in grid_of(draft).columns[0].cells.values() for period, _value in cell.past}
    assert running == whole - {"2026-10"}


# without a past


class _Reorganised:
    """The company's facts, with its telesales in a role of their own from the day on which the plan starts."""

    def __init__(self, facts: Any) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    def agents(self) -> list[Any]:
        since, rows = date(2026, 12, 1), list(self._facts.agents())
        moved = [row for row in rows if row.role == "telesale" and (row.valid_to is None or row.valid_to > since)]
        before = [replace(row, valid_to=since) for row in moved if row.valid_from is None or row.valid_from < since]
        return [row for row in rows if row not in moved] + before + [replace(row, role="tele-junior", valid_from=since) for row in moved]


@pytest.fixture
def new_role(manager: User, monkeypatch: pytest.MonkeyPatch) -> PlanVersion:
    """A draft for a role that nobody had before."""
    kept = plan_guards.workplace

    @contextmanager
    def reorganised() -> Any:
        with kept() as work:
            yield replace(work, facts=_Reorganised(work.facts))

    monkeypatch.setattr(plan_guards, "workplace", reorganised)
    return new_draft(with_values(from_template("telesale"), [(("role",), "tele-junior")]), by=manager)


def test_a_new_role_gets_the_median_of_its_team_and_is_told_so(new_role: PlanVersion, manager: User, sign_in: SignIn) -> None:
    found = grid_of(new_role)
    assert [column.item.metric.id for column in found.columns] == ["revenue", "conversion_rate", "successful_calls"] and found.people
    cells = [cell for column in found.columns for cell in column.cells.values()]
    assert {(cell.origin, cell.probability, cell.flag, cell.usual) for cell in cells} == {("team", None, "", None)}
    assert all(cell.target == cell.proposed > 0 for cell in cells)
    teams = {team: {cell.target for cell in found.columns[0].cells.values() if (cell.agent_id, team) in found.people} for _agent, team in found.people}
    assert all(len(targets) == 1 for targets in teams.values())
    assert [share for row in reach(found) for share in row["shares"]] == [None] * len(reach(found)) * 3
    page = sign_in("manager").get(f"/plans/{new_role.pk}/targets").content.decode()
    assert page.count("độ chắc chắn thấp</span>") == len(cells) and page.count("trung vị của nhóm") == len(cells)
    saved = publish_targets(new_role, ["revenue"], by=manager)
    target = read_plan(saved.text).items[0].target
    assert isinstance(target, PerAgentTargets)
    why = TargetSet.objects.get(name=target.path).why["revenue"]
    assert {(each["origin"], each["probability"], each["periods"]) for each in why.values()} == {("team", None, 0)}


def test_an_item_without_any_past_keeps_the_number_of_the_plan(manager: User) -> None:
    text = with_values(from_template("telesale"), [(("items", 2, "metric"), "ces"), (("items", 2, "target"), "5.5")])
    column = grid_of(new_draft(text, by=manager)).column("ces")
    assert column and {(cell.target, cell.origin, cell.probability) for cell in column.cells.values()} == {(Fraction(11, 2), "plan", None)}


# a joiner without a target


def test_a_joiner_without_targets_is_named_on_the_person_the_plan_and_the_pay(manager: User, sign_in: SignIn) -> None:
    text = with_values(from_template("telesale"), [(("starts",), "2026-11-01"), (("ends",), "2026-12-31")])
    saved = publish_targets(new_draft(text, by=manager), ["revenue", "successful_calls"], by=manager)
    assert queries_missing.still_missing(saved, read_plan(saved.text)) == []
    actions.announce(saved, by=manager)
    saved.refresh_from_db()
    kept = AgentRow.objects.filter(plan_role="telesale").latest("pk")
    for agent_id, hired, left in (("m1", "2026-11-09", None), ("m2", "2026-12-07", None), ("m3", "2026-01-05", "2026-10-30")):
        AgentRow.objects.create(
            agent_id=agent_id, name=f"Mới {agent_id}", team_id=kept.team_id, plan_role="telesale", hired_on=hired, valid_from=hired, left_on=left
        )
    told = {
        agent: f"Mới {agent} thuộc “{saved.title}” từ {day} nhưng chưa có chỉ tiêu: Doanh thu, Cuộc gọi thành công"
        for agent, day in (("m1", "09/11/2026"), ("m2", "07/12/2026"))
    }
    plan = read_plan(saved.text)
    assert [queries_missing.words(each, saved.title) for each in queries_missing.still_missing(saved, plan)] == list(told.values())
    assert [each.agent_id for each in queries_missing.in_period(plan, plan.period_of("2026-11"))] == ["m1"]
    client = sign_in("manager")
    assert [line for line in told.values() if line in client.get(f"/plans/{saved.pk}").content.decode()] == list(told.values())
    assert told["m1"] in (page := client.get("/people/agents/m1").content.decode()) and f'href="/plans/{saved.pk}"' in page
    assert "chưa có chỉ tiêu" not in client.get("/people/agents/m3").content.decode()
    run = PayRun(plan=saved, period="2026-11", state="draft")
    assert run_page._lacking(run, plan, None) == [told["m1"]] and run_page._lacking(run, plan, {"m2"}) == []
