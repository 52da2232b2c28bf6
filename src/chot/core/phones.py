"""Telephone numbers as people and switches write them -> E.164, the one form in which a number is an id."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import carrier

DEFAULT_REGION = "VN"

_DIALLED = re.compile(r"\+?[0-9]+")
_MARKS = re.compile(r"[\s().\-/\u00a0\u2011]+")  # what people put between groups of digits
_SHORTEST = 7
"""Fewer digits are an extension or a service code, never a subscriber's number."""

PLAIN = {"VN": r"(?:0|\+?84|0084)(?P<rest>[35789][0-9]{8}|2[0-9]{9})"}
"""By region, how nearly every caller's number is written; its group ``rest`` follows the calling code in E.164.

A shortcut for millions of rows at a time; the tests hold it equal to ``e164``.
"""


@lru_cache(maxsize=200_000)
def e164(text: str, *, region: str = DEFAULT_REGION) -> str | None:
    """The number in E.164, or None when it is no possible number of ``region`` or the world.

    Source: ITU-T E.164 through the metadata of libphonenumber.

    >>> e164("0912 345 678"), e164("+84 (0)912345678"), e164("006569001234"), e164("1001")
    ('+84912345678', '+84912345678', '+6569001234', None)
    """
    dialled = bare(text)
    if not _DIALLED.fullmatch(dialled) or not _SHORTEST <= len(dialled.lstrip("+")) <= 17:
        return None
    for candidate in _readings(dialled, region):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def number_id(text: str, *, region: str = DEFAULT_REGION) -> str:
    """The id of the customer behind a number: E.164, else its digits, else empty (a withheld number).

    >>> number_id("0912345678"), number_id("12-34"), number_id("anonymous")
    ('+84912345678', '1234', '')
    """
    return e164(text, region=region) or "".join(re.findall("[0-9]+", text))


def bare(text: str) -> str:
    """The number without the marks between its digits, and without a trunk zero in brackets.

    >>> bare("+84 (0) 912.345.678")
    '+84912345678'
    """
    return _MARKS.sub("", text.strip().replace("(0)", "") if text.lstrip().startswith(("+", "00")) else text.strip())


def calling_code(region: str) -> int:
    """The country's calling code, or 0 when the region is unknown.

    >>> calling_code("VN"), calling_code("XX")
    (84, 0)
    """
    return int(phonenumbers.country_code_for_region(region))


def _readings(dialled: str, region: str) -> list[str]:
    """The ways to read the digits, the likeliest first: carriers send a number with or without its plus."""
    if dialled.startswith("+"):
        return [dialled]
    if dialled.startswith("00"):
        return ["+" + dialled[2:]]
    code = str(calling_code(region))
    if code != "0" and dialled.startswith(code) and len(dialled) > 9 + len(code) - 1:
        return ["+" + dialled, dialled]
    return [dialled]


_OLD_MOBILE = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "186": "56", "188": "58", "199": "59", **{f"16{digit}": f"3{digit}" for digit in "23456789"},
}  # fmt: skip
_OLD = re.compile(r"\+84(1[0-9]{2})([0-9]{7})")


def current(text: str) -> str | None:
    """The number in E.164 as it is dialled today: an old mobile number of 11 digits becomes the one of 10 that replaced it.

    Source: the Ministry of Information and Communications' change of 15/09/2018; the last seven digits stayed.

    >>> current("0168 234 5678"), current("+841202345678"), current("0912345678")
    ('+84382345678', '+84702345678', '+84912345678')
    """
    found = e164(text)
    old = _OLD.fullmatch(found) if found else None
    return f"+84{_OLD_MOBILE[old[1]]}{old[2]}" if old and old[1] in _OLD_MOBILE else found


def operator_guess(number: str) -> str:
    """The carrier to whom the prefix of an E.164 number was given; a number may have moved since. Empty for a fixed line.

    >>> operator_guess("+84912345678"), operator_guess("+842412345678")
    ('Vinaphone', '')
    """
    try:
        return carrier.name_for_number(phonenumbers.parse(number), "en")
    except phonenumbers.NumberParseException:
        return ""


_SERVICE = re.compile(r"\+84(1[89]00[0-9]{4,6})")


def written_as(number: str, form: str) -> str:
    """A number as a carrier wants it: ``national``, ``bare`` (84…) or ``e164``; service numbers stay as people dial them.

    >>> written_as("0912345678", "bare"), written_as("+84912345678", "national"), written_as("+6569001234", "national")
    ('84912345678', '0912345678', '006569001234')
    >>> written_as("+841900123456", "bare"), written_as("113", "e164")
    ('1900123456', '113')
    """
    found = current(number)
    if found is None:
        return number
    if service := _SERVICE.fullmatch(found):
        return service[1]
    if form == "national":
        return national(found).replace("+", "00")
    return found if form == "e164" else found.removeprefix("+")


def national(number: str) -> str:
    """A number as people dial it within Vietnam; another country's stays as it is.

    >>> national("+84912345678"), national("+6569001234")
    ('0912345678', '+6569001234')
    """
    return f"0{number[3:]}" if number.startswith("+84") else number
