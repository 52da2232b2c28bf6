"""Which encoding a text file is in: BOMs, UTF-8, UTF-16, Windows-1258; old Vietnamese fonts are named and refused."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from chot.core.text import normal

KNOWN = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1258": "cp1258",
    "windows-1252": "cp1252",
}
"""What a mapping may write under ``encoding``, and the codec that reads it."""

CONVERT = "Open it with that font, convert it to Unicode (UniKey: Ctrl+Shift+F6) and save it as UTF-8."

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
# Windows-1258 has signs here (¸ ® µ ¶ …), which no word holds; TCVN3 has á đ à ả … .
_TCVN3 = re.compile(rb"[A-Za-z][\xa8-\xae\xb5-\xb9\xbb-\xbe]|[\xa8-\xae\xb5-\xb9\xbb-\xbe][A-Za-z]")
# Letters that Vietnamese in Windows-1258 does not have; VNI has đ, ư and its tone marks here.
_VNI = re.compile(rb"[\xc4\xc5\xcb\xce-\xcf\xd1\xd6\xd8\xdb\xdc\xe4-\xe5\xeb\xee-\xef\xf1\xf6\xf8\xfb\xfc]")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """The encoding of a file by its spelling in ``KNOWN`` (empty when it cannot be read), and a note for the user."""

    encoding: str
    note: str = ""
    sure: bool = True

    @property
    def codec(self) -> str:
        """The codec's name for ``open`` and ``decode``."""
        return KNOWN[self.encoding]


def detect(head: bytes) -> Guess:
    """The encoding that the first bytes of a text file are in; never an error.

    >>> detect("Đơn hàng".encode()).encoding, detect("Đơn hàng".encode("utf-16")).encoding
    ('utf-8', 'utf-16')
    >>> import unicodedata
    >>> detect(unicodedata.normalize("NFD", "Hủy").encode("cp1258")).encoding
    'windows-1258'
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Guess(encoding=name)
    wide = _wide(head)
    if wide:
        return Guess(encoding=wide, note="UTF-16 without a byte order mark")
    if _is_utf8(head):
        return Guess(encoding="utf-8")
    good, high = len(_MULTIBYTE.findall(head)), len(_HIGH.findall(head))
    if good * 4 > high:  # most of it is UTF-8: the lines that are not will be rejected one by one
        return Guess(encoding="utf-8", note="some bytes are not UTF-8; rows that hold them are rejected", sure=False)
    return _single_byte(head, high)


def decode_head(head: bytes, guess: Guess) -> str:
    """The first bytes as text in NFC, for looking at; bytes that cannot be decoded become U+FFFD."""
    text = codecs.getincrementaldecoder(guess.codec if guess.encoding else "cp1258")("replace").decode(head)
    return normal(text.removeprefix("\ufeff"))


def _single_byte(head: bytes, high: int) -> Guess:
    if len(_TCVN3.findall(head)) * 8 > high and b"\xae" in head:  # 0xAE is đ, which no Vietnamese text lacks
        return Guess(encoding="", note="the file is in TCVN3 (an ABC font such as .VnTime), not in Unicode", sure=False)
    if len(_VNI.findall(head)) * 4 > high and (b"\xf1" in head or b"\xd1" in head):
        return Guess(encoding="", note="the file is in VNI (a font such as VNI-Times), not in Unicode", sure=False)
    return Guess(encoding="windows-1258", note="neither UTF-8 nor UTF-16: read as Windows-1258")


def _wide(head: bytes) -> str:
    """UTF-16 without a BOM: nearly every second byte of a table's punctuation and digits is zero."""
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    even, odd = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd * 10 > pairs * 4 and even * 20 < pairs:
        return "utf-16-le"
    return "utf-16-be" if even * 10 > pairs * 4 and odd * 20 < pairs else ""


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
