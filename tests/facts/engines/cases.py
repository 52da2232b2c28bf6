"""The golden cases: facts as small CSV texts, measures counted by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

import yaml

from chot.kpi.catalogue import METRICS
from chot.kpi.measures import Measure, Outside

FOLDER = Path(__file__).parent / "cases"
MEASURES: dict[str, Measure] = {measure.name: measure for metric in METRICS.values() for measure in metric.measures}


@dataclass(frozen=True)
class Asked:
    """One question to an engine and its answer: values by group and measure."""

    period: str
    by: str
    outside: tuple[Outside, ...]
    measures: tuple[Measure, ...]
    groups: tuple[str, ...]
    values: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Case:
    """Facts, and what they measure."""

    name: str
    tables: dict[str, list[dict[str, str]]]
    asked: tuple[Asked, ...]


@cache
def cases() -> tuple[Case, ...]:
    """Every case of the folder, by name."""
    return tuple(_case(path) for path in sorted(FOLDER.glob("*.yaml")))


def _case(path: Path) -> Case:
    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    tables = {table: list(csv.DictReader(StringIO(rows))) for table, rows in text["facts"].items()}
    return Case(path.stem, tables, tuple(_asked(each) for each in text["measured"]))


def _asked(each: dict[str, object]) -> Asked:
    (_, *groups), *rows = _table(str(each["expect"]))
    values = {name: tuple(int(cell) for cell in cells) for name, *cells in rows}
    outside = tuple(
        Outside(agent_id=str(agent), first=str(first), last=str(last)) for agent, first, last in each.get("outside", ())  # type: ignore[attr-defined]
    )
    measures = tuple(MEASURES[name] for name in values)
    return Asked(str(each["period"]), str(each["by"]), outside, measures, tuple(groups), values)


def _table(text: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text))
