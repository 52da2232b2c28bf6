"""The store: one writer, one commit, nothing doubled or lost however a writer dies, and closed months that stay."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from chot.core.errors import InputError
from chot.facts import locks, manifest, merge, snapshot, store
from chot.facts.folder import open_folder
from chot.facts.importing import import_file
from tests.facts.killing import killed_at

ORDERS = "order_id,agent_id,ordered_at,status,status_at,amount_vnd\n"
EVERYTHING = {"orders": None, "agents": None}


def order(name: str, month: str = "10", status_day: str = "05", amount: int = 5) -> str:
    return f"{name},a1,2026-{month}-01T08:00:00+07:00,confirmed,2026-12-{status_day}T09:00:00+07:00,{amount}\n"


def source(folder: Path, *rows: str, name: str = "orders") -> Path:
    path = folder / f"{name}.csv"
    path.write_text(ORDERS + "".join(rows))
    return path


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def take(path: Path, data: Path) -> tuple[int, int, int]:
    """Import; (imported, duplicates, rejected)."""
    outcome = import_file(path, data, format_name="table", table="orders")
    assert outcome.rows == outcome.imported + outcome.folded + outcome.duplicates + len(outcome.rejected)
    return outcome.imported, outcome.duplicates, len(outcome.rejected)


def amounts(data: Path) -> dict[str, int]:
    with open_folder(data) as dataset:
        rows = dataset.table("orders").to_pylist()
    assert len({row["order_id"] for row in rows}) == len(rows)
    return {row["order_id"]: row["amount_vnd"] for row in rows}


def content(data: Path) -> str:
    with open_folder(data) as dataset:
        return snapshot.fingerprint(dataset, EVERYTHING)


def parquet_files(data: Path) -> list[str]:
    return sorted(str(path.relative_to(data)) for path in data.rglob("*.parquet"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_rows_lie_in_one_file_per_local_month_sorted_and_vouched_for(tmp_path, data):
    take(source(tmp_path, order("b", "10"), order("a", "10"), order("c", "11")), data)
    assert parquet_files(data) == ["orders/month=2026-10/orders-000001.parquet", "orders/month=2026-11/orders-000001.parquet"]
    known = manifest.read(data / "orders")
    assert [(part.month, part.rows) for part in known.files] == [("2026-10", 2), ("2026-11", 1)]
    assert pq.read_table(data / "orders" / known.files[0].path, partitioning=None).column("order_id").to_pylist() == ["a", "b"]
    assert not (data / store.STAGING).exists()


def test_the_same_file_again_changes_nothing_at_all(tmp_path, data):
    path = source(tmp_path, order("a"), order("b"), order("b", status_day="06", amount=6))
    assert take(path, data) == (3, 0, 0)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert take(path, data) == (0, 3, 0)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    assert amounts(data) == {"a": 5, "b": 6}


def test_later_rows_replace_wherever_they_lie_and_others_are_rejected(tmp_path, data):
    take(source(tmp_path, order("a", "10"), order("b", "10"), order("c", "11")), data)
    second = source(tmp_path, order("a", "11", "06", 7), order("b", "10", "04", 8), order("c", "11"), order("d", "12"), name="second")
    assert take(second, data) == (2, 1, 1)
    assert amounts(data) == {"a": 7, "b": 5, "c": 5, "d": 5}
    known = manifest.read(data / "orders")
    assert [(part.month, part.rows, part.path[-11:]) for part in known.files] == [
        ("2026-10", 1, "002.parquet"), ("2026-11", 2, "002.parquet"), ("2026-12", 1, "002.parquet"),
    ]  # fmt: skip


def test_a_month_whose_last_row_moves_away_is_no_month(tmp_path, data):
    take(source(tmp_path, order("a", "10")), data)
    assert take(source(tmp_path, order("a", "11", "06"), name="second"), data) == (1, 0, 0)
    assert [part.month for part in manifest.read(data / "orders").files] == ["2026-11"]


def test_versions_inside_one_file_follow_each_other(tmp_path, data):
    rows = [order("a", amount=1), order("a", amount=1), order("a", status_day="07", amount=2), order("a", status_day="06", amount=3)]
    assert take(source(tmp_path, *rows), data) == (2, 1, 1)
    assert amounts(data) == {"a": 2}
    assert take(source(tmp_path, *rows), data) == (0, 3, 1)


def test_an_older_version_from_another_file_is_rejected(tmp_path, data):
    take(source(tmp_path, order("a", status_day="07", amount=2)), data)
    assert take(source(tmp_path, order("a", status_day="05", amount=1), name="old"), data) == (0, 0, 1)
    assert amounts(data) == {"a": 2}


def test_months_too_large_for_memory_are_written_the_same(tmp_path, data, monkeypatch):
    first = source(tmp_path, *(order(f"o{number:03d}", f"{10 + number % 2}") for number in range(60)))
    second = source(tmp_path, *(order(f"o{number:03d}", "10", "06", 9) for number in range(40, 80)), name="second")
    for path in (first, second):
        take(path, data)
    monkeypatch.setattr(merge, "IN_MEMORY", 1)
    monkeypatch.setattr(merge, "KEYS_AT_ONCE", 7)
    for path in (first, second):
        take(path, tmp_path / "spilling")
    assert content(tmp_path / "spilling") == content(data)
    assert [part.content for part in manifest.read(tmp_path / "spilling/orders").files] == [
        part.content for part in manifest.read(data / "orders").files
    ]


def test_files_that_the_manifest_does_not_name_are_not_read_and_swept_by_the_next_writer(tmp_path, data):
    take(source(tmp_path, order("a")), data)
    stray = data / "orders/month=2026-10/orders-000009.parquet"
    shutil.copy(data / "orders/month=2026-10/orders-000001.parquet", stray)
    (data / store.STAGING).mkdir()
    (data / store.STAGING / "half.arrow").write_bytes(b"half")
    assert amounts(data) == {"a": 5}
    take(source(tmp_path, order("b"), name="second"), data)
    assert not stray.exists() and not (data / store.STAGING).exists() and amounts(data) == {"a": 5, "b": 5}


def test_a_reader_that_has_opened_the_folder_can_finish_while_a_writer_commits(tmp_path, data):
    take(source(tmp_path, order("a")), data)
    with open_folder(data) as dataset:
        take(source(tmp_path, order("b"), name="second"), data)
        assert dataset.table("orders").column("order_id").to_pylist() == ["a"]
        assert len(parquet_files(data)) == 2
    take(source(tmp_path, order("b"), name="second"), data)
    assert parquet_files(data) == ["orders/month=2026-10/orders-000002.parquet"]


def test_a_second_writer_waits_and_then_says_so(tmp_path, data):
    refused = pytest.raises(InputError, match="another import is writing to this folder")
    with store.writing(data), refused, store.writing(data, patience_s=0.1):
        pass
    with store.writing(data, patience_s=0.1):
        pass


def test_only_an_unread_folder_is_swept_and_readers_do_not_hinder_each_other(data):
    with store.writing(data):
        pass
    first, second = locks.reader(data), locks.reader(data)
    assert first is not None and second is not None
    for lock, free in ((first, False), (second, True)):
        os.close(lock)
        with locks.unread(data) as unread:
            assert unread is free
    assert locks.reader(data.parent) is None


def test_closed_months_keep_their_files_and_late_facts_are_still_taken_in(tmp_path, data):
    take(source(tmp_path, order("a", "10"), order("b", "11")), data)
    store.protect(data, ["2026-10"])
    frozen = data / "orders/month=2026-10/orders-000001.parquet"
    before = frozen.read_bytes()
    for number in range(3):
        take(source(tmp_path, order(f"late{number}", "10"), order(f"new{number}", "11"), name=f"more{number}"), data)
    assert frozen.read_bytes() == before
    assert amounts(data) == dict.fromkeys(["a", "b", "late0", "late1", "late2", "new0", "new1", "new2"], 5)
    assert store.protected(data) == ["2026-10"]
    assert [name for name in parquet_files(data) if "2026-1" in name and "12" not in name] == [
        "orders/month=2026-10/orders-000001.parquet", "orders/month=2026-10/orders-000004.parquet",
        "orders/month=2026-11/orders-000004.parquet",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["orders.csv", "orders.parquet", "orders/part.parquet"])
def test_a_table_that_is_not_ours_is_left_alone(tmp_path, data, name):
    path = data / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"theirs")
    with pytest.raises(InputError, match="import"):
        take(source(tmp_path, order("a")), data)
    assert path.read_bytes() == b"theirs"


def test_another_time_zone_is_refused_by_the_writer_and_worked_out_anew_by_the_reader(tmp_path, data):
    late = "a,a1,2026-11-01T01:00:00+07:00,confirmed,,5\n"
    take(source(tmp_path, late), data)
    (data / "chot.yaml").write_text("timezone: UTC\n")
    with open_folder(data) as dataset:
        assert dataset.table("orders").column("period").to_pylist() == ["2026-10"]
    with pytest.raises(InputError, match="days in Asia/Ho_Chi_Minh, not in UTC"):
        take(source(tmp_path, order("b"), name="second"), data)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 99}', "[1]", '{"version": 1, "files": [{}], "frozen": []}'])
def test_a_damaged_manifest_is_an_input_error(tmp_path, data, text):
    take(source(tmp_path, order("a")), data)
    (data / "orders" / manifest.FILE).write_text(text)
    for action in (lambda: open_folder(data), lambda: take(source(tmp_path, order("b")), data)):
        with pytest.raises(InputError, match=r"manifest is damaged|another version"):
            action()


def test_a_lost_or_cut_file_is_an_input_error(tmp_path, data):
    take(source(tmp_path, order("a", "10"), order("b", "11")), data)
    first, second = (data / "orders" / part.path for part in manifest.read(data / "orders").files)
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    with pytest.raises(InputError) as caught:
        open_folder(data)
    assert [problem.file for problem in caught.value.problems] == [str(first), str(second)]


def rejects_of(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "rejects").glob("*")}


def test_killed_at_any_moment_the_table_is_as_before_or_as_after_and_a_second_run_finishes(tmp_path):
    start, after = tmp_path / "start", tmp_path / "after"
    take(source(tmp_path, order("a", "10"), order("b", "10")), start)
    second = source(tmp_path, order("a", "11", "06", 7), order("b", "10", "04", 8), order("d", "11"), "e,a1\n", name="second")
    shutil.copytree(start, after)
    assert take(second, after) == (2, 0, 2)
    before_content, after_content = content(start), content(after)
    seen = set()
    for count in range(1, 200):
        data = tmp_path / "again"
        shutil.copytree(start, data)
        if not killed_at(count, second, data, "orders"):
            break
        seen.add(content(data))
        assert seen <= {before_content, after_content}, count
        take(second, data)
        assert content(data) == after_content and rejects_of(data) == rejects_of(after), count
        assert amounts(data) == {"a": 7, "b": 5, "d": 5}
        assert not (data / store.STAGING).exists()
        shutil.rmtree(data)
    assert count > 12 and seen == {before_content, after_content}


def test_killed_at_any_moment_of_the_first_import_the_table_is_empty_or_whole(tmp_path):
    path = source(tmp_path, order("a", "10"), order("b", "11"))
    found = set()
    for count in range(1, 200):
        data = tmp_path / "data"
        if not killed_at(count, path, data, "orders"):
            break
        found.add(tuple(sorted(amounts(data))) if data.is_dir() else ())
        take(path, data)
        assert amounts(data) == {"a": 5, "b": 5}
        shutil.rmtree(data)
    assert found == {(), ("a", "b")}
