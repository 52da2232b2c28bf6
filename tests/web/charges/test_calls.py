"""A call is prepared, its price set aside, settled once when it has ended, and released when it never began."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections

from chot.calls.actions_journal import take_in_calls
from chot.calls.models import Call, TelephonyJournal
from chot.charges.actions import CallRefused, Route, prepare_call, release, release_expired
from chot.charges.actions_settle import calls_began, settle
from chot.charges.models import Brand, CallCharge, CallingRules, OutboundRule, Quota, QuotaUse, TariffRow
from chot.core import clock
from chot.core.messages import CallEnded, encode
from chot.people.models import Notification, User
from chot.people.queries import team_of
from chot.switchboard.models import Number, Trunk

pytestmark = pytest.mark.django_db
VIETTEL, VINAPHONE = "+84987654321", "+84912345678"


def ended(call_id: str, seconds: int, **changed: object) -> CallEnded:
    began = datetime(2026, 11, 3, 12, 0, tzinfo=clock.ZONE)
    fields: dict = {
        "direction": "out", "number": VIETTEL, "line": "02471234567", "agent_id": "a02", "started_at": began, "outcome": "answered",
        "answered_at": began + timedelta(seconds=5) if seconds else None, "ended_at": began + timedelta(seconds=5 + seconds, milliseconds=300),
    }  # fmt: skip
    return CallEnded(call_id=call_id, **(fields | ({} if seconds else {"outcome": "no_answer"}) | changed))


def used() -> list[tuple[str, str, int, int]]:
    return list(QuotaUse.objects.order_by("holder", "period").values_list("holder", "period", "used_vnd", "reserved_vnd"))


def test_a_route_without_rules_or_quotas(trunk: Trunk) -> None:
    """The first trunk, its number as it is written at home; ten minutes are set aside and two hours allowed."""
    assert prepare_call("a02", VINAPHONE, "care", "", "c1") == Route(
        trunk="viettel", caller_id="02471234567", max_talk_s=7200, reserved_vnd=7800
    )
    row = CallCharge.objects.get(call_id="c1")
    assert (row.operator, row.kind, row.tariff["rate_vnd"], row.team_id) == ("Vinaphone", "mobile", 780, team_of("a02"))
    assert prepare_call("a02", VINAPHONE, "care", "", "c1").reserved_vnd == 7800 and CallCharge.objects.count() == 1


def test_the_brand_name_for_its_purpose_operator_and_days(brand: Brand) -> None:
    assert prepare_call("a02", VIETTEL, "advertising", "", "c1").brand == "CHOT SHOP"
    assert prepare_call("a02", VIETTEL, "care", "", "c2").brand == ""
    with pytest.raises(CallRefused, match="Vinaphone") as refused:
        prepare_call("a02", VINAPHONE, "advertising", "", "c3")
    assert refused.value.code == "no_brand"
    Brand.objects.update(valid_to="2026-11-02")
    with pytest.raises(CallRefused) as refused:
        prepare_call("a02", "+84987654322", "advertising", "", "c4")
    assert refused.value.code == "no_brand" and not CallCharge.objects.filter(call_id__in=["c3", "c4"]).exists()


def test_rules_choose_by_purpose_and_operator(trunk: Trunk) -> None:
    other = Trunk.objects.create(name="vnpt", title="VNPT", operator="Vinaphone", host="198.51.100.8", rank=20)
    shown = Number.objects.create(number="+842871234567", trunk=other)
    OutboundRule.objects.create(rank=1, operator="Vinaphone", trunk=other, number=shown)
    assert prepare_call("a02", VINAPHONE, "care", "", "c1").caller_id == "02871234567"
    assert CallCharge.objects.get(call_id="c1").tariff["rate_vnd"] == 650  # on-net
    assert prepare_call("a02", VIETTEL, "care", "", "c2").trunk == "viettel"
    Trunk.objects.filter(name="vnpt").update(enabled=False)
    assert prepare_call("a02", VINAPHONE, "care", "", "c3").trunk == "viettel"


@pytest.mark.parametrize(
    ("number", "purpose", "today", "code"),
    [
        ("+6569001234", "care", "2026-11-03", "international"),
        ("+841900123456", "care", "2026-11-03", "premium"),
        ("+881612345678", "care", "2026-11-03", "forbidden"),
        ("116", "care", "2026-11-03", "service"),
        (VIETTEL, "advertising", "2026-11-03T17:00:00+07:00", "ad_hours"),
        (VIETTEL, "advertising", "2026-11-03T07:59:00+07:00", "ad_hours"),
        (VIETTEL, "care", "2026-11-03T21:00:00+07:00", "night"),
        (VIETTEL, "care", "2026-11-03T06:59:00+07:00", "night"),
    ],
)
def test_refusals(trunk: Trunk, monkeypatch: pytest.MonkeyPatch, number: str, purpose: str, today: str, code: str) -> None:
    monkeypatch.setenv("CHOT_TODAY", today)
    with pytest.raises(CallRefused) as refused:
        prepare_call("a02", number, purpose, "", "c1")
    assert refused.value.code == code and refused.value.reason and not CallCharge.objects.exists()


def test_emergency_calls_are_never_refused(trunk: Trunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T02:00:00+07:00")
    Quota.objects.create(holder="agent", period="day", limit_vnd=0)
    assert prepare_call("a02", "115", "care", "", "c1").trunk == "viettel"


def test_roles_open_what_is_expensive(trunk: Trunk) -> None:
    CallingRules.objects.create(pk=1, international_roles=["agent"], premium_roles=["agent"])
    caller = User.objects.filter(role="agent").first().agent_id
    assert prepare_call(caller, "+6569001234", "care", "", "c1").reserved_vnd == 36000
    assert prepare_call(caller, "+841900123456", "care", "", "c2").reserved_vnd == 50000


def test_how_fast_and_how_often(brand: Brand) -> None:
    CallingRules.objects.create(pk=1, calls_per_minute=2)
    prepare_call("a02", VIETTEL, "advertising", "", "c1")
    with pytest.raises(CallRefused) as refused:
        prepare_call("a03", VIETTEL, "advertising", "", "c2")
    assert refused.value.code == "ad_often"
    settle(ended("c1", 0))  # nobody answered: no advertising reached anyone
    prepare_call("a02", VIETTEL, "advertising", "", "c3")
    with pytest.raises(CallRefused) as refused:
        prepare_call("a02", VIETTEL, "care", "", "c4")
    assert refused.value.code == "too_fast"


def test_quotas_of_agent_team_and_campaign_are_reserved_and_settled_once(trunk: Trunk) -> None:
    Quota.objects.create(holder="agent", period="day", limit_vnd=10_000)
    Quota.objects.create(holder="agent", holder_id="a02", period="day", limit_vnd=20_000)
    Quota.objects.create(holder="team", period="month", limit_vnd=100_000)
    Quota.objects.create(holder="campaign", holder_id="tet", period="day", limit_vnd=2_000)
    route = prepare_call("a02", VIETTEL, "care", "tet", "c1")
    assert (route.reserved_vnd, route.max_talk_s) == (2000, 218)  # 550 × 218 / 60 = 1998
    assert used() == [("agent", "day", 0, 2000), ("campaign", "day", 0, 2000), ("team", "month", 0, 2000)]
    with pytest.raises(CallRefused, match=r"(?i)chiến dịch|campaign"):
        prepare_call("a03", VIETTEL, "care", "tet", "c2")
    payload = encode(ended("c1", 100))
    TelephonyJournal.objects.create(node="n", call_id="c1", kind="call_ended", payload=payload, at=clock.now())
    assert take_in_calls() == 1
    assert Call.objects.get(call_id="c1").charge_vnd == 917  # 550 × 100 / 60 = 916.67
    after = [("agent", "day", 917, 0), ("campaign", "day", 917, 0), ("team", "month", 917, 0)]
    assert used() == after
    assert settle(ended("c1", 100)) == 917 and used() == after and not release("c1")


def test_a_lifted_quota_and_everyone_is_told_once(trunk: Trunk) -> None:
    Quota.objects.create(holder="agent", period="day", limit_vnd=1_000)
    prepare_call("a02", VIETTEL, "care", "", "c1")
    told = Notification.objects.filter(kind="charges.quota_warning")
    assert told.filter(user__agent_id="a02").count() == 1
    with pytest.raises(CallRefused) as refused:
        prepare_call("a02", VIETTEL, "care", "", "c2")
    assert refused.value.code == "quota"
    QuotaUse.objects.update(lifted_at=clock.now())
    assert prepare_call("a02", VIETTEL, "care", "", "c3").max_talk_s == 7200
    assert told.filter(user__agent_id="a02").count() == 1


def test_calls_that_never_begin_are_released(trunk: Trunk, monkeypatch: pytest.MonkeyPatch) -> None:
    Quota.objects.create(holder="agent", period="day", limit_vnd=20_000)
    for call_id in ("c1", "c2"):
        prepare_call("a02", VIETTEL, "care", "", call_id)
    calls_began(["c1-unknown", "c2"])
    assert release_expired() == 0
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T12:03:00+07:00")
    assert release_expired() == 1
    assert used() == [("agent", "day", 0, 5500)]
    assert settle(ended("c1", 60)) == 550  # it began after all, late: it is counted
    assert used() == [("agent", "day", 550, 5500)]


def test_calls_dialled_around_the_rules_count_too(trunk: Trunk) -> None:
    Quota.objects.create(holder="agent", period="day", limit_vnd=20_000)
    assert settle(ended("x", 60)) == 550 and used() == [("agent", "day", 550, 0)]
    assert settle(ended("y", 30, outcome="abandoned", answered_at=None, wait_s=12, agent_id="")) == 110  # the customer answered, no agent did
    assert settle(ended("z", 60, direction="in")) is None
    TariffRow.objects.all().delete()
    assert settle(ended("w", 60)) is None and CallCharge.objects.get(call_id="w").charge_vnd is None


def test_no_trunk_is_said(db: None) -> None:
    Number.objects.all().delete()
    Trunk.objects.all().delete()
    with pytest.raises(CallRefused) as refused:
        prepare_call("a02", VIETTEL, "care", "", "c1")
    assert refused.value.code == "no_trunk"



def _elsewhere(work: Callable[[], object]) -> object:
    """Do something in a transaction of its own, which others see."""
    try:
        return work()
    finally:
        connections.close_all()


def test_many_at_once_never_overspend(db: None) -> None:
    """Eight people dial at the same moment on a quota that holds three calls."""
    at_once = 8

    def given() -> None:
        made = Trunk.objects.create(name="zz-at-once", title="Z", operator="Viettel", host="198.51.100.9", rank=0)
        Number.objects.create(number="+842499999999", trunk=made)
        Quota.objects.create(holder="campaign", holder_id="zz", period="day", limit_vnd=16_500)

    def clean() -> None:
        for model in (CallCharge, QuotaUse, Quota):
            model.objects.filter(**({"holder_id": "zz"} if model is not CallCharge else {"campaign_id": "zz"})).delete()
        Number.objects.filter(trunk__name="zz-at-once").delete()
        Trunk.objects.filter(name="zz-at-once").delete()

    ready = threading.Barrier(at_once)

    def dial(number: int) -> str:
        ready.wait()
        try:
            return str(prepare_call("", VIETTEL, "care", "zz", f"zz{number}").reserved_vnd)
        except CallRefused as refused:
            return refused.code

    with ThreadPoolExecutor(at_once) as pool:
        pool.submit(_elsewhere, given).result()
        try:
            found = sorted(pool.map(lambda number: _elsewhere(lambda: dial(number)), range(at_once)))  # type: ignore[arg-type, return-value]
            assert found == ["5500"] * 3 + ["quota"] * 5
            assert QuotaUse.objects.get(holder_id="zz").reserved_vnd == 16_500
        finally:
            pool.submit(_elsewhere, clean).result()


@pytest.mark.parametrize(
    ("purpose", "agent", "number", "found"),
    [
        ("advertising", "zz{0}", VIETTEL, ["ad_often"] * 7 + ["made"]),  # eight agents, one customer: one advertising call a day
        ("care", "zz", "+8497120000{0}", ["made"] * 3 + ["too_fast"] * 5),  # one agent, eight customers: three calls a minute
    ],
)
def test_many_at_once_are_counted_one_after_the_other(db: None, purpose: str, agent: str, number: str, found: list[str]) -> None:
    at_once, rules = 8, {"ads_need_brand": False, "calls_per_minute": 3}
    ready = threading.Barrier(at_once)

    def given() -> None:
        CallingRules.objects.create(pk=1, **rules)
        Trunk.objects.create(name="zz-at-once", title="Z", operator="Viettel", host="198.51.100.9", rank=0)

    def clean() -> None:
        CallCharge.objects.filter(agent_id__startswith="zz").delete()
        CallingRules.objects.filter(pk=1, **rules).delete()
        Trunk.objects.filter(name="zz-at-once").delete()

    def dial(place: int) -> str:
        ready.wait()
        try:
            prepare_call(agent.format(place), number.format(place), purpose, "", f"zz{place}")
        except CallRefused as refused:
            return refused.code
        return "made"

    with ThreadPoolExecutor(at_once) as pool:
        pool.submit(_elsewhere, given).result()
        try:
            assert sorted(pool.map(lambda place: _elsewhere(lambda: dial(place)), range(at_once))) == found  # type: ignore[arg-type, return-value]
        finally:
            pool.submit(_elsewhere, clean).result()
