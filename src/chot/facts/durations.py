"""A duration as people, phone systems and spreadsheets write it -> whole seconds."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from chot.core.money import round_half_away
from chot.facts.written import LONGEST, CellError, DecimalMark, number, tidy

UNITS = ("seconds", "minutes", "hours", "days", "ms", "mm:ss", "hh:mm", "hh:mm:ss")
"""What a mapping may write under ``unit`` of a duration; without one a number counts whole seconds."""

_CLOCK = re.compile(r"(?P<sign>-?)(?P<first>[0-9]{1,6}):(?P<second>[0-5]?[0-9])(?::(?P<third>[0-5]?[0-9])(?:[.,](?P<part>[0-9]{1,6}))?)?")
_WORDED = re.compile(  # 1 giờ 20 phút 5 giây, 2h05m, 3p20s
    r"(?:(?P<h>[0-9]{1,6})\s*(?:hours?|giờ|gio|h)\s*)?(?:(?P<m>[0-9]{1,6})\s*(?:minutes?|mins?|phút|phut|ph|p|m)\s*)?"
    r"(?:(?P<s>[0-9]{1,6})\s*(?:seconds?|secs?|giây|giay|s)\s*)?"
)
WHOLE_UNITS = {"": 1, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
"""Seconds in a unit (none: a number counts seconds)."""


def seconds(cell: object, *, decimal: DecimalMark = "", unit: str = "") -> int:
    """A duration in whole seconds, rounded half away from zero where its unit is coarser or finer.

    Clocks (``1:02:03``), words (``2 phút 5 giây``), numbers in ``unit``, and a spreadsheet's times.

    >>> seconds("5:30", unit="mm:ss"), seconds("1:02:03"), seconds("2p05s"), seconds("1,5", unit="minutes")
    (330, 3723, 125, 90)
    >>> seconds(0.0031828703703703706, unit="days")
    275
    """
    if isinstance(cell, dt.timedelta):
        return _spreadsheet_clock(round_half_away(Fraction(cell // dt.timedelta(microseconds=1), 10**6)), unit)
    if isinstance(cell, dt.time):
        whole_s = cell.hour * 3600 + cell.minute * 60 + cell.second
        return _spreadsheet_clock(whole_s + round_half_away(Fraction(cell.microsecond, 10**6)), unit)
    if isinstance(cell, str):
        clock = _clock_seconds(tidy(cell), unit)
        if clock is not None:
            return clock
    value = number(cell, decimal=decimal)
    if isinstance(cell, str) and "%" in cell:
        raise CellError("a percentage is no duration")
    if unit == "ms":
        return round_half_away(value / 1000)
    if not unit and value.denominator != 1:
        raise CellError("not whole seconds; say in the mapping what it counts (unit)")
    if unit not in WHOLE_UNITS:
        raise CellError(f"not written as {unit}")
    return round_half_away(value * WHOLE_UNITS[unit])


def _spreadsheet_clock(total: int, unit: str) -> int:
    """A spreadsheet takes a typed ``5:30`` for 5 hours 30; in a column of minutes and seconds it is 330 s."""
    return total // 60 if unit == "mm:ss" and total % 60 == 0 else total


def _clock_seconds(body: str, unit: str) -> int | None:
    if len(body) > LONGEST:
        return None
    clock = _CLOCK.fullmatch(body)
    if clock:
        return _clock(clock, unit)
    worded = _WORDED.fullmatch(body.lower())
    if worded and worded.lastgroup:
        return sum(int(worded[part] or 0) * factor for part, factor in (("h", 3600), ("m", 60), ("s", 1)))
    return None


def _clock(clock: re.Match[str], unit: str) -> int:
    first, second = int(clock["first"]), int(clock["second"])
    if clock["third"] is not None:
        total = first * 3600 + second * 60 + int(clock["third"])
        total += round_half_away(Fraction(f"0.{clock['part'] or 0}"))
    elif unit in ("mm:ss", "hh:mm:ss"):
        total = first * 60 + second
    elif unit == "hh:mm":
        total = first * 3600 + second * 60
    else:
        raise CellError("it can be minutes:seconds or hours:minutes; say in the mapping which (unit: mm:ss or unit: hh:mm)")
    return -total if clock["sign"] else total
