"""One cell as people and spreadsheets write it -> an exact value: numbers, money, scores, yes/no, ids.

Every parser takes a text or a spreadsheet's own type and returns an exact value, or raises ``CellError``
whose message is the reason, in one sentence. Nothing is guessed from a single cell: what one cell
cannot decide (``1.234``) is decided for its column and passed in.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from chot.core.money import decimal_text, round_half_away
from chot.core.text import did_you_mean, key, normal

DecimalMark = Literal["", ",", "."]
"""How a column writes decimals; empty = unknown, and then only cells that can be read one way are read."""

MONEY_UNITS = {"đồng": 1, "nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}
SCORE_UNITS = ("basis points", "percent", "ratio", "out of 10")

LARGEST = 10**15
"""No amount or count is larger; spreadsheets keep no more digits either."""

LONGEST = 64
"""Characters of a cell that can still be one number or one duration."""

_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\ufeff": None})
_WHOLE = r"(?P<whole>[0-9]{1,3}(?:(?P<mark>[%s '\u2019])[0-9]{3})(?:(?P=mark)[0-9]{3})*|[0-9]+)"
_SHAPES = {
    ",": re.compile(_WHOLE % "." + r"(?:,(?P<part>[0-9]+))?"),  # 1.234.567,5
    ".": re.compile(_WHOLE % "," + r"(?:\.(?P<part>[0-9]+))?|(?P<bare>\.[0-9]+)"),  # 1,234,567.5
}
_SCIENTIFIC = re.compile(r"-?[0-9](?:[.,][0-9]+)?E[+-]?[0-9]{1,2}", re.IGNORECASE)  # 8.49E+10
_CURRENCY = re.compile(r"(?:₫|vnđ|vnd|đồng|dong|đ|d)", re.IGNORECASE)
_K, _M, _B = 10**3, 10**6, 10**9
_SCALES = {"k": _K, "nghìn": _K, "nghin": _K, "ngàn": _K, "ngan": _K, "tr": _M, "triệu": _M, "trieu": _M, "tỷ": _B, "tỉ": _B, "ty": _B}
_SCALED = re.compile(rf"(?P<number>.*[0-9])\s*(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?P<rest>[0-9]{{1,3}})?")
_ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
_TRUE = frozenset({"true", "1", "yes", "y", "x", "co", "dung", "dat", "roi", "on", "t"})
_FALSE = frozenset({"false", "0", "no", "n", "khong", "sai", "khong_dat", "chua", "off", "f"})


class CellError(ValueError):
    """A cell cannot be read; the message says why, without the cell itself."""


def tidy(text: str) -> str:
    """The text in NFC without surrounding blanks of any kind.

    >>> tidy(" Hoa\\u0300n\\u00a0 ")
    'Hoàn'
    """
    if text.isascii():
        return text.strip()
    return normal(text.translate(_BLANKS).strip())


def is_empty(cell: object) -> bool:
    """Whether the cell holds nothing: None, blanks, or a spreadsheet's not-a-number."""
    if isinstance(cell, str):
        return not cell or not tidy(cell)
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def exact(cell: float) -> Fraction:
    """The number that a spreadsheet shows for a binary float: 15 significant digits, exactly.

    >>> exact(0.1 + 0.2), exact(1499999.9999999998)
    (Fraction(3, 10), Fraction(1500000, 1))
    """
    if not math.isfinite(cell):
        raise CellError("not a finite number")
    return Fraction(format(cell, ".15g"))


def number(cell: object, *, decimal: DecimalMark = "") -> Fraction:
    """The exact number in a cell; negative in brackets, with a leading or a trailing minus; % is a hundredth.

    >>> number("1.234,5", decimal=","), number("(1 234)"), number("12,5 %")
    (Fraction(2469, 2), Fraction(-1234, 1), Fraction(1, 8))
    >>> number("1.234")
    Traceback (most recent call last):
    chot.facts.written.CellError: it can be read as 1234 or as 1.234; say in the mapping which mark is the decimal one (decimal)
    """
    if isinstance(cell, str):
        if cell.isascii() and cell.isdigit() and len(cell) <= LONGEST:
            return _bounded(Fraction(int(cell)))
        return _bounded(_number(cell, decimal))
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal | Fraction):
        raise CellError(f"not a number but {kind(cell)}")
    if isinstance(cell, Decimal) and not (cell.is_finite() and abs(cell.adjusted()) < LONGEST):
        raise CellError("not a finite number")
    return _bounded(exact(cell) if isinstance(cell, float) else Fraction(cell))


