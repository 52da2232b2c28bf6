"""A backup holds the database and the data folder; restoring brings both back, and a damaged file changes nothing."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from chot.cli.serving import embedded
from tests.cli.conftest import Chot


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A database with one row and a data folder with one file."""
    var = tmp_path / "var"
    (var / "data" / "calls").mkdir(parents=True)
    (var / "data" / "calls" / "facts.csv").write_text("kept")
    with embedded(var) as address, psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('Chốt')")
    return var


def words(var: Path) -> list[str]:
    with embedded(var) as address, psycopg.connect(address) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept")]


def test_everything_comes_back_into_an_empty_folder(chot: Chot, installation: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "backup.tar.gz", tmp_path / "other"
    (installation / "data" / ".held" / "r1").mkdir(parents=True)  # links to files that are there already
    assert chot("backup", file, "--var", installation).code == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
    done = chot("restore", file, "--var", other)
    assert (done.code, words(other)) == (0, ["Chốt"]), done.err
    assert (other / "data" / "calls" / "facts.csv").read_text() == "kept"
    assert not (other / "data" / ".held").exists()


def test_an_installation_is_replaced_only_by_force(chot: Chot, installation: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    chot("backup", file, "--var", installation)
    (installation / "data" / "calls" / "facts.csv").write_text("newer")
    refused = chot("restore", file, "--var", installation)
    assert refused.code == 2 and "--force" in refused.err
    assert (installation / "data" / "calls" / "facts.csv").read_text() == "newer"
    assert chot("restore", file, "--var", installation, "--force").code == 0
    assert (installation / "data" / "calls" / "facts.csv").read_text() == "kept"
    assert (installation / "data.replaced" / "calls" / "facts.csv").read_text() == "newer"


@pytest.mark.parametrize("tenths", [0, 1, 9])
def test_a_damaged_backup_changes_nothing(chot: Chot, installation: Path, tmp_path: Path, tenths: int) -> None:
    file, bad = tmp_path / "backup.tar.gz", tmp_path / "bad.tar.gz"
    chot("backup", file, "--var", installation)
    content = file.read_bytes()
    bad.write_bytes(content[: len(content) * tenths // 10])
    done = chot("restore", bad, "--var", installation, "--force")
    assert done.code == 1 and "damaged" in done.err
    assert (words(installation), (installation / "data" / "calls" / "facts.csv").read_text()) == (["Chốt"], "kept")


def test_a_folder_without_installation_has_nothing_to_keep(chot: Chot, tmp_path: Path) -> None:
    done = chot("backup", tmp_path / "backup.tar.gz", "--var", tmp_path / "none")
    assert done.code == 1 and "no installation" in done.err and list(tmp_path.iterdir()) == []
