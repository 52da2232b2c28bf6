"""Snapshots: the same facts have the same fingerprint however they are kept, and a frozen folder reads back the same."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.facts import manifest, snapshot
from chot.facts.content import BATCH_ROWS, content_of
from chot.facts.folder import open_folder
from chot.facts.importing import import_file
from chot.facts.intake import conform
from chot.kpi.schema import TABLES

HEADER = "call_id,agent_id,direction,started_at,outcome,talk_s\n"
AGENTS = "agent_id,team_id,valid_from\na2,t2,\na1,t1,2026-01-01\n"


def call(name: str, month: int = 10, talk: object = 60, agent: str = "a1") -> str:
    return f"{name},{agent},in,2026-{month:02d}-01T08:00:00+07:00,answered,{talk}\n"


def company(folder: Path, *rows: str, header: str = HEADER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calls.csv").write_text(header + "".join(rows))
    (folder / "agents.csv").write_text(AGENTS)
    return folder


def stored(data: Path, *batches: list[str]) -> Path:
    for number, rows in enumerate(batches):
        source = company(data.with_name(f"source{number}"), *rows)
        for table in ("calls", "agents"):
            import_file(source / f"{table}.csv", data, format_name="table", table=table)
    return data


def fingerprint(folder: Path, **months: list[str] | None) -> str:
    with open_folder(folder) as dataset:
        return snapshot.fingerprint(dataset, months or {"calls": None})


ROWS = [call("c1"), call("c2", 11, agent=""), call("c3", 10, ""), call("c4", 12)]


def test_the_fingerprint_does_not_depend_on_order_format_or_files(tmp_path):
    usual = fingerprint(company(tmp_path / "a", *ROWS))
    assert usual == fingerprint(company(tmp_path / "b", *ROWS[::-1], ROWS[0]))
    assert usual == fingerprint(stored(tmp_path / "c", ROWS))
    assert usual == fingerprint(stored(tmp_path / "d", ROWS[2:], ROWS[:3]))
    with open_folder(tmp_path / "a") as dataset:
        (tmp_path / "e").mkdir()
        for name in ("calls", "agents"):
            pq.write_table(dataset.table(name), tmp_path / f"e/{name}.parquet")
    assert usual == fingerprint(tmp_path / "e")


@pytest.mark.parametrize("rows", [ROWS[:3], [call("c1", talk=61), *ROWS[1:]], [call("c1", talk=""), *ROWS[1:]], [call("c9"), *ROWS[1:]]])
def test_any_other_fact_has_another_fingerprint(tmp_path, rows):
    assert fingerprint(company(tmp_path / "a", *ROWS)) != fingerprint(company(tmp_path / "b", *rows))


def test_only_the_wanted_months_and_tables_count_and_agents_always_do(tmp_path):
    folder = company(tmp_path / "a", *ROWS)
    october = fingerprint(folder, calls=["2026-10"])
    company(folder, *ROWS, call("new", 11))
    assert fingerprint(folder, calls=["2026-10"]) == october != fingerprint(folder, calls=["2026-10", "2026-11"])
    (folder / "orders.csv").write_text("order_id,agent_id,ordered_at\no1,a1,2026-10-01T08:00:00Z\n")
    assert fingerprint(folder, calls=["2026-10"]) == october != fingerprint(folder, calls=["2026-10"], orders=["2026-10"])
    (folder / "agents.csv").write_text(AGENTS + "a3,t1,\n")
    assert fingerprint(folder, calls=["2026-10"]) != october


@pytest.mark.parametrize("kept", ["memory", "files"])
def test_a_frozen_folder_reads_back_with_the_same_fingerprint(tmp_path, kept):
    folder = company(tmp_path / "a", *ROWS) if kept == "memory" else stored(tmp_path / "a", ROWS)
    months = {"calls": ["2026-10", "2026-11"]}
    with open_folder(folder) as dataset:
        found = snapshot.freeze(dataset, tmp_path / "frozen", months)
        assert found == snapshot.fingerprint(dataset, months)
    with open_folder(tmp_path / "frozen") as frozen:
        assert snapshot.fingerprint(frozen, months) == found == snapshot.fingerprint(frozen, {"calls": None})
        assert sorted(frozen.table("calls").column("call_id").to_pylist()) == ["c1", "c2", "c3"]
        assert frozen.table("agents").num_rows == 2 and not frozen.warnings
        assert all(isinstance(frozen.source(name), list) for name in ("calls", "agents"))


def test_the_time_zone_is_frozen_with_the_facts(tmp_path):
    folder = company(tmp_path / "a", "c1,a1,in,2026-11-01T01:00:00+07:00,answered,1\n")
    hanoi = fingerprint(folder)
    (folder / "chot.yaml").write_text("timezone: UTC\n")
    assert fingerprint(folder) != hanoi
    with open_folder(folder) as dataset:
        found = snapshot.freeze(dataset, tmp_path / "frozen", {"calls": None})
    with open_folder(tmp_path / "frozen") as frozen:
        assert frozen.timezone == "UTC" and frozen.table("calls").column("period").to_pylist() == ["2026-10"]
        assert snapshot.fingerprint(frozen, {"calls": None}) == found


def test_a_stored_file_that_was_changed_cannot_be_frozen(tmp_path):
    folder = stored(tmp_path / "a", ROWS)
    path = folder / "calls" / manifest.read(folder / "calls").files[0].path
    changed = bytearray(path.read_bytes())
    changed[20] ^= 1
    path.write_bytes(changed)
    with open_folder(folder) as dataset, pytest.raises(InputError, match="changed after it was written"):
        snapshot.freeze(dataset, tmp_path / "frozen", {"calls": None})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, BATCH_ROWS + 10), max_size=3))
def test_the_content_of_rows_does_not_depend_on_batches(cuts):
    count = BATCH_ROWS + 5
    cells = {"agent_id": [f"a{number % 7}" if number % 3 else None for number in range(count)], "name": ["x"] * 9 + [None] * (count - 9)}
    rows, _ = conform(TABLES["agents"], {**cells, "agent_id": ["a"] * count, "team_id": cells["agent_id"]}, range(count))
    places = sorted({0, *(cut for cut in cuts if cut < count), count})
    pieces = [rows.slice(start, stop - start) for start, stop in pairwise(places)]
    assert content_of(TABLES["agents"], pieces) == content_of(TABLES["agents"], [rows])
