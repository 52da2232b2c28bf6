"""The encoding of a text file is told from its bytes, and what is not Unicode at all is named."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.facts.encodings import KNOWN, Guess, decode_head, detect

SENTENCE = "Mã đơn;Nhân viên;Trạng thái\nDH01;Nguyễn Thị Ánh;Đã hủy\nDH02;Trần Văn Đức;Hoàn hàng\n"
TONES = "\u0300\u0301\u0303\u0309\u0323"
TCVN3 = {
    "ã": 0xA9, "đ": 0xAE, "ơ": 0xAC, "â": 0xA9, "ạ": 0xB9, "á": 0xB8, "ễ": 0xD4,
    "ị": 0xDE, "ầ": 0xC7, "ă": 0xA8, "ứ": 0xF8, "à": 0xB5, "ủ": 0xF1,
}  # fmt: skip


def in_1258(text: str) -> bytes:
    """Windows-1258 as Windows writes it: the tone as a mark of its own after the letter."""
    parts = []
    for letter in text:
        try:
            parts.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", letter)
            base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
            parts.append((base + "".join(mark for mark in marks if mark in TONES)).encode("cp1258"))
    return b"".join(parts)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (SENTENCE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + SENTENCE.encode(), "utf-8"),
        (b"plain;ascii\n", "utf-8"),
        (SENTENCE.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + SENTENCE.encode("utf-16-be"), "utf-16"),
        (SENTENCE.encode("utf-16-le"), "utf-16-le"),
        (SENTENCE.encode("utf-16-be"), "utf-16-be"),
        (in_1258(SENTENCE), "windows-1258"),
    ],
)
def test_the_text_reads_back_in_nfc(data: bytes, encoding: str) -> None:
    guess = detect(data)
    assert guess.encoding == encoding
    assert decode_head(data, guess) == SENTENCE or data.startswith(b"plain")


def test_a_head_that_ends_inside_a_character_is_still_utf8() -> None:
    assert detect("Đơn".encode()[:-1]).encoding == "utf-8"


def test_a_few_broken_bytes_leave_it_utf8_and_say_so() -> None:
    guess = detect(SENTENCE.encode() + b"\xff\n")
    assert (guess.encoding, guess.sure) == ("utf-8", False)
    assert "rejected" in guess.note


def test_old_fonts_are_named_and_not_read() -> None:
    tcvn3 = bytes(TCVN3.get(letter, ord(letter) if ord(letter) < 128 else 0xB5) for letter in SENTENCE.lower())
    assert detect(tcvn3) == Guess(encoding="", note="the file is in TCVN3 (an ABC font such as .VnTime), not in Unicode", sure=False)
    vni = "Maõ ñôn;Nhaân vieân;Traïng thaùi\nDH01;Nguyeãn Thò AÙnh;Ñaõ huûy\n".encode("cp1252")
    assert detect(vni) == Guess(encoding="", note="the file is in VNI (a font such as VNI-Times), not in Unicode", sure=False)


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    guess = detect(data)
    assert guess.encoding in ("", *KNOWN)
    assert isinstance(decode_head(data, guess), str)


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_utf8_is_recognised(text: str) -> None:
    assert detect(text.encode()).encoding == "utf-8" or "\0" in text
