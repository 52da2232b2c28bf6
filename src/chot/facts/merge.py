"""New rows against the rows that are there: which are stored, which are duplicates, which contradict; in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chot.facts.arrays import booleans
from chot.facts.content import batches_of, canonical_order, content_of
from chot.facts.intake import empty_rows
from chot.facts.keys import RULED, different, without_overlaps
from chot.facts.month_files import ROW_GROUP, StagedFile, joined, staged_batches, write_rows
from chot.facts.readers.base import Reject
from chot.facts.records import clipped
from chot.facts.row_sql import cell_sql, column_list, files, key_sql, text
from chot.kpi.schema import Table

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
"""What DuckDB may hold; beyond it spills to the staging folder."""

IN_MEMORY = 600_000
"""Rows of a month up to which Arrow sorts and writes them (four times as fast); DuckDB does more, spilling to the disk."""

KEYS_AT_ONCE = 1_000_000
"""Keys that stand twice are compared so many at a time."""

UNKNOWN = -(2**62)
"""The rank of an empty ``newer`` time: before every known one."""

LAST = 2**62
"""The rank of the application's rows: after every other."""


def connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A private database that keeps to ``MEMORY`` and spills into ``scratch``."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute(f"SET temp_directory = {text(scratch / 'spill')}")
    connection.execute("SET enable_progress_bar = false")
    return connection


