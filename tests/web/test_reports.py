"""Reports of any days: the engine's integers, one's own people only, and rows that add up to the number."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from pypdf import PdfReader

from chot.campaigns.queries import campaign_names
from chot.core.periods import between
from chot.kpi.metric_report import report as metric_report
from chot.people.models import AgentRow, User
from chot.people.queries import team_of
from chot.performance.figures_shown import FIGURES, REPORT
from chot.performance.queries_rows import masked
from chot.performance.report_filter import BY, span_days
from chot.performance.workplace import workplace
from chot.switchboard.queries_queues import queue_titles

SignIn = Callable[[str], Client]
OCTOBER = {"first": "2026-10-01", "last": "2026-10-31"}
DAYS = between(date(2026, 10, 1), date(2026, 10, 31))
URL, ROWS, PATTERNS = "/reports", "/reports/rows", "/reports/patterns"


@pytest.fixture
def leader(agent: str) -> str:
    """The leader of the agent's team."""
    return next(user.username for user in User.objects.filter(role="leader") if team_of(user.agent_id) == team_of(agent))


def _lines(answer: Any) -> dict[str, list[int]]:
    return {line.key: list(line.values) for line, _cells in answer.context["lines"]}


def test_the_report_says_what_the_metrics_say(sign_in: SignIn) -> None:
    """Every figure that is a metric, for every agent, team and the company."""
    client = sign_in("manager")
    with workplace() as work:
        for by in ("agent", "team", "company"):
            lines = _lines(client.get(URL, {**OCTOBER, "by": by}))
            metrics = [work.metrics[each.name] for each in REPORT if each.name in work.metrics]
            expected = metric_report(metrics, DAYS, work.facts, by=by)["rows"]  # type: ignore[arg-type]
            place = {each.name: number for number, each in enumerate(REPORT)}
            for row in expected:
                key = row.get("agent_id") or row.get("team_id") or "company"
                if key in lines:
                    assert lines[key][place[row["metric"]]] == int(row["value"].removesuffix("/1")), (key, row)
            assert lines


@pytest.mark.parametrize("by", ["day", "campaign", "queue"])
def test_parts_are_parts_of_the_whole(sign_in: SignIn, by: str) -> None:
    """Days add up to the company; campaigns and queues to no more than it."""
    client = sign_in("manager")
    whole = _lines(client.get(URL, {**OCTOBER, "by": "company"}))["company"]
    parts = [sum(column) for column in zip(*_lines(client.get(URL, {**OCTOBER, "by": by})).values(), strict=True)]
    names = [each.name for each in REPORT]
    if by == "day":
        assert parts == whole
    else:
        assert all(part <= total for part, total in zip(parts, whole, strict=True))
        assert parts[names.index("calls_out" if by == "campaign" else "calls_in")] > 0


@pytest.mark.parametrize("by", ["campaign", "queue"])
def test_campaigns_and_queues_are_called_by_their_names(sign_in: SignIn, by: str) -> None:
    """On the page, in order; on paper; in the file beside the code; and above the rows of a number."""
    client = sign_in("manager")
    names = queue_titles() if by == "queue" else campaign_names()
    answer = client.get(URL, {**OCTOBER, "by": by})
    shown = {line.key: line.title for line, _cells in answer.context["lines"]}
    assert shown and shown == {code: names[code] for code in shown} and not set(shown) & set(shown.values())
    assert list(shown.values()) == sorted(shown.values())
    page = answer.content.decode()
    assert all(f">{escape(title)}</td>" in page and f">{code}<" not in page for code, title in shown.items())
    printed = PdfReader(io.BytesIO(client.get(URL, {**OCTOBER, "by": by, "export": "pdf"}).content))
    paper = "".join(each.extract_text() for each in printed.pages)
    assert all(code not in paper for code in shown) and all(title.split()[0] in paper for title in shown.values())
    filed = csv.DictReader(io.StringIO(client.get(URL, {**OCTOBER, "by": by, "export": "csv"}).content.decode("utf-8-sig")))
    assert {row[str(BY[by])]: row["Tên"] for row in filed} == shown
    code, title = next(iter(shown.items()))
    behind = client.get(ROWS, {**OCTOBER, "figure": "calls_out" if by == "campaign" else "calls_in", "cut": by, "part": code})
    assert title in html.unescape(behind.content.decode())


def test_leader_sees_the_own_team_only(sign_in: SignIn, leader: str) -> None:
    """Whatever the address asks for; another team and another's agent are refused."""
    client, own = sign_in(leader), team_of(leader)
    assert {team_of(agent) for agent in _lines(client.get(URL, OCTOBER))} == {own}
    other = next(row.agent_id for row in AgentRow.objects.exclude(team_id__in=("", own)) if team_of(row.agent_id) not in ("", own))
    for query in ({"team": team_of(other)}, {"agent": other}):
        assert client.get(URL, {**OCTOBER, **query}).status_code == 403
        assert client.get(ROWS, {**OCTOBER, **query, "figure": "calls"}).status_code == 403
    assert set(client.get(ROWS, {**OCTOBER, "figure": "calls"}).context["page"].rows[0].__dict__) >= {"agent_id", "customer"}
    assert {team_of(row.agent_id) for row in client.get(ROWS, {**OCTOBER, "figure": "calls_out"}).context["page"].rows} <= {own, ""}


def test_agents_open_their_own_rows_only(sign_in: SignIn, agent: str) -> None:
    """One's own rows; nobody else's, and not the company's."""
    client = sign_in(agent)
    colleague = AgentRow.objects.exclude(agent_id=agent).first()
    assert colleague
    assert client.get(ROWS, {**OCTOBER, "figure": "calls_out", "agent": agent}).status_code == 200
    assert client.get(ROWS, {**OCTOBER, "figure": "calls_out", "agent": colleague.agent_id}).status_code == 403
    assert client.get(ROWS, {**OCTOBER, "figure": "calls_out"}).status_code == 403


