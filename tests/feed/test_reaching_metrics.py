"""What other systems and the exchange write is in the figures after one move, to the đồng."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser

from chot.api.actions_clients import make_client
from chot.api.models import Client
from chot.api.scopes import SCOPES
from chot.calls.actions_journal import take_in_calls
from chot.calls.models import TelephonyJournal
from chot.core import clock
from chot.core.messages import CallEnded, encode
from chot.feed.actions import move
from chot.people.models import AgentRow, User
from chot.performance.fact_states import facts_state
from chot.performance.figures_shown import LIVE
from chot.performance.queries_reports import measured
from chot.performance.report_filter import asked

NOW = datetime(2026, 11, 3, 9, 0, 0, tzinfo=clock.ZONE)


@pytest.fixture
def desk(data: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """A manager who looks at today, 2026-11-03; Lan works in the team t1."""
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03")
    monkeypatch.setattr(settings, "DATA", data)
    Client.objects.all().delete()
    AgentRow.objects.create(agent_id="a1", name="Lan", team_id="t1", plan_role="telesale")
    return User.objects.filter(username="m1").first() or User.objects.create(username="m1", name="Hà", role="manager")


def today(manager: User) -> dict[str, int]:
    """Lan's figures of today, as the live board and the reports ask for them."""
    wanted = asked(manager, {"span": "today"}, usual="today")
    values = measured(LIVE, wanted, grain="agent").get("a1", [0] * len(LIVE))
    return dict(zip([each.name for each in LIVE], values, strict=True))


def test_an_order_of_another_system_and_a_call_of_the_exchange_are_in_todays_figures(desk: User, data: Path) -> None:
    _client, token = make_client("ERP", list(SCOPES), 1000, None, by=desk, address=None)
    order = {"agent_id": "a1", "ordered_at": NOW.isoformat(), "status": "confirmed", "status_at": NOW.isoformat(), "amount_vnd": 1_234_567}
    sent = Browser().put("/api/v1/orders/A1", order, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert sent.status_code == 201
    call = CallEnded(
        call_id="c1", direction="out", number="0987654321", line="02471234567", agent_id="a1", started_at=NOW,
        answered_at=NOW + timedelta(seconds=8), ended_at=NOW + timedelta(seconds=70), ring_s=5, talk_s=52, hold_s=10, outcome="answered",
        hangup_by="customer",
    )  # fmt: skip
    TelephonyJournal.objects.get_or_create(node="n1", call_id="c1", kind="call_ended", defaults={"payload": dict(encode(call)), "at": NOW})
    take_in_calls()
    move(data)
    first, state = today(desk), facts_state()
    assert (first["calls"], first["revenue"]) == (1, 1_234_567)
    correction = {**order, "amount_vnd": 1_000_001}
    Browser().put("/api/v1/orders/A1?correct=true", correction, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}")
    move(data)
    assert today(desk)["revenue"] == 1_000_001
    assert facts_state() != state, "the live board looks again when this changes"
