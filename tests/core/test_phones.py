"""Telephone numbers become E.164 or stay what they are; the shortcut for columns is no other opinion."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.core.phones import PLAIN, calling_code, e164, number_id


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("0912345678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("+84912345678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("912345678", "+84912345678"),  # a spreadsheet took the zero
        ("+84 (0)91 234.56-78", "+84912345678"),
        ("02473001003", "+842473001003"),
        ("19001001", "+8419001001"),
        ("006569001234", "+6569001234"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_numbers_in_every_spelling(written: str, full: str) -> None:
    assert e164(written) == full
    assert number_id(written) == full


@pytest.mark.parametrize("written", ["", "113", "1001", "anonymous", "sip:an@example.com", "12345678901234567890", "0912345678x"])
def test_what_is_no_subscriber_number(written: str) -> None:
    assert e164(written) is None


def test_what_cannot_be_read_keeps_its_digits() -> None:
    assert number_id("ext 1001") == "1001"
    assert number_id("anonymous") == ""


def test_another_region_reads_its_own_national_numbers() -> None:
    assert e164("69001234", region="SG") == "+6569001234"
    assert calling_code("SG") == 65


@given(st.from_regex(PLAIN["VN"], fullmatch=True).filter(str.isascii))
def test_the_shortcut_for_columns_gives_the_same(written: str) -> None:
    match = re.fullmatch(PLAIN["VN"], written)
    assert match is not None
    assert f"+{calling_code('VN')}{match['rest']}" == e164(written)


@given(st.text(max_size=40))
def test_any_text_gives_e164_digits_or_nothing(written: str) -> None:
    assert re.fullmatch(r"\+[1-9][0-9]{5,15}|[0-9]*", number_id(written))
