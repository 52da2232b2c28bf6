"""Targets as people type and read them: 55.000.000, 37,5 %, 360; in English 55,000,000, 37.5 %, 360."""

from __future__ import annotations

import re
from fractions import Fraction

from chot.kpi.figure_words import number

_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,6})?")


class NoNumberError(ValueError):
    """A text that is no number."""


def shown(value: Fraction, unit: str, language: str) -> str:
    """A target as it may be typed again.

    >>> shown(Fraction(55_000_000), "vnd", "vi"), shown(Fraction(3, 8), "ratio", "vi"), shown(Fraction(17, 4), "score", "en")
    ('55.000.000', '37,5 %', '4.25')
    """
    return f"{number(value * 100, language, 4)} %" if unit == "ratio" else number(value, language, 4)


def typed(text: str, unit: str, language: str) -> Fraction:
    """The number that a text writes in the language; a ratio counts in per cent with and without the sign.

    >>> typed("55.000.000", "vnd", "vi"), typed("37,5", "ratio", "vi"), typed("37.5%", "ratio", "vi"), typed("4.25", "score", "en")
    (Fraction(55000000, 1), Fraction(3, 8), Fraction(3, 8), Fraction(17, 4))
    """
    bare = re.sub(r"[\s₫]", "", text)
    share = bare.endswith("%")
    bare = bare.removesuffix("%")
    group = "." if language == "vi" else ","
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+(?:[.,]\d+)?", bare):
        bare = bare.replace(group, "")
    bare = bare.replace(",", ".")
    if not _PLAIN.fullmatch(bare) or (share and unit != "ratio"):
        raise NoNumberError(text)
    return Fraction(bare) / (100 if unit == "ratio" else 1)
