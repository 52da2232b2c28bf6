"""Hardware phones on desks: given once with a password nobody keeps, chosen by their agents, dialling by the rules of every call."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from chot.calls.actions_desk_phones import call_from_desk
from chot.calls.models import AgentPhone, AgentState, DeskPhone, OpenCall, TelephonyCommand, TelephonyJournal, TelephonyNode
from chot.calls.queries_phones import has_phone, with_phones
from chot.core import clock
from chot.core.messages import NodeChanged, encode, sip_digest
from chot.core.messages_phones import PhoneDialled
from chot.people.handover import holdings, leaver_of
from chot.people.models import AuditEntry, Notification, User
from chot.switchboard.models import PhoneState

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
AGENT = "a02"


@pytest.fixture(autouse=True)
def exchange(db: None) -> None:
    """A node that is up; nothing drives it, so that what it was sent can be read."""
    now = clock.instant()
    TelephonyNode.objects.create(name="n", lease_until=now + timedelta(minutes=5), renewed_at=now)
    up = NodeChanged(node="n", state="up", http_port=8088, sip_address="192.168.1.10", sip_port=5060, changed_at=now)
    TelephonyJournal.objects.create(node="n", call_id="", kind="node_changed", payload=encode(up), at=now - timedelta(seconds=1))


def sent(kind: str) -> list[dict[str, Any]]:
    """The commands of a kind, in order."""
    return list(TelephonyCommand.objects.filter(kind=kind).order_by("id").values_list("payload", flat=True))


def given(client: Client, agent_id: str = AGENT) -> str:
    """The password that the page shows."""
    page = client.post("/lines/phones/give", {"agent_id": agent_id})
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    text = page.content.decode()
    assert "192.168.1.10:5060" in text and f"{agent_id}~desk" in text
    return str(re.search(r"<code>([a-z2-9]{20})</code>", text)[1])


def test_given_once_and_kept_nowhere(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    password = given(admin)
    row = DeskPhone.objects.get(agent_id=AGENT)
    assert (row.digest, row.used, row.given_by.username) == (sip_digest(f"{AGENT}~desk", password), True, "admin")
    phone = {"name": AGENT, "display": "", "digest": row.digest, "desk_digest": row.digest, "at_desk": True}
    assert sent("set_phones") == [{"phones": [phone]}]
    page = admin.get("/lines/phones").content.decode()
    assert password not in page and re.search(r'href="/lines" aria-current="page"', page)
    entries = list(AuditEntry.objects.filter(action__startswith="desk_phone").values_list("action", "subject", "before", "after"))
    assert entries == [("desk_phone.given", f"agent:{AGENT}", None, None)]
    another = given(admin)
    assert another != password and DeskPhone.objects.get(agent_id=AGENT).digest == sip_digest(f"{AGENT}~desk", another)
    assert admin.post("/lines/phones/give", {"agent_id": "nobody"}).status_code == 404
    assert admin.post("/lines/phones/give", {"agent_id": ""}).status_code == 404
    assert DeskPhone.objects.count() == 1


def test_taken_back_and_called_in_the_browser(sign_in: SignIn) -> None:
    admin, agent = sign_in("admin"), sign_in(AGENT)
    agent.post("/desk/phone")
    browser = AgentPhone.objects.get(agent_id=AGENT).digest
    given(admin)
    assert agent.post("/desk/phone").json() == {"ear": "desk", "exchange": "ws://127.0.0.1:8088/ws"}
    assert admin.post("/lines/phones/take", {"agent_id": AGENT}).status_code == 302
    assert not DeskPhone.objects.exists()
    assert sent("set_phones")[-1] == {"phones": [{"name": AGENT, "display": "", "digest": browser, "desk_digest": "", "at_desk": False}]}
    assert AuditEntry.objects.filter(action="desk_phone.taken").count() == 1
    admin.post("/lines/phones/take", {"agent_id": AGENT})
    assert AuditEntry.objects.filter(action="desk_phone.taken").count() == 1
    assert agent.post("/desk/phone").json()["name"] == AGENT


@pytest.mark.parametrize(("username", "sees"), [("manager", 200), ("auditor", 200), ("payroll", 403), (AGENT, 403)])
def test_others_give_nothing(sign_in: SignIn, username: str, sees: int) -> None:
    client = sign_in(username)
    assert client.get("/lines/phones").status_code == sees
    assert [client.post(f"/lines/phones/{what}", {"agent_id": AGENT}).status_code for what in ("give", "take")] == [403, 403]
    assert not DeskPhone.objects.exists() and not sent("set_phones")


def test_the_agent_chooses_but_not_in_a_call(sign_in: SignIn) -> None:
    admin, agent = sign_in("admin"), sign_in(AGENT)
    assert agent.post("/desk/ear", {"ear": "desk"}).status_code == 422, "there is none"
    assert agent.get("/desk/stream").json()["ear"] is None
    given(admin)
    PhoneState.objects.create(name=AGENT, online=True, since=clock.instant())
    assert agent.get("/desk/stream").json()["ear"] == {"used": "desk", "online": True}
    assert has_phone(AGENT) and with_phones() == {AGENT}
    assert agent.post("/desk/ear", {"ear": "browser"}).status_code == 200
    assert agent.get("/desk/stream").json()["ear"] == {"used": "browser", "online": False}
    assert not has_phone(AGENT) and sent("set_phones")[-1]["phones"][0]["at_desk"] is False
    now = clock.instant()
    OpenCall.objects.create(
        call_id="c", node="n", direction="in", number="+84912345678", started_at=now, changed_at=now, agents=[AGENT], ringing=[AGENT], phase="waiting",
    )  # fmt: skip
    assert agent.get("/desk/stream").json()["call"]["rings"] is True
    refused = agent.post("/desk/ear", {"ear": "desk"})
    assert refused.status_code == 422 and refused.json() == {"problem": "Đang có cuộc gọi. Hãy đổi điện thoại khi cuộc gọi kết thúc."}
    assert DeskPhone.objects.get().used is False


def test_what_the_keys_dial_is_called_once_by_the_rules_of_every_call(sign_in: SignIn) -> None:
    given(sign_in("admin"))
    told = PhoneDialled(phone=AGENT, number="0912345678", channel="ch.1", dialled_at=clock.instant())
    call_from_desk(told)
    call_from_desk(told)
    [dial] = sent("dial")
    assert (dial["number"], dial["seat"]) == ("+84912345678", {"agent_id": AGENT, "phone": AGENT, "channel": "ch.1", "number": "", "way": None})
    assert not sent("decline") and not Notification.objects.filter(kind="desk_phone.declined").exists()


def test_what_may_not_be_called_is_declined_and_said(sign_in: SignIn) -> None:
    given(sign_in("admin"))
    told = PhoneDialled(phone=AGENT, number="12", channel="ch.2", dialled_at=clock.instant())
    call_from_desk(told)
    call_from_desk(told)
    assert (sent("dial"), sent("decline")) == ([], [{"channel": "ch.2"}])
    [row] = Notification.objects.filter(kind="desk_phone.declined")
    assert row.user == User.objects.get(agent_id=AGENT) and row.params["number"] == "••••"
    call_from_desk(PhoneDialled(phone=AGENT, number="0912345678", channel="ch.3", dialled_at=clock.instant() - timedelta(seconds=7)))
    assert sent("dial") == [], "the phone waits no longer"


def test_keys_on_the_page_are_pressed_by_the_exchange(sign_in: SignIn) -> None:
    agent, now = sign_in(AGENT), clock.instant()
    OpenCall.objects.create(call_id="c", node="n", direction="out", number="+84912345678", started_at=now, changed_at=now, agents=[AGENT], phase="talking")
    assert agent.post("/desk/calls/c/press", {"to": "5#"}).status_code == 200
    for evil in ("", "5;", "1" * 41):
        assert agent.post("/desk/calls/c/press", {"to": evil}).status_code == 422
    assert sent("press") == [{"call_id": "c", "digits": "5#"}]


def test_who_signs_out_is_offline(sign_in: SignIn) -> None:
    given(sign_in("admin"))
    agent = sign_in(AGENT)
    agent.post("/desk/state", {"state": "ready"})
    agent.post("/sign-out")
    assert list(AgentState.objects.filter(agent_id=AGENT, ended_at=None).values_list("state", flat=True)) == ["offline"]
    assert DeskPhone.objects.get().used is True


def test_the_phone_of_somebody_who_leaves_is_ended(sign_in: SignIn) -> None:
    given(sign_in("admin"))
    [holding] = [each for each in holdings() if each.kind == "desk_phone"]
    leaver = leaver_of(AGENT)
    assert holding.rows(leaver).count() == 1 and holding.ends
    holding.ends(leaver)
    assert not DeskPhone.objects.exists() and sent("set_phones")[-1] == {"phones": []}
    assert AuditEntry.objects.get(action="desk_phone.taken").user is None


def test_an_exchange_that_lacks_the_phones_is_told_when_the_page_asks(sign_in: SignIn) -> None:
    given(sign_in("admin"))
    TelephonyCommand.objects.all().delete()
    assert sign_in(AGENT).post("/desk/phone").json()["ear"] == "desk"
    assert [phone["at_desk"] for phone in sent("set_phones")[0]["phones"]] == [True]
