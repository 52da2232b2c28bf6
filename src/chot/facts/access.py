"""A data folder and an engine, opened together for reading."""

from __future__ import annotations

from pathlib import Path

from chot.facts.engines.registry import open_engine
from chot.facts.folder import Dataset, open_folder
from chot.facts.source import FolderFacts
from chot.kpi.metrics import Metric


class OpenFacts(FolderFacts):
    """The facts of one data folder; ``dataset`` is the folder itself, ``engine_name`` what reads it."""

    def __init__(self, dataset: Dataset, *, engine: str) -> None:
        super().__init__(dataset, open_engine(engine, dataset))
        self.dataset, self.engine_name = dataset, engine

    def close(self) -> None:
        """Let go of the engine and of the folder."""
        super().close()
        self.dataset.close()


def open_facts(path: Path, *, engine: str = "duckdb") -> OpenFacts:
    """The facts of the folder ``path`` through ``engine``."""
    return OpenFacts(open_folder(path), engine=engine)


def company_metrics(folder: Path) -> dict[str, Metric]:
    """The built-in metrics and those of ``metrics.yaml`` in the folder."""
    from chot.kpi.catalogue import METRICS

    path = folder / "metrics.yaml"
    if not path.exists():
        return dict(METRICS)
    from chot.kpi.custom_metrics import load_custom_metrics

    return {**METRICS, **load_custom_metrics(path, builtin=METRICS)}
