"""The company's metrics over any days, month by month: what was measured of a month is remembered while its facts stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core.cache import cache

from chot.core import clock
from chot.core.errors import InputError
from chot.core.money import exact_text
from chot.core.periods import Period, between, containing, parse
from chot.kpi.measures import Grain, Measure, Measured
from chot.kpi.metrics import Metric
from chot.kpi.values import measures_of, metric_columns
from chot.performance.fact_states import FactState
from chot.performance.measured_once import measured_once
from chot.performance.workplace import workplace

Asked = tuple[Metric, Period]
_REMEMBERED_S = 7 * 24 * 3600
_COMPANY: Grain = "company"
_ADDITIVE = ("count", "sum")
_ADDITIVE_LINKS = ("resolved_first", "answered_without_order", "kept_without_order")
"""Counts of single tickets or calls, whatever else happens in the period."""


def company_values(asked: Sequence[Asked], facts: FactState) -> list[str | None]:
    """Each metric's value over its days as exact text; None where there is none, or where the facts cannot say."""
    pieces = {(measure, piece) for metric, period in asked for measure in metric.measures for piece in _pieces(measure, period)}
    known = _measured(pieces, facts)
    return [_value(metric, period, known) for metric, period in asked]


def _value(metric: Metric, period: Period, known: Mapping[tuple[str, str], int | None]) -> str | None:
    sums: dict[str, Sequence[int]] = {}
    for measure in measures_of([metric]):
        parts = [known[measure.name, piece.name] for piece in _pieces(measure, period)]
        if any(part is None for part in parts):
            return None
        sums[measure.name] = [sum(part for part in parts if part is not None)]
    found = metric_columns([metric], Measured([_COMPANY], sums), [_COMPANY])[metric.id][0]
    return None if found.exact is None else exact_text(found.exact)


def _pieces(measure: Measure, period: Period) -> list[Period]:
    """What is added up: whole months and what is left at both ends; the period as it is where parts do not add up.

    The running month is its days up to today, which a goal's days up to today end with too, and those to come.
    """
    adds_up = measure.kind in _ADDITIVE or measure.link in _ADDITIVE_LINKS
    if not adds_up or measure.window != "period" or period.kind not in ("days", "month"):
        return [period]
    return [piece for month in period.months() for piece in _to_today(_part(containing(parse(month).first, "month"), period))]


def _to_today(part: Period) -> list[Period]:
    today = clock.today()
    if not part.first <= today < part.last:
        return [part]
    return [between(part.first, today), between(today + timedelta(days=1), part.last)]


def _part(month: Period, period: Period) -> Period:
    first, last = max(month.first, period.first), min(month.last, period.last)
    return month if (first, last) == (month.first, month.last) else between(first, last)


def _measured(pieces: set[tuple[Measure, Period]], facts: FactState) -> dict[tuple[str, str], int | None]:
    keys = {(measure, piece): _key(measure, piece, facts) for measure, piece in pieces}
    stored = cache.get_many(list(keys.values()))
    found = {place: stored[key] for place, key in keys.items() if key in stored}
    missing = [place for place in keys if place not in found]
    if missing:
        computed = dict(_computed(missing))
        cache.set_many({keys[place]: value for place, value in computed.items()}, _REMEMBERED_S)
        found |= computed
    return {(measure.name, piece.name): value for (measure, piece), value in found.items()}


def _key(measure: Measure, piece: Period, facts: FactState) -> str:
    said = hashlib.sha256(repr(measure).encode()).hexdigest()[:16]
    return f"company:{said}:{piece.first}:{piece.last}:{facts.of([measure], piece)}"


def _computed(missing: Sequence[tuple[Measure, Period]]) -> Iterator[tuple[tuple[Measure, Period], int | None]]:
    """One question for each piece of time."""
    together: dict[Period, list[Measure]] = {}
    for measure, piece in missing:
        together.setdefault(piece, []).append(measure)
    with workplace() as work:
        for piece, measures in together.items():
            got = _asked(work.facts, measures, piece)
            for measure in measures:
                yield (measure, piece), got[measure.name]


def _asked(facts: Any, measures: list[Measure], piece: Period) -> dict[str, int | None]:
    """What each measure is; None for those that cannot be taken, which must not take the others along."""
    try:
        got = measured_once(facts, measures, piece, grain=_COMPANY)
    except InputError:
        if len(measures) == 1:
            return {measures[0].name: None}
        return {name: value for measure in measures for name, value in _asked(facts, [measure], piece).items()}
    return {measure.name: got.get(_COMPANY, measure.name) for measure in measures}
