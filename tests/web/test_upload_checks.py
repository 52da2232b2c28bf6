"""Hostile files, made here, are refused in words before anything opens them."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from chot.core.errors import InputError
from chot.people import upload_checks
from chot.people.upload_checks import sniff


def _book() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Mã NV", "Họ tên"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _with(name: str | zipfile.ZipInfo, content: bytes) -> bytes:
    whole = io.BytesIO(_book())
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return whole.getvalue()


def _link() -> bytes:
    entry = zipfile.ZipInfo("xl/worksheets/sheet9.xml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _with(entry, b"/etc/passwd")


def _encrypted() -> bytes:
    content = bytearray(_book())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + flags
        struct.pack_into("<H", content, place, struct.unpack_from("<H", content, place)[0] | 1)
    return bytes(content)


def _many() -> bytes:
    whole = io.BytesIO(_book())
    with zipfile.ZipFile(whole, "a") as archive:
        for number in range(5_001):
            archive.writestr(f"xl/media/{number}", b"")
    return whole.getvalue()


def _overlapping() -> bytes:
    """A second directory entry that points at the bytes of the first, as the bombs that share one kernel do."""
    whole = io.BytesIO(_book())
    with zipfile.ZipFile(whole, "a") as archive:
        first = max(archive.infolist(), key=lambda each: each.compress_size)
        for number in range(200):
            entry = zipfile.ZipInfo(f"xl/media/{number}")
            entry.header_offset, entry.compress_size, entry.file_size = first.header_offset, first.compress_size, first.file_size
            entry.CRC = first.CRC
            archive.filelist.append(entry)
        archive._didModify = True  # type: ignore[attr-defined]
    return whole.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "ratio": (lambda: _with("xl/worksheets/big.xml", b"\0" * 60_000_000), "unpacks to more"),
    "members": (_many, "unpacks to more"),
    "overlap": (_overlapping, "unpacks to more"),
    "macro": (lambda: _with("xl/vbaProject.bin", b"Sub Auto_Open()"), "macros"),
    "encrypted": (_encrypted, "password"),
    "encrypted package": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 3_000_000 + "EncryptedPackage".encode("utf-16-le"), "password"),
    "old workbook": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 900, "XLS"),
    "climbing": (lambda: _with("../../etc/cron.d/x", b"x"), "outside"),
    "absolute": (lambda: _with("/etc/x", b"x"), "outside"),
    "drive": (lambda: _with("C:\\x", b"x"), "outside"),
    "link": (_link, "outside"),
    "other archive": (lambda: _zip({"readme.txt": b"x"}), "no workbook"),
    "cut": (lambda: _book()[:900], "damaged"),
    "program": (lambda: b"\x7fELF" + b"\0" * 64, "ELF"),
    "bytes": (lambda: b"a,b\n\0\0\1", "no text"),
}


def _zip(parts: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return whole.getvalue()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    from django.utils import translation

    make, words = HOSTILE[kind]
    path = tmp_path / "received"
    path.write_bytes(make())
    with translation.override("en"), pytest.raises(InputError) as refused:
        sniff(path, "people.xlsx")
    assert words in refused.value.problems[0].what


def test_the_total_is_bounded_whatever_the_ratio(tmp_path: Path) -> None:
    path = tmp_path / "received"
    path.write_bytes(_book())
    upload_checks.check_workbook(path)
    with pytest.raises(InputError):
        upload_checks.check_workbook(path, most=100)


def test_the_bytes_say_what_a_file_is(tmp_path: Path) -> None:
    path = tmp_path / "received"
    path.write_bytes(_book())
    assert sniff(path, "people.csv") == ".xlsx"
    path.write_text("Mã NV;Họ tên\n1;Lan\n", encoding="utf-8")
    assert sniff(path, "people.xlsx") == ".csv"
