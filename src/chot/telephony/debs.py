"""Debian packages unpacked by the standard library alone: no dpkg, no root."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from chot.core.errors import InputError, Problem

_HEADER = 60  # bytes of an ar member's header; name at 0, size at 48
_LEFT_OUT = ("/share/doc/", "/share/man/", "/share/locale/", "/share/lintian/", "/share/info/")


def unpack(packages: Iterable[Path], prefix: Path) -> list[str]:
    """Unpack the files of ``packages`` below ``prefix``; the paths that were written, sorted.

    Raises ``InputError`` when a file is no whole Debian package.
    """
    written: set[str] = set()
    prefix.mkdir(parents=True, exist_ok=True)
    for package in packages:
        try:
            written.update(_unpack_one(package, prefix))
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            fix = "Delete it and run the command again; it is fetched anew."
            raise InputError(Problem(file=str(package), what=f"this is no whole Debian package ({error})", fix=fix)) from None
    return sorted(written)


def _unpack_one(package: Path, prefix: Path) -> Iterator[str]:
    with tarfile.open(fileobj=io.BytesIO(_data(package.read_bytes())), mode="r:*") as archive:
        for member in archive:
            if not any(part in f"/{member.name}/" for part in _LEFT_OUT) and _write(archive, member, prefix):
                yield str(PurePosixPath(member.name))


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, prefix: Path) -> bool:
    """Write one file or link below ``prefix``; False for folders, devices and links to elsewhere.

    Python 3.11.3 and earlier have no extraction filter, so what may be written is decided here.
    """
    parts = PurePosixPath(member.name).parts
    if not parts:  # the package's root
        return False
    target = prefix.joinpath(*parts)
    if not target.parent.resolve().is_relative_to(prefix.resolve()) or ".." in parts:
        raise ValueError(f"{member.name} lies outside")
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        if member.linkname.startswith("/"):  # into /etc or /var: those folders are ours, elsewhere
            return False
        target.unlink(missing_ok=True)
        target.symlink_to(member.linkname)
        return True
    content = archive.extractfile(member) if member.isreg() or member.islnk() else None
    if content is None:
        return False
    target.unlink(missing_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)
    return True


def _data(package: bytes) -> bytes:
    """The member ``data.tar.*`` of an ar archive."""
    if package[:8] != b"!<arch>\n":
        raise ValueError("no ar archive")
    at = 8
    while at + _HEADER <= len(package):
        name = package[at : at + 16].decode("ascii").strip().rstrip("/")
        size = int(package[at + 48 : at + 58])
        at += _HEADER
        if name.startswith("data.tar"):
            if at + size > len(package):
                raise ValueError("cut short")
            return package[at : at + size]
        at += size + size % 2
    raise ValueError("no data.tar in it")
