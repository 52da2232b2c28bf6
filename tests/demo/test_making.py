"""The demo folder: the same bytes twice, nothing foreign overwritten, clear refusals."""

from __future__ import annotations

import filecmp
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chot.cli.demo import app
from chot.core.errors import UsageError
from chot.demo.making import LARGE, make
from chot.demo.settings import Settings
from chot.demo.writing import MARKER
from chot.facts import manifest
from chot.facts.content import batches_of, content_of
from chot.facts.folder import open_folder
from chot.kpi.schema import TABLES

SMALL = Settings(agents=6, months=2, seed=3, end="2026-03")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path / "one", SMALL)
    make(tmp_path / "two", SMALL)
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    make(tmp_path / "one", SMALL)
    make(tmp_path / "two", Settings(agents=6, months=2, seed=4, end="2026-03"))
    assert not filecmp.cmp(tmp_path / "one/agents.csv", tmp_path / "two/agents.csv", shallow=False)


def test_the_folder_opens_without_a_single_complaint(tmp_path: Path) -> None:
    rows = make(tmp_path, SMALL)
    with open_folder(tmp_path) as dataset:
        assert list(dataset.warnings) == []
        assert {name: dataset.table(name).num_rows for name in TABLES} == rows
    assert not (tmp_path / ".staging").exists()


def test_manifests_say_what_the_files_hold(tmp_path: Path) -> None:
    make(tmp_path, SMALL)
    for name in LARGE:
        known = manifest.read(tmp_path / name)
        assert known is not None
        assert [part.month for part in known.files] == ["2026-02", "2026-03"]
        for part in known.files:
            path = tmp_path / name / part.path
            assert manifest.describe(tmp_path / name, path, month=part.month, rows=part.rows, content=part.content) == part
            assert content_of(TABLES[name], batches_of(TABLES[name], path)) == part.content


def test_making_it_again_leaves_nothing_of_the_earlier_company(tmp_path: Path) -> None:
    make(tmp_path, SMALL)
    make(tmp_path, Settings(agents=5, months=1, seed=1, end="2026-10"))
    assert [path.name for path in (tmp_path / "calls").glob("month=*")] == ["month=2026-10"]
    assert json.loads((tmp_path / MARKER).read_text())["settings"]["agents"] == 5


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("mine")
    with pytest.raises(UsageError, match="not empty and was not made by chot demo facts"):
        make(tmp_path, SMALL)
    assert _files(tmp_path) == {"calls.csv": b"mine"}


def test_force_keeps_other_files_and_replaces_tables(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    make(tmp_path, SMALL, force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "calls.csv").exists()


def test_closed_periods_are_never_overwritten(tmp_path: Path) -> None:
    make(tmp_path, SMALL)
    (tmp_path / "runs" / "abc").mkdir(parents=True)
    before = _files(tmp_path)
    with pytest.raises(UsageError, match="closed periods"):
        make(tmp_path, SMALL, force=True)
    assert _files(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--agents", "3"], "--agents 3 is too few"),
        (["--months", "0"], "--months 0 is too few"),
        (["--agents", "9000"], "more than a demo needs"),
        (["--seed", "-1"], "--seed -1 is negative"),
        (["--end", "2026-13"], "'2026-13' is not a period"),
        (["--end", "2026-Q1"], "'2026-Q1' is not a period"),
        (["--end", "1750-01"], "2000 to 2090"),
        (["--agents", "many"], "valid integer"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_writes_nothing(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["facts", "--data", str(tmp_path / "demo"), *arguments])
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "demo").exists()


def test_the_last_month_is_the_one_before_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOT_TODAY", "2026-01-15")
    result = CliRunner().invoke(app, ["facts", "--data", str(tmp_path / "demo"), "--agents", "4", "--months", "1"])
    assert result.exit_code == 0
    assert "the last 2025-12" in result.output
    assert [path.name for path in (tmp_path / "demo" / "calls").glob("month=*")] == ["month=2025-12"]


@pytest.mark.parametrize("agents", [4, 7, 13])
@pytest.mark.parametrize(("months", "end"), [(1, "2026-02"), (5, "2027-05")])
def test_small_companies_and_short_times_are_good_facts_too(tmp_path: Path, agents: int, months: int, end: str) -> None:
    rows = make(tmp_path, Settings(agents=agents, months=months, seed=agents, end=end))
    with open_folder(tmp_path) as dataset:
        assert list(dataset.warnings) == []
    assert rows["calls"] > 500 * agents * months
