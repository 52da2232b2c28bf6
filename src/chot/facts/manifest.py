"""The manifest of a table's folder: which Parquet files are the table. Replacing it is the commit."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from chot.core.errors import InputError, Problem

FILE = "_manifest.json"
APPLICATION = "application"
"""The origin of files that hold rows of the application's database; files of imports and of the command line have none."""

VERSION = 1
"""Raised when stored columns change: files of another version are taken in afresh."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One Parquet file of the table: its path in the table's folder, its month, rows, size and SHA-256.

    ``content`` is the hash of its rows (see ``content.content_of``), the same however they are written.
    ``origin`` says whose rows they are: ``APPLICATION``, or empty. A month may have several files of either.
    """

    path: str
    month: str
    rows: int
    bytes: int
    sha256: str
    content: str
    origin: str = ""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """``files`` are the table today; ``frozen`` are files of closed months that stay, though today's differ."""

    table: str
    timezone: str
    generation: int = 0
    files: tuple[Part, ...] = ()
    frozen: tuple[Part, ...] = ()


def read(folder: Path) -> Manifest | None:
    """The manifest of a table's folder; None when it has none.

    Raises ``InputError`` when it is damaged or of a version that this program does not know.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        loaded = json.loads(text)
        if loaded.pop("version") != VERSION:
            raise InputError(Problem(file=str(path), what="this table was written by another version of Chốt", fix="Import it again."))
        for name in ("files", "frozen"):
            loaded[name] = tuple(Part(**part) for part in loaded[name])
        return Manifest(**loaded)
    except (ValueError, TypeError, KeyError, AttributeError):
        fix = "Restore it, or delete it: then every Parquet file of the folder is read and checked."
        raise InputError(Problem(file=str(path), what="this manifest is damaged", fix=fix)) from None


def write(folder: Path, manifest: Manifest) -> None:
    """Make ``manifest`` the truth about ``folder``, at once and durably."""
    body = {"version": VERSION, **asdict(manifest)}
    replace_file(folder / FILE, json.dumps(body, indent=1, ensure_ascii=False) + "\n")


def vouching(folder: Path, *, zone: str) -> Manifest | None:
    """The manifest when it vouches for the files of the table; None when they must be taken in afresh.

    Raises ``InputError`` when a listed file is missing or has another size.
    """
    manifest = read(folder)
    if manifest is None or manifest.timezone != zone:
        return None
    problems = [problem for part in manifest.files if (problem := _problem(folder, part))]
    if problems:
        raise InputError(problems)
    return manifest


def _problem(folder: Path, part: Part) -> Problem | None:
    path = folder / part.path
    try:
        size = path.stat().st_size
    except OSError:
        return Problem(file=str(path), what="the manifest lists this file, but it is not there", fix="Restore it from a backup.")
    if size != part.bytes:
        return Problem(file=str(path), what=f"has {size} bytes where the manifest says {part.bytes}", fix="Restore it from a backup.")
    return None


def describe(folder: Path, path: Path, *, month: str, rows: int, content: str, origin: str = "") -> Part:
    """The manifest entry of a finished file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Part(
        path=path.relative_to(folder).as_posix(), month=month, rows=rows, bytes=path.stat().st_size, sha256=digest, content=content,
        origin=origin,
    )  # fmt: skip


def intact(folder: Path, part: Part) -> bool:
    """Whether a file is there with the bytes that were written."""
    path = folder / part.path
    if not path.is_file():
        return False
    found = describe(folder, path, month=part.month, rows=part.rows, content=part.content)
    return found.sha256 == part.sha256


def replace_file(path: Path, text: str) -> None:
    """Write ``text`` so that ``path`` holds the old or the new text whole at every instant, also after a crash."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Force a finished file to the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Force the names in ``folder`` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
