"""Opening what a command works on: the data folder, its metrics, its plans, its closed runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chot.core.errors import InputError, Problem, UsageError
from chot.facts.access import OpenFacts, open_facts
from chot.facts.runs import Archive
from chot.kpi.metrics import Metric
from chot.kpi.plan import Plan
from chot.kpi.plan_loading import load_plan

_SHOWN_WARNINGS = 10


@dataclass
class Workspace:
    """A data folder opened for one command."""

    data: Path
    facts: OpenFacts
    metrics: Mapping[str, Metric]
    archive: Archive
    _names: dict[str, str] = field(default_factory=dict)

    def plan(self, path: Path) -> Plan:
        """The plan at ``path``, with the company's own metrics known to it."""
        return load_plan(path, metrics=self.metrics)

    def agent_names(self) -> Mapping[str, str]:
        """The latest name of every agent."""
        if not self._names:
            self._names = {row.agent_id: row.name for row in self.facts.agents()}
        return self._names

    def warn(self, warnings: Iterable[str], *, form: str) -> None:
        """Warnings for people; in JSON they stand in the document."""
        listed = list(warnings)
        if form != "json":
            for warning in listed[:_SHOWN_WARNINGS]:
                print(f"warning: {warning}", file=sys.stderr)
            if len(listed) > _SHOWN_WARNINGS:
                print(f"warning: {len(listed) - _SHOWN_WARNINGS} more (all of them: --format json)", file=sys.stderr)

    def say(self, message: str, *, form: str) -> None:
        """One sentence about what was done, on stderr."""
        if message and form == "table":
            print(message, file=sys.stderr)


def data_folder(data: Path | None) -> Path:
    """The folder of ``--data``; a plain sentence when it is missing."""
    if data is None:
        raise UsageError("say which data folder to work on: --data DIR")
    if not data.is_dir():
        raise InputError(Problem(file=str(data), what="there is no such folder", fix="Make one with: chot demo facts --data DIR"))
    return data


@contextmanager
def open_workspace(data: Path | None, *, engine: str = "duckdb", facts: bool = True) -> Iterator[Workspace]:
    """The workspace of ``data``; ``facts=False`` opens only its closed runs."""
    folder = data_folder(data)
    archive = Archive(folder / "runs")
    if not facts:
        yield Workspace(folder, None, {}, archive)  # type: ignore[arg-type]
        return
    opened = open_facts(folder, engine=engine)
    try:
        yield Workspace(folder, opened, company_metrics(folder), archive)
    finally:
        opened.close()


def company_metrics(folder: Path) -> dict[str, Metric]:
    """The built-in metrics and those of ``metrics.yaml`` in the folder."""
    from chot.kpi.catalogue import METRICS
    from chot.kpi.custom_metrics import load_custom_metrics

    path = folder / "metrics.yaml"
    return {**METRICS, **(load_custom_metrics(path, builtin=METRICS) if path.exists() else {})}
