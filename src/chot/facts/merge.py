"""New rows against the rows that are there: which are stored, which are duplicates, which contradict; in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from chot.facts.content import canonical_order
from chot.facts.keys import different, without_overlaps
from chot.facts.readers.base import Reject
from chot.facts.records import clipped
from chot.kpi.schema import Table

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
"""What DuckDB may hold; beyond it spills to the staging folder."""

ROW_GROUP = 122_880
UNKNOWN = -(2**62)
"""The rank of an empty ``newer`` time: before every known one."""


def connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A private database that keeps to ``MEMORY`` and spills into ``scratch``."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute(f"SET temp_directory = {text(scratch / 'spill')}")
    connection.execute("SET enable_progress_bar = false")
    return connection


def text(value: object) -> str:
    """``value`` as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def files(paths: Sequence[Path], *options: str) -> str:
    """An SQL table function over Parquet files."""
    listed = ", ".join(text(path) for path in paths)
    return f"read_parquet([{listed}], {', '.join((*options, 'hive_partitioning = false'))})"


def key_sql(table: Table) -> str:
    """The key of a row as one SQL text; see ``keys.key_of``."""
    if len(table.key) == 1:
        return table.key[0]
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({name}::VARCHAR, '')" for name in table.key) + ")"


def column_list(table: Table) -> str:
    """The stored columns of a table, for SQL."""
    return ", ".join(f'"{name}"' for name in (*table.names, *table.derived))


