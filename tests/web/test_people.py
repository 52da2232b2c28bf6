"""People and accounts: who is listed to whom, and who changes what of whose account."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice
from openpyxl import load_workbook

from chot.core.errors import InputError
from chot.people.actions_accounts import change_account
from chot.people.models import AgentRow, AuditEntry, Role, User
from chot.web.demo import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]

PAGES = ["/people", "/people/export.csv", "/people/export.xlsx", "/people/accounts"]
NEW = {"username": "thu.ha", "name": "Lê Thu Hà", "role": "quality", "agent_id": "", "is_active": "on"}


def writes() -> list[str]:
    """Every address that changes an account, for the account of the quality role."""
    pk = User.objects.get(username="quality").pk
    return [f"/people/accounts/{pk}", "/people/accounts/new", *(f"/people/accounts/{pk}/{what}" for what in ("password", "second-factor", "sessions"))]


def state() -> list[Any]:
    """What an account page could change."""
    return [*User.objects.order_by("pk").values()], AuditEntry.objects.count(), Session.objects.count()


def cells(answer: Any) -> list[list[str]]:
    """The rows of a CSV download."""
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("username", ["quality", "payroll", "a01", "a02"])
def test_people_are_not_for_everyone(sign_in: SignIn, username: str) -> None:
    """Quality, payroll, leaders and agents have no list of people."""
    client = sign_in(username)
    agent = AgentRow.objects.values_list("agent_id", flat=True)[0]
    assert [client.get(page).status_code for page in [*PAGES, f"/people/agents/{agent}"]] == [403] * 5


@pytest.mark.parametrize("username", ["auditor", "manager", "payroll", "a02"])
def test_only_an_administrator_changes_accounts(sign_in: SignIn, username: str) -> None:
    """Every POST is refused and nothing is changed."""
    client = sign_in(username)
    before = state()
    assert [client.post(page, {**NEW, "role": "admin"}).status_code for page in writes()] == [403] * 5
    assert state() == before


def test_base_pay_is_for_those_who_see_pay(sign_in: SignIn) -> None:
    """A manager and an auditor read it, an administrator does not: in the list, the files and the history."""
    row = AgentRow.objects.exclude(base_pay_vnd=None).filter(left_on=None).last()
    assert row
    shown = f"{row.base_pay_vnd:,}".replace(",", ".")
    for username, sees in [("manager", True), ("auditor", True), ("admin", False)]:
        client = sign_in(username)
        pages = [client.get(page).content.decode() for page in ("/people", f"/people/agents/{row.agent_id}")]
        assert [shown in page for page in pages] == [sees, sees], username
        found = cells(client.get("/people/export.csv"))
        assert (str(row.base_pay_vnd) in [line[-1] for line in found], len(found[0])) == (sees, 8 if sees else 7)


def test_search_ignores_accents_and_order(sign_in: SignIn) -> None:
    """Family name first or last, with or without marks."""
    row = AgentRow.objects.filter(left_on=None).order_by("pk")[0]
    AgentRow.objects.filter(agent_id=row.agent_id).update(name="Đặng Thị Quỳnh Như")
    client = sign_in("manager")
    for typed in ("quynh dang", "ĐẶNG", "nhu", row.agent_id):
        found = client.get("/people", {"q": typed, "show": "all"}).context["rows"]
        assert row.agent_id in {each.agent_id for each in found}, typed
    assert [each.agent_id for each in client.get("/people", {"q": "quỳnh đặng như"}).context["rows"]] == [row.agent_id]
    assert client.get("/people", {"q": "nobody-is-called-so"}).context["rows"] == []


def test_filters_by_team_and_by_who_has_left(sign_in: SignIn) -> None:
    """Those who work today are listed first of all."""
    client = sign_in("manager")
    one = AgentRow.objects.filter(left_on=None).exclude(team_id="").order_by("pk")[0]
    AgentRow.objects.filter(agent_id=one.agent_id).update(left_on="2026-11-02")
    listed = {show: {row.agent_id for row in client.get("/people", {"show": show}).context["rows"]} for show in ("", "left", "all")}
    assert one.agent_id in listed["left"] and one.agent_id not in listed[""]
    assert listed["all"] == listed[""] | listed["left"]
    rows = client.get("/people", {"team": one.team_id, "show": "all"}).context["rows"]
    assert {row.team_id for row in rows} == {one.team_id}
    assert client.get("/people", {"team": "no-such-team"}).status_code == 200


def test_the_files_hold_what_is_filtered(sign_in: SignIn) -> None:
    """CSV and XLSX hold the same rows, and names that look like formulas are text."""
    row = AgentRow.objects.filter(left_on=None).order_by("pk")[0]
    AgentRow.objects.filter(agent_id=row.agent_id).update(name='=HYPERLINK("http://x")')
    client = sign_in("manager")
    lines = cells(client.get("/people/export.csv", {"q": row.agent_id}))
    assert [line[:2] for line in lines[1:]] == [[row.agent_id, "'=HYPERLINK(\"http://x\")"]]
    book = load_workbook(io.BytesIO(client.get("/people/export.xlsx", {"q": row.agent_id}).content))
    assert [line[0].value for line in list(book.active.rows)[1:]] == [row.agent_id]
    assert client.get("/people/export.pdf").status_code == 404


def test_history_shows_every_row_of_one_agent(sign_in: SignIn) -> None:
    """The latest first, the present one marked; nobody else's."""
    row = AgentRow.objects.filter(valid_to=None).order_by("pk")[0]
    AgentRow.objects.filter(pk=row.pk).update(valid_to="2026-11-01", valid_from="2026-01-01")
    AgentRow.objects.create(agent_id=row.agent_id, name=row.name, team_id="new-team", valid_from="2026-11-01")
    answer = sign_in("manager").get(f"/people/agents/{row.agent_id}")
    assert [each.team_id for each in answer.context["rows"]][:2] == ["new-team", row.team_id]
    assert answer.context["latest"].team_id == "new-team"
    assert {each.agent_id for each in answer.context["rows"]} == {row.agent_id}
    assert sign_in("manager").get("/people/agents/nobody").status_code == 404