@dataclass
class Merge:
    """One table's staged rows (Arrow files by month; with ``seq``, their order, and ``line``) against its stored Parquet files.

    ``ruling`` are files of the application: an import neither changes them nor replaces a row of theirs.
    """

    connection: duckdb.DuckDBPyConnection
    table: Table
    staged: dict[str, list[StagedFile]]
    stored: dict[str, list[Path]]
    ruling: dict[str, list[Path]] = field(default_factory=dict)
    total: int = field(default=0, init=False)

    def close(self) -> None:
        """Let go of the private database."""
        self.connection.close()

    def resolve(self) -> None:
        """Decide about every staged row; the answers are in the other methods."""
        self.total = sum(each.rows for found in self.staged.values() for each in found)
        self._run("CREATE TABLE judged (k VARCHAR, seq BIGINT, line BIGINT, month VARCHAR, verdict VARCHAR)")
        self._run("CREATE TABLE replaced (k VARCHAR, month VARCHAR)")
        hashes = self._meeting_hashes()
        for start in range(0, len(hashes), KEYS_AT_ONCE):
            self._read_keys(hashes[start : start + KEYS_AT_ONCE])
            self._judge_single_rows()
            self._judge_repeated_rows()
            self._run("INSERT INTO replaced SELECT e.k, e.month FROM stored e JOIN judged j ON e.k = j.k WHERE j.verdict = 'stored'")

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(sql)

    def _count(self, sql: str) -> int:
        row = self._run(sql).fetchone()
        return int(row[0]) if row else 0

    def _each_staged(self, sql: str, *months: str, only: Sequence[str] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
        """Run ``sql`` over every batch of the staged rows (of ``months``, else of all; with the columns ``only``) as ``incoming``.

        As one Arrow stream they would be read far ahead: half a gigabyte of batches that wait.
        """
        for batch in staged_batches([each for month in (months or self.staged) for each in self.staged[month]], only):
            self.connection.register("incoming", pa.Table.from_batches([batch]))
            yield self._run(sql)

    def _collect_staged(self, name: str, sql: str, *months: str) -> None:
        """Make the table ``name`` of the answers to ``sql`` over every batch of staged rows."""
        self.connection.register("incoming", empty_rows(self.table, "line", "seq"))
        self._run(f"CREATE OR REPLACE TABLE {name} AS {sql}")
        for _ in self._each_staged(f"INSERT INTO {name} {sql}", *months):
            pass

    def _meeting_hashes(self) -> npt.NDArray[np.uint64]:
        """The hashes of all keys that may stand twice (and of a few that do not): most imports bring new keys only, and none."""
        key_hash = f"SELECT hash({key_sql(self.table)}) AS h FROM"
        answers = self._each_staged(f"{key_hash} incoming", only=self.table.key)
        ours = np.sort(np.concatenate([answer.fetchnumpy()["h"] for answer in answers]))
        found = [ours[1:][ours[1:] == ours[:-1]]]
        if self._stored_files():
            for batch in self._run(f"{key_hash} {files(self._stored_files())}").to_arrow_reader(1_000_000):
                theirs = np.sort(batch.column(0).to_numpy())
                places = np.minimum(np.searchsorted(ours, theirs), len(ours) - 1)
                found.append(theirs[ours[places] == theirs])
        return np.unique(np.concatenate(found))

    def _stored_files(self) -> list[Path]:
        return [path for found in (self.stored, self.ruling) for paths in found.values() for path in paths]

    def _facts_of(self, *more: str, source: str, rank: str = "") -> str:
        """A query for what is compared: key, what the row says (the hash function of DuckDB is too weak for that), rank and month."""
        said = f"md5_number(concat_ws(chr(0), {', '.join(cell_sql(column) for column in self.table.columns)}))"
        rank = rank or (f"coalesce(epoch_us({self.table.newer}), {UNKNOWN})" if self.table.newer else f"{UNKNOWN}::BIGINT")
        month = "period" if self.table.moment else "''"
        cells = [f"{key_sql(self.table)} AS k", f"{said} AS digest", f"{rank} AS rank", f"{month} AS month", *more]
        return f"SELECT {', '.join(cells)} FROM {source}"

    def _read_keys(self, hashes: npt.NDArray[np.uint64]) -> None:
        """The staged rows whose keys have one of ``hashes`` (sorted), and the stored rows of the same keys."""
        self.connection.register("meeting", pa.table({"h": pa.array(hashes)}))
        facts = self._facts_of("seq", "line", source="incoming")
        self.connection.register("incoming", empty_rows(self.table, "line", "seq"))
        self._run(f"CREATE OR REPLACE TABLE staged AS {facts}")
        for batch in staged_batches([each for found in self.staged.values() for each in found]):
            rows = pa.Table.from_batches([batch])
            self.connection.register("incoming", rows)
            mine = self._run(f"SELECT hash({key_sql(self.table)}) AS h FROM incoming").fetchnumpy()["h"]
            places = np.minimum(np.searchsorted(hashes, mine), len(hashes) - 1)
            meets = hashes[places] == mine  # a join would hash all of them anew for every batch
            if meets.any():
                self.connection.register("incoming", rows.filter(booleans(meets)))
                self._run(f"INSERT INTO staged {facts}")
        self._run("CREATE OR REPLACE TABLE repeated AS SELECT k FROM staged GROUP BY k HAVING count(*) > 1")
        self._run("CREATE OR REPLACE TABLE stored (k VARCHAR, digest UHUGEINT, rank BIGINT, month VARCHAR)")
        if not self._stored_files():
            return
        source = self._meeting(files(self._stored_files(), "filename = true"))
        self._run(f"CREATE OR REPLACE TABLE known AS SELECT {key_sql(self.table)} AS k, filename FROM {source}")
        rows = self._run("SELECT DISTINCT filename FROM known SEMI JOIN staged USING (k) ORDER BY 1").fetchall()
        touched = [Path(row[0]) for row in rows]
        ruling = {path for paths in self.ruling.values() for path in paths}
        for ruled, rank in ((False, ""), (True, f"{LAST}::BIGINT")):
            found = [path for path in touched if (path in ruling) == ruled]
            if found:
                facts = self._facts_of(source=self._meeting(files(found)), rank=rank)
                self._run(f"INSERT INTO stored SELECT * FROM ({facts}) SEMI JOIN staged USING (k)")

    def _meeting(self, source: str) -> str:
        return f"(SELECT *, hash({key_sql(self.table)}) AS h FROM {source}) SEMI JOIN meeting USING (h)"

    def _judge_single_rows(self) -> None:
        """Keys that stand once in the file: against the stored row, where there is one."""
        self._run(
            f"""INSERT INTO judged
            SELECT s.k, s.seq, s.line, s.month,
                   CASE WHEN s.digest = e.digest THEN 'duplicate' WHEN s.rank > e.rank THEN 'stored'
                        WHEN e.rank = {LAST} THEN 'ruled' ELSE 'different' END
            FROM staged s JOIN stored e USING (k) ANTI JOIN repeated r ON s.k = r.k"""
        )

    def _judge_repeated_rows(self) -> None:
        """Keys that stand several times in the file: one row after the other, the stored row first.

        When the file's own last word on a key is what is stored in the end, its earlier versions are no
        contradiction: importing a file again must not find fault with what it found right before.
        """
        self._run(
            f"""INSERT INTO judged
            WITH given AS (
                SELECT s.*, e.digest AS e_digest, coalesce(e.rank, {UNKNOWN} - 1) AS e_rank
                FROM (SELECT * FROM staged SEMI JOIN repeated USING (k)) s LEFT JOIN stored e ON s.k = e.k),
            ranked AS (
                SELECT *, coalesce(max(rank) OVER before, {UNKNOWN} - 1) AS seen
                FROM given WINDOW before AS (PARTITION BY k ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
            accepting AS (SELECT *, rank > greatest(seen, e_rank) AS accepted, rank > seen AS alone FROM ranked),
            compared AS (
                SELECT *,
                    coalesce(last_value(CASE WHEN accepted THEN digest END IGNORE NULLS) OVER before, e_digest) AS held,
                    coalesce(last_value(CASE WHEN accepted THEN digest END IGNORE NULLS) OVER every, e_digest) AS in_the_end,
                    last_value(CASE WHEN accepted THEN seq END IGNORE NULLS) OVER every AS winner,
                    last_value(CASE WHEN alone THEN digest END IGNORE NULLS) OVER before AS own_held,
                    last_value(CASE WHEN alone THEN digest END IGNORE NULLS) OVER every AS own_word
                FROM accepting
                WINDOW before AS (PARTITION BY k ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                       every AS (PARTITION BY k ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
            SELECT k, seq, line, month,
                CASE WHEN accepted AND seq = winner THEN 'stored' WHEN accepted THEN 'superseded'
                     WHEN digest = held OR ((alone OR digest = own_held) AND own_word = in_the_end) THEN 'duplicate'
                     WHEN e_rank = {LAST} THEN 'ruled' ELSE 'different' END
            FROM compared"""
        )

    def overlapping(self) -> list[Reject]:
        """Leave out staged agent rows whose validity overlaps another row of the agent; for other tables nothing."""
        if self.table.name != "agents":
            return []
        columns = "agent_id, valid_from, valid_to"
        self._collect_staged("spans", f"SELECT {columns}, seq, line FROM incoming")
        query = "SELECT * FROM spans WHERE seq NOT IN (SELECT seq FROM judged WHERE verdict <> 'stored')"
        if self._stored_files():
            query += f" UNION ALL SELECT {columns}, -1 AS seq, 0 AS line FROM {files(self._stored_files())}"
        rows = self._run(f"{query} ORDER BY seq").to_arrow_table()
        kept, rejects = without_overlaps(self.table, rows)
        if rejects:
            self.connection.register("kept", kept)
            self._run("INSERT INTO judged SELECT NULL, seq, line, '', 'overlapping' FROM spans WHERE seq NOT IN (SELECT seq FROM kept)"
                      " AND seq NOT IN (SELECT seq FROM judged)")  # fmt: skip
        return rejects

    def duplicates(self) -> int:
        """How many staged rows change nothing."""
        return self._count("SELECT count(*) FROM judged WHERE verdict = 'duplicate'")

    def rejects(self) -> Iterator[Reject]:
        """The staged rows that contradict a row that is there, in order."""
        told = "verdict IN ('different', 'ruled')"
        cursor = self._run(f"SELECT line, split_part(k, chr(31), 1), verdict FROM judged WHERE {told} ORDER BY seq")
        while batch := cursor.fetchmany(10_000):
            for line, value, verdict in batch:
                reason = RULED if verdict == "ruled" else different(self.table)
                yield Reject(line=line, column=self.table.key[0], value=clipped(value), reason=reason)

    def ruled(self) -> dict[int, str]:
        """The key of each staged row that contradicts the application's, by its ``seq``."""
        return dict(self._run("SELECT seq, k FROM judged WHERE verdict = 'ruled'").fetchall())

    def settle(self, seq: int, verdict: str) -> None:
        """Another verdict for a row: ``handed`` to the application, or ``duplicate``."""
        self._run(f"UPDATE judged SET verdict = {text(verdict)} WHERE seq = {seq}")

    def changed_months(self) -> list[str]:
        """The months whose rows differ from what is stored."""
        if not self._count("SELECT count(*) FROM judged"):
            return sorted(self.staged)
        left_out = dict(self._run("SELECT month, count(*) FROM judged WHERE verdict <> 'stored' GROUP BY 1").fetchall())
        come = {month for month, found in self.staged.items() if sum(each.rows for each in found) > left_out.get(month, 0)}
        return sorted(come.union(row[0] for row in self._run("SELECT DISTINCT month FROM replaced").fetchall()))

    def write(self, month: str, path: Path) -> tuple[int, str]:
        """Write the rows of one month as they shall be, in canonical order, as Parquet; how many they are, and their content."""
        rows = sum(pq.read_metadata(each).num_rows for each in self.stored.get(month, ()))
        rows += sum(each.rows for each in self.staged.get(month, ()))
        if rows > IN_MEMORY:
            return self._write_spilling(month, path), content_of(self.table, batches_of(self.table, path))
        gone = f"SELECT k FROM replaced WHERE month = {text(month)}"
        left_out = f"SELECT seq FROM judged WHERE verdict <> 'stored' AND month = {text(month)}"
        found = joined(
            self.table, self.stored.get(month, ()), self.staged.get(month, ()),
            without_keys=self._run(gone).to_arrow_table().column(0), without_seqs=self._run(left_out).to_arrow_table().column(0),
        )  # fmt: skip
        if found.num_rows:
            write_rows(self.table, found, path)
        return found.num_rows, content_of(self.table, [found])

    def _write_spilling(self, month: str, path: Path) -> int:
        columns = column_list(self.table)
        parts = []
        if self.stored.get(month):
            parts.append(f"SELECT {columns} FROM {files(self.stored[month])} WHERE {key_sql(self.table)} NOT IN (SELECT k FROM replaced)")
        if self.staged.get(month):
            left_out = "SELECT seq FROM judged WHERE verdict <> 'stored'"
            self._collect_staged("month_rows", f"SELECT {columns} FROM incoming WHERE seq NOT IN ({left_out})", month)
            parts.append(f"SELECT {columns} FROM month_rows")
        rows = f"SELECT * FROM ({' UNION ALL BY NAME '.join(parts)}) ORDER BY {', '.join(canonical_order(self.table))}"
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
        return self._count(f"COPY ({rows}) TO {text(path)} ({options})")
