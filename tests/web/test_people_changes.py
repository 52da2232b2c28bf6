"""A person's history: joining, changes from a day on, corrections with a reason, leaving, coming back, and what is deleted later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.test import Client
from django.utils import translation

from chot.core.clock import ZONE
from chot.core.errors import InputError
from chot.people import actions_people as actions
from chot.people.actions import copy_agents
from chot.people.actions_purge import purge_due
from chot.people.models import AgentRow, AuditEntry, Leave, Person, Shift, Team, User, UserSession

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.get(username="manager")


@pytest.fixture
def row(db: None) -> AgentRow:
    """Somebody with a single, open row."""
    AgentRow.objects.create(
        agent_id="z1", name="Lê Thu Hà", team_id="t-a", plan_role="telesale", base_pay_vnd=6_000_000, wage_region="I", hired_on="2026-01-05",
        valid_from="2026-01-05",
    )  # fmt: skip
    return AgentRow.objects.get(agent_id="z1")


def spans(agent_id: str) -> list[tuple[str, str | None, str]]:
    found = AgentRow.objects.filter(agent_id=agent_id).order_by("valid_from")
    return [(str(each.valid_from), each.valid_to and str(each.valid_to), each.team_id) for each in found]


def fields(row: AgentRow, **changed: object) -> dict[str, object]:
    names = ("name", "team_id", "plan_role", "wage_region", "base_pay_vnd")
    return {name: getattr(row, name) or "" for name in names} | {"day": "2026-11-16"} | changed


def test_from_a_day_on_closes_the_row_before(sign_in: SignIn, row: AgentRow) -> None:
    client = sign_in("manager")
    answer = client.post("/people/change/z1", fields(row, team_id="t-b", base_pay_vnd="7.500.000 ₫"))
    assert answer.status_code == 302
    assert spans("z1") == [("2026-01-05", "2026-11-16", "t-a"), ("2026-11-16", None, "t-b")]
    assert list(AgentRow.objects.filter(agent_id="z1").order_by("valid_from").values_list("base_pay_vnd", flat=True)) == [6_000_000, 7_500_000]
    entry = AuditEntry.objects.filter(action="people.changed").latest("pk")
    assert entry.before["team_id"] == "t-a" and entry.after["team_id"] == "t-b" and entry.user.username == "manager"
    assert client.post("/people/change/z1", fields(row, team_id="t-c")).status_code == 422  # a row begins on that day
    assert len(spans("z1")) == 2


def test_a_change_between_two_rows_ends_where_the_next_begins(manager: User, row: AgentRow) -> None:
    actions.change_from("z1", date(2026, 11, 16), {"team_id": "t-c"}, by=manager, address=None)
    actions.change_from("z1", date(2026, 6, 1), {"team_id": "t-b"}, by=manager, address=None)
    assert spans("z1") == [("2026-01-05", "2026-06-01", "t-a"), ("2026-06-01", "2026-11-16", "t-b"), ("2026-11-16", None, "t-c")]


def test_nothing_is_written_when_nothing_differs(manager: User, row: AgentRow) -> None:
    before = AuditEntry.objects.count()
    assert actions.change_from("z1", date(2026, 11, 16), {"team_id": "t-a"}, by=manager, address=None) is None
    assert (spans("z1"), AuditEntry.objects.count()) == ([("2026-01-05", None, "t-a")], before)
    with pytest.raises(InputError, match="2025"):
        actions.change_from("z1", date(2025, 1, 1), {"team_id": "t-b"}, by=manager, address=None)


def test_an_administrator_changes_teams_but_never_base_pay(sign_in: SignIn, row: AgentRow) -> None:
    client = sign_in("admin")
    assert b"base_pay" not in client.get("/people/change/z1").content
    client.post("/people/change/z1", fields(row, team_id="t-b", base_pay_vnd="9000000"))
    assert set(AgentRow.objects.filter(agent_id="z1").values_list("base_pay_vnd", flat=True)) == {6_000_000}


def test_a_correction_says_why_and_never_overlaps(sign_in: SignIn, manager: User, row: AgentRow) -> None:
    later = actions.change_from("z1", date(2026, 6, 1), {"team_id": "t-b"}, by=manager, address=None)
    assert later
    client = sign_in("manager")
    sent = fields(row, valid_from="2026-01-05", valid_to="2026-07-01", hired_on="2026-01-05", reason="Ghi nhầm ngày")
    answer = client.post(f"/people/rows/{row.pk}", sent)
    assert answer.status_code == 422 and "01/06/2026" in answer.content.decode()
    assert client.post(f"/people/rows/{row.pk}", sent | {"valid_to": "2026-06-01", "reason": ""}).status_code == 422
    assert client.post(f"/people/rows/{row.pk}", sent | {"valid_to": "2026-05-20", "name": "Lê Thu Hạ"}).status_code == 302
    assert spans("z1") == [("2026-01-05", "2026-05-20", "t-a"), ("2026-06-01", None, "t-b")]
    entry = AuditEntry.objects.filter(action="people.corrected").latest("pk")
    assert entry.after["reason"] == "Ghi nhầm ngày" and entry.after["name"] == "Lê Thu Hạ" and entry.before["name"] == "Lê Thu Hà"


def test_somebody_new(sign_in: SignIn) -> None:
    client = sign_in("manager")
    sent = {"agent_id": "z9", "name": "Trần An", "day": "2026-11-10", "team_id": "t-a", "plan_role": "", "wage_region": "II", "base_pay_vnd": "5.000.000"}
    assert client.post("/people/new", sent).status_code == 302
    made = AgentRow.objects.get(agent_id="z9")
    assert (made.hired_on, made.valid_from, made.base_pay_vnd, made.wage_region) == (date(2026, 11, 10), date(2026, 11, 10), 5_000_000, "II")
    assert client.post("/people/new", sent).status_code == 422
    assert client.post("/people/new", sent | {"agent_id": "z10", "base_pay_vnd": "5.00"}).status_code == 422
    assert AgentRow.objects.filter(agent_id__startswith="z").count() == 1


def test_leaving_locks_the_account_and_clears_the_roster(sign_in: SignIn, row: AgentRow) -> None:
    user = User.objects.create_user("z1", "long-enough-words", name=row.name, agent_id="z1")
    theirs = sign_in("z1")
    theirs.get("/account")
    assert UserSession.objects.filter(user=user).count() == 1
    for day in (2, 5):
        at = datetime(2026, 11, day, 8, tzinfo=ZONE)
        Shift.objects.create(agent_id="z1", day=at.date(), starts_at=at, ends_at=at.replace(hour=17))
    assert sign_in("manager").post("/people/last-day/z1", {"last_day": "2026-11-02"}).status_code == 302
    user.refresh_from_db()
    held = AgentRow.objects.get(agent_id="z1")
    assert (held.left_on, user.is_active, UserSession.objects.filter(user=user).count()) == (date(2026, 11, 2), False, 0)
    assert theirs.get("/account").status_code == 302
    assert [str(each.day) for each in Shift.objects.filter(agent_id="z1")] == ["2026-11-02"]
    assert Person.objects.get(agent_id="z1").purge_on == date(2027, 11, 2)
    assert sign_in("manager").post("/people/last-day/z1", {"last_day": "2026-11-02"}).status_code == 422


def test_a_last_day_to_come_keeps_the_account_until_it_is_over(manager: User, row: AgentRow, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User.objects.create_user("z1", "long-enough-words", name=row.name, agent_id="z1")
    actions.off_board("z1", date(2026, 11, 30), by=manager, address=None)
    assert actions.close_accounts_of_left() == 0
    monkeypatch.setenv("CHOT_TODAY", "2026-12-01")
    assert (actions.close_accounts_of_left(), actions.close_accounts_of_left()) == (1, 0)
    user.refresh_from_db()
    assert not user.is_active


def test_nothing_changes_after_the_last_day(manager: User, row: AgentRow) -> None:
    actions.off_board("z1", date(2026, 9, 30), by=manager, address=None)
    with pytest.raises(InputError, match="Note the return"), translation.override("en"):
        actions.change_from("z1", date(2026, 11, 16), {"team_id": "t-b"}, by=manager, address=None)
    assert len(spans("z1")) == 1


def test_coming_back_is_a_new_employment(sign_in: SignIn, manager: User, row: AgentRow) -> None:
    client = sign_in("manager")
    assert client.post("/people/return/z1", fields(row)).status_code == 422  # still here
    actions.off_board("z1", date(2026, 9, 30), by=manager, address=None)
    assert client.post("/people/return/z1", fields(row, team_id="t-b")).status_code == 302
    rows = list(AgentRow.objects.filter(agent_id="z1").order_by("valid_from").values_list("valid_from", "valid_to", "hired_on", "left_on"))
    assert rows == [
        (date(2026, 1, 5), date(2026, 11, 16), date(2026, 1, 5), date(2026, 9, 30)), (date(2026, 11, 16), None, date(2026, 11, 16), None),
    ]  # fmt: skip
    assert Person.objects.get(agent_id="z1").purge_on is None


def test_personal_data_goes_when_its_time_is_over(manager: User, row: AgentRow, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User.objects.create_user("z1", "long-enough-words", name=row.name, agent_id="z1")
    Person.objects.create(agent_id="z1", phone="+84912345678")
    Leave.objects.create(agent_id="z1", first_day="2026-03-02", last_day="2026-03-02", kind="sick", note="sốt xuất huyết", asked_at="2026-03-01T00:00Z")
    actions.off_board("z1", date(2026, 10, 1), by=manager, address=None)
    assert purge_due() == 0
    monkeypatch.setenv("CHOT_TODAY", "2027-10-01")
    assert (purge_due(), purge_due()) == (1, 0)
    user.refresh_from_db()
    person = Person.objects.get(agent_id="z1")
    assert (AgentRow.objects.get(agent_id="z1").name, user.name, person.phone, Leave.objects.get(agent_id="z1").note) == ("(z1)", "(z1)", "", "")
    assert user.username == f"left-{user.pk}" and not user.has_usable_password()


def test_imported_people_never_replace_those_edited_here(manager: User, row: AgentRow) -> None:
    actions.change_from("z1", date(2026, 11, 16), {"team_id": "t-b"}, by=manager, address=None)
    others = AgentRow.objects.exclude(agent_id="z1").count()
    assert copy_agents([], by=manager) == 0 and others
    assert {each.agent_id for each in AgentRow.objects.all()} == {"z1"} and len(spans("z1")) == 2


def test_a_team_has_a_name_and_a_leader_from_a_day_on(sign_in: SignIn) -> None:
    client = sign_in("manager")
    sent = {"team_id": "t-x", "name": "Đội Sao", "leader_id": "", "day": "2026-11-01"}
    assert client.post("/people/teams", sent).status_code == 302
    leader = AgentRow.objects.filter(left_on=None).values_list("agent_id", flat=True)[0]
    client.post("/people/teams", sent | {"leader_id": leader, "day": "2026-11-03"})
    rows = list(Team.objects.filter(team_id="t-x").values_list("name", "leader_id", "valid_from", "valid_to"))
    assert rows == [("Đội Sao", "", date(2026, 11, 1), date(2026, 11, 3)), ("Đội Sao", leader, date(2026, 11, 3), None)]
    assert client.post("/people/teams", sent | {"leader_id": "nobody"}).status_code == 422
    assert sign_in("auditor").post("/people/teams", sent | {"name": "x"}).status_code == 403
    assert "Đội Sao" in client.get("/people/teams").content.decode()
