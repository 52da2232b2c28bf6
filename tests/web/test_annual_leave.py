"""Annual leave by year, leave entered for others, the calendar, and what is said of pay that a change moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chot.calls.queries_exchange import forget_address
from chot.core.errors import InputError
from chot.pay.models import PayRun
from chot.people import actions_annual, actions_leave, views_annual
from chot.people.models import AgentRow, AuditEntry, Leave, LeaveAdjustment, Notification, PublicHoliday, User, Workday
from chot.people.queries_leave import balance_of, earned
from chot.performance.models import Result

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
DAY = date(2026, 11, 9)


@pytest.fixture
def team(db: None) -> list[str]:
    """Two agents, one of them new this year, and their leader."""
    for agent, name, hired in [("z1", "Lê Thu Hà", "2020-03-01"), ("z2", "Trần Văn An", "2026-05-18"), ("z3", "Vũ Mai", "2020-03-01")]:
        AgentRow.objects.create(agent_id=agent, name=name, team_id="t-z", plan_role="telesale", hired_on=hired, valid_from=hired)
        User.objects.create_user(agent, "long-enough-words", name=name, agent_id=agent, role="leader" if agent == "z3" else "agent")
    return ["z1", "z2"]


@pytest.fixture
def by(db: None) -> dict[str, Any]:
    return {"by": User.objects.get(username="manager"), "address": None}


@pytest.mark.parametrize(
    ("hired", "left", "agreed", "days"),
    [
        ("2026-01-01", None, None, Fraction(12)),
        ("2026-05-15", None, None, Fraction(8)),  # half of May's working days or more: 14 or more of 26
        ("2026-05-18", None, None, Fraction(7)),  # 12 of 26
        ("2021-12-31", None, None, Fraction(13)),  # five years are full in the year
        ("2016-12-31", None, 14, Fraction(16)),
        ("2020-03-01", "2026-06-30", None, Fraction(13, 2)),
        ("2027-01-01", None, None, Fraction(0)),
    ],
)
def test_what_a_year_gives(hired: str, left: str | None, agreed: int | None, days: Fraction) -> None:
    assert earned(date.fromisoformat(hired), 2026, agreed, date.fromisoformat(left) if left else None).days == days


def test_a_leader_enters_leave_for_the_own_team(sign_in: SignIn, team: list[str]) -> None:
    leader = sign_in("z3")
    sent = {"agent_id": "z1", "kind": "sick", "first_day": "2026-11-09", "last_day": "2026-11-10", "part": "day", "note": "gọi điện báo ốm"}
    assert leader.post("/leave/enter", sent | {"note": ""}).status_code == 422  # a reason is asked for
    assert leader.post("/leave/enter", sent | {"agent_id": "z3"}).status_code == 422  # nobody enters the own
    assert leader.post("/leave/enter", sent | {"agent_id": "a02"}).status_code == 422 and not Leave.objects.exists()
    assert leader.post("/leave/enter", sent).status_code == 302
    made = Leave.objects.get()
    assert (made.state, made.asked_by.username, made.decided_by.username) == ("approved", "z3", "z3")
    assert list(Workday.objects.filter(agent_id="z1").values_list("leave", flat=True)) == ["sick", "sick"]
    entry = AuditEntry.objects.get(action="leave.approved")
    assert (entry.user.username, entry.subject, entry.after["reason"]) == ("z3", "agent:z1", "gọi điện báo ốm")
    assert list(Notification.objects.filter(kind__startswith="leave").values_list("user__username", "kind")) == [("z1", "leave.entered")]
    assert leader.post("/leave/enter", sent).status_code == 422  # the same days again
    assert sign_in("z1").post("/leave/enter", sent).status_code == 403
    assert leader.post(f"/leave/{made.pk}/take-back", {"reason": " "}).status_code == 302 and Workday.objects.filter(agent_id="z1").exists()
    leader.post(f"/leave/{made.pk}/take-back", {"reason": "nhầm người"})
    made.refresh_from_db()
    assert made.state == "withdrawn" and not Workday.objects.filter(agent_id="z1").exists()
    assert AuditEntry.objects.get(action="leave.taken_back").after["reason"] == "nhầm người"


def test_days_are_carried_over_once_and_lapse(sign_in: SignIn, team: list[str], by: dict[str, Any]) -> None:
    manager = sign_in("manager")
    sent = {"most": "5", "until": "2026-06-30"}
    assert sign_in("z3").post("/leave/carry-over?year=2026&team=t-z", sent).status_code == 403
    for _time in range(2):
        assert manager.post("/leave/carry-over?year=2026&team=t-z", sent).status_code == 302
    found = LeaveAdjustment.objects.filter(agent_id__in=["z1", "z2", "z3"]).values_list("agent_id", "kind", "half_days")
    assert list(found) == [("z1", "carried", 10), ("z3", "carried", 10)]  # z2 had no 2025
    actions_leave.enter("z1", "annual", date(2026, 6, 29), date(2026, 7, 1), "day", "x", **by)
    stand = balance_of("z1", 2026)
    assert (stand.carried, stand.lapsed, stand.taken, stand.left) == (5, 3, 3, 13 + 5 - 3 - 3)
    actions_annual.adjust("z1", 2026, "carried", Fraction(2), "sửa", **by)
    actions_annual.adjust("z1", 2026, "paid", Fraction(-3, 2), "đã trả", **by)
    assert (balance_of("z1", 2026).carried, balance_of("z1", 2026).corrected, balance_of("z1", 2026).left) == (2, Fraction(-3, 2), Fraction(21, 2))
    page = manager.get("/leave/annual/z1").content.decode()
    assert "10,5" in page and "đã trả" in page
    assert manager.post("/leave/annual/z1?year=2026", {"which": "adjust", "kind": "corrected", "days": "0.3", "reason": "x"}).status_code == 422
    assert manager.post("/leave/annual/z1?year=2026", {"which": "agreed", "annual_days": "14"}).status_code == 302
    assert balance_of("z1", 2026).entitled == 15


def test_the_year_is_seen_by_the_own_leader_only(
    sign_in: SignIn, team: list[str], by: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    leader = sign_in("z3")
    actions_leave.enter("z1", "annual", DAY, DAY, "morning", "khám bệnh", **by)
    text = leader.get("/leave/annual?year=2026&export=csv").content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ["z2", "z1", "z3"]
    assert text.splitlines()[2] == "z1,Lê Thu Hà,t-z,2026,13.0,1.0,12.0,0.0,0.0,0.0,0.5,0.0,12.5"
    assert leader.get("/leave/annual/a02").status_code == 403 and leader.get("/leave/annual?team=nowhere").status_code == 403
    calendar = leader.get("/leave/calendar?month=2026-11").content.decode()
    assert calendar.count('class="leave annual approved morning"') == 1
    pages = ("/leave/annual", "/leave/calendar?month=2026-11")
    three = [_asked(leader, page) for page in pages]
    AgentRow.objects.filter(agent_id__in=["z1", "z2"]).update(team_id="t-y")
    for page, asked in zip(pages, three, strict=True):
        forget_address()  # the exchange's is kept for a few seconds
        with django_assert_num_queries(asked):
            text = leader.get(page).content.decode()
        assert "Vũ Mai" in text and "Lê Thu Hà" not in text


def test_a_long_year_comes_in_pages(sign_in: SignIn, team: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has everyone."""
    monkeypatch.setattr(views_annual, "_ROWS", 2)
    leader = sign_in("z3")
    first, second = (leader.get(f"/leave/annual?year=2026&page={number}").context for number in (1, 2))
    assert [[row.agent_id for row in each["rows"]] for each in (first, second)] == [["z2", "z1"], ["z3"]]
    assert 'href="?year=2026&amp;team=&amp;page=2"' in leader.get("/leave/annual?year=2026").content.decode()
    assert len(leader.get("/leave/annual?year=2026&export=csv").content.decode().splitlines()) == 1 + 3


