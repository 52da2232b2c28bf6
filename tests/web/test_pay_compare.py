"""A run beside its last draft and the period before: every difference named, and together the difference of the totals."""

from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from chot.facts.runs import Archive
from chot.pay import actions, actions_closing, law_checks, queries, queries_compare, views_compare
from chot.pay.models import PayDraft, PayRun
from chot.pay.pay_sheets import changes_sheet
from chot.people.models import AgentRow, AuditEntry, User
from chot.performance.models import PlanVersion, Result
from chot.performance.report_files import paper
from tests.web.test_pay_runs import PERIOD, SignIn, _one_more_order, archive, draft, payroll, review, second, telesale  # noqa: F401
from tests.web.test_report_files import _paper as printed


def test_late_facts_show_between_two_drafts(telesale: PlanVersion, payroll: User, second: User, archive: Archive, sign_in: SignIn) -> None:  # noqa: F811
    september = actions.prepare(telesale, "2026-09", by=payroll)
    actions_closing.close_run(actions.submit(september, by=payroll), by=second)
    run = actions.prepare(telesale, PERIOD, by=payroll)
    before = run.total_vnd
    assert queries_compare.draft_before(run, None) is None and PayDraft.objects.filter(period=PERIOD).count() == 1
    actions.prepare(telesale, PERIOD, by=payroll)
    assert PayDraft.objects.filter(period=PERIOD).count() == 1  # the same draft is kept once
    _one_more_order(archive.path.parent, september)
    run = actions.prepare(telesale, PERIOD, by=payroll)
    side = queries_compare.draft_before(run, None)
    assert side and side.total_vnd == before != run.total_vnd
    found = queries_compare.changes(side, queries_compare.now(run, None))
    assert sum(each.difference_vnd for each in found) == run.total_vnd - before
    assert {each.line.partition(":")[0] for each in found} >= {"adjust"} and all(each.why for each in found)
    assert all("9/2026" in each.why[0] or "2026" in each.why[0] for each in found if each.line.startswith("adjust"))
    client, url = sign_in("payroll"), reverse("pay:compare_export", args=[run.pk, "csv"])
    rows = list(csv.reader(io.StringIO(client.get(url, {"against": "draft"}).content.decode("utf-8-sig"))))[1:]
    assert sum(int(row[7]) for row in rows) == run.total_vnd - before


def test_against_the_period_before_every_line_adds_up(draft: PayRun, sign_in: SignIn) -> None:  # noqa: F811
    side, now = queries_compare.period_before(draft, None), queries_compare.now(draft, None)
    assert side
    every = queries_compare.changes(side, now, unchanged=True)
    assert sum(each.after_vnd or 0 for each in every) == draft.total_vnd == now.total_vnd
    assert sum(each.before_vnd or 0 for each in every) == side.total_vnd
    sums, before = queries_compare.by_person(every), queries.pay_before(draft, None)
    for person in queries.people_of(draft, None):
        assert sums[person.agent_id] == person.variable_vnd - before.get(person.agent_id, 0)
    for sort in ("difference", "name", "team", "line"):
        page = sign_in("manager").get(reverse("pay:compare", args=[draft.pk]), {"against": "period", "sort": sort})
        assert page.status_code == 200 and page.context["difference"] == draft.total_vnd - side.total_vnd


def test_the_comparison_is_the_same_as_page_file_and_paper(draft: PayRun, sign_in: SignIn) -> None:  # noqa: F811
    client, url = sign_in("manager"), reverse("pay:compare", args=[draft.pk])
    page = client.get(url, {"against": "period", "sort": "name"}).content.decode()
    assert all(f'{url}.{form}?against=period&amp;sort=name&amp;' in page for form in ("csv", "xlsx", "pdf"))
    side, now = queries_compare.period_before(draft, None), queries_compare.now(draft, None)
    assert side
    found = queries_compare.changes(side, now)
    file = list(csv.reader(io.StringIO(client.get(f"{url}.csv", {"against": "period"}).content.decode("utf-8-sig"))))
    assert len(file) == len(found) + 1 and sum(int(row[7]) for row in file[1:]) == now.total_vnd - side.total_vnd
    said, pages = printed(client.get(f"{url}.pdf", {"against": "period"}))
    assert pages >= 1 and "Thay đổi lương" in said and "09/2026" in said
    assert f"{side.total_vnd:,} ₫".replace(",", ".") in said and f"{now.total_vnd:,} ₫".replace(",", ".") in said
    assert all(each.agent_id in said for each in found)
    client.post("/language", {"language": "en"})
    english, _pages = printed(client.get(f"{url}.pdf", {"against": "period"}))
    assert "What changed in the pay" in english and "Compared with" in english


