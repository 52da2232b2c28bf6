"""Reports and rankings as files: the same figures on paper, and the columns that the person keeps."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from chot.people.models import User
from chot.people.templatetags.figures import count as whole
from chot.people.templatetags.figures import moment, percent, vnd
from chot.performance.figures_shown import FIGURES, REPORT
from chot.performance.live import words
from chot.performance.models import Result
from chot.performance.models_reports import ExportColumns

SignIn = Callable[[str], Client]
OCTOBER = {"first": "2026-10-01", "last": "2026-10-31"}
COLUMNS = "/reports/columns"


def _paper(answer: Any) -> tuple[str, int]:
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\N{NO-BREAK SPACE}", " "), len(pages)


def _csv(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("by", ["agent", "team", "campaign", "day", "company"])
def test_paper_says_what_the_page_says(sign_in: SignIn, by: str) -> None:
    """Days, filters, every line's revenue and the sum of it, and numbered landscape pages."""
    client = sign_in("manager")
    page = client.get("/reports", {**OCTOBER, "by": by})
    answer = client.get("/reports", {**OCTOBER, "by": by, "export": "pdf"})
    said, pages = _paper(answer)
    place, talk = ([each.name for each in REPORT].index(name) for name in ("revenue", "talk_time_out"))
    lines = [line for line, _cells in page.context["lines"]]
    assert lines and "01/10/2026 – 31/10/2026" in said and f"Trang 1/{pages}" in said and f"Trang {pages}/{pages}" in said
    for line in lines:
        if line.values[place]:
            assert vnd(line.values[place]) in said, line.key
        assert words(REPORT[talk], line.values[talk]) in said, line.key
    assert vnd(sum(line.values[place] for line in lines)) in said
    box = PdfReader(io.BytesIO(answer.content)).pages[0].mediabox
    assert box.width > box.height
    assert answer.headers["Content-Disposition"] == f'attachment; filename="report-{by}-2026-10-01-2026-10-31.pdf"'


def test_paper_speaks_the_readers_language(sign_in: SignIn) -> None:
    """English for whoever reads English."""
    User.objects.filter(username="manager").update(language="en")
    said, pages = _paper(sign_in("manager").get("/reports", {**OCTOBER, "export": "pdf"}))
    assert "Activity report" in said and f"Page 1 of {pages}" in said and "1 Oct 2026" in said


def test_rows_on_paper(sign_in: SignIn, agent: str) -> None:
    """What the rows are of, their sum, each with its time and masked customer; those left out with their reason; the first 500 of many."""
    client, asked = sign_in("manager"), {**OCTOBER, "figure": "revenue", "agent": agent}
    page = client.get("/reports/rows", asked).context["page"]
    said, pages = _paper(client.get("/reports/rows", {**asked, "export": "pdf"}))
    assert page.count > len(page.rows) == 50 and "01/10/2026 – 31/10/2026" in said and words(FIGURES["revenue"], page.value) in said
    assert all(row.id in said and moment(row.at) in said and row.figure.replace("\N{NO-BREAK SPACE}", " ") in said for row in page.rows)
    assert f"Trang {pages}/{pages}" in said and "dòng đầu" not in said
    left, _pages = _paper(client.get("/reports/rows", {**asked, "show": "left", "export": "pdf"}))
    assert "Không tính, và lý do" in left
    many, _pages = _paper(client.get("/reports/rows", {**OCTOBER, "figure": "calls_out", "export": "pdf"}))
    count = client.get("/reports/rows", {**OCTOBER, "figure": "calls_out"}).context["page"].count
    assert count > 500 and f"500 dòng đầu trong số {whole(count)}" in many.replace("\n", " ")


def test_empty_days_are_a_paper_that_says_so(sign_in: SignIn) -> None:
    """Days without a fact: no table."""
    said, pages = _paper(sign_in("manager").get("/reports", {"first": "2020-01-01", "last": "2020-01-02", "export": "pdf"}))
    assert "Không có gì trong thời gian này." in said and pages == 1


def test_ranking_on_paper(sign_in: SignIn) -> None:
    """Every result's attainment and pay; a leader who does not see pay gets none."""
    said, _pages = _paper(sign_in("manager").get("/team", {"period": "2026-10", "export": "pdf"}))
    results = list(Result.objects.filter(run__period="2026-10"))
    assert results and all(percent(each.attainment) in said and vnd(each.variable_vnd) in said for each in results)
    assert vnd(sum(each.variable_vnd for each in results)) in said
    User.objects.filter(role="leader").update(sees_pay=False)
    leader = User.objects.filter(role="leader")[0]
    said, _pages = _paper(sign_in(leader.username).get("/team", {"period": "2026-10", "export": "pdf"}))
    assert "Lương biến đổi (VND)" not in said and not any(vnd(each.variable_vnd) in said for each in results if each.variable_vnd > 999_999)


