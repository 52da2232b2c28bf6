"""Held facts: what a run was computed on opens as it was, whatever the store became meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from chot.core.errors import InputError
from chot.facts import held, snapshot
from chot.facts.access import open_facts
from chot.facts.folder import open_folder
from chot.facts.importing import import_file
from tests.facts.test_snapshot import ROWS, call, company, fingerprint, stored

WHOLE: dict[str, list[str] | None] = {"calls": None}


def hold(data: Path, name: str = "r1") -> bool:
    with open_folder(data) as dataset:
        return held.hold(dataset, name)


def held_fingerprint(data: Path, name: str = "r1") -> str | None:
    with held.open_held(data, name) as facts:
        return snapshot.fingerprint(facts.dataset, WHOLE) if facts else None


def come_in(data: Path, *rows: str) -> None:
    """Calls imported later; files that no manifest names any more are swept."""
    source = company(data.with_name(f"later{len(rows)}"), *rows)
    import_file(source / "calls.csv", data, format_name="table", table="calls")


def files(data: Path) -> set[str]:
    return {path.relative_to(data).as_posix() for path in data.glob("calls/**/*.parquet")}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data", ROWS)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "YOUNG_S", -1)


def test_held_facts_stay_while_the_store_goes_on(data: Path) -> None:
    then, before = fingerprint(data), files(data)
    assert hold(data) and hold(data), "the same again"
    come_in(data, call("c1", talk=99), call("c9"))
    assert fingerprint(data) != then and before - files(data), "the store has swept a file of then"
    assert held_fingerprint(data) == then
    assert sorted(path.name for path in (data / held.FOLDER).iterdir()) == ["r1"]


def test_the_warnings_of_then_are_held(data: Path) -> None:
    come_in(data, call("bad", talk="much"), call("c5"))
    with open_folder(data) as dataset:
        said = dataset.warnings
        assert len(said) == 1 and held.hold(dataset, "r1")
    with held.open_held(data, "r1") as facts:
        assert facts is not None and list(facts.warnings) == said


@pytest.mark.parametrize("name", ["r2", "..", "", "r1/calls"])
def test_what_is_not_held_is_none(data: Path, name: str) -> None:
    hold(data)
    assert held_fingerprint(data, name) is None


def test_a_folder_of_csv_files_is_not_held(tmp_path: Path) -> None:
    data = company(tmp_path / "csv", *ROWS)
    assert not hold(data) and not (data / held.FOLDER).exists()


def test_a_disk_without_links_holds_nothing_and_says_so(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_paths: Any) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert not hold(data) and held_fingerprint(data) is None
    assert list((data / held.FOLDER).iterdir()) == []


def test_what_a_killed_process_left_does_not_hinder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link, done = os.link, list[str]()

    def once(source: Path, target: Path) -> None:
        if done:
            raise KeyboardInterrupt
        link(source, target)
        done.append(str(target))

    with monkeypatch.context() as broken:
        broken.setattr(os, "link", once)
        with pytest.raises(KeyboardInterrupt):
            hold(data)
    assert held_fingerprint(data) is None
    assert hold(data) and held_fingerprint(data) == fingerprint(data)


@pytest.mark.usefixtures("_at_once")
def test_let_go_of_all_but_what_is_kept_or_read(data: Path) -> None:
    assert [hold(data, name) for name in ("r1", "r2", "r3")] == [True] * 3
    (data / held.FOLDER / ".r4.1").mkdir()  # of a process that was killed
    with held.open_held(data, "r2") as facts:
        held.let_go(data, {"r1"})
        assert facts is not None and len(facts.agents()) == 2
        assert sorted(path.name for path in (data / held.FOLDER).iterdir()) == ["r1", "r2"]
    held.let_go(data, {"r1"})
    assert [held_fingerprint(data, name) is None for name in ("r1", "r2", "r3")] == [False, True, True]
    assert fingerprint(data) == held_fingerprint(data), "the store's own files stay"


def test_young_ones_stay(data: Path) -> None:
    """Their run is not stored yet, or somebody is about to open it."""
    hold(data)
    held.let_go(data, set())
    assert held_fingerprint(data) == fingerprint(data)


@pytest.mark.usefixtures("_at_once")
def test_let_go_while_it_is_opened_is_none_and_never_half(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(data)

    def late(folder: Path, *, engine: str) -> Any:
        held.let_go(data, set())
        folder.mkdir(parents=True)  # as the folder would still be there for whoever had looked before
        return open_facts(folder, engine=engine)

    monkeypatch.setattr(held, "open_facts", late)
    assert held_fingerprint(data) is None


def test_a_held_file_that_was_cut_is_an_input_error(data: Path) -> None:
    hold(data)
    path = next((data / held.FOLDER / "r1" / "calls").rglob("*.parquet"))
    path.unlink()
    with pytest.raises(InputError, match="not there"), held.open_held(data, "r1"):
        pass