def whole(cell: object, *, decimal: DecimalMark = "") -> int:
    """A whole number; 3.0 is one, 3.5 is not."""
    value = number(cell, decimal=decimal)
    if value.denominator != 1:
        raise CellError("not a whole number")
    return value.numerator


def money(cell: object, *, decimal: DecimalMark = "", unit: str = "") -> int:
    """Whole đồng, with or without a currency sign; a cell's own nghìn, triệu or tỷ goes before ``unit``.

    >>> money("1.234.567 ₫"), money("1,5 triệu"), money("1tr250", decimal=","), money("-2 tỷ"), money(12.5, unit="triệu")
    (1234567, 1500000, 1250000, -2000000000, 12500000)
    """
    factor = MONEY_UNITS[unit or "đồng"]
    if isinstance(cell, str):
        value, scaled = _amount(cell, decimal)
        value = value if scaled else _bounded(value * factor)
    else:
        value = _bounded(number(cell, decimal=decimal) * factor)
    if value.denominator != 1:
        raise CellError("a fraction of a đồng; money is whole đồng")
    return value.numerator


def basis_points(cell: object, *, decimal: DecimalMark = "", unit: str = "") -> int:
    """A score in basis points (0 to 10000), rounded half away from zero; a % sign overrides ``unit``.

    >>> basis_points("85,5 %"), basis_points(0.855, unit="ratio"), basis_points("8,55", unit="out of 10")
    (8550, 8550, 8550)
    """
    value = number(cell, decimal=decimal)
    if isinstance(cell, str) and "%" in cell:
        return round_half_away(value * 10_000)
    factor = {"": 1, "basis points": 1, "percent": 100, "ratio": 10_000, "out of 10": 1000}[unit]
    if not unit and value.denominator != 1:
        raise CellError("not whole basis points; say in the mapping what the score is out of (unit)")
    return round_half_away(value * factor)


def boolean(cell: object) -> bool:
    """Yes or no: true/false, 1/0, yes/no, có/không, x, đạt/không đạt.

    >>> boolean("Có"), boolean("Không"), boolean(0)
    (True, False, False)
    """
    if isinstance(cell, bool):
        return cell
    word = key(cell) if isinstance(cell, str) else str(cell)[:LONGEST]
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise CellError("neither yes nor no; write true or false, có or không, 1 or 0")


def text(cell: object) -> str:
    """The cell as text in NFC; a spreadsheet's whole number without its ``.0``."""
    if isinstance(cell, str):
        if not cell.isprintable():
            _refuse_unstorable(cell)
        return tidy(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | Decimal):
        if isinstance(cell, Decimal) and not cell.is_finite():
            raise CellError("not a finite number")
        return str(cell)
    if isinstance(cell, float):
        value = exact(cell)
        return str(value.numerator) if value.denominator == 1 else format(cell, ".15g")
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    raise CellError(f"not text but {kind(cell)}")


def identifier(cell: object, *, of_sheet: bool = False) -> str:
    """An id as text; refused where a spreadsheet has already lost digits of it (``of_sheet``: a cell of one).

    >>> identifier(84912345678.0), identifier(" NV01 ")
    ('84912345678', 'NV01')
    """
    found = text(cell)
    if found.startswith("#") and found.upper() in _ERRORS:
        raise CellError("an error of the spreadsheet's formula")
    if not isinstance(cell, str):
        if isinstance(cell, dt.date | dt.time | bool):
            raise CellError(f"not an id but {kind(cell)}; format the column as text and type it again")
        if (isinstance(cell, float) or (of_sheet and isinstance(cell, int))) and abs(cell) >= LARGEST:
            raise CellError("a spreadsheet keeps 15 digits of a number; format the column as text and take the ids from their source again")
    elif "e" in found.lower() and _SCIENTIFIC.fullmatch(found) and "+" in found:
        raise CellError("a spreadsheet has shortened this number; format the column as text and take the ids from their source again")
    return found


def choice(cell: object, *, choices: Mapping[str, str], targets: tuple[str, ...]) -> str:
    """The contract's word for a cell: by the mapping's ``choices`` (their keys folded), or the word itself."""
    found = text(cell)
    target = choices.get(found.casefold()) or (found if found in targets else None)
    if target is None:
        advice = did_you_mean(found, [*choices, *targets]).removesuffix("?")
        raise CellError(f"no value that the mapping or the contract knows. {advice}. Add it under values")
    return target


