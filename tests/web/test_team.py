"""Rankings and per-agent reports: exact figures, own team only, pay only where allowed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from chot.core.periods import parse
from chot.kpi.metric_report import report
from chot.people.models import User
from chot.people.queries import team_of
from chot.people.templatetags.figures import vnd
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.queries_agent import ACTIVITY
from chot.performance.workplace import workplace

SignIn = Callable[[str], Client]
PERIOD = "2026-10"
URL = "/team"


@pytest.fixture
def leader(agent: str) -> str:
    """The leader of the agent's team."""
    return next(user.username for user in User.objects.filter(role="leader") if team_of(user.agent_id) == team_of(agent))


@pytest.fixture
def other_leader(agent: str) -> str:
    """The leader of another team."""
    return next(user.username for user in User.objects.filter(role="leader") if team_of(user.agent_id) != team_of(agent))


def _shown(answer: Any) -> list[Result]:
    return [row.result for section in answer.context["sections"] for row in section.rows]


def test_manager_sees_everyone_of_the_run(sign_in: SignIn) -> None:
    """Each result of the period once, in the order of weighted attainment, with the run's pay."""
    answer = sign_in("manager").get(URL, {"period": PERIOD})
    expected = dict(Result.objects.filter(run__period=PERIOD).values_list("agent_id", "variable_vnd"))
    assert {each.agent_id: each.variable_vnd for each in _shown(answer)} == expected
    for section in answer.context["sections"]:
        values = [row.result.attainment for row in section.rows if row.result.attainment is not None]
        assert values == sorted(values, reverse=True)
        assert section.variable_vnd == sum(total.variable_vnd for total in section.totals)
        assert sum(count for _name, count in section.bins) == len(values)


def test_share_on_target_is_counted_from_the_run(sign_in: SignIn) -> None:
    """The share of people reaching each target, against the run's own items."""
    for section in sign_in("manager").get(URL, {"period": PERIOD}).context["sections"]:
        for (metric, _title, _unit), share in zip(section.heads, section.reaching, strict=True):
            found = [item["attainment"] for result in section.run.results.all() for item in result.items if item["metric"] == metric]
            known = [Fraction(value) for value in found if value is not None]
            assert share == Fraction(sum(value >= 1 for value in known), len(known))


@pytest.mark.parametrize("sort", ["pay", "-pay", "name", "-team", "revenue", "-revenue", "attainment", "nonsense"])
def test_sorted_by_column(sign_in: SignIn, sort: str) -> None:
    """A column orders the rows, twice the other way; an unknown one is the ranking."""
    sections = sign_in("manager").get(URL, {"period": PERIOD, "sort": sort}).context["sections"]
    rows = next(section for section in sections if section.plan.plan_id.startswith("telesale")).rows
    keys = {
        "pay": lambda row: row.result.variable_vnd, "name": lambda row: (row.result.name.split()[-1], row.result.name),
        "team": lambda row: row.result.team_id, "attainment": lambda row: row.result.attainment,
        "revenue": lambda row: Fraction(row.cells[0]["attainment"]),
    }  # fmt: skip
    key = keys.get(sort.lstrip("-"), lambda row: -row.result.attainment)
    values = [key(row) for row in rows]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_leader_sees_the_own_team_only(sign_in: SignIn, leader: str) -> None:
    """Whatever team is asked for."""
    for asked in ("", "cs", "t1", "t2"):
        shown = _shown(sign_in(leader).get(URL, {"period": PERIOD, "team": asked}))
        assert shown and {team_of(each.agent_id) for each in shown} == {team_of(leader)}


def test_team_filter(sign_in: SignIn) -> None:
    """A team chosen is the team shown; one that does not exist is all of them."""
    client = sign_in("manager")
    assert {each.team_id for each in _shown(client.get(URL, {"period": PERIOD, "team": "t1"}))} == {"t1"}
    assert len(_shown(client.get(URL, {"period": PERIOD, "team": "zz"}))) == Result.objects.filter(run__period=PERIOD).count()


