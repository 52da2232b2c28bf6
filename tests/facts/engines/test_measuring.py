"""The compiler against SQL written by hand, on facts drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.periods import parse
from chot.facts.engines import scans
from chot.facts.engines.registry import open_engine
from chot.facts.source import FolderFacts
from chot.kpi.measures import Outside
from tests.facts.engines import generated
from tests.facts.engines.cases import MEASURES
from tests.facts.engines.dataset import Rows
from tests.facts.engines.hand_sql import HAND, Hand

GRAINS = ("agent", "team", "role", "company")
MONTHLY = {name for name, measure in MEASURES.items() if measure.window != "period"}


def compare(dataset: Rows, periods: Sequence[str], grain: str, outside: tuple[Outside, ...]) -> None:
    """Every measure, cell by cell, and no group more."""
    hand = Hand(dataset, grain, outside)
    with FolderFacts(dataset, open_engine("duckdb", dataset, threads=1)) as facts:
        for period in map(parse, periods):
            names = [name for name in sorted(MEASURES) if period.kind == "month" or name not in MONTHLY]
            found = facts.measure([MEASURES[name] for name in names], period, grain=grain, outside=outside)  # type: ignore[arg-type]
            for name in names:
                given_ = {key: found.get(key, name) for key in found.keys if found.get(key, name)}
                assert given_ == hand.answer(name, period), (str(period), name)


def test_every_measure_is_written_by_hand() -> None:
    assert set(HAND) == set(MEASURES)


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("stored", ["memory", "hive"])
def test_many_facts(grain: str, stored: str, tmp_path: Path) -> None:
    dataset = Rows(generated.tables(seed=7, size=600), tmp_path, hive=stored == "hive")
    compare(dataset, ("2026-10", "2026-Q4", "2026-W40"), grain, ())
    compare(dataset, ("2026-10", "2026-11"), grain, generated.outside(3))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**9), size=st.integers(1, 60), grain=st.sampled_from(GRAINS), month=st.integers(8, 12))
def test_facts_at_random(seed: int, size: int, grain: str, month: int) -> None:
    dataset = Rows(generated.tables(seed, size), Path())
    compare(dataset, [f"2026-{month:02d}"], grain, generated.outside(seed) if seed % 2 else ())


@pytest.mark.parametrize("fewest", [1, 1000], ids=["always two stages", "always one stage"])
def test_stages_never_change_a_number(fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many measures make two stages worth it is a matter of speed alone."""
    monkeypatch.setattr(scans, "TWO_STAGES_FROM", fewest)
    compare(Rows(generated.tables(seed=11, size=300), Path()), ("2026-10", "2026-Q4"), "agent", generated.outside(3))
