"""Rows of the application into the store: its row of a key wins over every other, and a key without a row is taken out.

The files of the application are marked (``Part.origin``): they hold exactly its rows. Files from imports lose the keys that
the application has, and keep everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.facts import layout, manifest, store
from chot.facts.content import canonical, content_of
from chot.facts.intake import arrow_schema
from chot.facts.key_index import Hashes, hashes_of, may_hold, write_index
from chot.facts.keys import key_of
from chot.facts.manifest import APPLICATION, Manifest, Part
from chot.facts.month_files import write_rows
from chot.kpi.schema import Table


def upsert(data: Path, table: Table, rows: pa.Table, keys: Sequence[str], staging: Path, *, zone: str) -> frozenset[str]:
    """Make ``rows`` (typed, one per key) all that the application has of ``keys``; the months whose rows changed.

    To be called by the one writer, with its staging folder (``store.writing``). The same again changes nothing.
    """
    if not keys:
        return frozenset()
    work = _Work(data, table, store.current(data, table.name, zone=zone), staging)
    work.find(pa.array(sorted(set(keys)), pa.string()))
    work.judge(rows.select(work.schema.names))
    if work.months:
        work.commit()
    return frozenset(work.months)


@dataclass
class _Work:
    """One table on its way from one generation to the next."""

    data: Path
    table: Table
    known: Manifest
    staging: Path
    months: set[str] = field(default_factory=set)
    found: dict[str, pa.Table] = field(default_factory=dict)  # path -> rows, of the files that hold a key
    gone: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    come: pa.Table | None = None
    keys: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))

    @property
    def folder(self) -> Path:
        return self.data / self.table.name

    @property
    def schema(self) -> pa.Schema:
        return arrow_schema(self.table)

    def find(self, keys: pa.Array) -> None:
        """The files that hold any of ``keys``, read."""
        wanted: Hashes = hashes_of(keys)
        self.keys = keys
        for part in self.known.files:
            if may_hold(self.folder, self.table, part, wanted):
                rows = pq.read_table(self.folder / part.path, schema=self.schema, partitioning=None)
                if pc.any(pc.is_in(key_of(self.table, rows), value_set=keys)).as_py():
                    self.found[part.path] = rows

    def judge(self, rows: pa.Table) -> None:
        """Which of ``rows`` are news, and which keys leave the files they are in."""
        same = self._same(rows)
        self.come = rows.filter(pc.invert(pc.is_in(key_of(self.table, rows), value_set=same))) if len(same) else rows
        self.gone = self.keys.filter(pc.invert(pc.is_in(self.keys, value_set=same)))
        self.months = set(self._months_of(self.come))
        for part in self.known.files:
            if part.path in self.found and pc.any(self.leaving(part)).as_py():
                self.months.add(part.month)

    def _same(self, rows: pa.Table) -> pa.Array:
        """The keys whose row lies in a file of the application as it is."""
        mine = [self.found[part.path] for part in self.known.files if part.path in self.found and part.origin == APPLICATION]
        if not mine:
            return pa.array([], pa.string())
        stored = pa.concat_tables(mine)
        places = pc.index_in(key_of(self.table, rows), value_set=key_of(self.table, stored))
        ours, theirs = rows.filter(pc.is_valid(places)), stored.take(pc.drop_null(places))
        equal = pa.array([True] * ours.num_rows, pa.bool_())
        for name in self.schema.names:
            a, b = ours.column(name), theirs.column(name)
            equal = pc.and_(equal, pc.or_(pc.fill_null(pc.equal(a, b), fill_value=False), pc.and_(pc.is_null(a), pc.is_null(b))))
        return pa.array(key_of(self.table, ours.filter(equal)).to_pylist(), pa.string())

    def leaving(self, part: Part) -> pa.ChunkedArray:
        """Which rows of a file that was found go: of an import's, all that the application has."""
        gone = self.gone if part.origin == APPLICATION else self.keys
        return pc.is_in(key_of(self.table, self.found[part.path]), value_set=gone)

    def _months_of(self, rows: pa.Table) -> list[str]:
        if not self.table.moment:
            return [""] if rows.num_rows else []
        return [str(each) for each in pc.unique(rows.column("period")).to_pylist()]

    def commit(self) -> None:
        """Write what changed, and name it in a new manifest."""
        store.begin(self.data, self.known)
        generation = self.known.generation + 1
        files = [part for part in self.known.files if part.month not in self.months]
        for month in sorted(self.months):
            files += _Month(self, month, generation).written()
        ordered = tuple(sorted(files, key=lambda part: (part.month, part.path)))
        manifest.write(self.folder, replace(self.known, generation=generation, files=ordered))


@dataclass
class _Month:
    """One month of the table in the new generation."""

    work: _Work
    month: str
    generation: int
    made: list[Part] = field(default_factory=list)

    def written(self) -> list[Part]:
        """The files of the month: those that stay, and those made now."""
        work, here = self.work, [part for part in self.work.known.files if part.month == self.month]
        full = layout.full_size(sum(part.rows for part in here))
        stay, pool = [], [self._come()]
        for part in here:
            rows = work.found.get(part.path)
            if rows is None or not pc.any(work.leaving(part)).as_py():
                stay.append(part)
                continue
            rest = rows.filter(pc.invert(work.leaving(part)))
            if part.origin == APPLICATION and part.rows < full:
                pool.append(rest)
            else:
                self._write(layout.chunks(rest, full), part.origin)
        joined = layout.joining([part for part in stay if part.origin == APPLICATION], full)
        pool += [pq.read_table(work.folder / part.path, schema=work.schema, partitioning=None) for part in joined]
        self._write(layout.chunks(pa.concat_tables(pool), full), APPLICATION)
        return [*(part for part in stay if part not in joined), *self.made]

    def _come(self) -> pa.Table:
        rows = self.work.come
        assert rows is not None
        return rows.filter(pc.equal(rows.column("period"), self.month)) if self.work.table.moment else rows

    def _write(self, pieces: Iterable[pa.Table], origin: str) -> None:
        for rows in pieces:
            if rows.num_rows:
                self.made.append(self._write_file(canonical(self.work.table, rows), origin))

    def _write_file(self, rows: pa.Table, origin: str) -> Part:
        work = self.work
        temporary = work.staging / f"{self.month}-{work.table.name}-{self.generation:06d}-{len(self.made):02d}.parquet"
        write_rows(work.table, rows, temporary)
        final = store.home(work.folder, self.month) / temporary.name.removeprefix(f"{self.month}-")
        store.put(temporary, final)
        content = content_of(work.table, [rows])
        part = manifest.describe(work.folder, final, month=self.month, rows=rows.num_rows, content=content, origin=origin)
        write_index(work.folder, part, key_of(work.table, rows))
        return part