def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(sign_in: SignIn) -> None:
    """People and accounts."""
    client = sign_in("manager")
    client.get("/people")
    for page, model in (("/people", AgentRow), ("/people/accounts", User)):
        counts = []
        for number in (1, 2):
            if model is AgentRow:
                AgentRow.objects.all().delete()
                made = [AgentRow(agent_id=f"x{each}", name=f"An {each}") for each in range(number * 2 - 1)]
                AgentRow.objects.bulk_create(made)
            else:
                User.objects.create_user(f"more-{number}", None, name="An", agent_id=f"x{number}")
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 8, page


def test_a_new_account_gets_a_password_that_is_shown_once(sign_in: SignIn) -> None:
    """It opens the account page only, until it is changed; the trail knows the account and not the password."""
    client = sign_in("admin")
    answer = client.post("/people/accounts/new", NEW)
    password = answer.context["password"]
    assert len(password) >= 20 and "no-store" in answer.headers["Cache-Control"]
    made = User.objects.get(username="thu.ha")
    assert (made.name, made.role, made.temporary_password, made.check_password(password)) == ("Lê Thu Hà", Role.QUALITY, True, True)
    entry = AuditEntry.objects.get(action="account.created")
    assert (entry.subject, entry.user.username) == ("user:thu.ha", "admin")  # type: ignore[union-attr]
    assert entry.after == {"name": "Lê Thu Hà", "role": "quality", "agent_id": "", "sees_pay": False, "is_active": True}
    assert password not in str([*AuditEntry.objects.values()]) and made.password not in str([*AuditEntry.objects.values()])
    assert password not in client.get("/people/accounts").content.decode()
    person = Client()
    person.post("/sign-in", {"username": "thu.ha", "password": password})
    assert person.get("/").headers["Location"] == "/account"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ADMIN"}, "username"), ({"username": "admin"}, "username"), ({"username": "có dấu"}, "username"), ({"username": "-x"}, "username"),
        ({"username": "x\0y"}, "username"), ({"role": "boss"}, "role"), ({"agent_id": "nobody"}, "agent_id"), ({"agent_id": "a02"}, "agent_id"),
        ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_what_an_account_cannot_be(sign_in: SignIn, change: dict[str, str], field: str) -> None:
    """Said at the field, and nothing is made."""
    before = User.objects.count()
    answer = sign_in("admin").post("/people/accounts/new", {**NEW, **change})
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert User.objects.count() == before


