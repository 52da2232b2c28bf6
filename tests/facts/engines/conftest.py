"""Engines for the conformance suite: each server, session and cluster starts once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chot.facts.engines.contract import Dataset, Engine
from chot.facts.engines.registry import open_engine

Opener = Callable[[Dataset], Engine]

MARKS: dict[str, tuple[pytest.MarkDecorator, ...]] = {
    "duckdb": (),
    "postgres": (pytest.mark.postgres,),
    "clickhouse": (pytest.mark.clickhouse,),
    "spark": (pytest.mark.spark,),
    "spark-standalone": (pytest.mark.spark,),
}
ENGINES = tuple(pytest.param(name, marks=marks) for name, marks in MARKS.items())

_QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"

_SMALL_SPARK = {  # the plans are the same; only what pays off on long queries is off
    "spark.driver.extraJavaOptions": _QUICK_JAVA,
    "spark.executor.extraJavaOptions": _QUICK_JAVA,
    "spark.sql.files.openCostInBytes": "0",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.default.parallelism": "1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.executor.memory": "512m",
    "spark.cores.max": "2",
}


@pytest.fixture(scope="session", params=ENGINES)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Opens an engine over a dataset; what can be shared between datasets is."""
    folder = tmp_path_factory.mktemp("engine")
    yield from _OPENERS[request.param](folder)


def _in_process(name: str) -> Callable[[Path], Iterator[Opener]]:
    def start(_: Path) -> Iterator[Opener]:
        yield lambda dataset: open_engine(name, dataset)

    return start


def _postgres(folder: Path) -> Iterator[Opener]:
    from chot.facts.engines.postgres import start_server

    server = start_server(folder / "pg")
    try:
        yield lambda dataset: open_engine("postgres", dataset, url=server.get_uri())
    finally:
        server.cleanup()


def _spark(_: Path, master: str = "local[2]") -> Iterator[Opener]:
    from chot.facts.engines.spark import open_session

    session = open_session(master, _SMALL_SPARK)
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield lambda dataset: open_engine("spark", dataset, session=session)
    finally:
        session.stop()


def _standalone(folder: Path) -> Iterator[Opener]:
    from tests.facts.engines.cluster import standalone

    with standalone(folder) as master:
        yield from _spark(folder, master)


_OPENERS: dict[str, Any] = {
    "duckdb": _in_process("duckdb"),
    "clickhouse": _in_process("clickhouse"),
    "postgres": _postgres,
    "spark": _spark,
    "spark-standalone": _standalone,
}
