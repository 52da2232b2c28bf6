"""The facts that a pay run rests on: named by their content, and written down when its period is closed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.core import settings
from chot.core.errors import InputError, Problem
from chot.facts import manifest
from chot.facts.content import canonical, content_of
from chot.facts.folder import Dataset
from chot.facts.intake import arrow_schema
from chot.facts.manifest import Manifest, Part
from chot.facts.month_files import write_rows
from chot.kpi.schema import TABLES, Table

Months = Mapping[str, Sequence[str] | None]
"""Table -> months (``YYYY-MM``); None = all of them. Tables that it does not name are left out; agents come whole."""

REMEMBERED = 512
"""Months of several files whose content is remembered: a live period asks for the same ones every few seconds."""

_contents: dict[tuple[str, ...], str] = {}


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One month of one table: its content, and its rows (in memory) or the stored files that hold them."""

    table: Table
    month: str
    count: int
    content: str
    rows: pa.Table | None = None
    parts: tuple[Part, ...] = ()


def fingerprint(dataset: Dataset, months: Months) -> str:
    """The hash (SHA-256, hexadecimal) of the facts of ``months``: equal facts have equal fingerprints, however they are kept."""
    return _fingerprint(dataset.timezone, _pieces(dataset, months))


def freeze(dataset: Dataset, where: Path, months: Months) -> str:
    """Write the facts of ``months`` into the new folder ``where``, durably; their fingerprint.

    ``open_folder(where)`` gives them back with the same fingerprint. Raises ``InputError`` when a stored
    file is not what its manifest says.
    """
    where.mkdir(parents=True)
    manifest.replace_file(where / settings.FILE, f"timezone: {dataset.timezone}\n")
    seen: list[_Piece] = []
    written: dict[str, list[Part]] = {}
    for piece in _pieces(dataset, months):
        seen.append(piece)
        written.setdefault(piece.table.name, []).append(_write(dataset, where, piece))
    for name, parts in written.items():
        manifest.write(where / name, Manifest(table=name, timezone=dataset.timezone, generation=1, files=tuple(parts)))
    manifest.sync_folder(where)
    return _fingerprint(dataset.timezone, seen)


def _fingerprint(zone: str, pieces: Iterator[_Piece] | Sequence[_Piece]) -> str:
    lines = [f"{piece.table.name} {piece.month} {piece.count} {piece.content}" for piece in pieces]
    return hashlib.sha256("\n".join([zone, *lines]).encode()).hexdigest()


def _pieces(dataset: Dataset, months: Months) -> Iterator[_Piece]:
    """The wanted months that have rows, in the order of the contract and of time."""
    wanted = {"agents": None, **months}
    for table in TABLES.values():
        if table.name not in wanted:
            continue
        chosen = wanted[table.name] if table.moment else None
        source = dataset.source(table.name)
        yield from _in_memory(table, source, chosen) if isinstance(source, pa.Table) else _stored(dataset, table, chosen)


def _stored(dataset: Dataset, table: Table, months: Sequence[str] | None) -> Iterator[_Piece]:
    known = dataset.manifests.get(table.name)
    parts = [part for part in known.files if part.rows and (months is None or part.month in months)] if known else []
    for month, group in groupby(sorted(parts, key=lambda part: part.month), key=lambda part: part.month):
        found = tuple(group)
        content = found[0].content if len(found) == 1 else _content_together(dataset, table, found)
        yield _Piece(table=table, month=month, count=sum(part.rows for part in found), content=content, parts=found)


def _content_together(dataset: Dataset, table: Table, parts: tuple[Part, ...]) -> str:
    name = (table.name, *(part.sha256 for part in parts))
    known = _contents.get(name)
    if known is None:
        known = content_of(table, [_together(dataset, table, parts)])
        while len(_contents) >= REMEMBERED:
            _contents.pop(next(iter(_contents)), None)
        _contents[name] = known
    return known


def _together(dataset: Dataset, table: Table, parts: tuple[Part, ...]) -> pa.Table:
    schema, home = arrow_schema(table), dataset.home(table.name)
    return canonical(table, pa.concat_tables([pq.read_table(home / part.path, schema=schema, partitioning=None) for part in parts]))


def _in_memory(table: Table, rows: pa.Table, months: Sequence[str] | None) -> Iterator[_Piece]:
    if not table.moment:
        names = [""] if rows.num_rows else []
    else:
        known = pc.unique(rows.column("period")).to_pylist()
        names = sorted(name for name in known if months is None or name in months)
    for name in names:
        of_month = rows.filter(pc.equal(rows.column("period"), name)) if table.moment else rows
        ordered = canonical(table, of_month)
        yield _Piece(table=table, month=name, count=ordered.num_rows, content=content_of(table, [ordered]), rows=ordered)


def _write(dataset: Dataset, where: Path, piece: _Piece) -> Part:
    name = piece.table.name
    folder = where / name
    home = folder / f"month={piece.month}" if piece.month else folder
    home.mkdir(parents=True)
    path = home / f"{name}-000001.parquet"
    for each in piece.parts:
        _verify(dataset.home(name), each)
    if len(piece.parts) == 1:
        shutil.copyfile(dataset.home(name) / piece.parts[0].path, path)
    else:
        rows = _together(dataset, piece.table, piece.parts) if piece.parts else piece.rows
        write_rows(piece.table, rows, path)
    manifest.sync_file(path)
    manifest.sync_folder(home)
    return manifest.describe(folder, path, month=piece.month, rows=piece.count, content=piece.content)


def _verify(home: Path, part: Part) -> None:
    found = manifest.describe(home, home / part.path, month=part.month, rows=part.rows, content=part.content)
    if found.sha256 != part.sha256:
        what = "the file was changed after it was written"
        raise InputError(Problem(file=str(home / part.path), what=what, fix="Restore it from a backup, or import its sources again."))