@dataclass
class Merge:
    """One table's staged rows (by month; with ``seq``, their order, and ``line``) against its stored files."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    staged: dict[str, list[Path]]
    stored: dict[str, list[Path]]
    total: int = field(default=0, init=False)

    def close(self) -> None:
        """Let go of the private database."""
        self.connection.close()

    def resolve(self) -> None:
        """Decide about every staged row; the answers are in the other methods."""
        self._read_keys()
        self._judge_single_rows()
        self._judge_repeated_rows()

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(sql)

    def _count(self, sql: str) -> int:
        row = self._run(sql).fetchone()
        return int(row[0]) if row else 0

    def _facts_of(self, source: str) -> str:
        rank = f"coalesce(epoch_us({self.table.newer}), {UNKNOWN})" if self.table.newer else f"{UNKNOWN}::BIGINT"
        month = "period" if self.table.moment else "''"
        return f"SELECT {key_sql(self.table)} AS k, hash({column_list(self.table)}) AS digest, {rank} AS rank, {month} AS month, {source}"

    def _read_keys(self) -> None:
        staged = [path for paths in self.staged.values() for path in paths]
        self._run(f"CREATE OR REPLACE TABLE staged AS {self._facts_of('seq, line')} FROM {files(staged)}")
        self.total = self._count("SELECT count(*) FROM staged")
        self._run("CREATE OR REPLACE TABLE repeated AS SELECT k FROM staged GROUP BY k HAVING count(*) > 1")
        stored = [path for paths in self.stored.values() for path in paths]
        self._run("CREATE OR REPLACE TABLE stored (k VARCHAR, digest UBIGINT, rank BIGINT, month VARCHAR)")
        if not stored:
            return
        known = f"SELECT {key_sql(self.table)} AS k, filename FROM {files(stored, 'filename = true')}"
        self._run(f"CREATE OR REPLACE TABLE known AS SELECT k, filename FROM ({known}) SEMI JOIN staged USING (k)")
        touched = [Path(row[0]) for row in self._run("SELECT DISTINCT filename FROM known ORDER BY 1").fetchall()]
        if touched:
            facts = self._facts_of("1 AS one") + f" FROM {files(touched)}"
            self._run(f"INSERT INTO stored SELECT k, digest, rank, month FROM ({facts}) SEMI JOIN known USING (k)")

    def _judge_single_rows(self) -> None:
        """Keys that stand once in the file: against the stored row, where there is one."""
        self._run(
            """CREATE OR REPLACE TABLE judged AS
            SELECT s.k, s.seq, s.line, s.month,
                   CASE WHEN s.digest = e.digest THEN 'duplicate' WHEN s.rank > e.rank THEN 'stored' ELSE 'different' END AS verdict
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
                    last_value(CASE WHEN alone THEN digest END IGNORE NULLS) OVER every AS own_word
                FROM accepting
                WINDOW before AS (PARTITION BY k ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                       every AS (PARTITION BY k ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
            SELECT k, seq, line, month,
                CASE WHEN accepted AND seq = winner THEN 'stored' WHEN accepted THEN 'superseded'
                     WHEN digest = held OR (alone AND own_word = in_the_end) THEN 'duplicate' ELSE 'different' END
            FROM compared"""
        )

    def overlapping(self) -> list[Reject]:
        """Leave out staged agent rows whose validity overlaps another row of the agent; for other tables nothing."""
        if self.table.name != "agents":
            return []
        left_out = "SELECT seq FROM judged WHERE verdict <> 'stored'"
        columns = "agent_id, valid_from, valid_to"
        staged = [path for paths in self.staged.values() for path in paths]
        query = f"SELECT {columns}, seq, line FROM {files(staged)} WHERE seq NOT IN ({left_out})"
        stored = [path for paths in self.stored.values() for path in paths]
        if stored:
            query += f" UNION ALL SELECT {columns}, -1 AS seq, 0 AS line FROM {files(stored)}"
        rows = self._run(f"{query} ORDER BY seq").to_arrow_table()
        kept, rejects = without_overlaps(self.table, rows)
        good = pc.unique(kept.column("seq")).to_pylist()
        for (seq,) in self._run(f"SELECT seq FROM staged WHERE seq NOT IN ({left_out})").fetchall():
            if rejects and seq not in set(good):
                self._run(f"INSERT INTO judged SELECT k, seq, line, month, 'overlapping' FROM staged WHERE seq = {int(seq)}")
        return rejects

    def duplicates(self) -> int:
        """How many staged rows change nothing."""
        return self._count("SELECT count(*) FROM judged WHERE verdict = 'duplicate'")

    def rejects(self) -> Iterator[Reject]:
        """The staged rows that contradict a row that is there, by line."""
        cursor = self._run("SELECT line, split_part(k, chr(31), 1) FROM judged WHERE verdict = 'different' ORDER BY seq")
        while batch := cursor.fetchmany(10_000):
            for line, value in batch:
                yield Reject(line=line, column=self.table.key[0], value=clipped(value), reason=different(self.table))

    def changed_months(self) -> list[str]:
        """The months whose rows differ from what is stored."""
        gone = "SELECT e.month FROM stored e JOIN judged j ON e.k = j.k WHERE j.verdict = 'stored'"
        come = "SELECT s.month FROM staged s ANTI JOIN (SELECT seq FROM judged WHERE verdict <> 'stored') j USING (seq)"
        return [str(row[0]) for row in self._run(f"SELECT DISTINCT month FROM ({gone} UNION ALL {come}) ORDER BY 1").fetchall()]

    def rows_of(self, month: str) -> str:
        """A query for the rows of one month as they shall be, in canonical order."""
        columns = column_list(self.table)
        parts = []
        if self.stored.get(month):
            replaced = "SELECT k FROM judged WHERE verdict = 'stored'"
            parts.append(f"SELECT {columns} FROM {files(self.stored[month])} WHERE {key_sql(self.table)} NOT IN ({replaced})")
        if self.staged.get(month):
            left_out = "SELECT seq FROM judged WHERE verdict <> 'stored'"
            parts.append(f"SELECT {columns} FROM {files(self.staged[month])} WHERE seq NOT IN ({left_out})")
        order = ", ".join(canonical_order(self.table))
        return f"SELECT * FROM ({' UNION ALL BY NAME '.join(parts)}) ORDER BY {order}"

    def write(self, month: str, path: Path) -> int:
        """Write the rows of one month as Parquet; how many they are."""
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
        return self._count(f"COPY ({self.rows_of(month)}) TO {text(path)} ({options})")
