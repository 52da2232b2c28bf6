"""Measures for pages: what large files of facts and other tables add to them is remembered for all processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.core.cache import cache

from chot.core.periods import Period
from chot.facts.access import OpenFacts
from chot.facts.remembered import measure_cut
from chot.kpi.measures import Cut, Grain, Measure, Measured

_REMEMBERED_S = 24 * 3600


def measured_once(facts: OpenFacts, measures: Sequence[Measure], period: Period, *, grain: Grain, cut: Cut = "") -> Measured:
    """What ``facts.measure`` gives (``measure_cut`` with a ``cut``), number for number; after one more call a small file is read."""
    return measure_cut(facts, measures, period, grain=grain, cut=cut, remember=_remembered)


def _remembered(name: str, measure: Callable[[], Measured]) -> Measured:
    key = f"measured:{name}"
    found: Measured | None = cache.get(key)
    if found is None:
        cache.set(key, found := measure(), _REMEMBERED_S)
    return found