def test_pay_shows_only_where_allowed(sign_in: SignIn, leader: str) -> None:
    """Quality, and a leader without the permission, get neither pay nor an order by pay, on the page and in the file."""
    User.objects.filter(username=leader).update(sees_pay=False)
    for who in ("quality", leader):
        client = sign_in(who)
        answer = client.get(URL, {"period": PERIOD, "sort": "-pay"})
        shown = client.get(URL, {"period": PERIOD}).content.decode()
        amounts = [vnd(result.variable_vnd) for result in _shown(answer) if result.variable_vnd]
        assert answer.context["money"] is False and "/statements/" not in shown and "sort=-pay" not in shown
        assert amounts and not [amount for amount in amounts if amount in shown]
        assert [each.agent_id for each in _shown(answer)] == [each.agent_id for each in _shown(client.get(URL, {"period": PERIOD}))]
        heads = next(csv.reader(io.StringIO(client.get(URL, {"period": PERIOD, "export": "csv"}).content.decode("utf-8-sig"))))
        payroll = next(csv.reader(io.StringIO(sign_in("payroll").get(URL, {"period": PERIOD, "export": "csv"}).content.decode("utf-8-sig"))))
        assert len([head for head in payroll if "VN" in head or "ND" in head]) == 1 and payroll[-1] not in heads


def test_roles_that_see_no_team(sign_in: SignIn, agent: str) -> None:
    """Agents and administrators have no team page."""
    assert [sign_in(each).get(URL).status_code for each in (agent, "admin")] == [403, 403]
    assert [sign_in(each).get(URL).status_code for each in ("payroll", "quality", "auditor", "manager")] == [200] * 4


def test_files_hold_the_figures_of_the_run(sign_in: SignIn) -> None:
    """CSV and workbook have a row per person with exact pay."""
    client = sign_in("payroll")
    expected = dict(Result.objects.filter(run__period=PERIOD).values_list("agent_id", "variable_vnd"))
    rows = list(csv.reader(io.StringIO(client.get(URL, {"period": PERIOD, "export": "csv"}).content.decode("utf-8-sig"))))
    assert {row[2]: int(row[-1]) for row in rows[1:]} == expected
    book = load_workbook(io.BytesIO(client.get(URL, {"period": PERIOD, "export": "xlsx"}).content))
    cells = list(book.worksheets[0].values)
    assert {row[2]: row[-1] for row in cells[1:]} == expected


def test_newest_version_of_a_plan_counts(sign_in: SignIn) -> None:
    """Two computed versions of one plan are one section, the newer one's."""
    old = Run.objects.select_related("plan").get(period=PERIOD, plan__plan_id__startswith="telesale")
    plan = old.plan
    PlanVersion.objects.filter(pk=plan.pk).update(state=PlanVersion.State.RETIRED)
    new = PlanVersion.objects.create(
        plan_id=plan.plan_id, version="later", title="Mới hơn", text=plan.text, starts=plan.starts, ends=plan.ends, state="announced",
        created_at=plan.created_at.replace(year=plan.created_at.year + 1),
    )  # fmt: skip
    run = Run.objects.create(plan=new, period=PERIOD, run_id="1" * 16, document={}, scorecard={}, computed_at=old.computed_at)
    rows = list(old.results.all())
    Result.objects.bulk_create(
        Result(run=run, agent_id=each.agent_id, name=each.name, team_id=each.team_id, variable_vnd=7, attainment=1.0, items=each.items, lines=[])
        for each in rows
    )
    sections = sign_in("manager").get(URL, {"period": PERIOD}).context["sections"]
    assert [section.variable_vnd for section in sections if section.plan.plan_id == plan.plan_id] == [7 * len(rows)]


