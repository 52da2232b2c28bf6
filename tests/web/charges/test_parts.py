"""Numbers outside within a call: the outbound rules, whose quota is charged, one fact with its parts; and where a call can go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from chot.calls.actions_charges import extend_calls
from chot.calls.actions_journal import take_in_calls
from chot.calls.models import AgentPhone, AgentState, Call, CallPart, OpenCall, TelephonyCommand, TelephonyJournal
from chot.calls.queries_parts import ways
from chot.charges.models import CallCharge, CallingRules, Quota, QuotaUse
from chot.core import clock
from chot.core.messages import CallEnded, ForwardAsked, Part, PartChanged, encode, kind_of
from chot.customers.models import DoNotCall
from chot.people.models import AuditEntry
from chot.people.queries import agent_names, team_of
from chot.switchboard.models import CallQueue, Trunk
from tests.web.charges.test_calls import VIETTEL, VINAPHONE

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def call(trunk: Trunk) -> OpenCall:
    """a02 talks to a customer who has called; quotas of the agent, the team and the company."""
    for holder in ("agent", "team", "company"):
        Quota.objects.create(holder=holder, period="day", limit_vnd=9_000)
    now = clock.instant()
    return OpenCall.objects.create(
        call_id="c1", node="n", direction="in", number="0987654399", agent_id="a02", agents=["a02"], phase="talking",
        started_at=now - timedelta(seconds=720), answered_at=now - timedelta(seconds=700), changed_at=now,
    )  # fmt: skip


def tell(*facts: Any) -> None:
    """As the telephone side does."""
    for fact in facts:
        TelephonyJournal.objects.create(node="n", call_id=fact.call_id, kind=kind_of(fact), payload=encode(fact), at=clock.instant())
    take_in_calls()


def used() -> dict[str, tuple[int, int]]:
    """What is spent and set aside, by kind of holder."""
    return {use.holder: (use.used_vnd, use.reserved_vnd) for use in QuotaUse.objects.all()}


def test_an_agent_hands_over_to_a_number_outside(call: OpenCall, sign_in: SignIn) -> None:
    """Asked twice it is done once; its price is the agent's; in the end one fact has the whole cost, and the parts in order."""
    client = sign_in("a02")
    for _ in range(2):
        assert client.post("/desk/calls/c1/transfer", {"to": "number:0912 345 678", "key": "k1"}).json() == {}
    (command,) = TelephonyCommand.objects.filter(kind="transfer")
    seat, way = command.payload["to"], command.payload["to"]["way"]
    assert (seat["number"], seat["agent_id"], way["agent_id"], way["trunk"], way["caller_id"]) == (VINAPHONE, "", "a02", "viettel", "02471234567")
    row = CallCharge.objects.get()
    assert (row.call_id, row.part_of, row.purpose, row.state) == (way["part_id"], "c1", "care", "held")
    assert used() == dict.fromkeys(("agent", "team", "company"), (0, 7_800))
    assert AuditEntry.objects.filter(action="call.transferred").latest("pk").after == {"to": "number:091••••678", "attended": False}

    answered = clock.instant() - timedelta(seconds=550)
    told = {"call_id": "c1", "part_id": way["part_id"], "number": VINAPHONE, "agent_id": "a02", "line": "02471234567", "began_at": answered}
    tell(PartChanged(state="dialled", **told), PartChanged(state="answered", answered_at=answered, **told))
    row.refresh_from_db()
    assert row.began_at and row.answered_at == answered and extend_calls() == 1
    limit = TelephonyCommand.objects.get(kind="limit_talk").payload
    assert limit == {"call_id": "c1", "max_talk_s": 692, "part_id": way["part_id"]}, "9,000 ₫ at 780 ₫ a minute"

    end = answered + timedelta(seconds=60, milliseconds=200)
    parts = (
        Part(kind="agent", agent_id="a02", began_at=call.started_at, answered_at=call.answered_at, ended_at=answered),
        Part(kind="outside", agent_id="a02", number=VINAPHONE, began_at=answered, answered_at=answered, ended_at=end),
    )  # fmt: skip
    ended = CallEnded(
        call_id="c1", direction="in", number="0987654399", agent_id="a02", agents=("a02",), started_at=call.started_at,
        answered_at=call.answered_at, ended_at=end, talk_s=120, outcome="answered", hangup_by="agent", parts=parts,
    )  # fmt: skip
    tell(PartChanged(state="ended", answered_at=answered, ended_at=end, outcome="answered", **told), ended)
    assert used() == dict.fromkeys(("agent", "team", "company"), (780, 0))
    assert list(Call.objects.filter(call_id="c1").values_list("agent_id", "direction", "charge_vnd")) == [("a02", "in", 780)]
    assert list(CallPart.objects.values_list("call_id", "place", "kind", "number")) == [("c1", 1, "agent", ""), ("c1", 2, "outside", VINAPHONE)]