def test_columns_are_remembered_for_the_person(sign_in: SignIn) -> None:
    """CSV and XLSX have the columns kept, in their order; another person's have all."""
    client = sign_in("manager")
    before = _csv(client.get("/reports", {**OCTOBER, "export": "csv"}))
    offered = [name for name, _title, _kept in client.get("/reports", OCTOBER).context["choice"]["columns"]]
    kept = ["name", "calls_out", "revenue"]
    answer = client.post(COLUMNS, {"table": "report", "offered": offered, "kept": kept, "next": "/reports?by=agent"})
    assert answer.headers["Location"] == "/reports?by=agent"
    places = [offered.index(name) for name in kept]
    after = _csv(client.get("/reports", {**OCTOBER, "export": "csv"}))
    assert after == [[row[place] for place in places] for row in before] and len(after) > 2
    sheet = load_workbook(io.BytesIO(client.get("/reports", {**OCTOBER, "export": "xlsx"}).content)).active
    assert sheet is not None and [cell.value for cell in next(iter(sheet.rows))] == after[0]
    assert _csv(sign_in("payroll").get("/reports", {**OCTOBER, "export": "csv"})) == before
    shown = client.get("/reports", OCTOBER).context["choice"]["columns"]
    assert [name for name, _title, kept_ in shown if kept_] == kept


def test_rows_have_the_columns_that_are_kept(sign_in: SignIn) -> None:
    """In the order of the table; those left out are reasons too."""
    client, query = sign_in("manager"), {**OCTOBER, "figure": "orders", "export": "csv"}
    before = _csv(client.get("/reports/rows", query))
    offered = [name for name, _title, _kept in client.get("/reports/rows", {**OCTOBER, "figure": "orders"}).context["choice"]["columns"]]
    client.post(COLUMNS, {"table": "rows", "offered": offered, "kept": ["id", "figure"]})
    assert _csv(client.get("/reports/rows", query)) == [[row[0], row[6]] for row in before] and len(before) > 2


def test_hours_funnel_and_agents_on_paper(sign_in: SignIn, agent: str) -> None:
    """The cells and steps of the page; an agent's figures and attainment, for whoever may see the agent."""
    client = sign_in("manager")
    page = client.get("/reports/patterns", {**OCTOBER, "what": "rate"}).context
    said, _pages = _paper(client.get("/reports/patterns", {**OCTOBER, "what": "rate", "export": "pdf"}))
    assert all(cell.words in said for _day, line in page["rows"] for cell in line if cell.value is not None)
    assert all(f"{step.number:,}".replace(",", ".") in said for step in page["steps"])
    results = list(Result.objects.filter(agent_id=agent).order_by("-run__period"))
    said, _pages = _paper(sign_in(agent).get(f"/agents/{agent}", {**OCTOBER, "export": "pdf"}))
    items = [item for item in results[0].items if item["attainment"] is not None]
    assert items and all(percent(item["attainment"]) in said for item in items) and agent in said
    other = User.objects.exclude(agent_id__in=("", agent)).filter(role="agent")[0].agent_id
    assert sign_in(agent).get(f"/agents/{other}", {**OCTOBER, "export": "pdf"}).status_code == 403


def test_columns_that_were_not_offered_stay_as_they_were(sign_in: SignIn) -> None:
    """One plan's KPIs are chosen without touching another's."""
    client = sign_in("manager")
    client.post(COLUMNS, {"table": "team", "offered": ["plan", "revenue"], "kept": ["plan"]})
    client.post(COLUMNS, {"table": "team", "offered": ["plan", "csat"], "kept": ["csat"]})
    assert ExportColumns.objects.get(user__username="manager", table="team").left_out == ["plan", "revenue"]


@pytest.mark.parametrize("query", [{"table": "report", "offered": ["name"], "kept": []}, {"table": "users", "offered": ["a"], "kept": ["a"]}])
def test_no_column_or_no_table_changes_nothing(sign_in: SignIn, query: dict[str, Any]) -> None:
    """Refused in words, and nothing is kept; strangers' addresses are not followed."""
    answer = sign_in("manager").post(COLUMNS, {**query, "next": "https://example.com/"}, follow=False)
    assert answer.headers["Location"] == "/" and not ExportColumns.objects.exists()
