"""Debian packages unpacked by the standard library alone: no dpkg, no root."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from chot.core.errors import InputError, Problem

_HEADER = 60  # bytes of an ar member's header; name at 0, size at 48
_LEFT_OUT = ("/share/doc/", "/share/man/", "/share/locale/", "/share/lintian/", "/share/info/")


def unpack(packages: Iterable[Path], prefix: Path) -> list[str]:
    """Unpack the files of ``packages`` below ``prefix``; the paths that were written, sorted.

    Raises ``InputError`` when a file is no whole Debian package.
    """
    written: set[str] = set()
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
            if member.isdev() or any(part in f"/{member.name}/" for part in _LEFT_OUT):
                continue
            try:
                archive.extract(member, prefix, set_attrs=not member.isdir(), filter="data")
            except tarfile.AbsoluteLinkError:  # a link into /etc or /var: those folders are ours, elsewhere
                continue
            if member.isfile() or member.issym():
                yield member.name.removeprefix("./")


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