def test_numbers_outside_that_are_refused(call: OpenCall, sign_in: SignIn) -> None:
    """In words, and nothing is set aside or sent."""
    client, keys = sign_in("a02"), iter(range(99))
    CallingRules.objects.create(pk=1, forbidden=["+841900"], international_roles=[])
    DoNotCall.objects.create(phone=VIETTEL, scope="all", source="customer", noted_at=clock.now())

    def problem(to: str, wish: str = "transfer") -> str:
        answer = client.post(f"/desk/calls/c1/{wish}", {"to": to, "key": f"r{next(keys)}"})
        return str(answer.json().get("problem", "")) if answer.status_code == 422 else ""

    said = [problem(f"number:{each}") for each in ("+12025550123", VIETTEL, "0987654399", "12", "")]
    assert all(said) and len(set(said[:4])) == 4 and "quốc tế" in said[0] and "khách hàng" in said[2]
    CallQueue.objects.create(name="help", title="Trợ giúp")
    assert problem("queue:nowhere") and problem("queue:help", "ask_first")
    CallingRules.objects.update(night_from="00:00", night_to="23:59:59.999999")
    assert problem("number:0912345678") == problem("number:0912345678", "ask_first") == "Không gọi cho ai từ 00:00 đến 23:59."
    CallingRules.objects.update(night_from=None)
    Quota.objects.filter(holder="company").update(limit_vnd=0)
    assert "toàn công ty" in problem("number:0912345678")
    assert not CallCharge.objects.exists() and not TelephonyCommand.objects.exists()
    assert problem("queue:help") == "" and TelephonyCommand.objects.get().payload == {"call_id": "c1", "queue_id": "help"}


def test_what_a_flow_forwards_is_charged_to_the_queues_team_and_the_company(call: OpenCall) -> None:
    """Told at once; too late, used up or forbidden: nothing is set aside. Hours in which nobody is called do not hold."""
    team = team_of("a02")
    CallQueue.objects.create(name="help", title="Trợ giúp", team_id=team)
    CallingRules.objects.create(pk=1, night_from="00:00", night_to="23:59", forbidden=["+8490"])
    now = clock.instant()

    def asked(part_id: str, number: str = VINAPHONE, step: str = "queue:help/overflow/number", ago_s: float = 1) -> dict[str, Any] | None:
        at = now - timedelta(seconds=ago_s)
        tell(ForwardAsked(call_id="c1", part_id=part_id, number=number, step=step, asked_at=at))
        found = TelephonyCommand.objects.filter(kind="forward", payload__part_id=part_id).first()
        return found.payload if found else None

    told = asked("c1-f1")
    assert told and told["refused"] == "" and (told["way"]["trunk"], told["way"]["part_id"], told["way"]["agent_id"]) == ("viettel", "c1-f1", "")
    assert used() == {"team": (0, 7_800), "company": (0, 7_800)} and CallCharge.objects.get().team_id == team
    assert asked("c1-f2", ago_s=60) is None
    refused = {part: asked(part, number) for part, number in (("c1-f3", "+84900000000"), ("c1-f4", "+12025550123"))}
    assert {part: each and (each["way"], each["refused"]) for part, each in refused.items()} == {
        "c1-f3": (None, "forbidden"), "c1-f4": (None, "international"),
    }  # fmt: skip
    flow = asked("c1-f5", step="main/transfer")
    assert flow and flow["way"] and used()["team"] == (0, 7_800) and used()["company"] == (0, 9_000)
    last = asked("c1-f6")
    assert last and last["refused"] == "quota"


def test_a_number_to_which_a_flow_has_led_stands_in_the_customers_course(call: OpenCall) -> None:
    """Also when nobody else had the customer."""
    end = clock.instant()
    part = Part(kind="outside", number=VINAPHONE, began_at=call.started_at, answered_at=call.answered_at, ended_at=end)
    tell(CallEnded(
        call_id="c1", direction="in", number="0987654399", started_at=call.started_at, answered_at=call.answered_at, ended_at=end,
        talk_s=60, outcome="answered", hangup_by="customer", parts=(part,),
    ))  # fmt: skip
    assert ways(["c1"]) == {"c1": "091••••678"}


def test_where_a_call_can_go(call: OpenCall, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    """One search, without accents, over colleagues, queues and numbers."""
    client, now = sign_in("a02"), clock.instant()
    AgentPhone.objects.all().delete()
    AgentState.objects.all().delete()
    CallQueue.objects.update(enabled=False)
    for agent, state in (("a03", "meeting"), ("a04", "ready"), ("a05", "offline"), ("a02", "ready")):
        AgentPhone.objects.create(agent_id=agent, digest="x", given_at=now)
        AgentState.objects.create(agent_id=agent, state=state, started_at=now)
    CallQueue.objects.create(name="help", title="Trợ giúp")
    CallQueue.objects.create(name="old", title="Trợ cũ", enabled=False)
    OpenCall.objects.create(call_id="w", node="n", direction="in", started_at=now, changed_at=now, phase="waiting", queue_id="help")

    def found(typed: str) -> list[str]:
        return [each["to"] for each in client.get("/desk/places", {"q": typed}).json()["places"]]

    assert found("") == ["agent:a04", "agent:a03", "queue:help"]
    assert found("tro giup") == ["queue:help"] and found(agent_names()["a03"].split()[-1].lower())[:1] and found("a04") == ["agent:a04"]
    assert found("0912 345 678") == [f"number:{VINAPHONE}"] and found("12") == [] and found("zz") == []
    assert client.get("/desk/places").json()["places"][2]["detail"] == "Hàng đợi · 1 người chờ"
    with django_assert_max_num_queries(9):
        client.get("/desk/places")