def test_same_queries_for_one_row_and_for_many(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    """The list does not ask for each row."""
    client = sign_in("manager")
    client.get(URL, {"period": PERIOD})
    with django_assert_num_queries(11) as asked:
        client.get(URL, {"period": PERIOD})
    Result.objects.filter(run__period=PERIOD).exclude(pk=Result.objects.filter(run__period=PERIOD).order_by("pk").values("pk")[:1]).delete()
    with django_assert_num_queries(len(asked)):
        answer = client.get(URL, {"period": PERIOD})
    assert len(_shown(answer)) == 1


def test_nobody_in_a_team_says_what_to_do(sign_in: SignIn) -> None:
    """Without any result the page is empty and no error."""
    Result.objects.all().delete()
    answer = sign_in("manager").get(URL)
    assert answer.status_code == 200 and 'class="panel empty"' in answer.content.decode()
    assert sign_in("manager").get(URL, {"export": "csv"}).status_code == 200


def test_agent_report_is_the_metric_report(sign_in: SignIn, agent: str) -> None:
    """Activity of a month is what ``kpi metrics`` says of the agent."""
    answer = sign_in("manager").get(reverse("performance:agent", args=[agent]), {"first": "2026-10-01", "last": "2026-10-31"})
    with workplace() as work:
        rows = report([work.metrics[name] for name in ACTIVITY], parse(PERIOD), work.facts, by="agent")["rows"]
    expected = {row["metric"]: row["value"] for row in rows if row["agent_id"] == agent}
    assert {each["metric"]: each["value"] for each in answer.context["activity"]} == expected
    assert Fraction(expected["calls_out"]) > 0


def test_agent_activity_of_any_days_adds_up(sign_in: SignIn, agent: str) -> None:
    """Two halves of a month are the month; the second look is remembered."""
    client, url = sign_in("manager"), reverse("performance:agent", args=[agent])

    def calls(first: str, last: str) -> int:
        found = client.get(url, {"first": first, "last": last}).context["activity"]
        return int(Fraction(next(each["value"] for each in found if each["metric"] == "calls_out")))

    cache.clear()
    assert calls("2026-10-01", "2026-10-15") + calls("2026-10-16", "2026-10-31") == calls("2026-10-01", "2026-10-31") > 0


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({"span": "today"}, date(2026, 11, 3), date(2026, 11, 3)),
        ({"span": "week"}, date(2026, 11, 2), date(2026, 11, 3)),
        ({"span": "month"}, date(2026, 11, 1), date(2026, 11, 3)),
        ({}, date(2026, 10, 1), date(2026, 10, 31)),
        ({"first": "2026-10-20", "last": "2026-10-10"}, date(2026, 10, 10), date(2026, 10, 20)),
        ({"first": "nonsense", "last": "2026-10-10"}, date(2026, 10, 1), date(2026, 10, 31)),
        ({"first": "1900-01-01", "last": "2026-10-31"}, date(2024, 10, 29), date(2026, 10, 31)),
    ],
)
def test_days_asked(sign_in: SignIn, agent: str, asked: dict[str, str], first: date, last: date) -> None:
    """Presets, two dates in any order, and nonsense."""
    context = sign_in("manager").get(reverse("performance:agent", args=[agent]), asked).context
    assert (context["first"], context["last"]) == (first, last)


def test_agent_history_is_every_run(sign_in: SignIn, agent: str) -> None:
    """Each period of the agent, oldest first, with its pay and KPIs; the chart says the same."""
    context = sign_in("manager").get(reverse("performance:agent", args=[agent])).context
    expected = list(Result.objects.filter(agent_id=agent).order_by("run__period").values_list("run__period", "variable_vnd"))
    assert [(each.run.period, each.variable_vnd) for each in context["results"]] == expected
    assert len(context["chart"]["series"][0]["data"]) == len(expected)


def test_agent_page_is_for_those_who_may_see_the_agent(sign_in: SignIn, agent: str, leader: str, other_leader: str) -> None:
    """The agent, the own leader and the office; not colleagues and not another leader."""
    url = reverse("performance:agent", args=[agent])
    colleague = User.objects.filter(role="agent").exclude(agent_id=agent).first()
    assert colleague is not None
    allowed = {who: sign_in(who).get(url).status_code for who in (agent, leader, "manager", "quality", "payroll", "auditor")}
    refused = {who: sign_in(who).get(url).status_code for who in (colleague.username, other_leader, "admin")}
    assert set(allowed.values()) == {200} and set(refused.values()) == {403}
    assert sign_in("manager").get(reverse("performance:agent", args=["nobody"])).status_code == 404


def test_agent_page_without_the_right_shows_no_pay(sign_in: SignIn, agent: str, leader: str) -> None:
    """Quality sees KPIs and no pay."""
    User.objects.filter(username=leader).update(sees_pay=False)
    for who in ("quality", leader):
        answer = sign_in(who).get(reverse("performance:agent", args=[agent]))
        assert answer.context["money"] is False and "/statements/" not in answer.content.decode()


def test_agent_export(sign_in: SignIn, agent: str) -> None:
    """The file has a row for each figure, of the days asked for."""
    client = sign_in(agent)
    question = {"first": "2026-10-01", "last": "2026-10-31", "export": "csv"}
    rows = list(csv.reader(io.StringIO(client.get(reverse("performance:agent", args=[agent]), question).content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(ACTIVITY) and {row[0] for row in rows[1:]} == {agent}
    assert {row[2] for row in rows[1:]} == {"2026-10-01"}
