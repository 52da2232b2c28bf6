"""Calls that last have more set aside while they last; at the end of a quota they are cut or not; advertising calls from the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from chot.calls.actions_charges import extend_calls
from chot.calls.models import AgentPhone, OpenCall, TelephonyCommand, TelephonyJournal, TelephonyNode
from chot.calls.queries_desk import desk_state
from chot.campaigns.models import Campaign
from chot.charges.actions import CallRefused, prepare_call
from chot.charges.actions_quotas import lift_quota
from chot.charges.actions_settle import settle
from chot.charges.models import Brand, CallCharge, CallingRules, Quota, QuotaUse
from chot.core import clock
from chot.customers.models import Consent, Customer, DoNotCall
from chot.people.models import User
from chot.switchboard.models import Trunk
from tests.web.charges.test_calls import VIETTEL, ended

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def talking(call_id: str, lasted_s: int) -> None:
    since = clock.instant() - timedelta(seconds=lasted_s, milliseconds=200)
    OpenCall.objects.update_or_create(
        call_id=call_id,
        defaults={
            "node": "n", "direction": "out", "number": VIETTEL, "agent_id": "a02", "agents": ["a02"], "phase": "talking",
            "started_at": since, "answered_at": since, "changed_at": since,
        },
    )  # fmt: skip


def limits() -> list[int]:
    return list(TelephonyCommand.objects.filter(kind="limit_talk").order_by("id").values_list("payload__max_talk_s", flat=True))


def state() -> tuple[int, int, int, bool]:
    """What is reserved by the call and in the quota, how long it may last, and whether the quota is used up."""
    row = CallCharge.objects.get()
    return row.reserved_vnd, QuotaUse.objects.get(holder="agent").reserved_vnd, row.max_talk_s, row.exhausted_at is not None


def test_more_is_set_aside_in_time_until_the_quota_is_used_up_and_lifted(trunk: Trunk) -> None:
    """550 ₫ a minute, a minute at a time, on a quota of 1,700 ₫."""
    CallingRules.objects.create(pk=1, reserve_s=180)
    Quota.objects.create(holder="agent", period="day", limit_vnd=2_400)
    assert prepare_call("a02", VIETTEL, "care", "", "c1").max_talk_s == 180
    talking("c1", 60)
    assert extend_calls() == 0 and limits() == [] and state() == (1650, 1650, 180, False)
    talking("c1", 121)
    assert extend_calls() == 1 and extend_calls() == 0  # again: nothing more
    assert limits() == [261] and state() == (2400, 2400, 261, True)  # 550 × 261 / 60 = 2392.5
    user = User.objects.get(agent_id="a02")
    told = desk_state(user)["call"]
    answered = OpenCall.objects.get().answered_at
    assert answered and (told["ends"], told["over"]) == ((answered + timedelta(seconds=261)).isoformat(), "")
    manager = User.objects.get(username="manager")
    lift_quota("agent", "a02", "day", extra_vnd=5_000, why="khách đang chốt", by=manager, address=None)
    talking("c1", 210)
    assert extend_calls() == 1 and limits() == [261, 441] and state() == (4043, 4043, 441, False)
    assert desk_state(user)["call"]["ends"] == ""
    lift_quota("agent", "a02", "day", extra_vnd=0, why="khách đang chốt", by=manager, address=None)
    talking("c1", 400)
    assert extend_calls() == 1 and limits()[-1] == 7200
    assert settle(ended("c1", 400)) == 3667 and state()[1] == 0
    talking("c1", 420)
    assert extend_calls() == 0  # it is over


def test_calls_that_are_not_cut_go_on_and_nobody_begins_another(trunk: Trunk) -> None:
    CallingRules.objects.create(pk=1, reserve_s=60, cut_calls=False)
    Quota.objects.create(holder="agent", period="day", limit_vnd=600)
    assert prepare_call("a02", VIETTEL, "care", "", "c1").max_talk_s == 7200
    talking("c1", 5)
    extend_calls()
    assert limits() == [] and state() == (1100, 1100, 7200, True)
    assert desk_state(User.objects.get(agent_id="a02"))["call"]["over"] == "yes"
    with pytest.raises(CallRefused):
        prepare_call("a02", VIETTEL, "care", "", "c2")
    assert settle(ended("c1", 100)) == 917 and QuotaUse.objects.get().used_vnd == 917 and QuotaUse.objects.get().reserved_vnd == 0


def test_advertising_from_the_desk_asks_consent_hours_and_a_brand_name(
    brand: Brand, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.instant()
    TelephonyNode.objects.create(name="n", owner="o", lease_until=now + timedelta(minutes=1), renewed_at=now)
    TelephonyJournal.objects.create(node="n", kind="node_changed", payload={"node": "n", "state": "up", "http_port": 9876}, at=now)
    AgentPhone.objects.create(agent_id="a02", digest="x", given_at=now)
    customer = Customer.objects.create(customer_id="k-ads", name="Lê An", phone=VIETTEL)
    client, tries = sign_in("a02"), iter(range(99))

    def call(**more: str) -> str:
        asked = {"number": "0987654321", "purpose": "advertising", "key": f"k{next(tries)}", **more}
        return str(client.post("/desk/calls", asked).json().get("problem", ""))

    assert "đồng ý" in call()
    Consent.objects.create(
        customer=customer, purpose="advertising", given=True, at=clock.now(), how="form", proof="form 7", noted_at=clock.now()
    )
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T17:00:00+07:00")
    assert "08:00" in call() and "17:00" in call()
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T16:00:00+07:00")
    Brand.objects.update(enabled=False)
    assert "Viettel" in call()
    Brand.objects.update(enabled=True)
    assert CallCharge.objects.count() == 0
    assert call() == "" and CallCharge.objects.get().purpose == "advertising" and CallCharge.objects.get().brand == "CHOT SHOP"
    assert "24" in call()  # one in 24 hours
    assert call(purpose="care") == ""
    Campaign.objects.create(code="tet", name="Tết", purpose="sales")
    assert "24" in call(purpose="care", campaign="tet")  # this campaign advertises, whatever is chosen
    DoNotCall.objects.create(phone=VIETTEL, scope="all", source="customer", noted_at=clock.now())
    assert call(purpose="care") != ""
