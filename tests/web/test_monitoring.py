"""What monitors read: each part's state, and numbers that follow what happens."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from chot.calls.models import TelephonyNode
from chot.core import clock
from chot.switchboard.models import NodeState
from chot.web import parts

pytestmark = pytest.mark.django_db


def _parts() -> tuple[int, dict[str, str]]:
    answer = Client().get("/health/parts")
    return answer.status_code, answer.json()["parts"]


def _heard(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))", [seconds_ago])


def _lease(seconds: int) -> None:
    until = clock.instant() + timedelta(seconds=seconds)
    TelephonyNode.objects.update_or_create(name="one", defaults={"owner": "x", "lease_until": until, "renewed_at": clock.instant()})


def _number(line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", Client().get("/metrics").content.decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_parts_that_are_well() -> None:
    _heard(5)
    assert _parts()[1]["worker"] == "ok"
    assert _parts()[1]["database"] == "ok"


def test_a_silent_worker_is_bad() -> None:
    _heard(31)
    status, found = _parts()
    assert (status, found["worker"]) == (503, "bad")


def test_an_exchange_is_absent_driven_or_left_alone() -> None:
    TelephonyNode.objects.all().delete()
    assert _parts()[1]["telephony"] == "absent"
    assert b'part="telephony"' not in Client().get("/metrics").content
    _lease(20)
    assert (_parts()[1]["telephony"], _number('chot_telephony_node_driven{node="one"}')) == ("ok", 1)
    NodeState.objects.create(name="one", state="unready", changed_at=clock.instant())
    assert _parts()[1]["telephony"] == "bad", "driven, and nobody can call"
    NodeState.objects.update(state="up")
    assert _parts()[1]["telephony"] == "ok"
    _lease(-1)
    assert (_parts()[0], _parts()[1]["telephony"], _number('chot_telephony_node_driven{node="one"}')) == (503, "bad", 0)


def test_a_folder_that_is_gone_and_a_full_disk(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    assert (parts.states()["facts"], parts.states()["disk"]) == ("ok", "ok")
    monkeypatch.setattr(parts, "FREE_BYTES", 10**18)
    assert parts.states()["disk"] == "bad"
    settings.DATA = tmp_path / "gone"
    assert parts.states()["facts"] == "bad"


def test_parts_are_for_this_machine() -> None:
    assert Client(REMOTE_ADDR="203.0.113.9").get("/health/parts").status_code == 404


def test_requests_are_counted_by_view_and_status() -> None:
    line = 'chot_request_seconds_count{status="200",view="web:health"}'
    before = _number(line)
    Client().get("/health")
    assert _number(line) == before + 1
