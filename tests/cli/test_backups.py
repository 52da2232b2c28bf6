"""A backup holds the database and the data folder; restoring brings both back, and a damaged file changes nothing."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from chot.cli.serving import embedded
from chot.config import database
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


def test_a_database_elsewhere_is_kept_and_comes_back(chot: Chot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``DATABASE_URL`` the folder holds the facts only; a database that holds tables is replaced by force only, whatever the folder."""
    var, file = tmp_path / "var", tmp_path / "backup.tar.gz"
    (var / "data" / "calls").mkdir(parents=True)
    (var / "data" / "calls" / "facts.csv").write_text("kept")
    with embedded(tmp_path / "elsewhere") as server:

        def named(name: str) -> str:
            return urlsplit(server)._replace(path=f"/{name}").geturl()

        def word(name: str) -> list[str]:
            with psycopg.connect(named(name)) as connection:
                return [row[0] for row in connection.execute("SELECT word FROM kept")]

        with psycopg.connect(server, autocommit=True) as connection:
            for name in ("first", "used", "empty"):
                connection.execute(f"CREATE DATABASE {name}")
        for name in ("first", "used"):
            with psycopg.connect(named(name)) as connection:
                connection.execute("CREATE TABLE kept (word text)")
                connection.execute("INSERT INTO kept VALUES (%s)", [f"of {name}"])
        monkeypatch.setenv("DATABASE_URL", named("first"))
        assert chot("backup", file, "--var", var).code == 0 and not (var / "postgres").exists()
        monkeypatch.setenv("DATABASE_URL", named("used"))
        refused = chot("restore", file, "--var", tmp_path / "new")
        assert refused.code == 2 and "--force" in refused.err and word("used") == ["of used"]
        assert not (tmp_path / "new" / "data").exists()
        monkeypatch.setenv("DATABASE_URL", named("empty"))
        assert chot("restore", file, "--var", tmp_path / "new").code == 0
        assert word("empty") == ["of first"] and not (tmp_path / "new" / "postgres").exists()
        assert (tmp_path / "new" / "data" / "calls" / "facts.csv").read_text() == "kept"
        monkeypatch.setenv("DATABASE_URL", named("used"))
        assert chot("restore", file, "--var", tmp_path / "new", "--force").code == 0 and word("used") == ["of first"]


def test_a_database_that_is_of_no_use_is_said(tmp_path: Path) -> None:
    with embedded(tmp_path / "elsewhere") as server:
        assert database.unusable(server) is None
        old = database.unusable(server, least=99)
        assert old and old.field == "DATABASE_URL" and "needs PostgreSQL 99 or later" in old.fix
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"postgresql://chot:secret@127.0.0.1:{taken.getsockname()[1]}/chot"
    gone = database.unusable(nobody)
    assert gone and "does not answer" in gone.what and "secret" not in str(gone)


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
