"""Many recordings are kept at once; one that cannot be kept does not stop the others."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chot.customers.models import Consent, Customer, CustomerAlias
from chot.people.models import AuditEntry
from chot.recordings import actions_delete, actions_keep, actions_upload, storage
from chot.recordings.models import Recording, RetentionRule
from tests.web.recordings.conftest import BEGAN

pytestmark = pytest.mark.django_db
Stopped = Callable[..., list[Path]]


def states() -> dict[str, str]:
    return dict(Recording.objects.values_list("call_id", "state"))


def ready(stopped: Stopped, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        stopped(f"c{number}", seconds=1)
    assert actions_keep.take_in_recordings() == count


def test_the_database_is_asked_as_often_for_ten_as_for_two(stopped: Stopped) -> None:
    asked = []
    for first, count in ((0, 2), (2, 10)):
        ready(stopped, count, first)
        with CaptureQueriesContext(connection) as queries:
            assert actions_keep.keep_waiting() == count
            assert actions_keep.remove_sources() == count
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_what_is_asked_every_ten_seconds_reads_no_recording_that_is_done(stopped: Stopped) -> None:
    ready(stopped, 2)
    actions_keep.keep_waiting()
    with CaptureQueriesContext(connection) as queries:
        assert (actions_keep.remove_sources(), actions_upload.remove_uploaded(), actions_delete.remove_files()) == (2, 0, 0)
    asked = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = []
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    indexes = ["recording_sources_left", "recording_uploaded", "recording_replaced", "recording_file_to_go"]
    assert len(plans) == 4 and [name in plan for name, plan in zip(indexes, plans, strict=True)] == [True] * 4, plans


def test_each_is_on_the_disk_before_its_row_says_so(stopped: Stopped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    synced: list[tuple[Path, set[str]]] = []
    fsync = os.fsync

    def seen(handle: int) -> None:
        synced.append((Path(os.readlink(f"/proc/self/fd/{handle}")), set()))
        fsync(handle)

    ready(stopped, 3)
    monkeypatch.setattr(storage.os, "fsync", seen)
    with CaptureQueriesContext(connection) as queries:
        told = storage.settle

        def settle(rows: list[Recording]) -> None:
            assert not any("INSERT" in each["sql"] for each in queries.captured_queries)
            told(rows)

        monkeypatch.setattr(storage, "settle", settle)
        assert actions_keep.keep_waiting() == 3
    places = [tmp_path / "recordings" / path for path in Recording.objects.values_list("path", flat=True)]
    assert sorted(path for path, _ in synced[:3]) == sorted(place.with_suffix(".part") for place in places)
    assert [path for path, _ in synced[3:]] == [places[0].parent]


def test_long_ones_are_kept_by_themselves(stopped: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions_keep, "TOGETHER_MS", 2500)
    monkeypatch.setattr(actions_keep, "TOGETHER", 3)
    for call_id, seconds in (("a", 3), ("b", 1), ("c", 1), ("d", 1), ("e", 0.6), ("f", 0.6), ("g", 0.6), ("h", 0.6)):
        stopped(call_id, seconds=seconds)
    actions_keep.take_in_recordings()
    chunks: list[list[str]] = []
    keep = actions_keep.keep

    def noted(pks: list[int]) -> int:
        chunks.append(sorted(Recording.objects.filter(pk__in=pks).values_list("call_id", flat=True)))
        return keep(pks)

    monkeypatch.setattr(actions_keep, "keep", noted)
    assert actions_keep.keep_waiting() == 8
    assert chunks == [["a"], ["b", "c"], ["d", "e", "f"], ["g", "h"]]


def test_what_cannot_be_read_or_written_waits_and_the_others_are_kept(stopped: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {call_id: stopped(call_id) for call_id in ("good", "broken", "no-room")}
    files["broken"][1].write_bytes(b"not a sound")
    write = storage.write

    def full(row: Recording, data: bytes) -> None:
        if row.call_id == "no-room":
            raise OSError(28, "No space left on device")
        write(row, data)

    actions_keep.take_in_recordings()
    with monkeypatch.context() as patch:
        patch.setattr(storage, "write", full)
        assert actions_keep.keep_waiting() == 1
    assert states() == {"good": "kept", "broken": "waiting", "no-room": "waiting"}
    assert Recording.objects.get(call_id="no-room").problem == "[Errno 28] No space left on device"
    assert "cannot be read" in Recording.objects.get(call_id="broken").problem
    assert actions_keep.remove_sources() == 1
    assert all(path.exists() for call_id in ("broken", "no-room") for path in files[call_id])
    assert actions_keep.keep_waiting() == 1
    assert (states()["no-room"], Recording.objects.get(call_id="no-room").problem) == ("kept", "")


def test_of_many_only_the_refused_are_forgotten(stopped: Stopped) -> None:
    customers = [Customer.objects.create(customer_id=f"k{number}", name="K", created_at=BEGAN) for number in range(4)]
    for call_id, customer in (("c0", "k0"), ("c1", "k1"), ("c2", "once"), ("c3", "k3"), ("c4", "")):
        stopped(call_id, customer=customer)
    CustomerAlias.objects.create(alias="once", customer=customers[2])
    for number, given, days in ((1, False, 1), (2, False, 1), (3, False, 2), (3, True, 1)):
        at = BEGAN - timedelta(days=days)
        Consent.objects.create(
            customer=customers[number], purpose="recording", channel="", given=given, at=at, how="call", proof="call", noted_at=at
        )
    actions_keep.take_in_recordings()
    assert actions_keep.keep_waiting() == 3
    assert states() == {"c0": "kept", "c1": "gone", "c2": "gone", "c3": "kept", "c4": "kept"}
    assert sorted(AuditEntry.objects.filter(action="recording.refused").values_list("subject", flat=True)) == ["recording:c1", "recording:c2"]


def test_each_is_kept_as_long_as_the_rule_of_its_day_says(stopped: Stopped) -> None:
    RetentionRule.objects.create(retention="standard", since=BEGAN.date(), days=30)
    RetentionRule.objects.create(retention="standard", since=BEGAN.date() + timedelta(days=1), days=60)
    ready(stopped, 1)
    actions_keep.keep_waiting()
    assert Recording.objects.get().delete_after == BEGAN.date() + timedelta(days=30)


def test_what_somebody_else_keeps_is_left_to_them(stopped: Stopped) -> None:
    ready(stopped, 2)
    assert actions_keep.keep([Recording.objects.get(call_id="c0").pk]) == 1
    before: Any = Recording.objects.get(call_id="c0")
    assert actions_keep.keep(list(Recording.objects.values_list("pk", flat=True))) == 1
    assert Recording.objects.get(call_id="c0").sealed_key == before.sealed_key
