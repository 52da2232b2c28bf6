"""Measures for pages: what large files of facts and other tables add to them is remembered for all processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chot.core.periods import Period
from chot.facts.access import OpenFacts
from chot.facts.remembered import measure_cut
from chot.kpi.measures import Cut, Grain, Measure, Measured
from chot.performance.remembering import remembered


def measured_once(facts: OpenFacts, measures: Sequence[Measure], period: Period, *, grain: Grain, cut: Cut = "") -> Measured:
    """What ``facts.measure`` gives (``measure_cut`` with a ``cut``), number for number; after one more call a small file is read."""
    return measure_cut(facts, measures, period, grain=grain, cut=cut, remember=_remembered)


def _remembered(name: str, measure: Callable[[], Measured]) -> Measured:
    return remembered(f"measured:{name}", measure)
