"""From measures to metric values: exact, by columns, unmeasured where there is nothing to divide by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from chot.core.rationals import Rationals
from chot.kpi.formula import Formula, NotMeasurable, parse
from chot.kpi.measures import Measure, Measured
from chot.kpi.metrics import Metric


@dataclass(frozen=True)
class Value:
    """One metric of one group: its exact value (None when unmeasured), its sample, and the reason."""

    exact: Fraction | None
    sample: int
    reason: str = ""


class Column:
    """One metric for many groups.

    ``always`` marks sums and counts, which no minimum sample touches. Where ``known`` is False there is
    no value (``exact`` holds 0); where ``measured`` is False the value, known or not, does not count, and
    ``reasons`` says why.
    """

    def __init__(
        self,
        exact: Rationals,
        sample: NDArray[np.int64],
        measured: NDArray[np.bool_],
        reasons: Mapping[int, str],
        known: NDArray[np.bool_] | None = None,
        *,
        always: bool = False,
    ) -> None:
        self.exact, self.sample, self.measured, self.reasons = exact, sample, measured, reasons
        self.known = measured if known is None else known
        self.always = always

    def without(self, mask: NDArray[np.bool_], reason: Callable[[int], str]) -> Column:
        """The column with the measured groups of ``mask`` unmeasured for a reason."""
        lost = self.measured & mask
        reasons = {**self.reasons, **{int(index): reason(int(index)) for index in np.flatnonzero(lost)}}
        return Column(self.exact, self.sample, self.measured & ~mask, reasons, self.known, always=self.always)

    def unknown(self, mask: NDArray[np.bool_], reason: str) -> Column:
        """The column without any value for the groups of ``mask``."""
        lost = self.without(mask, lambda _: reason)
        return Column(lost.exact, lost.sample, lost.measured, lost.reasons, self.known & ~mask, always=self.always)

    def take(self, places: NDArray[np.intp]) -> Column:
        """The groups at ``places``, in that order."""
        reasons = {new: self.reasons[int(old)] for new, old in enumerate(places) if int(old) in self.reasons}
        return Column(self.exact.take(places), self.sample[places], self.measured[places], reasons, self.known[places], always=self.always)

    def __getitem__(self, place: int) -> Value:
        sample = int(self.sample[place])
        if self.measured[place]:
            return Value(self.exact[place], sample)
        return Value(None, sample, self.reasons.get(place, ""))


@cache
def _compiled(text: str, names: frozenset[str]) -> Formula:
    return parse(text, names=dict.fromkeys(names, "plain"))


def _formula(metric: Metric, text: str) -> Formula:
    return _compiled(text, frozenset(measure.name for measure in metric.measures))


def measures_of(metrics: Sequence[Metric]) -> list[Measure]:
    """Every measure that the metrics read, each once, in a stable order."""
    found = {measure.name: measure for metric in metrics for measure in metric.measures}
    return [found[name] for name in sorted(found)]


def metric_columns(metrics: Sequence[Metric], measured: Measured, keys: Sequence[str]) -> dict[str, Column]:
    """The metrics of the groups ``keys`` (in that order), by metric id.

    Employment and minimum samples are the caller's business; here a metric is unmeasured when its
    sample is 0 or when its formula cannot be computed.
    """
    place = {key: index for index, key in enumerate(measured.keys)}
    at = np.array([place.get(key, -1) for key in keys], dtype=np.intp)
    present = at >= 0
    columns = {
        name: np.where(present, np.asarray(values, dtype=np.int64)[at], 0) if len(values) else np.zeros(len(keys), dtype=np.int64)
        for name, values in measured.columns.items()
    }
    return {metric.id: _column(metric, columns, len(keys)) for metric in metrics}


def _column(metric: Metric, columns: Mapping[str, NDArray[np.int64]], length: int) -> Column:
    sample = _integers(_formula(metric, metric.sample), columns, length)
    known = np.ones(length, dtype=bool) if metric.always else sample > 0
    reasons = dict.fromkeys(np.flatnonzero(~known).tolist(), f"no {metric.sample}")
    formula = _formula(metric, metric.formula)
    pair = formula.columns({name: np.where(known, columns[name], 1) for name in formula.names})
    if pair is None or (pair[1] == 0).any():
        return _one_by_one(metric, columns, sample, known, reasons)
    n, d = pair
    sign = np.where(d < 0, -1, 1)
    exact = Rationals.from_integers(np.where(known, n * sign, 0), np.where(known, d * sign, 1))
    return Column(exact, sample, known, reasons, always=metric.always)


def _integers(formula: Formula, columns: Mapping[str, NDArray[np.int64]], length: int) -> NDArray[np.int64]:
    pair = formula.columns(columns)
    if pair is None:
        whole = [int(formula.evaluate(lambda name, i=index: Fraction(int(columns[name][i])))) for index in range(length)]  # type: ignore[misc]
        return np.array(whole, dtype=np.int64)
    return np.asarray(pair[0], dtype=np.int64)


def _one_by_one(
    metric: Metric,
    columns: Mapping[str, NDArray[np.int64]],
    sample: NDArray[np.int64],
    known: NDArray[np.bool_],
    reasons: dict[int, str],
) -> Column:
    formula, exact, measured = _formula(metric, metric.formula), list[Fraction](), known.copy()
    for index, is_known in enumerate(known):
        value = Fraction(0)
        if is_known:
            try:
                value = Fraction(formula.evaluate(lambda name, i=index: Fraction(int(columns[name][i]))))  # type: ignore[misc]
            except NotMeasurable as error:
                measured[index], reasons[index] = False, str(error)
        exact.append(value)
    return Column(Rationals.of(exact), sample, measured, reasons, always=metric.always)


def with_minimum(column: Column, metric: Metric, min_sample: int) -> Column:
    """The column with values under ``min_sample`` unmeasured; sums and counts ignore it."""
    if not min_sample or metric.always:
        return column
    return column.without(column.sample < min_sample, lambda index: f"sample {column.sample[index]} is under min_sample {min_sample}")
