"""A database folder whose making was killed: made again, unless somebody's data may be in it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from chot.facts.engines.postgres import start_server

pytestmark = pytest.mark.postgres
_NOBODY = 4_194_305  # beyond the highest process id that Linux gives


def _half_made(folder: Path, *databases: str) -> None:
    for name in databases:
        (folder / "base" / name).mkdir(parents=True)
    (folder / "PG_VERSION").write_text("18\n")
    (folder / "postmaster.pid").write_text(f"-{_NOBODY}\n{folder}\n1795875266\n5432\n\n\n  3335264   2752582\n")


def test_one_without_a_database_is_made_again(tmp_path: Path) -> None:
    _half_made(tmp_path, "1")
    server = start_server(tmp_path)
    try:
        with psycopg.connect(server.get_uri()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.cleanup()


def test_one_with_a_database_is_left_alone(tmp_path: Path) -> None:
    _half_made(tmp_path, "1", "4", "16384")
    with pytest.raises(RuntimeError, match="does not start"):
        start_server(tmp_path, patience_s=1)
    assert (tmp_path / "base" / "16384").is_dir()
