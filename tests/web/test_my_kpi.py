"""An agent's own KPIs, statement and what-if: the figures of the run, and nobody else's."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chot.kpi.run import compute
from chot.people.models import AuditEntry, User
from chot.people.templatetags.figures import measured, percent, vnd
from chot.performance import actions
from chot.performance.models import PlanVersion, Result, Run, Statement
from chot.performance.workplace import read_plan, workplace

SignIn = Callable[[str], Client]
PERIOD = "2026-10"


@pytest.fixture
def result(agent: str) -> Result:
    """The agent's result of October."""
    return Result.objects.select_related("run", "run__plan").get(agent_id=agent, run__period=PERIOD)


def _text(answer: Any) -> str:
    """What a page says, without tags and with single spaces."""
    bare = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", bare)


def _line(result: Result, line_id: str) -> str:
    return reverse("performance:line", args=[result.run.plan_id, PERIOD, result.agent_id, line_id])


def test_days_and_gates_are_the_statements_and_need_none(sign_in: SignIn, result: Result) -> None:
    """The page makes no statement, for which every row is read; a run from before it was so gets them from the statement."""
    made = Statement.objects.filter(run_id=result.run.run_id)
    made.delete()
    client, page = sign_in(result.agent_id), reverse("performance:mine")
    said = client.get(page, {"period": PERIOD})
    assert not made.exists()
    stored = {each.agent_id: each.head for each in result.run.results.all()}
    assert any(head["gates"] for head in stored.values()) and any(head["reduced_days"] for head in stored.values())
    for agent_id in [result.agent_id, *(name for name, head in stored.items() if head["reduced_days"])][:3]:
        document = actions.statement(result.run, agent_id).document
        assert stored[agent_id] == {name: document[name] for name in ("target_days", "reduced_days", "gates")}
    result.run.results.update(head=None)
    assert _text(client.get(page, {"period": PERIOD})) == _text(said)


def test_page_says_what_the_run_says(sign_in: SignIn, result: Result) -> None:
    """Pay, weighted attainment and every KPI are those of the result, which are those of the command line's document."""
    answer = sign_in(result.agent_id).get(reverse("performance:mine"), {"period": PERIOD})
    said = _text(answer)
    units = {item.metric.id: item.metric.unit for item in read_plan(result.run.plan.text).items}
    assert answer.status_code == 200
    assert vnd(result.variable_vnd) in said and percent(result.attainment) in said
    for item in result.items:
        for figure in (measured(item["actual"], units[item["metric"]]), measured(item["target"], units[item["metric"]]), vnd(item["amount_vnd"])):
            assert figure in said
        assert _line(result, f"item:{item['metric']}") in answer.content.decode()
    with workplace() as work:
        plan = read_plan(result.run.plan.text)
        run = compute(plan, plan.period_of(PERIOD), work.facts)
    place = run.place(result.agent_id)
    assert place is not None and run.variable_vnd(place) == result.variable_vnd


def test_lines_of_the_page_add_up_to_its_pay(sign_in: SignIn, result: Result) -> None:
    """Every line of the result is on the page, and they add up to the variable pay."""
    said = _text(sign_in(result.agent_id).get(reverse("performance:mine"), {"period": PERIOD}))
    assert sum(line["amount_vnd"] for line in result.lines) == result.variable_vnd
    assert all(vnd(line["amount_vnd"]) in said for line in result.lines)


def test_unknown_period_is_the_latest(sign_in: SignIn, agent: str) -> None:
    """A period of which there is no run falls back to the latest one."""
    answer = sign_in(agent).get(reverse("performance:mine"), {"period": "1999-01"})
    assert answer.context["period"] == PERIOD
    assert answer.context["periods"] == sorted(answer.context["periods"], reverse=True)


def test_office_has_no_page_of_its_own(sign_in: SignIn) -> None:
    """Whoever is no agent of the facts has no KPIs."""
    assert all(sign_in(each).get(reverse("performance:mine")).status_code == 403 for each in ("manager", "payroll", "auditor", "admin"))