def test_paper_says_when_it_has_only_the_first_lines(draft: PayRun, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(views_compare, "ON_PAPER", 2)
    side = queries_compare.period_before(draft, None)
    assert side
    every = len(queries_compare.changes(side, queries_compare.now(draft, None), unchanged=True))
    url = reverse("pay:compare_export", args=[draft.pk, "pdf"])
    said, pages = printed(sign_in("manager").get(url, {"against": "period", "lines": "all"}))
    assert (pages, f"2 dòng đầu trong số {every}." in said) == (1, True)


def test_nothing_to_compare_is_said_or_not_found(draft: PayRun, sign_in: SignIn) -> None:  # noqa: F811
    client = sign_in("manager")
    assert client.get(reverse("pay:compare_export", args=[draft.pk, "pdf"]), {"against": "draft"}).status_code == 404
    assert client.get(reverse("pay:compare_export", args=[draft.pk, "doc"]), {"against": "period"}).status_code == 404
    side = queries_compare.now(draft, None)
    same = paper(changes_sheet(draft, (side, side), [], against="draft", most=5), [0])
    said = "".join(each.extract_text() for each in PdfReader(io.BytesIO(same)).pages)
    assert "Không có dòng nào khác." in said


def test_carry_is_known_before_closing(draft: PayRun) -> None:  # noqa: F811
    assert {each.carry_vnd for each in Result.objects.filter(run__plan=draft.plan, run__period=PERIOD)} == {0}
    assert all(person.carry_vnd == 0 for person in queries.people_of(draft, None))


def _too_low(run: PayRun) -> str:
    """Somebody whose pay is below the minimum wage."""
    found = Result.objects.filter(run__plan=run.plan, run__period=PERIOD).order_by("variable_vnd")[0]
    AgentRow.objects.filter(agent_id=found.agent_id).update(base_pay_vnd=1_000, wage_region="I")
    Result.objects.filter(pk=found.pk).update(variable_vnd=0, lines=[{"id": "pool", "kind": "pool", "amount_vnd": 0}])
    return found.agent_id


def test_the_law_stops_closing_until_somebody_says_why(review: PayRun, sign_in: SignIn) -> None:  # noqa: F811
    agent, client, url = _too_low(review), sign_in("payroll2"), reverse("pay:close", args=[review.pk])
    page = client.get(reverse("pay:run", args=[review.pk]))
    assert page.context["law_stops"] and "law_because" in page.content.decode()
    assert client.post(url).status_code == 409
    assert not AuditEntry.objects.filter(action="pay.closing").exists()
    assert client.post(url, {"law_because": "The pay office tops it up"}).status_code == 302
    said = AuditEntry.objects.get(action="pay.closing").after
    assert said and said["law_accepted_because"] == "The pay office tops it up"
    assert [(each["code"], each["agent_id"]) for each in said["law_findings"]] == [("L1", agent)]


def test_part_months_are_compared_by_their_days(draft: PayRun) -> None:  # noqa: F811
    from datetime import date

    from chot.core.periods import parse
    from chot.performance.workplace import read_plan

    plan = read_plan(draft.plan.text)

    def found(base: int, variable: int, **more: date) -> list[str]:
        row = AgentRow(agent_id="x", name="X", base_pay_vnd=base, wage_region="I", **more)
        checks = law_checks.law_checks(plan, parse(PERIOD), {"x": variable}, [row], consulted=plan.announced)
        return [each.severity for each in checks if each.code == "L1"]

    hired = date(2026, 10, 19)  # 12 of 27 days, Monday to Saturday
    assert found(5_000_000, 137_777, hired_on=hired) == ["error"]
    assert found(5_000_000, 137_778, hired_on=hired) == ["warning"]  # 310.000 x 12/27 = 137.777,8
    assert found(5_310_000, 0, hired_on=hired) == []


def test_negative_lines_and_lowered_base_pay_are_named(draft: PayRun) -> None:  # noqa: F811
    from datetime import date

    from chot.core.periods import parse
    from chot.performance.workplace import read_plan

    plan = read_plan(draft.plan.text)
    rows = [
        AgentRow(agent_id="x", name="X", base_pay_vnd=8_000_000, wage_region="I", valid_to=date(2026, 10, 1)),
        AgentRow(agent_id="x", name="X", base_pay_vnd=7_000_000, wage_region="I", valid_from=date(2026, 10, 1)),
    ]
    corrects = {"run_id": "r", "period": "2026-09", "line": "commission:1"}
    lines = [
        {"id": "gate:1", "kind": "gate", "amount_vnd": -5},
        {"id": "adjust:r:commission:1", "kind": "adjust", "amount_vnd": -5, "corrects": corrects},
        {"id": "line:fine", "kind": "formula", "amount_vnd": -5},
    ]
    checks = law_checks.law_checks(plan, parse(PERIOD), {"x": 1}, rows, consulted=plan.announced, lines={"x": lines})
    assert [(each.code, each.severity) for each in checks if each.code == "L2"] == [("L2", "error"), ("L2", "warning")]
    assert "line:fine" in checks[0].what