def _asked(client: Client, page: str) -> int:
    """Queries of a page with three people."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(page)
    forget_address()
    with CaptureQueriesContext(connection) as found:
        client.get(page)
    return len(found)


def test_a_change_says_which_pay_it_moves(sign_in: SignIn, agent: str, by: dict[str, Any]) -> None:
    result = Result.objects.select_related("run__plan").filter(agent_id=agent, run__period="2026-10").first()
    assert result
    run = PayRun.objects.filter(plan=result.run.plan, period="2026-10").first() or PayRun.objects.create(plan=result.run.plan, period="2026-10")
    PayRun.objects.filter(pk=run.pk).update(state="draft")
    manager = sign_in("manager")
    sent = {"agent_id": agent, "kind": "unpaid", "first_day": "2026-10-05", "last_day": "2026-10-05", "part": "day", "note": "bổ sung"}
    said = manager.post("/leave/enter", sent, follow=True).content.decode()
    assert "đã lập bảng lương" in said and f'href="/pay/{run.pk}"' in said and "đã chốt lương" not in said
    PayRun.objects.filter(pk=run.pk).update(state="closed")
    leave = Leave.objects.get(agent_id=agent)
    said = manager.post(f"/leave/{leave.pk}/take-back", {"reason": "nhầm"}, follow=True).content.decode()
    assert "khoản điều chỉnh" in said and "đã chốt lương" in said
    said = manager.post("/roster/settings", {"which": "holiday", "day": "2026-10-20", "name": "Ngày nghỉ"}, follow=True).content.decode()
    assert "đã chốt lương" in said and PublicHoliday.objects.filter(day="2026-10-20").exists()
    later = manager.post("/leave/enter", sent | {"first_day": "2026-11-16", "last_day": "2026-11-16"}, follow=True).content.decode()
    assert "đã chốt lương" not in later and "đã lập bảng lương" not in later
    with pytest.raises(InputError):
        actions_leave.take_back(leave, "x", **by)
