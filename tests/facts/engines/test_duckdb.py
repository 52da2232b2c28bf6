"""Connections of one process share a database, and nothing that is in it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import duckdb
import pytest

from chot.facts.engines.duckdb import DuckDB
from tests.facts.engines import generated
from tests.facts.engines.dataset import Rows


def rows(engine: DuckDB, table: str = "tickets") -> int:
    return int(engine.numbers(f"SELECT 'all' AS k, COUNT(*) AS n0 FROM {engine.table(table)}").columns[0][0])


def test_engines_that_are_open_at_once_see_their_own_tables(tmp_path: Path) -> None:
    few, many = (DuckDB(Rows(generated.tables(seed=1, size=size), tmp_path)) for size in (50, 90))
    assert (rows(few), rows(many)) == (50, 90)
    few.lend("wanted", (("wanted", "id"),), [("a",)])
    many.lend("wanted", (("wanted", "id"),), [("b",), ("c",)])
    few.close()
    assert many.records("SELECT wanted FROM wanted ORDER BY 1") == [("b",), ("c",)]
    later = DuckDB(Rows(generated.tables(seed=1, size=70), tmp_path))
    assert rows(later) == 70
    with pytest.raises(duckdb.CatalogException):
        later.records("SELECT wanted FROM wanted")
    for engine in (many, later):
        engine.close()


def test_threads_have_connections_of_their_own(tmp_path: Path) -> None:
    found: dict[int, set[int]] = {}

    def look(size: int) -> None:
        seen = set()
        for _round in range(20):
            engine = DuckDB(Rows(generated.tables(seed=1, size=size), tmp_path))
            seen.add(rows(engine))
            engine.close()
        found[size] = seen

    threads = [threading.Thread(target=look, args=(size,)) for size in (20, 30, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {20: {20}, 30: {30}, 40: {40}}


def test_a_forked_child_answers_too(tmp_path: Path) -> None:
    """A database whose threads stayed with the parent would wait for ever."""
    dataset = Rows(generated.tables(seed=1, size=60), tmp_path, hive=True)
    mine = DuckDB(dataset)
    assert rows(mine) == 60
    child = os.fork()
    if not child:
        os._exit(0 if rows(DuckDB(dataset)) == 60 else 1)
    for _attempt in range(200):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        threading.Event().wait(0.05)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        pytest.fail("the child does not answer")
    assert os.waitstatus_to_exitcode(status) == 0
    mine.close()