@pytest.mark.parametrize("figure", [each.name for each in REPORT])
def test_rows_add_up_to_the_number(sign_in: SignIn, agent: str, figure: str) -> None:
    """The rows behind each figure of an agent are as many, or add up to as much, as the report says."""
    client = sign_in("manager")
    place = [each.name for each in REPORT].index(figure)
    number = _lines(client.get(URL, {**OCTOBER, "agent": agent}))[agent][place]
    answer = client.get(ROWS, {**OCTOBER, "figure": figure, "agent": agent})
    assert answer.context["page"].value == number
    if FIGURES[figure].measure.kind == "count":
        assert answer.context["page"].count == number
    left = client.get(ROWS, {**OCTOBER, "figure": figure, "agent": agent, "show": "left"})
    assert all(row.reason["vi"] and row.reason["en"] for row in left.context["page"].rows)


def test_every_cell_of_the_heat_map_opens_to_its_rows(sign_in: SignIn) -> None:
    """The cells add up to the calls of the company, and one cell's rows are as many as it says."""
    client = sign_in("manager")
    answer = client.get(PATTERNS, OCTOBER)
    cells = [cell for _day, line in answer.context["rows"] for cell in line if cell.value]
    with workplace() as work:
        found = metric_report([work.metrics["calls_out"], work.metrics["calls_in"]], DAYS, work.facts, by="company")["rows"]
    assert sum(cell.value for cell in cells) == sum(int(row["value"].removesuffix("/1")) for row in found)
    busiest = max(cells, key=lambda cell: cell.value)
    assert client.get(busiest.url).context["page"].count == busiest.value
    assert answer.context["chart"]["series"][0]["data"]


def test_the_funnel_only_narrows(sign_in: SignIn) -> None:
    """Each step has no more leads than the one before, and opens to as many rows."""
    client = sign_in("manager")
    steps = client.get(PATTERNS, OCTOBER).context["steps"]
    numbers = [step.number for step in steps]
    assert numbers == sorted(numbers, reverse=True) and numbers[-1] > 0
    assert [client.get(step.url).context["page"].count for step in steps] == numbers


def test_exports_hold_what_the_page_shows(sign_in: SignIn) -> None:
    """CSV with exact integers; the workbook opens; rows too."""
    client = sign_in("manager")
    lines = _lines(client.get(URL, OCTOBER))
    rows = list(csv.reader(io.StringIO(client.get(URL, {**OCTOBER, "export": "csv"}).content.decode("utf-8-sig"))))
    assert {row[2]: [int(cell) for cell in row[5:]] for row in rows[1:]} == lines
    assert client.get(URL, {**OCTOBER, "export": "xlsx"}).content.startswith(b"PK")
    assert client.get(PATTERNS, {**OCTOBER, "export": "xlsx"}).content.startswith(b"PK")
    calls = client.get(ROWS, {**OCTOBER, "figure": "orders", "export": "csv"}).content.decode("utf-8-sig").splitlines()
    assert len(calls) - 1 == client.get(ROWS, {**OCTOBER, "figure": "orders"}).context["page"].count


def test_telephone_numbers_are_masked() -> None:
    """The middle of a number is nobody's business on a list; a customer's id stays."""
    assert (masked("+84912345678"), masked("0912345678"), masked("kh-00123"), masked("")) == ("+849•••••78", "091•••••78", "kh-00123", "")


def test_presets_are_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Tuesday in November."""
    assert span_days("today") == (date(2026, 11, 3), date(2026, 11, 3))
    assert span_days("last_week") == (date(2026, 10, 26), date(2026, 11, 1))
    assert span_days("week") == (date(2026, 11, 2), date(2026, 11, 3))
    assert span_days("last_month") == (date(2026, 10, 1), date(2026, 10, 31))
    assert span_days("last_quarter") == (date(2026, 7, 1), date(2026, 9, 30))
    assert span_days("nonsense") is None


@pytest.mark.parametrize("query", [{"first": "x", "last": "y"}, {"span": "?"}, {"by": "?"}, {"first": "2026-10-31", "last": "2020-01-01"}])
def test_what_cannot_be_read_is_not_an_error(sign_in: SignIn, query: dict[str, str]) -> None:
    """Days that are none are this month's; a report is never longer than a year."""
    asked = sign_in("manager").get(URL, query).context["asked"]
    assert asked.last - asked.first <= timedelta(days=365)


@pytest.mark.parametrize("query", [{"figure": "nonsense"}, {"figure": "calls", "cut": "nonsense"}, {}])
def test_unknown_figures_are_not_found(sign_in: SignIn, query: dict[str, str]) -> None:
    assert sign_in("manager").get(ROWS, query).status_code == 404


def test_as_many_queries_for_many_agents(sign_in: SignIn, agent: str) -> None:
    """The lines are of the facts: one agent's report asks the database as often as everyone's."""
    client, counts = sign_in("manager"), []
    for query in (OCTOBER, {**OCTOBER, "team": team_of(agent)}, OCTOBER):
        with CaptureQueriesContext(connection) as asked:
            lines = _lines(client.get(URL, query))
        counts.append((len(lines), len(asked)))
    (many, first), (few, second), (_again, third) = counts
    assert many > few > 1 and second <= first and third <= first
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(ROWS, {**OCTOBER, "figure": "calls"}).context["page"].rows) == 50
    assert len(asked) <= first + 1
