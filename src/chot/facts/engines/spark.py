"""Spark: one machine or a cluster, over the same Parquet files."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from chot.facts.engines.contract import Cell, Dataset, Months, Numbers, Since, TooLarge, chosen, stored_columns
from chot.facts.engines.dialect import Dialect

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.ansi.enabled": "true",  # a sum beyond 64 bits is an error, never a wrap
    "spark.sql.variable.substitute": "false",  # ${…} in a text is text
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
_OVERFLOW = ("ARITHMETIC_OVERFLOW", "CAST_OVERFLOW")


class SparkDialect(Dialect):
    """Spark SQL's own words."""

    types: ClassVar[Mapping[str, str]] = {
        "id": "STRING", "text": "STRING", "enum": "STRING", "int": "BIGINT", "bool": "BOOLEAN", "time": "TIMESTAMP", "date": "DATE",
    }

    def name(self, column: str) -> str:
        """Names stand in backticks."""
        return f"`{column}`"

    def text(self, value: str) -> str:
        """A backslash escapes."""
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def moment(self, micros: int) -> str:
        """An instant, whatever the session's zone."""
        return f"timestamp_micros({micros})"

    def micros(self, moment: str) -> str:
        """Exact: Spark's times are microseconds."""
        return f"unix_micros({moment})"

    def hour(self, moment: str, zone: str) -> str:
        """Spark's times are read in the session's UTC."""
        return f"hour(from_utc_timestamp({moment}, {self.text(zone)}))"

    def weekday(self, day: str) -> str:
        """Spark counts Monday as 0."""
        return f"(weekday({day}) + 1)"

    def without(self, partners: str, on: str) -> tuple[str, str]:
        """The same join under its longer name."""
        return f"LEFT ANTI JOIN ({partners}) w ON {on}", ""


def _find_java() -> None:
    """The Java that setup made beside the interpreter, where the machine has none of its own."""
    own = Path(sys.prefix, "java")
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None and own.is_dir():
        os.environ["JAVA_HOME"] = str(own)


def open_session(master: str = "local[2]", settings: Mapping[str, str] | None = None) -> SparkSession:
    """A Spark session with the settings that the measures rely on; ``master`` as Spark writes it."""
    _find_java()
    builder = SparkSession.builder.master(master).appName("chot")
    for key, value in {**_SETTINGS, **(settings or {})}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class Spark:
    """Measures on a Spark session: the one given, or one opened on ``master`` that ends with ``close``."""

    name = "spark"

    def __init__(self, dataset: Dataset, *, master: str = "local[2]", session: SparkSession | None = None) -> None:
        self.dialect = SparkDialect()
        self._dataset = dataset
        self._owned = session is None
        self._session = session or open_session(master)
        self._views: dict[tuple[Path, ...], str] = {}

    def table(self, name: str, months: Months | None = None, since: Since | None = None) -> str:
        """A view of exactly the Parquet files needed."""
        paths = tuple(chosen(self._dataset.parquet(name), months))
        if not paths:
            return self.dialect.empty(stored_columns(name))
        if paths not in self._views:
            shape = ", ".join(f"{self.dialect.name(column)} {self.dialect.types[kind]}" for column, kind in stored_columns(name))
            view = f"{name}_{len(self._views)}"
            self._session.read.schema(shape).parquet(*map(str, paths)).createOrReplaceTempView(view)
            self._views[paths] = view
        return self._views[paths]

    def lend(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[tuple[Cell, ...]]) -> str:
        """A view of an Arrow table."""
        arrow = pa.table({column: pa.array([row[at] for row in rows], pa.string()) for at, (column, _) in enumerate(columns)})
        frame = self._session.createDataFrame(arrow)
        typed = [f"CAST({column} AS {'DATE' if kind == 'date' else 'STRING'}) AS {column}" for column, kind in columns]
        frame.selectExpr(*typed).createOrReplaceTempView(name)
        return name

    def numbers(self, sql: str) -> Numbers:
        """The answer by columns; ANSI arithmetic makes a sum beyond 64 bits ``TooLarge``."""
        key, *columns = self._arrow(sql).columns
        return Numbers(key.to_pylist(), [column.to_numpy().astype(np.int64, casting="same_kind") for column in columns])

    def records(self, sql: str) -> list[tuple[object, ...]]:
        """The answer row by row."""
        columns = [column.to_pylist() for column in self._arrow(sql).columns]
        return list(zip(*columns, strict=True))

    def _arrow(self, sql: str) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # pyspark leaves its local socket to the collector
                return self._session.sql(sql).toArrow()
        except PySparkException as error:
            if any(name in str(error) for name in _OVERFLOW):
                raise TooLarge from error
            raise

    def close(self) -> None:
        """Drop the views; stop the session when this opened it."""
        for view in self._views.values():
            self._session.catalog.dropTempView(view)
        if self._owned:
            self._session.stop()
