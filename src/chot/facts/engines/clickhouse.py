"""ClickHouse in this process (chDB) over the same Parquet files, behind a check that every answer is exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

import chdb
import numpy as np

from chot.core.errors import InternalError
from chot.facts.engines.contract import Cell, Dataset, Months, Numbers, Since, TooLarge, chosen, stored_columns
from chot.facts.engines.dialect import EPOCH, Dialect
from chot.kpi.schema import Type

_SETTINGS = (
    "join_use_nulls = 1",  # a row without a partner has NULL, not 0 or ''
    "prefer_column_name_to_alias = 1",
    "date_time_overflow_behavior = 'saturate'",  # 9999-12-31 as an open end
    "max_query_size = 100000000",
    "max_ast_elements = 1000000",
    "max_expanded_ast_elements = 1000000",
    "session_timezone = 'UTC'",
)
_INEXACT = re.compile(r"\b(?:uniq|approx|quantile|median|topk|any)\w*\s*\(", re.IGNORECASE)  # functions whose answer may be an estimate
_UNSAFE_CAST = "CANNOT_CONVERT_TYPE"


class ClickHouseDialect(Dialect):
    """ClickHouse's own words."""

    types: ClassVar[Mapping[str, str]] = {
        "id": "Nullable(String)", "text": "Nullable(String)", "enum": "Nullable(String)", "int": "Nullable(Int64)",
        "bool": "Nullable(Bool)", "time": "Nullable(DateTime64(6, 'UTC'))", "date": "Nullable(Date32)",
    }

    def text(self, value: str) -> str:
        """A backslash escapes."""
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def day(self, day: date) -> str:
        """A date of 32 bits: 1900 to 2299."""
        return f"toDate32('{day.isoformat()}')"

    def moment(self, micros: int) -> str:
        """An instant in UTC."""
        return f"toDateTime64('{(EPOCH + timedelta(microseconds=micros)).strftime('%Y-%m-%d %H:%M:%S.%f')}', 6, 'UTC')"

    def micros(self, moment: str) -> str:
        """Exact: the column holds microseconds."""
        return f"toUnixTimestamp64Micro({moment})"

    def hour(self, moment: str, zone: str) -> str:
        """A zone is an argument."""
        return f"toHour({moment}, {self.text(zone)})"

    def weekday(self, day: str) -> str:
        """Monday is 1."""
        return f"toDayOfWeek({day})"

    def part(self, number: str, condition: str) -> str:
        """Summed in 128 bits, for a sum of 64 would wrap without a word."""
        return super().part(f"toInt128({number})", condition)

    def total(self, number: str, condition: str) -> str:
        """An exact cast, or an error."""
        return f"accurateCast(COALESCE({self.part(number, condition)}, 0), 'Int64')"

    def without(self, partners: str, on: str) -> tuple[str, str]:
        """The same join under its longer name."""
        return f"LEFT ANTI JOIN ({partners}) w ON {on}", ""

    def empty(self, columns: Iterable[tuple[str, Type]]) -> str:
        """A source with the columns and no rows."""
        return f"null({self.text(self.shape(columns))})"

    def shape(self, columns: Iterable[tuple[str, Type]]) -> str:
        """Columns and types as ClickHouse writes a structure."""
        return ", ".join(f"{self.name(column)} {self.types[kind]}" for column, kind in columns)


class ClickHouse:
    """An in-memory chDB session. Opening it runs a probe whose answer is known, NULL by NULL."""

    name = "clickhouse"

    def __init__(self, dataset: Dataset, *, threads: int | None = None) -> None:
        self.dialect = ClickHouseDialect()
        self._dataset = dataset
        self._connection = chdb.connect(":memory:")  # type: ignore[no-untyped-call]
        for setting in _SETTINGS:
            self._connection.query(f"SET {setting}")
        if threads:
            self._connection.query(f"SET max_threads = {int(threads)}")
        self._probe()

    def table(self, name: str, months: Months | None = None, since: Since | None = None) -> str:
        """Exactly the Parquet files needed."""
        paths = chosen(self._dataset.parquet(name), months)
        shape = self.dialect.text(self.dialect.shape(stored_columns(name)))
        files = [f"SELECT * FROM file({self.dialect.text(_plain(str(path)))}, 'Parquet', {shape})" for path in paths]
        return f"({' UNION ALL '.join(files)})" if files else self.dialect.empty(stored_columns(name))

    def lend(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[tuple[Cell, ...]]) -> str:
        """A table in memory."""
        shape = ", ".join(f"{column} {'Date32' if kind == 'date' else 'String'}" for column, kind in columns)
        self._connection.query(f"DROP TABLE IF EXISTS {name}")
        self._connection.query(f"CREATE TABLE {name} ({shape}) ENGINE = Memory")
        values = ", ".join(f"({self.dialect.literals(row)})" for row in rows)
        self._connection.query(f"INSERT INTO {name} VALUES {values}")
        return name

    def numbers(self, sql: str) -> Numbers:
        """The answer by columns; a sum that does not fit 64 bits is ``TooLarge``."""
        key, *columns = self._arrow(sql).columns
        return Numbers(key.to_pylist(), [column.to_numpy().astype(np.int64) for column in columns])

    def records(self, sql: str) -> list[tuple[object, ...]]:
        """The answer row by row."""
        columns = [column.to_pylist() for column in self._arrow(sql).columns]
        return list(zip(*columns, strict=True))

    def _arrow(self, sql: str) -> Any:
        inexact = _INEXACT.search(re.sub(r"'(?:[^'\\]|\\.)*'", "''", sql))  # a function outside of any text
        if inexact:
            raise InternalError(f"{inexact[0]}…) is not exact on ClickHouse and must not feed a measure")
        try:
            return self._connection.query(sql, "ArrowTable")
        except RuntimeError as error:
            if _UNSAFE_CAST in str(error):
                raise TooLarge from error
            raise

    def _probe(self) -> None:
        """Compare one query with the answer worked out by hand: NULL in conditions, sums, distinct, joins."""
        found = self.records(_PROBE)
        if found != _ANSWER:
            raise InternalError(f"this ClickHouse is not exact: the probe gave {found}, not {_ANSWER}")

    def close(self) -> None:
        """End the session."""
        self._connection.close()


def _plain(path: str) -> str:
    """A path in which no character is a pattern."""
    if re.search(r"[*?{}]", path):
        raise InternalError(f"ClickHouse reads {path} as a pattern")
    return path


_PROBE = """
SELECT l.k AS k, COUNT(CASE WHEN l.n <> 1 THEN 1 END) AS other, COUNT(CASE WHEN l.n NOT IN (2, 3) THEN 1 END) AS neither,
  accurateCast(COALESCE(SUM(CASE WHEN l.n > 1 THEN toInt128(l.n) END), 0), 'Int64') AS total,
  COUNT(CASE WHEN r.n IS NULL THEN 1 END) AS alone
FROM VALUES(
  'k Nullable(String), n Nullable(Int64)', ('a', 1), ('a', NULL), ('a', 4611686018427387904), ('a', 4611686018427387903), (NULL, 1)
) l
LEFT JOIN VALUES('n Nullable(Int64)', (1), (NULL)) r ON r.n = l.n
GROUP BY 1 ORDER BY 1 NULLS LAST
"""
_ANSWER = [("a", 2, 3, 9223372036854775807, 3), (None, 0, 1, 0, 0)]
