"""Figures of reports made of large and small files of calls, so that one more call measures one small file again.

A stored month of calls is a few files, of which a new call changes the last and smallest. Counts and sums of calls add up over the files,
and so do those of rows that name a call (an order's campaign is its call's): each call is in one file. So do the calls of a ticket, of
which a ticket resolved at first contact has one. What was measured of the large files is remembered by the content of all that was read
for it, and so is what no call changes; small files are read again every time.
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
from chot.kpi.measures import CUT, Cut, Grain, Measure, Measured

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
        large, small = by_size(files)
        if large:
            yield self.remember(self._name(measures, [each.content for each in large]), lambda: self._of(measures, large))
        if small:
            yield self._of(measures, small)

    def first_contacts(self, asked: Measure, files: Sequence[Part]) -> Measured:
        """Tickets resolved at first contact: calls in large files are remembered by ticket, those in small ones come to them."""
        large, small = by_size(files)
        name = self._name([asked], ["by ticket", *(each.content for each in large)])
        known = self.remember(name, lambda: _with_groups(self._called(asked, large), asked.name))
        more = self._called(asked, small)
        found = {key: known.get(key, asked.name) for key in known.keys if CUT not in key}
        for key in more.keys:
            before, group = known.get(key, asked.name), key.split(CUT)[0]
            found[group] = found.get(group, 0) + (before + more.get(key, asked.name) == 1) - (before == 1)
        return Measured(list(found), {asked.name: list(found.values())})

    def of_others(self, measures: Sequence[Measure]) -> Measured:
        """Of tables other than calls; what no call changes."""
        return self.remember(self._name(measures, []), lambda: self.whole(measures))

    def _of(self, measures: Sequence[Measure], files: Sequence[Part]) -> Measured:
        with self._narrowed(files) as facts:
            return facts.measure_cut(measures, self.period, grain=self.grain, cut=self.cut)

    def _called(self, asked: Measure, files: Sequence[Part]) -> Measured:
        with self._narrowed(files) as facts:
            return facts.called_tickets(asked, self.period, grain=self.grain)

    def _narrowed(self, files: Sequence[Part]) -> FolderFacts:
        dataset = self.facts.dataset
        narrowed = _Narrowed(dataset, [dataset.home("calls") / each.path for each in files])
        return FolderFacts(narrowed, open_engine(self.facts.engine_name, narrowed))

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
    first = [each for each in unique if not cut and each.link == "resolved_first" and each.day == "done_date" and each.window == "period"]
    rest = [each for each in unique if each not in (*of_calls, *by_call, *others, *first)]
    pieces: list[Measured] = []
    if of_calls:
        pieces += asked.by_file(of_calls, [each for each in calls if each.month in period.months()])
    if by_call:
        pieces += asked.by_file(by_call, calls)
    until = max(period.months())  # what is called after it has no part in a ticket that was done
    pieces += [asked.first_contacts(each, [file for file in calls if file.month <= until]) for each in first]
    pieces += [asked.of_others(others)] if others else []
    pieces += [asked.whole(rest)] if rest else []
    added = _added([each.name for each in unique], pieces)
    return asked.whole(unique) if added is None else added


def by_size(files: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """The large files, and the small ones."""
    return [each for each in files if each.rows >= LARGE_ROWS], [each for each in files if each.rows < LARGE_ROWS]


def _with_groups(called: Measured, name: str) -> Measured:
    """The calls by ticket, and each group's tickets that have one."""
    groups: dict[str, int] = {}
    for key in called.keys:
        group = key.split(CUT)[0]
        groups[group] = groups.get(group, 0) + (called.get(key, name) == 1)
    return Measured([*called.keys, *groups], {name: [*called.columns[name], *groups.values()]})


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
