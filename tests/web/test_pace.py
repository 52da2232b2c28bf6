"""What today and this week need: the month's target over the agent's own working days, and rows behind every figure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.urls import reverse

from chot.core.periods import between, parse
from chot.kpi.metric_report import report
from chot.kpi.people import working_days
from chot.kpi.plan import Gate, Scale
from chot.people.models import Leave, PublicHoliday
from chot.performance import queries_pace, what_if_reasons
from chot.performance.models import Result
from chot.performance.queries import opened_plan
from chot.performance.workplace import workplace

SignIn = Callable[[str], Client]
PERIOD = "2026-10"
TODAY, MONDAY, FIRST = date(2026, 10, 14), date(2026, 10, 12), date(2026, 10, 1)


@pytest.fixture
def result(agent: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    """The agent's result of October, in the middle of it (a Wednesday)."""
    monkeypatch.setenv("CHOT_TODAY", str(TODAY))
    return Result.objects.select_related("run", "run__plan").get(agent_id=agent, run__period=PERIOD)


def _course(result: Result) -> queries_pace.Course:
    found = queries_pace.course(result)
    assert found is not None
    return found


def _revenue(found: queries_pace.Course, result: Result) -> queries_pace.Pace:
    titles = [queries_pace.item_title(item) for item in opened_plan(result.run.plan.text).items if item.metric.id == "revenue"]
    return next(pace for pace in found.paces if pace.title == titles[0])


def _reported(result: Result, first: date) -> Fraction:
    with workplace() as work:
        rows = report([work.metrics["revenue"]], between(first, TODAY), work.facts, by="agent")["rows"]
    return Fraction(next(row["value"] for row in rows if row["agent_id"] == result.agent_id))


def test_what_is_left_is_shared_among_the_days_that_are_left(result: Result) -> None:
    """Today's and the week's target worked out by hand from the metric report of the same days."""
    found = _course(result)
    plan = opened_plan(result.run.plan.text)
    days = working_days(plan.proration, parse(PERIOD))
    holidays = set(PublicHoliday.objects.values_list("day", flat=True))
    days = [day for day in days if day not in holidays]
    left = [day for day in days if day >= TODAY]
    goal = Fraction(next(item["target"] for item in result.items if item["metric"] == "revenue"))
    today, week, month = (_reported(result, first) for first in (TODAY, MONDAY, FIRST))
    rest = max(goal - (month - today), Fraction(0))
    needed = ceil(rest / len(left))
    pace = _revenue(found, result)
    assert (found.days, found.over, found.works_today) == (len(days), len(days) - len(left), True)
    assert (pace.needed, pace.today.actual, pace.week.actual, pace.today.target) == (needed, today, week, needed if rest else None)
    if not rest:
        assert pace.week.target is None
        return
    assert pace.week.target == week - today + min(needed * sum(day <= date(2026, 10, 18) for day in left), rest)


def test_days_off_raise_what_a_day_needs(result: Result) -> None:
    """Approved whole days and public holidays are no working days; what only waits for an answer is one."""
    before = _course(result)
    days = {"agent_id": result.agent_id, "kind": "annual", "asked_at": "2026-10-01T00:00:00Z"}
    Leave.objects.create(**days, first_day="2026-10-20", last_day="2026-10-21", state="asked")
    assert _course(result) == before
    Leave.objects.update(state="approved")
    PublicHoliday.objects.create(day="2026-10-22", name="thử")
    after = _course(result)
    assert after.days == before.days - 3 and after.over == before.over
    was, now = _revenue(before, result).needed, _revenue(after, result).needed
    assert was is not None and now is not None and now >= was and (now > was or was == 0)


def test_day_off_has_no_target(result: Result) -> None:
    """Today's target is none on a day off; the page says so."""
    PublicHoliday.objects.create(day=TODAY, name="thử")
    found = _course(result)
    assert not found.works_today and _revenue(found, result).today.target is None


