"""Every engine gives the golden cases' integers, all of them and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chot.core.periods import parse
from chot.facts.engines.contract import Engine
from chot.facts.engines.registry import open_engine
from chot.facts.source import FolderFacts
from tests.facts.engines import generated
from tests.facts.engines.cases import MEASURES, Asked, Case, cases
from tests.facts.engines.conftest import MARKS, Engines
from tests.facts.engines.dataset import Rows


def check(facts: FolderFacts, asked: Asked) -> None:
    """Keys in order, every column, every cell an exact 64-bit integer."""
    found = facts.measure(asked.measures, parse(asked.period), grain=asked.by, outside=asked.outside)  # type: ignore[arg-type]
    groups = [group for place, group in enumerate(asked.groups) if any(row[place] for row in asked.values.values())]
    assert found.keys == groups, "a group is there when one of the measures is not 0"
    assert {np.asarray(column).dtype for column in found.columns.values()} == {np.dtype(np.int64)}
    given = {name: tuple(found.get(group, name) for group in asked.groups) for name in found.columns}
    assert given == asked.values


ON_THE_CLUSTER = ("calls_without_order", "first_contact", "moves", "outside", "repeat_customers")
"""What could differ once rows lie on several machines: joins, windows, lent tables. One question of each there."""

EVERYWHERE = [
    pytest.param(name, case, marks=marks, id=f"{name}-{case.name}")
    for name, marks in MARKS.items()
    for case in cases()
    if name != "spark-standalone" or case.name in ON_THE_CLUSTER
]


OTHERS = [pytest.param(name, marks=MARKS[name]) for name in ("postgres", "clickhouse", "spark")]


@pytest.mark.parametrize("name", OTHERS)
def test_generated_facts_measure_the_same_as_on_duckdb(name: str, engines: Engines, tmp_path: Path) -> None:
    dataset = Rows(generated.tables(seed=0, size=400), tmp_path, hive=True)
    found, expected = (_everything(engines.open(each, dataset), dataset) for each in (name, "duckdb"))
    assert found == expected


def _everything(engine: Engine, dataset: Rows) -> dict[str, list[object]]:
    with FolderFacts(dataset, engine) as facts:
        found = facts.measure(tuple(MEASURES.values()), parse("2026-10"), grain="team", outside=generated.outside(1))
    return {"keys": list(found.keys), **{name: list(column) for name, column in found.columns.items()}}


@pytest.mark.parametrize(("name", "case"), EVERYWHERE)
def test_golden_case(name: str, case: Case, engines: Engines, tmp_path: Path) -> None:
    dataset = Rows(case.tables, tmp_path, hive=True)
    with FolderFacts(dataset, engines.open(name, dataset)) as facts:
        for asked in case.asked[:1] if name == "spark-standalone" else case.asked:
            check(facts, asked)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_golden_case_on_tables_in_memory(case: Case, tmp_path: Path) -> None:
    dataset = Rows(case.tables, tmp_path)
    with FolderFacts(dataset, open_engine("duckdb", dataset)) as facts:
        for asked in case.asked:
            check(facts, asked)


@pytest.mark.parametrize("grain", ["agent", "team", "role", "company"])
def test_every_measure_is_counted_by_hand_for_every_grain(grain: str) -> None:
    counted = {name for case in cases() for asked in case.asked if asked.by == grain for name, row in asked.values.items() if any(row)}
    assert counted == set(MEASURES)
