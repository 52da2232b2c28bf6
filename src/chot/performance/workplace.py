"""The data folder behind the pages: facts, closed runs and the company's metrics, opened for one piece of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from chot.facts.access import OpenFacts, company_metrics, open_facts
from chot.facts.runs import Archive
from chot.kpi.metrics import Metric
from chot.kpi.plan import Plan
from chot.kpi.plan_loading import plan_of
from chot.performance.target_sets import stored


@dataclass(frozen=True)
class Workplace:
    """What a computation works on."""

    folder: Path
    archive: Archive
    metrics: Mapping[str, Metric]
    facts: OpenFacts


def data_folder() -> Path:
    """The data folder, made when it is not there yet."""
    folder = Path(settings.DATA)
    (folder / "plans").mkdir(parents=True, exist_ok=True)
    return folder


def metrics() -> dict[str, Metric]:
    """The built-in metrics and the company's own."""
    return company_metrics(data_folder())


def read_plan(text: str) -> Plan:
    """A plan document as the command line reads it. Raises ``InputError`` with every problem."""
    return plan_of(text, file="", folder=data_folder() / "plans", metrics=metrics(), files=stored(text))


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Everything opened, and let go of again."""
    folder = data_folder()
    facts = open_facts(folder)
    try:
        yield Workplace(folder, Archive(folder / "runs"), metrics(), facts)
    finally:
        facts.close()
