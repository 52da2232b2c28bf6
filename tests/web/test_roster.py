"""The roster and leave: shifts by pattern, copied weeks, requests and who answers them, and the days of work that come of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chot.core.errors import InputError
from chot.people import actions_leave, actions_roster, closed_days
from chot.people.actions_workdays import note_worked, refresh_workdays
from chot.people.models import AgentRow, AuditEntry, Leave, Person, PublicHoliday, Shift, ShiftPattern, User, Workday
from chot.people.queries_leave import balance_of
from chot.people.queries_roster import week_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
MONDAY = date(2026, 11, 9)


@pytest.fixture
def team(db: None) -> list[str]:
    """Two agents of one team with a leader of theirs, and three shifts."""
    for agent, name, role in [("z1", "Lê Thu Hà", "telesale"), ("z2", "Trần Văn An", "telesale"), ("z3", "Vũ Mai", "lead")]:
        AgentRow.objects.create(agent_id=agent, name=name, team_id="t-z", plan_role=role, hired_on="2020-03-01", valid_from="2020-03-01")
        User.objects.create_user(agent, "long-enough-words", name=name, agent_id=agent, role="leader" if role == "lead" else "agent")
    for code, starts, ends in [("S", "08:00", "17:00"), ("C", "13:00", "21:00"), ("D", "22:00", "06:00")]:
        ShiftPattern.objects.create(code=code, name=code, starts=starts, ends=ends, break_s=3600)
    return ["z1", "z2"]


@pytest.fixture
def by(db: None) -> dict[str, object]:
    return {"by": User.objects.get(username="manager"), "address": None}


def workdays(agent: str) -> list[tuple[str, int | None, int | None, str]]:
    found = Workday.objects.filter(agent_id=agent).order_by("date").values_list("date", "scheduled_s", "worked_s", "leave")
    return [(f"{day:%m-%d}", scheduled, worked, leave) for day, scheduled, worked, leave in found]


def test_a_leader_plans_the_own_week(sign_in: SignIn, team: list[str]) -> None:
    client = sign_in("z3")
    sent = {"team": "t-z", "week": "2026-11-09", "z1/2026-11-09": "S", "z1/2026-11-10": "D", "z2/2026-11-09": ""}
    assert client.post("/roster", sent).status_code == 302
    night = Shift.objects.get(agent_id="z1", day="2026-11-10")
    assert night.starts_at.isoformat() == "2026-11-10T15:00:00+00:00" and night.scheduled_s == 7 * 3600
    assert workdays("z1") == [("11-09", 28800, None, "none"), ("11-10", 25200, None, "none")]
    entry = AuditEntry.objects.filter(action="roster.planned").latest("pk")
    assert entry.after == {"2026-11-09": "S", "2026-11-10": "D"}
    before = AuditEntry.objects.count()
    client.post("/roster", sent)
    assert AuditEntry.objects.count() == before  # nothing differs, nothing is written
    client.post("/roster", sent | {"z1/2026-11-09": ""})
    assert workdays("z1") == [("11-10", 25200, None, "none")]


def test_nobody_plans_another_team(sign_in: SignIn, team: list[str]) -> None:
    other = AgentRow.objects.exclude(team_id__in=["t-z", ""]).values_list("team_id", flat=True)[0]
    client = sign_in("z3")
    assert client.get("/roster", {"team": other}).status_code == 403
    assert client.post("/roster", {"team": other, "week": "2026-11-09"}).status_code == 403
    assert sign_in("auditor").post("/roster", {"team": "t-z", "week": "2026-11-09", "z1/2026-11-09": "S"}).status_code == 403
    client.post("/roster", {"team": "t-z", "week": "2026-11-09", "a02/2026-11-09": "S"})  # somebody who is not in the team
    assert not Shift.objects.exists()


def test_overlapping_shifts_change_nothing(team: list[str], by: dict[str, object]) -> None:
    ShiftPattern.objects.create(code="X", name="X", starts="05:00", ends="12:00")
    with pytest.raises(InputError, match="09/11"):
        actions_roster.plan_days({("z1", MONDAY): "D", ("z1", date(2026, 11, 10)): "X"}, **by)
    with pytest.raises(InputError, match="no-such"):
        actions_roster.plan_days({("z1", MONDAY): "no-such"}, **by)


def test_a_week_is_copied_into_empty_days_only(sign_in: SignIn, team: list[str], by: dict[str, object]) -> None:
    before = {("z1", date(2026, 11, 2)): "S", ("z1", date(2026, 11, 3)): "S", ("z2", date(2026, 11, 2)): "C"}
    actions_roster.plan_days(before | {("z1", MONDAY): "C"}, **by)
    sign_in("z3").post("/roster/copy", {"team": "t-z", "week": "2026-11-09"})
    found = Shift.objects.filter(day__gte=MONDAY).order_by("agent_id", "day").values_list("agent_id", "day", "pattern__code")
    assert [(agent, f"{day:%d}", code) for agent, day, code in found] == [("z1", "09", "C"), ("z1", "10", "S"), ("z2", "09", "C")]


def test_worked_time_is_never_overwritten(team: list[str], by: dict[str, object]) -> None:
    note_worked("z1", MONDAY, worked_s=27_000, pause_s=600)
    actions_roster.plan_days({("z1", MONDAY): "S"}, **by)
    actions_roster.plan_days({("z1", MONDAY): ""}, **by)
    assert workdays("z1") == [("11-09", None, 27_000, "none")]
    assert refresh_workdays([("z1", MONDAY)], rostered=True) == 0


def test_leave_from_request_to_day_of_work(sign_in: SignIn, team: list[str], by: dict[str, object]) -> None:
    actions_roster.plan_days({("z1", MONDAY): "S"}, **by)
    agent, leader = sign_in("z1"), sign_in("z3")
    sent = {"kind": "annual", "first_day": "2026-11-09", "last_day": "2026-11-10", "part": "day", "note": "việc nhà"}
    assert agent.post("/my-shifts", sent).status_code == 302
    assert workdays("z1") == [("11-09", 28800, None, "none")]
    assert agent.post("/my-shifts", sent).status_code == 422  # the same days again
    asked = Leave.objects.get(agent_id="z1")
    assert "việc nhà" in leader.get("/leave").content.decode()
    assert leader.post(f"/leave/{asked.pk}", {"approve": "1", "answer": "ok"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by.username, asked.answer) == ("approved", "z3", "ok")
    assert workdays("z1") == [("11-09", 28800, None, "annual"), ("11-10", None, None, "annual")]
    assert any("09/11" in said for said in week_of("t-z", MONDAY).conflicts)
    assert agent.post(f"/my-shifts/{asked.pk}/withdraw").status_code == 302
    assert workdays("z1") == [("11-09", 28800, None, "none")]


def test_who_answers_requests(sign_in: SignIn, team: list[str], by: dict[str, object]) -> None:
    theirs = actions_leave.ask("z3", "annual", MONDAY, MONDAY, "day", "", **by)
    other = AgentRow.objects.exclude(team_id__in=["t-z", ""]).filter(left_on=None).values_list("agent_id", flat=True)[0]
    stranger = actions_leave.ask(other, "sick", MONDAY, MONDAY, "day", "", **by)
    leader = sign_in("z3")
    assert [leader.post(f"/leave/{each.pk}", {"approve": "1"}).status_code for each in (theirs, stranger)] == [403, 403]
    assert sign_in("z1").post(f"/my-shifts/{theirs.pk}/withdraw").status_code == 404
    assert set(Leave.objects.values_list("state", flat=True)) == {"asked"}
    assert sign_in("manager").post(f"/leave/{theirs.pk}", {"approve": "0"}).status_code == 302
    theirs.refresh_from_db()
    assert theirs.state == "refused"
    with pytest.raises(InputError):
        actions_leave.decide(theirs, "", approve=True, **by)


def test_half_days_and_the_balance_of_the_year(team: list[str], by: dict[str, object]) -> None:
    PublicHoliday.objects.create(day="2026-11-24", name="Ngày Văn hóa Việt Nam")
    long = actions_leave.ask("z1", "annual", date(2026, 11, 21), date(2026, 11, 25), "day", "", **by)  # Sat, Sun, Mon, holiday, Wed
    actions_leave.decide(long, "", approve=True, **by)
    actions_leave.ask("z1", "annual", MONDAY, MONDAY, "morning", "", **by)
    actions_leave.ask("z1", "annual", MONDAY, MONDAY, "afternoon", "", **by)
    actions_leave.ask("z1", "sick", date(2026, 11, 12), date(2026, 11, 12), "day", "", **by)
    found = balance_of("z1", 2026)
    assert (found.entitled, found.taken, found.asked, found.left) == (Fraction(13), Fraction(3), Fraction(1), Fraction(9))
    Person.objects.create(agent_id="z1", annual_days=16)
    assert balance_of("z1", 2026).entitled == 17  # the agreed days and the one of seniority
    with pytest.raises(InputError):
        actions_leave.ask("z1", "annual", date(2026, 11, 16), date(2026, 11, 17), "morning", "", **by)


def test_public_holidays_are_filled_in_once(team: list[str], by: dict[str, object]) -> None:
    actions_roster.plan_days({("z2", date(2026, 9, 2)): "S"}, **by)
    made = actions_roster.prefill_holidays(2026, **by)
    assert made >= 11 and actions_roster.prefill_holidays(2026, **by) == 0
    assert ("09-02", None, None, "holiday") in workdays("z1") and ("09-02", 28800, None, "none") in workdays("z2")
    actions_roster.set_holiday(date(2026, 9, 2), "", **by)
    assert "09-02" not in [day for day, *_rest in workdays("z1")]


def test_paid_days_change_only_as_late_facts(sign_in: SignIn, team: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed_days, "_ASKED", [lambda day: day < date(2026, 11, 1)])
    client = sign_in("z3")
    sent = {"team": "t-z", "week": "2026-10-26", "z1/2026-10-31": "S", "z1/2026-11-01": "S"}
    assert client.post("/roster", sent).status_code == 422 and not Shift.objects.exists()
    assert client.post("/roster", sent | {"late": "1"}, follow=True).status_code == 200 and Shift.objects.count() == 2


def test_the_page_asks_as_much_for_one_as_for_three(
    sign_in: SignIn, team: list[str], by: dict[str, object], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in("manager")
    actions_roster.plan_days({("z1", MONDAY): "S"}, **by)
    client.get("/roster", {"team": "t-z", "week": "2026-11-09"})
    with django_assert_max_num_queries(60) as one:
        client.get("/roster", {"team": "t-z", "week": "2026-11-09"})
    actions_roster.plan_days({(agent, day): "S" for agent in ("z1", "z2", "z3") for day in (MONDAY, date(2026, 11, 10))}, **by)
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get("/roster", {"team": "t-z", "week": "2026-11-09"})


def test_patterns_and_holidays_are_set_by_managers(sign_in: SignIn, team: list[str]) -> None:
    client = sign_in("manager")
    sent = {"which": "pattern", "code": "HC", "name": "Hành chính", "starts": "08:30", "ends": "17:30", "break_min": "60", "is_active": "on"}
    assert client.post("/roster/settings", sent).status_code == 302
    assert ShiftPattern.objects.get(code="HC").break_s == 3600
    assert client.post("/roster/settings", {"which": "year"}, follow=True).status_code == 200 and PublicHoliday.objects.exists()
    assert client.post("/roster/settings", {**sent, "code": "a b"}).status_code == 422
