"""A data folder opened for reading: every table typed, every row left out named.

A table is ``calls.csv``, ``calls.parquet`` or a folder ``calls/`` of Parquet files. Files that our own
writer vouches for (its manifest, the same time zone) are handed on unread; everything else is taken in
afresh, as an import would.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import finalize

import pyarrow as pa
import pyarrow.parquet as pq

from chot.core import settings
from chot.core.errors import InputError, Problem
from chot.facts import locks, manifest, rejects
from chot.facts.columns import scan_columns
from chot.facts.intake import LINE, arrow_schema, conform, empty_rows, header_problems, header_warnings
from chot.facts.keys import one_per_key, without_overlaps
from chot.facts.manifest import Manifest
from chot.facts.readers.base import Reject
from chot.facts.records import first_record
from chot.facts.rejects import BadRow
from chot.kpi.schema import TABLES, Table

IN_MEMORY_ROWS = 2_000_000
"""Rows of one table that are kept in memory (about half a gigabyte of calls)."""

MOST_WARNINGS = 1000
"""Sentences about bad rows in ``Dataset.warnings``; one more says how many there are beyond."""


@dataclass
class Dataset:
    """The facts of one folder; ``rejects`` are the rows left out, and those of imports that wait for repair."""

    folder: Path
    timezone: str
    sources: dict[str, pa.Table | list[Path]] = field(default_factory=dict)
    rejects: list[BadRow] = field(default_factory=list)
    duplicates: dict[str, int] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    homes: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _scratch: Path | None = None
    _letting_go: list[Callable[[], object]] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """One sentence per ignored column and per row left out: file:line: column 'x' = value: reason."""
        said = [*self.notes, *(str(row) for row in self.rejects[:MOST_WARNINGS])]
        beyond = len(self.rejects) - MOST_WARNINGS
        return [*said, f"{beyond} more rows were left out: chot facts check --data {self.folder}"] if beyond > 0 else said

    def source(self, name: str) -> pa.Table | list[Path]:
        """The table ``name`` where it lies: in memory, or as Parquet files (none = no rows)."""
        return self.sources.get(name, [])

    def table(self, name: str) -> pa.Table:
        """The table ``name`` in memory, with the contract's columns and the derived ones."""
        source = self.source(name)
        if isinstance(source, pa.Table):
            return source
        schema = arrow_schema(TABLES[name])
        return pa.concat_tables([schema.empty_table(), *(pq.read_table(path, schema=schema, partitioning=None) for path in source)])

    def parquet(self, name: str) -> list[Path]:
        """The table ``name`` as Parquet files; rows in memory are written to a file that ``close`` removes."""
        source = self.source(name)
        if not isinstance(source, pa.Table):
            return source
        path = self.scratch() / f"{name}.parquet"
        if not path.exists():
            pq.write_table(source, path, compression="zstd")
        return [path]

    @property
    def stored(self) -> bool:
        """Whether every table is files of the store, of which a manifest says what is in them."""
        return set(self.sources) <= set(self.manifests)

    def home(self, name: str) -> Path:
        """The folder that the manifest of the table ``name`` speaks of."""
        return self.homes.get(name, self.folder / name)

    def scratch(self) -> Path:
        """A private folder, removed by ``close``."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="chot-"))
            self._letting_go.append(finalize(self, shutil.rmtree, self._scratch, ignore_errors=True))
        return self._scratch

    def hold(self) -> None:
        """Let no writer remove a file of this folder until ``close``."""
        lock = locks.reader(self.folder)
        if lock is not None:
            self._letting_go.append(finalize(self, os.close, lock))

    def close(self) -> None:
        """Let go of the folder, and remove what was written for this opening."""
        for let_go in self._letting_go:
            let_go()
        self._scratch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_folder(path: Path) -> Dataset:
    """The facts of a data folder, typed, one row per key.

    A missing table is empty; bad rows are left out and named in ``rejects`` and ``warnings``. Raises
    ``InputError`` with every problem when there is no such folder, a table has two entries, or a file
    cannot be that table at all (a required column is missing, no text, no Parquet).
    """
    if not path.is_dir():
        raise InputError(Problem(file=str(path), what="there is no such data folder", fix="Name a folder with --data DIR."))
    dataset = Dataset(folder=path, timezone=settings.load(path).timezone)
    dataset.hold()
    problems: list[Problem] = []
    for table in TABLES.values():
        earlier = len(dataset.rejects)
        try:
            _open_table(dataset, table)
        except InputError as error:
            problems.extend(error.problems)
        dataset.rejects[earlier:] = sorted(dataset.rejects[earlier:], key=lambda row: (row.file, row.line))
    if problems:
        dataset.close()
        raise InputError(problems)
    dataset.rejects.extend(rejects.pending(path))
    return dataset


def _open_table(dataset: Dataset, table: Table) -> None:
    entry = entry_of(dataset.folder, table.name)
    if entry is None:
        return
    if entry.suffix == ".csv":
        _keep(dataset, table, entry, _csv_batches(dataset, table, entry))
        return
    if entry.is_dir():
        known = manifest.vouching(entry, zone=dataset.timezone)
        if known is not None:
            dataset.manifests[table.name] = known
            dataset.sources[table.name] = [entry / part.path for part in known.files]
            return
    _keep(dataset, table, entry, _parquet_batches(dataset, table, entry))


def entry_of(folder: Path, name: str) -> Path | None:
    """The one entry of ``folder`` that holds the table ``name``; None when there is none.

    Raises ``InputError`` when there are two.
    """
    candidates = [folder / f"{name}.csv", folder / f"{name}.parquet", folder / name]
    found = [each for each in candidates if (each.is_dir() if each.name == name else each.is_file())]
    if len(found) > 1:
        names = " and ".join(each.name for each in found)
        fix = "Keep one of them; chot facts import adds the rows of one to the other."
        raise InputError(Problem(file=str(folder), field=name, what=f"the table stands twice, as {names}", fix=fix))
    return found[0] if found else None


def _keep(dataset: Dataset, table: Table, entry: Path, batches: Iterator[pa.Table]) -> None:
    """One row per key, in memory; tables too large for that go to files in the scratch folder."""
    held = [empty_rows(table, LINE)]
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) > IN_MEMORY_ROWS:
            _spill(dataset, table, entry, chain(held, batches))
            return
    unique = one_per_key(table, pa.concat_tables(held))
    rows, overlaps = without_overlaps(table, unique.rows)
    _leave_out(dataset, _label(dataset.folder, entry), [*unique.rejects, *overlaps])
    dataset.duplicates[table.name] = unique.duplicates
    dataset.sources[table.name] = rows.drop_columns([LINE]).combine_chunks()


def _spill(dataset: Dataset, table: Table, entry: Path, batches: Iterable[pa.Table]) -> None:
    """Let a table that does not fit in memory become a stored one, for as long as the dataset is open."""
    from chot.facts.spilling import spill

    home = dataset.scratch() / "spilled"
    spilled = spill(home, table, batches, zone=dataset.timezone)
    _leave_out(dataset, _label(dataset.folder, entry), spilled.rejects)
    dataset.duplicates[table.name] = spilled.duplicates
    dataset.manifests[table.name] = spilled.manifest
    dataset.homes[table.name] = home / table.name
    dataset.sources[table.name] = [home / table.name / part.path for part in spilled.manifest.files]


def _leave_out(dataset: Dataset, file: str, found: Iterable[Reject]) -> None:
    dataset.rejects.extend(
        BadRow(file=file, line=each.line, column=each.column, value=each.value, reason=each.reason) for each in found
    )


def _label(folder: Path, path: Path) -> str:
    return str(path.relative_to(folder))


def _csv_batches(dataset: Dataset, table: Table, path: Path) -> Iterator[pa.Table]:
    label = _label(dataset.folder, path)
    _refuse_wide_text(path)
    header, _, after = first_record(path)
    if not header:
        return
    names = [name.strip() for name in header]
    _check_header(dataset, table, names, path)
    for batch in scan_columns(path, width=len(names), start_line=after):
        _leave_out(dataset, label, batch.rejects)
        cells = {name: batch.table.column(at) for at, name in enumerate(names)}
        rows, bad = conform(table, cells, batch.lines, zone=dataset.timezone)
        _leave_out(dataset, label, bad)
        yield rows


def _check_header(dataset: Dataset, table: Table, names: list[str], path: Path) -> None:
    problems = header_problems(table, names, str(path))
    if problems:
        if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
            fix = f"Import it: chot facts import FILE --table {table.name} --data {dataset.folder}"
            problems = [Problem(file=str(path), line=1, what="the cells are not separated by commas", fix=fix)]
        raise InputError(problems)
    dataset.notes.extend(header_warnings(table, names, _label(dataset.folder, path)))


def _refuse_wide_text(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(4)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or (len(head) == 4 and head.count(0) >= 2):
        fix = f"Move it out of the folder and read it with: chot facts import {path.name} --data {path.parent}"
        raise InputError(Problem(file=str(path), what="the file is UTF-16; a data folder holds UTF-8", fix=fix))


def _parquet_batches(dataset: Dataset, table: Table, entry: Path) -> Iterator[pa.Table]:
    for path in sorted(entry.rglob("*.parquet")) if entry.is_dir() else [entry]:
        label = _label(dataset.folder, path)
        try:
            with pq.ParquetFile(path) as file:
                names = file.schema_arrow.names
                _check_header(dataset, table, names, path)
                line = 1
                for batch in file.iter_batches(batch_size=131_072, columns=[name for name in table.names if name in names]):
                    cells = dict(zip(batch.schema.names, batch.columns, strict=True))
                    rows, bad = conform(table, cells, range(line, line + batch.num_rows), zone=dataset.timezone)
                    line += batch.num_rows
                    _leave_out(dataset, label, bad)
                    yield rows
        except (pa.ArrowException, OSError) as error:
            what = f"this is no readable Parquet file ({str(error).splitlines()[0][:120]})"
            raise InputError(Problem(file=str(path), what=what, fix="Export it again.")) from None
