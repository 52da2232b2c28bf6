"""Engines for the conformance suite: each server, session and cluster starts once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

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
"""Every engine of the suite; tests on Spark stand together, so that a session starts once."""

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


class Engines:
    """Opens any engine over a dataset; starts what it needs on first use, one Spark at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._running = folder, dict[str, tuple[ExitStack, Opener]]()

    def open(self, name: str, dataset: Dataset) -> Engine:
        """The engine called ``name`` over the dataset."""
        if name not in self._running:
            if name.startswith("spark"):
                self.stop("spark")
            stack = ExitStack()
            self._running[name] = (stack, stack.enter_context(_START.get(name, _nothing)(name, self._folder / name)))
        return self._running[name][1](dataset)

    def stop(self, start: str = "") -> None:
        """Stop everything whose name begins with ``start``."""
        for name in [each for each in self._running if each.startswith(start)]:
            self._running.pop(name)[0].close()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """All engines, lazily."""
    pool = Engines(tmp_path_factory.mktemp("engines"))
    yield pool
    pool.stop()


def _nothing(name: str, _: Path) -> AbstractContextManager[Opener]:
    return nullcontext(lambda dataset: open_engine(name, dataset))


@contextmanager
def _postgres(_: str, __: Path) -> Iterator[Opener]:
    from chot.facts.engines.postgres import start_server

    with TemporaryDirectory(prefix="chot-postgres-") as folder:  # run by root, it changes its user, who may not look into pytest's folders
        server = start_server(Path(folder))
        try:
            yield lambda dataset: open_engine("postgres", dataset, url=server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def _spark(_: str, folder: Path, master: str = "local[2]") -> Iterator[Opener]:
    from chot.facts.engines.spark import open_session

    session = open_session(master, {**_SMALL_SPARK, "spark.sql.warehouse.dir": str(folder)})
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield lambda dataset: open_engine("spark", dataset, session=session)
    finally:
        session.stop()


@contextmanager
def _standalone(name: str, folder: Path) -> Iterator[Opener]:
    from tests.facts.engines.cluster import standalone

    folder.mkdir()
    with standalone(folder) as master, _spark(name, folder, master) as opener:
        yield opener


_START = {"postgres": _postgres, "spark": _spark, "spark-standalone": _standalone}
