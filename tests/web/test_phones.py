"""Telephone numbers are masked; whoever may sees one whole, each look is noted, and only so many in an hour."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from chot.people import rates
from chot.people.models import AgentRow, AuditEntry, Person

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def agent_id(db: None) -> str:
    found = AgentRow.objects.filter(left_on=None).values_list("agent_id", flat=True)[0]
    Person.objects.create(agent_id=found, phone="+84912345678")
    return found


def test_a_page_shows_the_number_masked(sign_in: SignIn, agent_id: str) -> None:
    for username, button in [("manager", True), ("admin", True), ("auditor", False)]:
        page = sign_in(username).get(f"/people/agents/{agent_id}").content.decode()
        assert "091••••678" in page and "912345678" not in page
        assert (f"/phones/person/{agent_id}" in page) == button, username


def test_each_look_is_noted(sign_in: SignIn, agent_id: str) -> None:
    client = sign_in("manager")
    answer = client.post(f"/phones/person/{agent_id}", headers={"HX-Request": "true"})
    assert "+84912345678" in answer.content.decode() and "<html" not in answer.content.decode()
    entry = AuditEntry.objects.filter(action="phone.revealed").latest("pk")
    assert (entry.user.username, entry.subject, entry.after) == ("manager", f"person:{agent_id}", None)
    assert "<html" in client.post(f"/phones/person/{agent_id}").content.decode()  # without script: a page


@pytest.mark.parametrize("username", ["auditor", "payroll", "quality", "a01"])
def test_others_see_nothing_and_nothing_is_noted(sign_in: SignIn, agent_id: str, username: str) -> None:
    assert sign_in(username).post(f"/phones/person/{agent_id}").status_code == 403
    assert not AuditEntry.objects.filter(action="phone.revealed").exists()


def test_unknown_kinds_and_people_without_a_number(sign_in: SignIn) -> None:
    client = sign_in("manager")
    assert [client.post(f"/phones/{path}").status_code for path in ("nothing/1", "person/nobody")] == [404, 404]
    assert client.get("/phones/person/nobody").status_code == 405


def test_only_so_many_looks_in_an_hour(sign_in: SignIn, agent_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates.LIMITS, "reveal", (2, 3600))
    client, other = sign_in("manager"), sign_in("admin")
    assert [client.post(f"/phones/person/{agent_id}").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.post(f"/phones/person/{agent_id}")
    assert refused.headers["Retry-After"] == "3600" and "912345678" not in refused.content.decode()
    assert other.post(f"/phones/person/{agent_id}").status_code == 200
    assert AuditEntry.objects.filter(action="phone.revealed").count() == 3
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T13:00:00+07:00")
    assert client.post(f"/phones/person/{agent_id}").status_code == 200
    assert rates.forget_old() > 0


def test_a_number_is_stored_in_its_one_form_and_never_in_the_trail(sign_in: SignIn, agent_id: str) -> None:
    client = sign_in("manager")
    assert client.post(f"/people/phone/{agent_id}", {"phone": "12"}).status_code == 422
    assert client.post(f"/people/phone/{agent_id}", {"phone": "0987 654 321"}).status_code == 302
    assert Person.objects.get(agent_id=agent_id).phone == "+84987654321"
    entry = AuditEntry.objects.filter(action="phone.set").latest("pk")
    assert (entry.before, entry.after) == ({"phone": "091••••678"}, {"phone": "098••••321"})
