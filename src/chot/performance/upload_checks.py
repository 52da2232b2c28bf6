"""What an uploaded file may be: told by its bytes and not by its name, small enough, and no archive that bursts."""

from __future__ import annotations

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem

LARGEST = 200_000_000
"""Bytes of one upload."""
_UNPACKED, _ENTRIES, _RATIO = 1_500_000_000, 5_000, 200
_SMALL = 20_000_000  # unpacked bytes below which any ratio is harmless
_SHEET = ("xl/workbook.xml", "xl/workbook.bin")
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
    for magic, kind in _NO_TABLES:
        if head.startswith(magic):
            what = _("this is a file of the kind %(kind)s, not a table") % {"kind": kind}
            raise InputError(Problem(field="file", what=what, fix=_("Save it as XLSX or CSV.")))
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem(field="file", what=_("this is no text and no workbook"), fix=_("Save it as XLSX or CSV.")))
    suffix = Path(name).suffix.lower()
    return suffix if suffix in _TEXT_SUFFIXES else ".csv"


def check_workbook(path: Path) -> None:
    """Raises ``InputError`` for an archive that is no workbook, or that unpacks to more than a workbook may hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise InputError(Problem(field="file", what=_("the workbook is damaged"), fix=_("Save it again and try once more."))) from None
    names = {entry.filename for entry in entries}
    if not names.intersection(_SHEET):
        raise InputError(Problem(field="file", what=_("this archive is no workbook"), fix=_("Save it as XLSX or CSV.")))
    unpacked, packed = sum(entry.file_size for entry in entries), max(path.stat().st_size, 1)
    if len(entries) > _ENTRIES or unpacked > _UNPACKED or (unpacked > _SMALL and unpacked > _RATIO * packed):
        raise InputError(Problem(field="file", what=_("the workbook unpacks to more than it may"), fix=_("Save the table as CSV.")))