def test_period_that_is_over_has_no_pace(agent: str) -> None:
    """In November October needs nothing any more."""
    assert queries_pace.course(Result.objects.select_related("run__plan").get(agent_id=agent, run__period=PERIOD)) is None


def test_every_figure_opens_to_rows_that_add_up(sign_in: SignIn, result: Result) -> None:
    """Each number of today and this week opens; the rows' page has the same number, for the own agent only."""
    client = sign_in(result.agent_id)
    page = client.get(reverse("performance:mine"), {"period": PERIOD})
    assert page.status_code == 200 and "Hôm nay và tuần này" in page.content.decode()
    opened = 0
    for pace in _course(result).paces:
        for cell in (pace.today, pace.week):
            for figure, value, query in cell.parts:
                if query:
                    answer = client.get(reverse("performance:rows"), query=None, data={k: v[0] for k, v in parse_qs(query).items()})
                    assert answer.status_code == 200 and answer.context["page"].value == value, (figure.name, query)
                    opened += value > 0
    assert opened > 2
    links = re.findall(r'href="/reports/rows\?([^"]+figure=plan\.[^"]+)"', page.content.decode().replace("&amp;", "&"))
    assert links and all(parse_qs(link)["agent"] == [result.agent_id] for link in links)
    other = Result.objects.filter(run=result.run).exclude(agent_id=result.agent_id)[0].agent_id
    assert client.get(reverse("performance:rows") + "?" + links[0].replace(result.agent_id, other)).status_code == 403


@pytest.mark.parametrize("name", ["plan.1.revenue", "plan.x.revenue.counted_amount", "plan.999999.revenue.counted_amount", "plan.1.nix.nix"])
def test_figures_that_are_none_are_not_found(sign_in: SignIn, agent: str, name: str) -> None:
    """An address that was typed."""
    assert sign_in(agent).get(reverse("performance:rows"), {"figure": name, "agent": agent}).status_code == 404


def _points(*pairs: tuple[int, int]) -> tuple[tuple[Fraction, Fraction], ...]:
    return tuple((Fraction(at, 100), Fraction(pays, 100)) for at, pays in pairs)


@pytest.mark.parametrize(
    ("mode", "points", "expected"),
    [("linear", ((70, 0), (100, 100)), 70), ("step", ((0, 0), (80, 50)), 80), ("linear", ((70, 50), (100, 100)), 70), ("step", ((0, 0),), None)],
)
def test_where_a_scale_begins_to_pay(mode: Any, points: Any, expected: int | None) -> None:
    """A line pays right after its last point at zero, a step from its first that pays."""
    found = what_if_reasons.begins(Scale(name="x", mode=mode, points=_points(*points)))
    assert found == (None if expected is None else Fraction(expected, 100))


@pytest.mark.parametrize(
    ("failed", "fails", "words"), [(True, True, "vẫn chưa đạt"), (True, False, "được tính đủ"), (False, True, "không còn đạt"), (False, False, "")]
)
def test_conditions_in_words(failed: bool, fails: bool, words: str) -> None:
    """What happens to a condition, and nothing where nothing happens."""
    gate = Gate(when=None, otherwise=Fraction(1, 2))  # type: ignore[arg-type]
    found = list(what_if_reasons._gate(gate, "CSAT", failed=failed, fails=fails))
    assert len(found) == bool(words) and all(words in each and "50 %" in each and "CSAT" in each for each in found)


def test_orders_beyond_the_cap_say_so(sign_in: SignIn, result: Result) -> None:
    """A thousand orders are over every cap; the page names the KPI and its highest payout."""
    client = sign_in(result.agent_id)
    found = client.get(reverse("performance:mine"), {"period": PERIOD, "run": result.run_id, "orders": "1000"})
    item = next(each for each in opened_plan(result.run.plan.text).items if each.metric.id == "revenue")
    reasons = found.context["parts"][0]["supposed"].reasons
    most = f"{int(item.scale.points[-1][1] * 100)} %"
    assert any(str(queries_pace.item_title(item)) in each and most in each for each in reasons)
    assert all(each in found.content.decode() for each in reasons)
