"""The store: each table as Parquet files by business-local month, changed by one writer at a time.

    DIR/.lock, DIR/.readers                    held while a writer works, and while somebody reads
    DIR/.staging/                              what an import works on; worthless after it, swept by the next
    DIR/calls/_manifest.json                   which files are the table: replacing it is the commit
    DIR/calls/month=2026-10/calls-000007.parquet         from imports
    DIR/calls/month=2026-10/calls-000008-00.parquet      rows of the application (upserts.py), several files to a month

A file is written in the staging folder, forced to the disk, renamed into place and only then named by a new
manifest. A crash before that leaves the table as it was, a crash after it as it shall be. Files that no
manifest names any more are swept by the writer, or by the next one as long as somebody still reads them.

When a period is closed its months are protected: the files in force stay for good, unchanged. Facts that
arrive late are still taken in: the month gets a file of a later generation beside the frozen one, and the
difference becomes an adjustment of the next pay run.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.facts import locks, manifest
from chot.facts.key_index import SUFFIX, index_path
from chot.facts.manifest import APPLICATION, Manifest, Part
from chot.facts.merge import Merge
from chot.kpi.schema import TABLES

STAGING = ".staging"
PATIENCE_S = 10.0
"""How long a second writer waits for the first."""


@contextmanager
def writing(data: Path, *, patience_s: float = PATIENCE_S) -> Iterator[Path]:
    """Be the one writer of ``data`` (made when missing); yields an empty staging folder, removed at the end.

    Raises ``InputError`` when another writer holds the folder for longer than ``patience_s`` seconds, or
    when the folder cannot be written.
    """
    with locks.writer(data, patience_s=patience_s):
        staging = data / STAGING
        shutil.rmtree(staging, ignore_errors=True)
        _sweep(data)
        staging.mkdir()
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            _sweep(data)


def _own_file(table: str) -> re.Pattern[str]:
    return re.compile(rf"{table}-\d{{6,}}(-\d{{2,}})?\.parquet")  # calls-000007.parquet, calls-000008-00.parquet


def _sweep(data: Path) -> None:
    """Remove our files that no manifest names, of a killed writer or an earlier generation, unless somebody reads."""
    with locks.unread(data) as free:
        for name in TABLES if free else ():
            folder = data / name
            known = manifest.read(folder) if folder.is_dir() else None
            if known is None:
                continue
            named = {part.path for part in (*known.files, *known.frozen)}
            for path in folder.rglob("*.parquet"):
                if _own_file(name).fullmatch(path.name) and path.relative_to(folder).as_posix() not in named:
                    path.unlink()
            indexes = {index_path(folder, part) for part in known.files}
            for path in folder.rglob(f"*{SUFFIX}"):
                if path not in indexes:
                    path.unlink()


def current(data: Path, table: str, *, zone: str) -> Manifest:
    """The manifest of a table, empty when the table has no rows yet.

    Raises ``InputError`` when ``data`` holds the table in a form that is not ours to change, or when its
    days were worked out for another time zone.
    """
    for name in (f"{table}.csv", f"{table}.parquet"):
        if (data / name).exists():
            fix = f"Move it to another folder, then import it too: chot facts import {name} --table {table} --data {data}"
            raise InputError(Problem(file=str(data / name), what="the table is kept in a file that an import does not change", fix=fix))
    folder = data / table
    known = manifest.read(folder)
    if known is None:
        if folder.is_dir() and any(folder.rglob("*.parquet")):
            fix = f"Move the folder away and import its files into {data}."
            raise InputError(Problem(file=str(folder), what="these Parquet files were not written by chot facts import", fix=fix))
        return Manifest(table=table, timezone=zone)
    if known.timezone != zone:
        what = f"the stored rows have their days in {known.timezone}, not in {zone}"
        raise InputError(Problem(file=str(folder), what=what, fix="Set timezone in chot.yaml back, or import into a new folder."))
    return known


def stored_files(data: Path, known: Manifest) -> dict[str, list[Path]]:
    """The files of a table that came by imports, by month."""
    return _by_month(data, known, [part for part in known.files if part.origin != APPLICATION])


def ruling_files(data: Path, known: Manifest) -> dict[str, list[Path]]:
    """The files of a table that hold the application's rows, by month: no import changes them."""
    return _by_month(data, known, [part for part in known.files if part.origin == APPLICATION])


def _by_month(data: Path, known: Manifest, parts: Iterable[Part]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for part in parts:
        found.setdefault(part.month, []).append(data / known.table / part.path)
    return found


def commit(data: Path, known: Manifest, merge: Merge, staging: Path) -> None:
    """Make the merged rows the table: all of them, or (after a crash) none."""
    months = merge.changed_months()
    if not months:
        return
    folder = begin(data, known)
    generation = known.generation + 1
    parts = [part for month in months if (part := _write_month(folder, merge, month, generation, staging))]
    kept = [part for part in known.files if part.month not in months or part.origin == APPLICATION]
    files = tuple(sorted([*kept, *parts], key=lambda part: part.month))
    manifest.write(folder, replace(known, generation=generation, files=files))


def begin(data: Path, known: Manifest) -> Path:
    """The folder of a table, made with its manifest when it is new: from here on, files that it does not name are not the table."""
    folder = data / known.table
    if not (folder / manifest.FILE).exists():
        folder.mkdir(exist_ok=True)
        manifest.write(folder, known)
        manifest.sync_folder(data)
    return folder


def home(folder: Path, month: str) -> Path:
    """Where the files of a month lie in a table's folder, made when missing."""
    found = folder / f"month={month}" if month else folder
    found.mkdir(exist_ok=True)
    return found


def put(temporary: Path, final: Path) -> None:
    """A finished file to its place, durably."""
    manifest.sync_file(temporary)
    temporary.replace(final)
    manifest.sync_folder(final.parent)
    manifest.sync_folder(final.parent.parent)


def _write_month(folder: Path, merge: Merge, month: str, generation: int, staging: Path) -> Part | None:
    name = f"{merge.table.name}-{generation:06d}.parquet"
    temporary = staging / f"{month}-{name}"
    rows, content = merge.write(month, temporary)
    if not rows:
        return None
    final = home(folder, month) / name
    put(temporary, final)
    return manifest.describe(folder, final, month=month, rows=rows, content=content)


def set_aside(data: Path, known: Manifest, parts: Collection[Part], where: Path) -> None:
    """Take files out of the table, with a copy of what is left of them in ``where``. To be called by the one writer."""
    folder = data / known.table
    for part in parts:
        if (folder / part.path).is_file():
            shutil.copyfile(folder / part.path, where / Path(part.path).name)
    files = tuple(part for part in known.files if part not in parts)
    manifest.write(folder, replace(known, generation=known.generation + 1, files=files))


def protect(data: Path, months: Iterable[str]) -> None:
    """Keep the files that hold ``months`` (``YYYY-MM``) today, unchanged and for good; their period is closed."""
    wanted = {*months, ""}  # agents have no month: every closed period rests on them
    with writing(data):
        for name in TABLES:
            known = manifest.read(data / name)
            if known is None:
                continue
            new = [part for part in known.files if part.month in wanted and part not in known.frozen]
            if new:
                manifest.write(data / name, replace(known, frozen=(*known.frozen, *new)))


def protected(data: Path) -> list[str]:
    """The months with frozen files, in order."""
    found = [manifest.read(data / name) for name in TABLES]
    return sorted({part.month for known in found if known for part in known.frozen if part.month})
