"""What an uploaded file may be: told by its bytes and not by its name, small enough, and no archive that bursts."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem

LARGEST = 200_000_000
"""Bytes of one upload."""
_UNPACKED, _ENTRIES, _RATIO = 1_500_000_000, 5_000, 200
_SMALL = 20_000_000  # unpacked bytes below which any ratio is harmless
_SHEET = ("xl/workbook.xml", "xl/workbook.bin")
_MACROS = ("vbaproject.bin", "vbadata.xml")
_ENCRYPTED = 0x1  # bit of an entry's flags
_OLE = b"\xd0\xcf\x11\xe0"
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".log", ".json", ".jsonl")
_NO_TABLES = (
    (b"%PDF", "PDF"), (b"\xd0\xcf\x11\xe0", "XLS"), (b"\x1f\x8b", "GZIP"), (b"\x7fELF", "ELF"), (b"MZ", "EXE"), (b"PAR1", "Parquet"),
    (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7Z"), (b"SQLite", "SQLite"),
)  # fmt: skip


def check_size(size: int) -> None:
    """Raises ``InputError`` for an empty file and for one that is too large."""
    if size == 0:
        raise InputError(Problem(field="file", what=_("the file is empty")))
    if size > LARGEST:
        raise InputError(Problem(field="file", what=_("the file is larger than 200 MB"), fix=_("Split it by month.")))


def sniff(path: Path, name: str) -> str:
    """The suffix that fits the file's content: ``.xlsx``, or that of a text.

    Raises ``InputError`` for anything but delimited text, a log, JSON Lines and a workbook.
    """
    with path.open("rb") as stream:
        head = stream.read(65_536)
    if head.startswith(b"PK"):
        check_workbook(path)
        return ".xlsx"
    if head.startswith(_OLE) and _holds(path, "EncryptedPackage".encode("utf-16-le")):
        raise InputError(Problem(field="file", what=_("the workbook has a password"), fix=_("Save it without a password.")))
    for magic, kind in _NO_TABLES:
        if head.startswith(magic):
            what = _("this is a file of the kind %(kind)s, not a table") % {"kind": kind}
            raise InputError(Problem(field="file", what=what, fix=_("Save it as XLSX or CSV.")))
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem(field="file", what=_("this is no text and no workbook"), fix=_("Save it as XLSX or CSV.")))
    suffix = Path(name).suffix.lower()
    return suffix if suffix in _TEXT_SUFFIXES else ".csv"


def _holds(path: Path, words: bytes) -> bool:
    """Whether a file holds some bytes; a directory of an old archive may stand anywhere in it."""
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(1_000_000):
            if words in tail + block:
                return True
            tail = block[-len(words) :]
    return False


def check_workbook(path: Path | BinaryIO, *, most: int = _UNPACKED) -> None:
    """Raises ``InputError`` for an archive that is no workbook, tricks its reader, or unpacks to more than ``most`` bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            packed = max(archive.start_dir, 1)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InputError(Problem(field="file", what=_("the workbook is damaged"), fix=_("Save it again and try once more."))) from None
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise InputError(Problem(field="file", what=_("the workbook has a password"), fix=_("Save it without a password.")))
    if not names.intersection(_SHEET):
        raise InputError(Problem(field="file", what=_("this archive is no workbook"), fix=_("Save it as XLSX or CSV.")))
    if any(name.lower().endswith(_MACROS) for name in names):
        raise InputError(Problem(field="file", what=_("the workbook holds macros"), fix=_("Save it as XLSX, without macros.")))
    if len(names) != len(entries) or any(_escapes(entry) for entry in entries):
        fix = _("Save the table as a new XLSX or CSV.")
        raise InputError(Problem(field="file", what=_("the workbook holds parts that lead outside of it"), fix=fix))
    if _bursts(entries, packed, most):
        raise InputError(Problem(field="file", what=_("the workbook unpacks to more than it may"), fix=_("Save the table as CSV.")))


def _escapes(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a link, or named so that it would be written elsewhere."""
    name = entry.filename.replace("\\", "/")
    return stat.S_ISLNK(entry.external_attr >> 16) or name.startswith("/") or ":" in name or ".." in name.split("/")


def _bursts(entries: list[zipfile.ZipInfo], packed: int, most: int) -> bool:
    """Whether the entries are too many, too large or too tightly packed, or share their bytes."""
    unpacked = sum(entry.file_size for entry in entries)
    shared = sum(entry.compress_size for entry in entries) > packed
    return shared or len(entries) > _ENTRIES or unpacked > most or (unpacked > _SMALL and unpacked > _RATIO * packed)