def test_changing_an_account_tells_before_and_after(sign_in: SignIn) -> None:
    """And the same again tells nothing."""
    client, found = sign_in("admin"), User.objects.get(username="quality")
    wanted = {"name": found.name, "role": "leader", "sees_pay": "on", "is_active": "on", "agent_id": "", "username": "other"}
    assert client.post(f"/people/accounts/{found.pk}", wanted).status_code == 302
    found.refresh_from_db()
    assert (found.username, found.role, found.sees_pay) == ("quality", Role.LEADER, True)
    entry = AuditEntry.objects.get(action="account.changed")
    assert entry.before and entry.after
    assert {name for name in entry.after if entry.after[name] != entry.before[name]} == {"role", "sees_pay"}
    client.post(f"/people/accounts/{found.pk}", wanted)
    assert AuditEntry.objects.filter(action="account.changed").count() == 1


def test_whoever_may_no_longer_sign_in_is_signed_out(sign_in: SignIn) -> None:
    """At once."""
    found, theirs = User.objects.get(username="quality"), sign_in("quality")
    sign_in("admin").post(f"/people/accounts/{found.pk}", {"name": found.name, "role": found.role, "agent_id": ""})
    assert theirs.get("/account").status_code == 302
    assert Client().post("/sign-in", {"username": "quality", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("change", [{"role": "manager", "is_active": "on"}, {"role": "admin"}])
def test_an_administrator_keeps_the_own_rights(sign_in: SignIn, change: dict[str, str]) -> None:
    """Nobody locks the last door from outside."""
    client, admin = sign_in("admin"), User.objects.get(username="admin")
    answer = client.post(f"/people/accounts/{admin.pk}", {"name": admin.name, "agent_id": "", **change})
    assert answer.status_code == 422
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (Role.ADMIN, True) and not AuditEntry.objects.filter(action="account.changed").exists()
    assert [client.post(f"/people/accounts/{admin.pk}/{what}").status_code for what in ("password", "second-factor")] == [403, 403]
    client.post(f"/people/accounts/{admin.pk}/sessions")
    assert client.get("/people/accounts").status_code == 200


def test_the_last_administrator_stays(db: None) -> None:
    """Even when the one who asks has just lost the role to somebody else."""
    admin, late = User.objects.get(username="admin"), User.objects.create_user("late", None, name="Late", role=Role.ADMIN, is_active=False)
    fields = {"name": admin.name, "role": "agent", "agent_id": "", "sees_pay": False, "is_active": True}
    with pytest.raises(InputError):
        change_account(admin, fields, by=late, address=None)
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN


def test_a_reset_password_ends_sessions_and_is_not_in_the_trail(sign_in: SignIn) -> None:
    """The old one stops working."""
    found, theirs = User.objects.get(username="quality"), sign_in("quality")
    answer = sign_in("admin").post(f"/people/accounts/{found.pk}/password")
    password = answer.context["password"]
    assert theirs.get("/account").status_code == 302
    found.refresh_from_db()
    assert found.check_password(password) and found.temporary_password
    assert AuditEntry.objects.get(action="account.password_reset").after is None
    assert password not in str([*AuditEntry.objects.values()])


def test_an_administrator_takes_off_the_second_factor_of_a_lost_phone(sign_in: SignIn) -> None:
    """Of somebody else, and it is noted who did."""
    found = User.objects.get(username="quality")
    TOTPDevice.objects.create(user=found, name="totp")
    sign_in("admin").post(f"/people/accounts/{found.pk}/second-factor")
    assert not TOTPDevice.objects.exists()
    assert AuditEntry.objects.get(action="second_factor.removed").user.username == "admin"  # type: ignore[union-attr]
