"""Figures of reports made of large and small files of calls, so that one more call measures one small file again.

A stored month of calls is a few files, of which a new call changes the last and smallest. Counts and sums of calls add up over the files,
and so do those of rows that name a call (an order's campaign is its call's): each call is in one file. What was measured of the large
files is remembered by the content of all that was read for it, and so is what no call changes; small files are read again every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chot.core.periods import Period
from chot.facts.access import OpenFacts
from chot.facts.engines.cuts import needs_call
from chot.facts.engines.measuring import without_zeros
from chot.facts.engines.registry import open_engine
from chot.facts.folder import Dataset
from chot.facts.manifest import Part
from chot.facts.source import FolderFacts
from chot.kpi.measures import Cut, Grain, Measure, Measured

LARGE_ROWS = 50_000
"""Rows of a file from which remembering takes less time than reading them again."""

_ADDED = ("count", "sum")
_MOST = 2**63 - 1
Remember = Callable[[str, Callable[[], Measured]], Measured]
"""What is remembered under a name, else what the function measures, which is then remembered."""


@dataclass(frozen=True)
class _Narrowed:
    """A folder's facts of which the calls are only some files."""

    whole: Dataset
    calls: list[Path]

    @property
    def timezone(self) -> str:
        return self.whole.timezone

    @property
    def warnings(self) -> Sequence[str]:
        return self.whole.warnings

    def source(self, name: str) -> object:
        return self.calls if name == "calls" else self.whole.source(name)

    def parquet(self, name: str) -> list[Path]:
        return self.calls if name == "calls" else self.whole.parquet(name)


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What one call of ``measure_cut`` asks."""

    facts: OpenFacts
    period: Period
    grain: Grain
    cut: Cut
    remember: Remember

    def whole(self, measures: Sequence[Measure]) -> Measured:
        """Of all files at once."""
        return self.facts.measure_cut(measures, self.period, grain=self.grain, cut=self.cut)

    def by_file(self, measures: Sequence[Measure], files: Sequence[Part]) -> Iterator[Measured]:
        """Of the large files together, remembered; of the small ones."""
        large, small = ([each for each in files if (each.rows >= LARGE_ROWS) is kept] for kept in (True, False))
        if large:
            yield self.remember(self._name(measures, [each.content for each in large]), lambda: self._of(measures, large))
        if small:
            yield self._of(measures, small)

    def of_others(self, measures: Sequence[Measure]) -> Measured:
        """Of tables other than calls; what no call changes."""
        return self.remember(self._name(measures, []), lambda: self.whole(measures))

    def _of(self, measures: Sequence[Measure], files: Sequence[Part]) -> Measured:
        dataset = self.facts.dataset
        narrowed = _Narrowed(dataset, [dataset.home("calls") / each.path for each in files])
        with FolderFacts(narrowed, open_engine(self.facts.engine_name, narrowed)) as facts:
            return facts.measure_cut(measures, self.period, grain=self.grain, cut=self.cut)

    def _name(self, measures: Sequence[Measure], calls: Sequence[str]) -> str:
        """Everything that the numbers rest on: the question, and the content of every file that it reads."""
        dataset = self.facts.dataset
        tables = sorted({"agents", *(each.table for each in measures)} - {"calls"})
        contents = [[part.content for part in dataset.manifests[table].files] for table in tables]
        asked = [dataset.timezone, self.period.first, self.period.last, self.grain, self.cut, list(measures)]
        return hashlib.sha256(repr([asked, tables, contents, list(calls)]).encode()).hexdigest()[:32]


def measure_cut(
    facts: OpenFacts, measures: Sequence[Measure], period: Period, *, grain: Grain, cut: Cut, remember: Remember
) -> Measured:
    """What ``facts.measure_cut`` gives, number for number, with ``remember`` for what large files and other tables add to it."""
    asked = _Question(facts=facts, period=period, grain=grain, cut=cut, remember=remember)
    unique = list({each.name: each for each in measures}.values())
    stored = facts.dataset.manifests
    calls = stored["calls"].files if "calls" in stored else ()
    if not any(each.rows >= LARGE_ROWS for each in calls) or not {"agents", *(each.table for each in unique)} <= stored.keys():
        return asked.whole(unique)
    of_calls = [each for each in unique if each.table == "calls" and _in_its_month(each)]
    by_call = [each for each in unique if needs_call(cut, each.table) and each.kind in _ADDED]
    others = [each for each in unique if each.table != "calls" and each.kind in (*_ADDED, "max") and not needs_call(cut, each.table)]
    rest = [each for each in unique if each not in of_calls and each not in by_call and each not in others]
    pieces: list[Measured] = []
    if of_calls:
        pieces += asked.by_file(of_calls, [each for each in calls if each.month in period.months()])
    if by_call:
        pieces += asked.by_file(by_call, calls)
    pieces += [asked.of_others(others)] if others else []
    pieces += [asked.whole(rest)] if rest else []
    added = _added([each.name for each in unique], pieces)
    return asked.whole(unique) if added is None else added


def _in_its_month(each: Measure) -> bool:
    """Whether only files of the period's months hold rows that count."""
    return each.kind in _ADDED and each.day == "local_date" and each.window == "period"


def _added(names: Sequence[str], pieces: Sequence[Measured]) -> Measured | None:
    """The pieces added up; None where a sum might not fit 64 bits."""
    keys = sorted({key for piece in pieces for key in piece.keys})
    places = {key: place for place, key in enumerate(keys)}
    columns: dict[str, NDArray[np.int64]] = {name: np.zeros(len(keys), dtype=np.int64) for name in names}
    most = dict.fromkeys(names, 0)
    for piece in pieces:
        at = np.fromiter(map(places.__getitem__, piece.keys), dtype=np.intp, count=len(piece.keys))
        for name, numbers in piece.columns.items():
            column = np.asarray(numbers, dtype=np.int64)
            most[name] += max(abs(int(column.min())), abs(int(column.max()))) if len(column) else 0
            if most[name] > _MOST:
                return None
            columns[name][at] += column
    return without_zeros(keys, columns)
