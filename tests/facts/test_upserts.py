"""The application's rows in the store: they win, they move, they go, and the files stay few and small."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.facts import layout, manifest, snapshot, store
from chot.facts.folder import open_folder
from chot.facts.importing import import_file
from chot.facts.intake import LINE, conform
from chot.facts.keys import RULED
from chot.facts.upserts import upsert
from chot.kpi.schema import TABLES

ZONE = "Asia/Ho_Chi_Minh"
ORDERS = TABLES["orders"]
EVERYTHING = {"orders": None, "agents": None}
Rows = Mapping[str, tuple[str, int]]  # order_id -> (day of 2026, amount)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def move(data: Path, rows: Rows, *gone: str) -> frozenset[str]:
    columns = {
        "order_id": list(rows), "agent_id": ["a1"] * len(rows),
        "ordered_at": [f"2026-{day}T08:00:00+07:00" for day, _amount in rows.values()],
        "status": ["confirmed"] * len(rows), "amount_vnd": [str(amount) for _day, amount in rows.values()],
    }  # fmt: skip
    typed, bad = conform(ORDERS, columns, range(1, len(rows) + 1), zone=ZONE)
    assert not bad
    with store.writing(data) as staging:
        return upsert(data, ORDERS, typed.drop_columns([LINE]), [*rows, *gone], staging, zone=ZONE)


def take(data: Path, rows: Rows, name: str = "orders") -> list[str]:
    """Import; the reasons of the rejects."""
    path = data.with_name(f"{name}.csv")
    lines = [f"{key},a1,2026-{day}T08:00:00+07:00,confirmed,{amount}\n" for key, (day, amount) in rows.items()]
    path.write_text("order_id,agent_id,ordered_at,status,amount_vnd\n" + "".join(lines))
    return [each.reason for each in import_file(path, data, format_name="table", table="orders").rejected]


def stored(data: Path) -> dict[str, tuple[str, int]]:
    with open_folder(data) as dataset:
        rows = dataset.table("orders").to_pylist()
    assert len({row["order_id"] for row in rows}) == len(rows)
    return {row["order_id"]: (row["local_date"].strftime("%m-%d"), row["amount_vnd"]) for row in rows}


def parts(data: Path) -> list[tuple[str, int, str]]:
    known = manifest.read(data / "orders")
    return [(part.month, part.rows, part.origin) for part in known.files] if known else []


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_new_rows_make_a_small_file_beside_the_imported_one(data: Path) -> None:
    take(data, {"o1": ("10-01", 5), "o2": ("10-02", 6)})
    before = sorted(data.rglob("*.parquet"))
    assert move(data, {"o3": ("10-03", 7)}) == {"2026-10"}
    assert set(before) < set(data.rglob("*.parquet"))
    assert sorted(parts(data)) == [("2026-10", 1, "application"), ("2026-10", 2, "")]
    assert stored(data) == {"o1": ("10-01", 5), "o2": ("10-02", 6), "o3": ("10-03", 7)}


def test_the_application_wins_over_an_import_in_both_orders(data: Path) -> None:
    take(data, {"o1": ("10-01", 5), "o2": ("10-02", 6)})
    move(data, {"o1": ("10-01", 50)})
    assert stored(data) == {"o1": ("10-01", 50), "o2": ("10-02", 6)}
    assert take(data, {"o1": ("10-01", 5), "o4": ("10-04", 9)}, "again") == [RULED]
    assert take(data, {"o1": ("10-01", 50)}, "equal") == []
    assert stored(data) == {"o1": ("10-01", 50), "o2": ("10-02", 6), "o4": ("10-04", 9)}
    assert sorted(parts(data)) == [("2026-10", 1, "application"), ("2026-10", 2, "")]


def test_the_same_again_changes_no_file(data: Path) -> None:
    move(data, {"o1": ("10-01", 5)})
    before = (data / "orders" / manifest.FILE).read_bytes()
    assert move(data, {"o1": ("10-01", 5)}, "never-there") == frozenset()
    assert (data / "orders" / manifest.FILE).read_bytes() == before


def test_an_equal_imported_row_becomes_the_applications(data: Path) -> None:
    take(data, {"o1": ("10-01", 5)})
    move(data, {"o1": ("10-01", 5)})
    assert parts(data) == [("2026-10", 1, "application")]


def test_a_row_that_changes_its_month_leaves_the_old_one(data: Path) -> None:
    move(data, {"o1": ("10-01", 5), "o2": ("10-01", 6)})
    assert move(data, {"o1": ("11-01", 5)}) == {"2026-10", "2026-11"}
    assert stored(data) == {"o1": ("11-01", 5), "o2": ("10-01", 6)}


def test_a_key_without_a_row_goes(data: Path) -> None:
    take(data, {"o1": ("10-01", 5)})
    move(data, {"o2": ("10-01", 6)})
    move(data, {}, "o2", "o1")
    assert stored(data) == {} and parts(data) == []


def test_the_files_of_a_closed_month_stay(data: Path) -> None:
    move(data, {"o1": ("10-01", 5)})
    store.protect(data, ["2026-10"])
    frozen = {path: path.read_bytes() for path in data.rglob("*.parquet")}
    move(data, {"o1": ("10-01", 9)}, "o2")
    assert {path: path.read_bytes() for path in frozen} == frozen
    assert stored(data) == {"o1": ("10-01", 9)}


def test_many_small_files_become_one(data: Path) -> None:
    most = 0
    for number in range(40):
        move(data, {f"o{number}": ("10-01", number)})
        most = max(most, len(parts(data)))
    assert most <= layout.MANY + 1 and len(stored(data)) == 40
    assert len(list(data.rglob("*.keys"))) == len(list(data.rglob("*.parquet"))) == len(parts(data))


def test_a_large_month_is_split_by_days_when_it_is_first_changed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FULL", 10)
    take(data, {f"o{number}": (f"10-{number // 8 + 1:02d}", number) for number in range(80)})
    move(data, {"o5": ("10-01", 99)})
    assert [rows for _month, rows, origin in parts(data) if not origin] == [15, 16, 16, 16, 16]
    untouched = sorted(data.rglob("*.parquet"))
    move(data, {"o6": ("10-01", 99)})
    assert len(set(untouched) - set(data.rglob("*.parquet"))) == 1


def test_equal_facts_have_one_fingerprint_however_many_files_hold_them(tmp_path: Path) -> None:
    rows = {f"o{number}": ("10-01" if number % 2 else "10-02", number) for number in range(7)}
    one, many = tmp_path / "one", tmp_path / "many"
    take(one, rows)
    for key, row in rows.items():
        move(many, {key: row})
    assert len(parts(many)) > 1
    with open_folder(one) as a, open_folder(many) as b:
        assert snapshot.fingerprint(a, EVERYTHING) == snapshot.fingerprint(b, EVERYTHING)
        frozen = snapshot.freeze(b, tmp_path / "frozen", EVERYTHING)
    with open_folder(tmp_path / "frozen") as dataset:
        assert snapshot.fingerprint(dataset, EVERYTHING) == frozen
        assert [len(pq.read_table(path)) for path in dataset.parquet("orders")] == [7]


OPERATION = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["put", "delete", "import"]), st.sampled_from(["10-01", "10-31", "11-01"]), st.integers(0, 3)),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=60)
@given(batches=st.lists(OPERATION, min_size=1, max_size=6))
def test_whatever_happens_the_store_says_what_a_dictionary_says(batches: list[list[tuple[str, str, str, int]]], tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("any") / "data"
    application: dict[str, tuple[str, int]] = {}
    imported: dict[str, tuple[str, int]] = {}
    for batch in batches:
        touched = {key: (kind, day, amount) for key, kind, day, amount in batch}
        brought = {key: (day, amount) for key, (kind, day, amount) in touched.items() if kind == "import"}
        if brought:
            take(data, brought)
            imported |= {key: row for key, row in brought.items() if key not in imported and key not in application}
        keys = [key for key, (kind, _day, _amount) in touched.items() if kind != "import"]
        for key in keys:
            imported.pop(key, None)
            application.pop(key, None)
        application |= {key: (day, amount) for key, (kind, day, amount) in touched.items() if kind == "put"}
        move(data, {key: application[key] for key in keys if key in application}, *keys)
        assert stored(data) == application | imported if data.exists() else not (application or imported)