def test_agent_without_a_plan_reads_what_to_expect(sign_in: SignIn) -> None:
    """Someone whom no plan pays sees an empty page and no error."""
    User.objects.create_user("newcomer", None, name="Người Mới", agent_id="nobody-yet")
    answer = sign_in("newcomer").get(reverse("performance:mine"))
    assert answer.status_code == 200 and answer.context["parts"] == [] and 'class="panel empty"' in answer.content.decode()


def test_running_period_shows_forecast_and_time(sign_in: SignIn, result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the period runs the page has the forecast of the run with its interval, and the working days over."""
    monkeypatch.setenv("CHOT_TODAY", "2026-10-20")
    run = actions.compute_run(result.run.plan, PERIOD)
    assert run.forecast is not None and run.forecast["period"] == PERIOD
    outlook = run.results.get(agent_id=result.agent_id).forecast
    assert outlook["agent_id"] == result.agent_id and run.forecast["agents"] == []
    said = _text(sign_in(result.agent_id).get(reverse("performance:mine"), {"period": PERIOD}))
    assert all(vnd(outlook[name]) in said for name in ("pay_vnd", "pay_low_vnd", "pay_high_vnd"))
    assert "17 / 27" in said
    assert actions.compute_run(result.run.plan, "2026-09").forecast is None


def test_what_if_is_the_plan_itself(sign_in: SignIn, result: Result) -> None:
    """Three more orders bring exactly what the scale and the commission give for the higher revenue and conversion."""
    client = sign_in(result.agent_id)
    question = {"period": PERIOD, "run": result.run_id, "orders": "3"}
    page = client.get(reverse("performance:mine"), question)
    part = client.get(reverse("performance:mine"), question, headers={"HX-Request": "true"})
    found = page.context["parts"][0]["supposed"]
    lines = {line["id"]: line["amount_vnd"] for line in result.lines}
    assert found.now_vnd == result.variable_vnd == sum(lines.values())
    assert found.then_vnd - found.now_vnd == sum(line["difference"] for line in found.lines)
    revenue = next(item for item in result.items if item["metric"] == "revenue")
    changed = next(item for item in found.items if item["unit"] == "vnd")
    assert Fraction(changed["after"]) == Fraction(revenue["actual"]) + 3 * found.order_vnd
    assert vnd(found.then_vnd) in _text(page) and vnd(found.then_vnd) in _text(part)
    assert "<html" not in part.content.decode() and "<html" in page.content.decode()


def test_what_if_of_one_kpi_follows_its_scale(sign_in: SignIn, result: Result) -> None:
    """One more successful call pays what the plan's scale says for one call, computed by hand."""
    plan = read_plan(result.run.plan.text)
    item = next(each for each in plan.items if each.metric.id == "successful_calls")
    found = next(each for each in result.items if each["metric"] == "successful_calls")

    def pays(actual: Fraction) -> Fraction:
        attained, points = actual / Fraction(found["target"]), item.scale.points
        if attained < points[0][0]:
            return Fraction(0)
        for (low, low_pays), (high, high_pays) in pairwise(points):
            if low <= attained < high:
                return low_pays + (attained - low) * (high_pays - low_pays) / (high - low)
        return points[-1][1]

    more = -int(Fraction(found["actual"]) / 10)
    answer = sign_in(result.agent_id).get(
        reverse("performance:mine"), {"period": PERIOD, "run": result.run_id, "x_successful_calls": str(more)}
    )
    supposed = answer.context["parts"][0]["supposed"]
    now, then = Fraction(found["actual"]), Fraction(found["actual"]) + more
    assert supposed.items == [{"title": item.title, "unit": "count", "before": str(now), "after": str(then)}]
    by_title = {line["title"]: line for line in supposed.lines}
    share = Fraction(found["effective_weight"]) / 100 * plan.bonus_vnd * (pays(then) - pays(now))
    assert abs(by_title.get(item.title, {"difference": 0})["difference"] - share) <= 1


def test_what_if_with_nonsense_changes_nothing(sign_in: SignIn, result: Result) -> None:
    """Text, nothing and a run of someone else give no answer, and nothing is written."""
    client, before = sign_in(result.agent_id), (Result.objects.count(), Run.objects.count(), AuditEntry.objects.count())
    other = Run.objects.exclude(plan=result.run.plan).first()
    assert other is not None
    for question in ({"orders": "viel"}, {"orders": ""}, {"x_revenue": "1e9"}, {"orders": "-3"}):
        answer = client.get(reverse("performance:mine"), {"period": PERIOD, "run": result.run_id, **question})
        assert answer.status_code == 200 and answer.context["parts"][0]["supposed"] is None
    answer = client.get(reverse("performance:mine"), {"period": PERIOD, "run": other.pk, "orders": "3"})
    assert answer.context["parts"][0]["supposed"] is None
    assert (Result.objects.count(), Run.objects.count(), AuditEntry.objects.count()) == before


def test_statement_has_every_line_once(sign_in: SignIn, result: Result) -> None:
    """The payslip's lines are the run's, and it is computed once for a run id."""
    client, url = sign_in(result.agent_id), reverse("performance:statement", args=[result.run.plan_id, PERIOD, result.agent_id])
    answer = client.get(url)
    assert [(line["id"], line["amount_vnd"]) for line in answer.context["lines"]] == [
        (line["id"], line["amount_vnd"]) for line in result.lines
    ]
    assert vnd(result.variable_vnd) in _text(answer)
    client.get(url)
    assert Statement.objects.filter(run_id=result.run.run_id, agent_id=result.agent_id).count() == 1


def test_line_opens_to_rows_that_add_up(sign_in: SignIn, result: Result) -> None:
    """The rows shown, the rest and the total of a line re-add to the KPI's actual; the file has every row."""
    client, url = sign_in(result.agent_id), _line(result, "item:revenue")
    found = next(each for each in result.items if each["metric"] == "revenue")
    behind = client.get(url, {"rows": "all"}).context["inputs"][0]["behind"][0]
    assert sum(row.added for row in behind.counted) == behind.total == Fraction(found["actual"])
    few = client.get(url).context["inputs"][0]["behind"][0]
    assert len(few.counted) == min(50, behind.count) and few.rest_count == behind.count - len(few.counted)
    rows = list(csv.reader(io.StringIO(client.get(url, {"export": "csv"}).content.decode("utf-8-sig"))))
    amounts = [int(row[-1]) for row in rows[1:] if row[1] == rows[1][1]]
    assert sum(amounts) == Fraction(found["actual"])
    assert len(rows) - 1 == sum(each.count + each.left_count for each in client.get(url, {"rows": "all"}).context["inputs"][0]["behind"])


def test_rows_left_out_say_why(sign_in: SignIn, result: Result) -> None:
    """Every row that does not count is there with its reason in the reader's language."""
    behind = sign_in(result.agent_id).get(_line(result, "item:successful_calls")).context["inputs"][0]["behind"][0]
    assert behind.left_count == sum(count for _reason, count in behind.reasons) > 50
    assert all(row.reason["vi"] for row in behind.left_out) and len(behind.left_out) == 50


def test_unknown_line_or_person_is_not_found(sign_in: SignIn, result: Result) -> None:
    """404 for what is not in the run, 403 before that for who may not see pay."""
    assert sign_in(result.agent_id).get(_line(result, "item:nothing")).status_code == 404
    unknown = reverse("performance:statement", args=[result.run.plan_id, PERIOD, "nobody"])
    assert sign_in("payroll").get(unknown).status_code == 404
    assert sign_in(result.agent_id).get(unknown).status_code == 403
    assert sign_in("payroll").get(reverse("performance:statement", args=[result.run.plan_id, "2020-01", result.agent_id])).status_code == 404


def test_pay_is_nobody_elses(sign_in: SignIn, result: Result) -> None:
    """Colleagues, quality and administrators never see a statement; payroll, managers and auditors do."""
    colleague = User.objects.filter(role="agent").exclude(agent_id=result.agent_id).first()
    assert colleague is not None
    urls = [reverse("performance:statement", args=[result.run.plan_id, PERIOD, result.agent_id]), _line(result, "item:revenue")]
    for url in urls:
        assert [sign_in(each).get(url).status_code for each in (colleague.username, "quality", "admin")] == [403, 403, 403]
        assert [sign_in(each).get(url).status_code for each in ("payroll", "manager", "auditor")] == [200, 200, 200]
        assert Client().get(url).status_code == 302


def test_leader_sees_pay_of_the_own_team_where_allowed(sign_in: SignIn, result: Result) -> None:
    """A leader's own team only, and only with the permission."""
    leaders = {user.username: user for user in User.objects.filter(role="leader")}
    own = [name for name in leaders if _team(name) == result.team_id]
    others = [name for name in leaders if _team(name) != result.team_id]
    url = reverse("performance:statement", args=[result.run.plan_id, PERIOD, result.agent_id])
    assert own and others
    assert sign_in(own[0]).get(url).status_code == 200
    assert sign_in(others[0]).get(url).status_code == 403
    User.objects.filter(username=own[0]).update(sees_pay=False)
    assert sign_in(own[0]).get(url).status_code == 403


def _team(agent_id: str) -> str:
    from chot.people.queries import team_of

    return team_of(agent_id)


def test_drafts_are_nobodys_pay(sign_in: SignIn, result: Result) -> None:
    """A run of a plan that is not announced shows nowhere."""
    PlanVersion.objects.filter(pk=result.run.plan_id).update(state=PlanVersion.State.DRAFT)
    client = sign_in(result.agent_id)
    assert client.get(reverse("performance:mine")).context["parts"] == []
    assert client.get(reverse("performance:statement", args=[result.run.plan_id, PERIOD, result.agent_id])).status_code == 404


def test_changed_facts_ask_to_compute_again(sign_in: SignIn, result: Result) -> None:
    """A statement of facts that have moved on is announced, never shown with other figures."""
    Run.objects.filter(pk=result.run_id).update(run_id="0" * 16)
    client = sign_in(result.agent_id)
    answer = client.get(reverse("performance:statement", args=[result.run.plan_id, PERIOD, result.agent_id]))
    assert answer.status_code == 200 and answer.context["document"] is None and answer.context["problem"]
    assert client.get(reverse("performance:mine")).status_code == 200


def test_english_page_is_english(sign_in: SignIn, result: Result) -> None:
    """Figures in the reader's custom."""
    User.objects.filter(username=result.agent_id).update(language="en")
    said = _text(sign_in(result.agent_id).get(reverse("performance:mine"), {"period": PERIOD}))
    assert "October 2026" in said and f"{result.variable_vnd:,} ₫" in said


def test_page_asks_the_database_alike_for_few_and_many(
    sign_in: SignIn, result: Result, django_assert_max_num_queries: Any, var: Path
) -> None:
    """A second visit is served from rows that are there: no facts are opened."""
    client = sign_in(result.agent_id)
    client.get(reverse("performance:mine"))
    (var / "data").rename(var / "away")
    try:
        (var / "data" / "plans").mkdir(parents=True)
        with django_assert_max_num_queries(10):
            answer = client.get(reverse("performance:mine"))
    finally:
        (var / "data" / "plans").rmdir()
        (var / "data").rmdir()
        (var / "away").rename(var / "data")
    assert answer.status_code == 200 and vnd(result.variable_vnd) in _text(answer)


def test_charts_and_scripts_carry_no_pay_of_others(sign_in: SignIn, result: Result) -> None:
    """The own page names no colleague."""
    content = sign_in(result.agent_id).get(reverse("performance:mine")).content.decode()
    others = Result.objects.filter(run=result.run).exclude(agent_id=result.agent_id).values_list("name", flat=True)
    assert not [name for name in others if name in content and name != result.name]
