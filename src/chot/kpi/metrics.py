"""What a metric is: a frozen description whose formula reads measures and other metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chot.kpi.measures import Measure

Unit = Literal["vnd", "count", "seconds", "ratio", "score"]
Direction = Literal["higher", "lower"]
Scope = Literal["own", "team", "company"]


@dataclass(frozen=True, kw_only=True)
class Words:
    """One sentence in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric.

    formula   over measure names and metric names, in the formula language
    measures  the measures the formula and the sample read, by name
    sample    the name of the measure that is the sample: the denominator of a ratio, average or score,
              the rows counted of a sum or count
    always    measured even when the sample is 0 (sums and counts)
    periods   the period kinds it exists for (growth and repeat customers: months)
    influence who can move it, in words
    source    the definition it follows
    settings  integers a plan item may set, with their defaults
    """

    id: str
    version: int = 1
    title: Words
    about: Words
    unit: Unit
    direction: Direction = "higher"
    formula: str
    measures: tuple[Measure, ...]
    sample: str
    always: bool = False
    periods: tuple[str, ...] = ("month", "quarter", "week")
    influence: Words
    source: str
    settings: Mapping[str, int] = field(default_factory=dict)
    employed: bool = False  # measured only when employed on every working day of this period and its base

    @property
    def tables(self) -> tuple[str, ...]:
        """The fact tables the metric reads."""
        return tuple(sorted({measure.table for measure in self.measures}))
