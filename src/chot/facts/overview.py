"""A data folder at a glance: per table its rows, its days, what was left out, and agents that nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from chot.core.errors import Problem
from chot.facts import manifest
from chot.facts.engines.contract import Engine
from chot.facts.engines.registry import open_engine
from chot.facts.folder import Dataset
from chot.facts.manifest import Part
from chot.facts.remembered import by_size
from chot.facts.row_sql import files
from chot.kpi.schema import TABLES


@dataclass(frozen=True, kw_only=True)
class TableView:
    """One table: rows kept, first and last local day, duplicates left out, rows by agent id without an agents row."""

    name: str
    rows: int
    first: date | None = None
    last: date | None = None
    duplicates: int = 0
    orphans: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What some of a table's rows come to: how many, their days, and how many name each agent."""

    rows: int = 0
    first: date | None = None
    last: date | None = None
    agents: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Counted) -> Counted:
        days = [each for each in (self.first, self.last, other.first, other.last) if each]
        agents = Counter(self.agents)
        agents.update(other.agents)
        return Counted(rows=self.rows + other.rows, first=min(days, default=None), last=max(days, default=None), agents=agents)


Remember = Callable[[str, Callable[[], Counted]], Counted]
"""What is remembered under a name, else what the function counts."""


def overview(dataset: Dataset, remember: Remember = lambda _name, count: count()) -> list[TableView]:
    """Every table that has an entry, in the order of the contract; what files of the store hold may be remembered, by their content."""
    with closing(open_engine("duckdb", dataset)) as engine:
        look = _Look(dataset, engine, remember)
        known = {row[0] for row in engine.records(f"SELECT DISTINCT agent_id FROM {engine.table('agents')}")}
        return [_view(dataset, name, look.counted(name), known) for name in TABLES if name in dataset.sources]


@dataclass(frozen=True)
class _Look:
    """A folder, what reads it, and what is remembered of it."""

    dataset: Dataset
    engine: Engine
    remember: Remember

    def counted(self, name: str) -> Counted:
        """A whole table; of the store's, a large file is remembered by itself, so that a new row counts small files only."""
        if name not in self.dataset.manifests:
            return self._counted(name, self.engine.table(name))
        parts = self.dataset.manifests[name].files
        large, small = by_size(parts)
        return self._once(name, parts, lambda: self._once(name, large, lambda: self._read(name, large)) + self._read(name, small))

    def _once(self, name: str, parts: Sequence[Part], count: Callable[[], Counted]) -> Counted:
        contents = sha256(repr([name, *(part.content for part in parts)]).encode()).hexdigest()[:32]
        return self.remember(f"overview:{contents}", count)

    def _read(self, name: str, parts: Sequence[Part]) -> Counted:
        paths = [self.dataset.home(name) / part.path for part in parts]
        return self._counted(name, files(paths)) if paths else Counted()

    def _counted(self, name: str, source: str) -> Counted:
        days = "min(local_date), max(local_date)" if TABLES[name].moment else "NULL, NULL"
        groups = self.engine.records(f"SELECT agent_id, count(*), {days} FROM {source} GROUP BY agent_id ORDER BY agent_id")
        of_days: Any = [day for _agent, _rows, *both in groups for day in both if day is not None]
        of_agents: Any = {agent: rows for agent, rows, *_both in groups if agent is not None}
        rows: Any = sum(group[1] for group in groups)
        return Counted(rows=rows, first=min(of_days, default=None), last=max(of_days, default=None), agents=of_agents)


def _view(dataset: Dataset, name: str, found: Counted, known: Container[object]) -> TableView:
    orphans = {agent: rows for agent, rows in sorted(found.agents.items()) if agent not in known} if name != "agents" else {}
    duplicates = dataset.duplicates.get(name, 0)
    return TableView(name=name, rows=found.rows, first=found.first, last=found.last, duplicates=duplicates, orphans=orphans)


def damaged(dataset: Dataset) -> Iterator[Problem]:
    """The stored files whose bytes are no longer those that were written."""
    for name, known in dataset.manifests.items():
        folder = dataset.home(name)
        for part in known.files:
            found = manifest.describe(folder, folder / part.path, month=part.month, rows=part.rows, content=part.content)
            if found.sha256 != part.sha256:
                fix = "Restore it from a backup, or import its sources again."
                yield Problem(file=str(folder / part.path), what="the file was changed after it was written", fix=fix)
