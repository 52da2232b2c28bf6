"""The pages of quotas: what is used and left, set by a manager, lifted with a reason, shown to the agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chot.charges.actions import CallRefused, prepare_call
from chot.charges.actions_settle import settle
from chot.charges.models import Quota, QuotaUse
from chot.people.models import AuditEntry, Notification, User
from chot.people.queries import team_of
from chot.switchboard.models import Trunk
from tests.web.charges.test_calls import VIETTEL, ended

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
LIFT = "/charges/quotas/lift/agent/day/a02"


def test_a_quota_is_set_seen_used_up_lifted_and_audited(trunk: Trunk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    manager, agent = sign_in("manager"), sign_in("a02")
    given = {"whose": "agent:a02", "campaign": "", "period": "day", "limit_vnd": "1000"}
    assert manager.post("/charges/quotas/new", given).status_code == 302
    assert manager.post("/charges/quotas/new", given).status_code == 422  # there is one already
    assert agent.get("/charges/quotas/own").content.decode().count("quota-left is-good") == 1
    prepare_call("a02", VIETTEL, "care", "", "c1")
    settle(ended("c1", 109))  # 550 × 109 / 60 = 999.17
    own = agent.get("/charges/quotas/own").content.decode()
    assert "is-warn" in own and "còn 1 ₫" in own
    with pytest.raises(CallRefused):
        prepare_call("a02", VIETTEL, "care", "", "c2")
    QuotaUse.objects.update(used_vnd=1000)
    blocked = agent.get("/charges/quotas/own").content.decode()
    assert "is-blocked" in blocked and f"Hãy nhờ {User.objects.get(username='manager').name}." in blocked  # a leader lifts no own quota
    page = manager.get("/charges/quotas").content.decode()
    assert "spent is-blocked" in page and LIFT in page
    assert manager.post(LIFT, {"how": "extra", "extra_vnd": "", "why": "khách gọi lại"}).status_code == 422
    assert manager.post(LIFT, {"how": "extra", "extra_vnd": "5500", "why": ""}).status_code == 422
    assert manager.post(LIFT, {"how": "extra", "extra_vnd": "5500", "why": "khách gọi lại"}).status_code == 302
    assert prepare_call("a02", VIETTEL, "care", "", "c3").reserved_vnd == 5500
    entry = AuditEntry.objects.filter(action="quota.lifted").latest("pk")
    assert (entry.subject, entry.after) == ("quota:agent:a02:day", {"extra": 5500, "until": "", "why": "khách gọi lại"})
    assert Notification.objects.filter(kind="charges.quota_raised", user__agent_id="a02").count() == 1
    assert manager.post(LIFT, {"how": "today", "why": "chiến dịch cuối tháng"}).status_code == 302
    assert prepare_call("a02", VIETTEL, "care", "", "c4").max_talk_s == 7200
    assert "đã mở" in manager.get("/charges/quotas").content.decode()
    monkeypatch.setenv("CHOT_TODAY", "2026-11-04")  # lifted until midnight, and another day's quota
    assert prepare_call("a02", VIETTEL, "care", "", "c5").reserved_vnd == 1000


def _team(agent_id: str) -> list[str]:
    return [each for each in User.objects.exclude(agent_id="").values_list("agent_id", flat=True) if team_of(each) == team_of(agent_id)]


def test_leaders_lift_their_own_team_and_nobody_the_own(trunk: Trunk, sign_in: SignIn) -> None:
    Quota.objects.create(holder="agent", period="day", limit_vnd=1_000)
    Quota.objects.create(holder="team", period="day", limit_vnd=1_000)
    Quota.objects.create(holder="agent", period="month", limit_vnd=1_000)
    leader = User.objects.filter(role="leader").first()
    assert leader
    mine, others = [each for each in _team(leader.agent_id) if each != leader.agent_id], sorted(set(_agents()) - set(_team(leader.agent_id)))
    client, lift = sign_in(leader.username), {"how": "today", "why": "được duyệt"}
    statuses = [client.post(f"/charges/quotas/lift/{each}", lift).status_code for each in (
        f"agent/day/{mine[0]}", f"agent/day/{leader.agent_id}", f"agent/day/{others[0]}", f"team/day/{team_of(leader.agent_id)}",
    )]  # fmt: skip
    assert statuses == [302, 403, 403, 403]
    assert list(QuotaUse.objects.exclude(lifted_at=None).values_list("holder_id", flat=True)) == [mine[0]]
    listed = client.get("/charges/quotas").content.decode()
    assert mine[0] in listed and others[0] not in client.get("/charges/quotas.csv").content.decode()
    assert sign_in("auditor").post(f"/charges/quotas/lift/agent/day/{mine[0]}", lift).status_code == 403
    assert sign_in("manager").post("/charges/quotas/lift/agent/week/a02", lift).status_code == 404


def _agents() -> list[str]:
    return list(User.objects.exclude(agent_id="").filter(is_active=True).values_list("agent_id", flat=True))


def test_a_quota_is_changed_and_deleted(trunk: Trunk, sign_in: SignIn) -> None:
    row = Quota.objects.create(holder="team", period="month", limit_vnd=1_000)
    manager = sign_in("manager")
    assert manager.post(f"/charges/quotas/{row.pk}", {"limit_vnd": "2000"}).status_code == 302
    file = manager.get("/charges/quotas.csv?whose=team&per=month").content.decode()
    assert file.count(",2000,0,0,2000,0,good") == len({team_of(each) for each in _agents()} - {""})
    assert manager.get("/charges/quotas.xlsx").status_code == 200 and manager.get("/charges/quotas.exe").status_code == 404
    assert manager.post(f"/charges/quotas/{row.pk}/delete").status_code == 302 and not Quota.objects.exists()
    assert AuditEntry.objects.filter(action="quota.deleted", before={"limit": 2000}).exists()
    assert "empty" in manager.get("/charges/quotas?whose=team&per=month").content.decode()


def test_the_page_asks_as_often_for_many_as_for_one(trunk: Trunk, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    manager = sign_in("manager")
    Quota.objects.create(holder="agent", holder_id="a02", period="day", limit_vnd=1_000)
    with django_assert_max_num_queries(20) as one:
        manager.get("/charges/quotas")
    Quota.objects.create(holder="agent", period="day", limit_vnd=1_000)
    with django_assert_max_num_queries(len(one)):
        assert manager.get("/charges/quotas").content.decode().count("spent is-good") > 3
