"""``chot backup`` and ``chot restore``: the database and the data folder as one file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from chot.cli.serving import VarOption, embedded
from chot.core.errors import InputError, Problem, UsageError

_DUMP, _DATA = "database.dump", "data"


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write, as chot-2026-11-22.tar.gz.")],
    var: VarOption = Path("var"),
) -> None:
    """Everything of an installation in one file, while it runs; the file appears whole or not at all."""
    if not file.absolute().parent.is_dir():
        raise UsageError(f"the folder of {file} does not exist")
    if not var.is_dir():
        raise InputError(Problem(file=str(var), what="there is no installation in this folder", fix="Name its folder with --var DIR"))
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with embedded(var) as address, tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
            dump = Path(folder) / _DUMP
            with _at_rest(var / _DATA) as scratch:  # so that the facts are those of this database, and what waits is moved later
                _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}", address)
                with tarfile.open(temporary, "w:gz", compresslevel=3) as archive:
                    archive.add(dump, _DUMP)
                    _add_data(archive, var / _DATA, scratch)  # after the database: whatever it speaks of is in the folder already
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    print(f"{file}: {file.stat().st_size:,} bytes", file=sys.stderr)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that chot backup wrote.")],
    var: VarOption = Path("var"),
    force: Annotated[bool, typer.Option("--force", help="Replace what is there; the facts stay beside as data.replaced.")] = False,
) -> None:
    """An installation back from a backup, into an empty folder or, with --force, over another one."""
    from chot.config.database import holds_tables

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _unpack(file, folder)
        data = var / _DATA
        if data.exists() and any(data.iterdir()) and not force:
            raise UsageError(f"{var} holds an installation. Name an empty folder with --var, or replace it with --force")
        var.mkdir(parents=True, exist_ok=True)
        with embedded(var) as address:
            if not force and holds_tables(address):
                raise UsageError("the database holds tables already. Name an empty one in DATABASE_URL, or replace it with --force")
            clean = ["--clean", "--if-exists"]
            _run("pg_restore", "--single-transaction", "--no-owner", "--no-privileges", *clean, f"--dbname={address}", str(folder / _DUMP))
        if data.exists():
            shutil.rmtree(var / "data.replaced", ignore_errors=True)
            data.rename(var / "data.replaced")
        (folder / _DATA).mkdir(exist_ok=True)
        shutil.copytree(folder / _DATA, var / ".data.new", dirs_exist_ok=True)
        (var / ".data.new").rename(data)
    print(f"restored into {var}; start it with: chot up --var {var}", file=sys.stderr)


@contextmanager
def _at_rest(data: Path) -> Iterator[Path | None]:
    """The data folder while nobody writes facts; yields the scratch folder in it that is none of its content."""
    if not data.is_dir():
        yield None
        return
    from chot.facts.store import writing

    with writing(data) as scratch:
        yield scratch


def _add_data(archive: tarfile.TarFile, data: Path, scratch: Path | None) -> None:
    if scratch is None:
        return
    from chot.facts import held

    hidden = {scratch.resolve(), (data / held.FOLDER).resolve()}
    archive.add(data, _DATA, filter=lambda each: None if (data / Path(each.name).relative_to(_DATA)).resolve() in hidden else each)


def _unpack(file: Path, folder: Path) -> None:
    if not file.is_file():
        raise InputError(Problem(file=str(file), what="there is no such file"))
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        raise InputError(Problem(file=str(file), what="is no backup of Chốt, or is damaged")) from None
    if not (folder / _DUMP).is_file():
        raise InputError(Problem(file=str(file), what="is no backup of Chốt: it holds no database"))


def _run(program: str, *arguments: str) -> None:
    from chot.facts.engines.postgres import program_path

    done = subprocess.run([program_path(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(Problem(file=program, what=done.stderr.strip() or f"failed with code {done.returncode}"))
