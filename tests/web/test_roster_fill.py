"""The roster filled by a rhythm, and the last change taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from chot.people import actions_leave, closed_days
from chot.people.models import AgentRow, PublicHoliday, Shift, ShiftPattern, User

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
SENT = {"team": "t-z", "week": "2026-11-09", "code": "S", "on": "5", "off": "2", "first": "2026-11-09", "last": "2026-11-22", "stagger": "1"}


@pytest.fixture
def leader(sign_in: SignIn) -> Client:
    for agent, name, left in [("z1", "Lê Thu Hà", None), ("z2", "Trần Văn An", "2026-11-12"), ("z3", "Vũ Mai", None)]:
        AgentRow.objects.create(agent_id=agent, name=name, team_id="t-z", hired_on="2020-03-01", valid_from="2020-03-01", left_on=left)
        User.objects.create_user(agent, "long-enough-words", name=name, agent_id=agent, role="leader" if agent == "z3" else "agent")
    ShiftPattern.objects.create(code="S", name="S", starts="08:00", ends="17:00", break_s=3600)
    ShiftPattern.objects.create(code="D", name="D", starts="22:00", ends="09:00", break_s=3600)
    return sign_in("z3")


def planned(agent: str) -> str:
    days = set(Shift.objects.filter(agent_id=agent, day__range=("2026-11-09", "2026-11-22")).values_list("day", flat=True))
    return "".join("S" if date(2026, 11, 9 + place) in days else "-" for place in range(14))


def test_days_on_and_off_around_leave_and_holidays_and_back(leader: Client) -> None:
    PublicHoliday.objects.create(day="2026-11-20", name="Ngày Nhà giáo")
    manager = User.objects.get(username="manager")
    actions_leave.enter("z1", "annual", date(2026, 11, 10), date(2026, 11, 10), "day", "x", by=manager, address=None)
    assert leader.post("/roster/fill", SENT | {"agents": ["z1", "z2"]}).status_code == 302
    assert (planned("z1"), planned("z2")) == ("S-SSS--SSSS---", "SSSS----------")  # z2 begins a day further on, and leaves on the 12th
    assert "/roster/undo" in leader.get("/roster?team=t-z&week=2026-11-09").content.decode()
    Shift.objects.filter(agent_id="z1", day="2026-11-09").delete()  # changed again by somebody else
    assert leader.post("/roster/undo", {"team": "t-z", "week": "2026-11-09"}).status_code == 302
    assert (planned("z1"), planned("z2")) == ("-" * 14, "-" * 14)
    assert "/roster/undo" in leader.get("/roster").content.decode() or not Shift.objects.exists()


def test_what_is_refused_changes_nothing(leader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [{"agents": ["a02"]}, {"agents": ["z1"], "last": "2026-11-01"}, {"agents": ["z1"], "last": "2027-09-01"}, {"agents": ["z1"], "code": "X"}]
    assert [leader.post("/roster/fill", SENT | each).status_code for each in wrong] == [422] * 4
    assert leader.post("/roster/fill", SENT | {"agents": ["z1"], "team": "nowhere"}).status_code == 403
    leader.post("/roster", {"team": "t-z", "week": "2026-11-02", "z1/2026-11-08": "D"})
    assert leader.post("/roster/fill", SENT | {"agents": ["z1"]}).status_code == 422  # the night before still runs
    assert planned("z1") == "-" * 14
    monkeypatch.setattr(closed_days, "_ASKED", [lambda day: day < date(2026, 11, 15)])
    assert leader.post("/roster/fill", SENT | {"agents": ["z3"]}).status_code == 422 and planned("z3") == "-" * 14
    assert leader.post("/roster/fill", SENT | {"agents": ["z3"], "late": "1"}).status_code == 302 and planned("z3") == "SSSSS--SSSSS--"