def kind(cell: object) -> str:
    """What a typed cell is, for a message."""
    kinds = {bool: "yes/no", dt.datetime: "a date and time", dt.date: "a date", dt.time: "a time of day", dt.timedelta: "a duration"}
    return kinds.get(type(cell), "a list or an object" if isinstance(cell, list | dict | tuple) else "something else")


@lru_cache(maxsize=4096)
def _number(raw: str, decimal: DecimalMark) -> Fraction:
    cleaned = tidy(raw)
    if len(cleaned) > LONGEST:
        raise CellError("not a number")
    if cleaned.upper() in _ERRORS:
        raise CellError("an error of the spreadsheet's formula")
    body, hundredth = (cleaned[:-1].rstrip(), 100) if cleaned.endswith("%") else (cleaned, 1)
    sign = 1
    if body.startswith("(") and body.endswith(")"):
        body, sign = body[1:-1].strip(), -1
    elif body[:1] in ("+", "-"):
        body, sign = body[1:].lstrip(), -1 if body[0] == "-" else 1
    elif body.endswith("-"):
        body, sign = body[:-1].rstrip(), -1
    marks: tuple[DecimalMark, ...] = (decimal,) if decimal else (",", ".")
    values = [value for value in (_reading(body, mark) for mark in marks) if value is not None]
    if not values:
        raise CellError(_not_a_number(body, decimal))
    if values[0] != values[-1]:
        shown = " or as ".join(map(decimal_text, values))
        raise CellError(f"it can be read as {shown}; say in the mapping which mark is the decimal one (decimal)")
    return sign * values[0] / hundredth


def _reading(body: str, mark: DecimalMark) -> Fraction | None:
    match = _SHAPES[mark].fullmatch(body)
    if not match:
        return None
    if mark == "." and match["bare"]:
        return Fraction("0" + match["bare"])
    digits = re.sub(r"[^0-9]", "", match["whole"])  # thousands marks out
    return Fraction(f"{digits}.{match['part'] or 0}")


def _not_a_number(body: str, decimal: DecimalMark) -> str:
    others: dict[DecimalMark, DecimalMark] = {",": ".", ".": ","}
    if decimal and _reading(body, others[decimal]) is not None:
        return f"not a number with {decimal!r} as the decimal mark (decimal)"
    return "not a number"


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > LARGEST:
        raise CellError("larger than 10^15")
    return value


@lru_cache(maxsize=4096)
def _amount(raw: str, decimal: DecimalMark) -> tuple[Fraction, bool]:
    """The amount, and whether the cell itself says nghìn, triệu or tỷ."""
    body = tidy(raw).lower()
    if len(body) > LONGEST:
        raise CellError("not an amount")
    if "%" in body:
        raise CellError("a percentage is no amount")
    if re.search(r"[$€£¥]|usd|eur", body):  # 12 USD
        raise CellError("an amount in another currency; give it in đồng")
    brackets = body.startswith("(") and body.endswith(")")
    body = body[1:-1].strip() if brackets else body
    body = re.sub(rf"^([+-]?)\s*{_CURRENCY.pattern}\s*(?=[0-9+-])", r"\1", body)  # ₫ 1.000
    body = re.sub(rf"(?<=[0-9)\skrunàaiêệyỷỉ])\s*{_CURRENCY.pattern}(?=-?$)", "", body).strip()  # 1.000đ, 2 triệu đồng
    scaled = _SCALED.fullmatch(body)
    value = _scaled(scaled["number"], scaled["scale"], scaled["rest"], decimal) if scaled else _number(body, decimal)
    return _bounded(-value if brackets else value), scaled is not None


def _scaled(head: str, scale: str, rest: str | None, decimal: DecimalMark) -> Fraction:
    if rest:  # 1tr5 is one and a half million
        return _number(f"{head.strip()}.{rest}", ".") * _SCALES[scale]
    try:
        value = _number(head, decimal)
    except CellError:
        value = _number(head, "")  # 1.5tr is clear whatever the column's mark is
    return value * _SCALES[scale]


def _refuse_unstorable(cell: str) -> None:
    if "\x00" in cell:
        raise CellError("holds a zero byte")
    try:
        cell.encode()
    except UnicodeEncodeError:
        raise CellError("holds half of a character") from None
