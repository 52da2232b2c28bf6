"""A folder at a glance: counted by hand, and after one more call only small files are counted again."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from chot.facts import overview as looking
from chot.facts import remembered
from chot.facts.folder import open_folder
from chot.facts.importing import import_file
from chot.facts.overview import Counted, TableView, overview

AGENTS = [{"agent_id": "a1", "name": "An", "role": "telesale"}, {"agent_id": "a2", "name": "Bình", "role": "telesale"}]


def call(number: int, day: str, agent: str = "a1") -> dict[str, str]:
    return {"call_id": f"c{number}", "agent_id": agent, "direction": "out", "started_at": f"{day}T09:00:00+07:00", "outcome": "no_answer"}


def take(data: Path, table: str, rows: list[dict[str, str]]) -> None:
    path = data.with_name(f"{table}.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    import_file(path, data, format_name="table", table=table)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of two agents and two months of calls; a file of ten rows is large."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(remembered, "LARGE_ROWS", 10)
    (tmp_path / "data").mkdir()
    take(tmp_path / "data", "agents", AGENTS)
    calls = [call(number, f"2026-09-{number % 5 + 10}", "a2" if number % 3 else "a1") for number in range(12)]
    take(tmp_path / "data", "calls", [*calls, call(12, "2026-10-02", "gone"), call(13, "2026-10-04", "")])
    return tmp_path / "data"


def seen(data: Path, remember: Callable[[str, Callable[[], Counted]], Counted] | None = None) -> list[TableView]:
    with open_folder(data) as dataset:
        return overview(dataset, remember) if remember else overview(dataset)


def test_rows_days_and_unknown_agents(data: Path) -> None:
    assert seen(data) == [
        TableView(name="agents", rows=2),
        TableView(name="calls", rows=14, first=date(2026, 9, 10), last=date(2026, 10, 4), orphans={"gone": 1}),
    ]


def test_tables_that_are_single_files(data: Path, tmp_path: Path) -> None:
    """The same of CSV files, which no manifest speaks of; and where nobody is known, everyone is unknown."""
    other = tmp_path / "files"
    other.mkdir()
    for name in ("agents", "calls"):
        (other / f"{name}.csv").write_bytes((tmp_path / f"{name}.csv").read_bytes())
    (other / "chot.yaml").write_text("timezone: Asia/Ho_Chi_Minh\n")
    assert seen(other) == seen(data)
    (other / "agents.csv").unlink()
    assert [view.orphans for view in seen(other)] == [{"a1": 4, "a2": 8, "gone": 1}]


def test_one_more_call_counts_small_files_only(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, Counted] = {}
    read: Counter[str] = Counter()
    look = looking._Look._read

    def remember(name: str, count: Callable[[], Counted]) -> Counted:
        return known[name] if name in known else known.setdefault(name, count())

    def told(self: looking._Look, name: str, parts: list[looking.Part]) -> Counted:
        read.update({name: sum(part.rows for part in parts)})
        return look(self, name, parts)

    monkeypatch.setattr(looking._Look, "_read", told)
    assert seen(data, remember) == seen(data) and read == {"agents": 4, "calls": 28}
    read.clear()
    assert seen(data, remember) == seen(data)
    assert read == {"agents": 2, "calls": 14}, "by the second look, which remembers nothing"
    take(data, "calls", [call(14, "2026-10-05", "gone")])
    read.clear()
    views = seen(data, remember)
    assert read == {"calls": 3}, "October is read again, September and the agents are not"
    assert views[1] == TableView(name="calls", rows=15, first=date(2026, 9, 10), last=date(2026, 10, 5), orphans={"gone": 2})
