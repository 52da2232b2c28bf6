"""How one column is written, decided from all of its cells together: decimal mark, day order, unit, values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from chot.core.text import key
from chot.facts.conversion import parser
from chot.facts.dates import Times
from chot.facts.mapping import PHONE, Source
from chot.facts.synonyms import values_of
from chot.facts.written import CellError, DecimalMark, is_empty, money, number, text, whole
from chot.kpi.schema import Column

Cells = Mapping[Any, int]
"""Different cells, not empty, and how often each was seen."""

_ZONE = ZoneInfo("UTC")
_HOURS = ("scheduled_s", "worked_s", "pause_s")
_LOOKED_AT = 3000  # different cells of a column
_UNITS = {
    "minutes": "phut|minute|minutes|min|mins|so_phut",
    "seconds": "giay|s|sec|secs|second|seconds|so_giay|billsec",
    "hours": "gio|h|hour|hours|hrs|so_gio|tieng",
    "ms": "ms|millisecond|milliseconds|mili_giay",
    "mm:ss": "mm_ss|phut_giay",
    "hh:mm": "hh_mm|gio_phut",
    "hh:mm:ss": "hh_mm_ss|gio_phut_giay|h_m_s",
    "nghìn": "nghin|nghin_dong|ngan_dong|1000d|1_000d|k|nghin_vnd|1000_dong|1_000_dong|thousand|thousand_vnd",
    "triệu": "trieu|trieu_dong|tr|trd|trieu_vnd|million|million_vnd|trvnd",
    "tỷ": "ty|ty_dong|ty_vnd|billion",
    "đồng": "d|dong|vnd|vnd_dong",
    "percent": "percent|phan_tram|thang_100|100|tren_100",
    "out of 10": "thang_10|10|tren_10|he_10",
}
_UNIT_WORDS = {word: unit for unit, words in _UNITS.items() for word in words.split("|")}
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")  # Thời lượng (phút)
_TRAILING = ("minutes", "phut", "giay", "seconds")  # call duration in minutes


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a column of the file would be read as a column of the contract.

    ``fit`` is the share of cells that can be read; ``doubts`` say what is not sure; ``words`` are the
    contract's values by the file's own words, ``unknown`` the words that no value is known for.
    """

    source: Source
    fit: Fraction = Fraction(1)
    doubts: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    unknown: Cells = field(default_factory=dict)


def split_unit(header: str) -> tuple[str, str]:
    """A header's key without its unit, and the unit.

    >>> split_unit("Thời lượng (phút)"), split_unit("Doanh số (triệu đồng)"), split_unit("Ghi chú (nếu có)")
    (('thoi_luong', 'minutes'), ('doanh_so', 'triệu'), ('ghi_chu_neu_co', ''))
    """
    unit = ""
    for inside in _BRACKETED.findall(header.replace("%", " percent ").replace("₫", "đ")):
        word = re.sub(r"^(dvt|don_vi|don_vi_tinh|tinh_bang|in)_", "", key(inside))
        if word in _UNIT_WORDS:
            unit, header = _UNIT_WORDS[word], _BRACKETED.sub("", header)
    bare = key(header)
    words = bare.split("_")
    if not unit and len(words) > 2 and words[-1] in _TRAILING:
        unit = _UNIT_WORDS[words[-1]]
        if words[-2] in ("in", "theo", "so"):
            bare = "_".join(words[:-2])
    return bare, unit


def guess(table: str, column: Column, header: str, cells: Cells) -> Reading:
    """How ``cells`` under ``header`` are best read as ``column``."""
    looked_at = dict(list(cells.items())[:: len(cells) // _LOOKED_AT + 1])  # from all over the file
    named = key(header) == key(column.name)
    _, unit = split_unit(header)
    source = Source(headers=(header,))
    if column.type == "int":
        found = _number(column, source, looked_at, unit=unit, named=named)
    elif column.type in ("time", "date"):
        found = _dates(source, looked_at)
    elif column.type in ("enum", "text"):
        found = _words(table, column, source, looked_at)
    elif column.name == "customer_id" and _share(looked_at, _is_phone) > Fraction(4, 5):
        found = Reading(source=replace(source, unit=PHONE))
    else:
        found = Reading(source=source)
    parse = parser(column, found.source, Times(zone=_ZONE, order=found.source.dates), found.source.decimal)
    return replace(found, fit=_share(looked_at, parse))


def of_day(cells: Cells) -> bool:
    """Whether the cells are times of day, such as 14:05."""
    return bool(cells) and _share(cells, lambda cell: _clock_text(cell) or None) > Fraction(19, 20)


def days_only(cells: Cells) -> bool:
    """Whether no cell carries a time of day."""
    return all(
        (isinstance(cell, dt.datetime) and cell.time() == dt.time())
        or (isinstance(cell, dt.date) and not isinstance(cell, dt.datetime))
        or (isinstance(cell, str) and ":" not in cell)
        or (isinstance(cell, int) and not isinstance(cell, bool))
        for cell in cells
    )


def _share(cells: Cells, accepts: Callable[[Any], object]) -> Fraction:
    """The share of cells that ``accepts`` gives something for without a ``CellError``."""
    total = good = 0
    for cell, count in cells.items():
        total += count
        try:
            good += count if accepts(cell) is not None else 0
        except CellError:
            continue
    return Fraction(good, total) if total else Fraction(1)


def _number(column: Column, source: Source, cells: Cells, *, unit: str, named: bool) -> Reading:
    doubts: list[str] = []
    if column.name.endswith("_vnd"):
        read: Callable[..., object] = money
        source = replace(source, unit=unit if unit in ("nghìn", "triệu", "tỷ") else "")
        if source.unit:
            read = number
    elif column.name.endswith("_s"):
        unit, doubt = ("seconds" if _fractions(cells) else "", "") if named else _duration_unit(column, cells, unit)
        source, read = replace(source, unit=unit), number
        doubts += [doubt] if doubt else []
    elif column.name.endswith("_bp"):
        source, read = replace(source, unit="" if named else _score_unit(cells, unit)), number
    else:
        read = whole
    decimal, clear = _decimal(cells, read)
    if not clear:
        doubts.append(f"whether {decimal!r} is the decimal mark")
    return Reading(source=replace(source, decimal=decimal), doubts=tuple(doubts))


def _decimal(cells: Cells, read: Callable[..., object]) -> tuple[DecimalMark, bool]:
    """The decimal mark of a column (empty when no cell depends on it), and whether that is sure."""
    texts = {cell: count for cell, count in cells.items() if isinstance(cell, str)}
    marks: tuple[DecimalMark, ...] = (",", ".")
    comma, point = (_share(texts, partial(read, decimal=mark)) for mark in marks)
    open_cells = [cell for cell in texts if _depends(cell)]
    if comma != point:
        return (",", True) if comma > point else (".", True)
    if not open_cells:
        return "", True
    grouping: DecimalMark = "," if sum("." in cell for cell in open_cells) * 2 >= len(open_cells) else "."
    return grouping, read is money  # 50.000 đồng has no thousandths


def _depends(cell: str) -> bool:
    try:
        number(re.sub(r"[^0-9.,]", "", cell))
    except CellError as problem:
        return "decimal" in str(problem)
    return False


def _duration_unit(column: Column, cells: Cells, unit: str) -> tuple[str, str]:
    """The unit of a duration's column, and what is not sure about it."""
    clocks = [cell.strip().split(":") for cell in cells if isinstance(cell, str) and ":" in cell]
    typed = [cell for cell in cells if isinstance(cell, dt.time | dt.timedelta)]
    if clocks:
        if any(len(parts) == 3 for parts in clocks):
            return ("hh:mm:ss" if any(len(parts) == 2 for parts in clocks) else ""), ""
        if unit in ("mm:ss", "hh:mm"):
            return unit, ""
        return "mm:ss", "" if any(_leading(parts) > 23 for parts in clocks) else "whether 5:30 is minutes and seconds or hours and minutes"
    if typed:
        if any(isinstance(cell, float) and 0 < cell < 1 for cell in cells):
            return "days", ""
        if unit == "mm:ss" or column.name in _HOURS or any(_seconds_of(cell) % 60 for cell in typed):
            return (unit if unit == "mm:ss" else ""), ""
        return "mm:ss", "whether 5:30 is minutes and seconds or hours and minutes"
    if unit in ("minutes", "seconds", "hours", "ms"):
        return unit, ""
    return _number_unit(column, cells)


def _number_unit(column: Column, cells: Cells) -> tuple[str, str]:
    values = [value for value in map(_plain, cells) if value is not None]
    top = max(values, default=Fraction(0))
    if values and _fractions(cells) and top < 1:
        return "days", ""
    if column.name in _HOURS and 0 < top <= 24:
        return "hours", ""
    if 0 < top < 60:
        return ("minutes" if _fractions(cells) else "seconds"), "whether it counts seconds or minutes"
    return ("seconds" if _fractions(cells) else ""), ""


def _score_unit(cells: Cells, unit: str) -> str:
    if unit in ("percent", "out of 10"):
        return unit
    top = max((value for value in map(_plain, cells) if value is not None), default=Fraction(0))
    if any(isinstance(cell, str) and "%" in cell for cell in cells):
        return ""
    return "ratio" if top <= 1 else "out of 10" if top <= 10 else "percent" if top <= 100 else ""


def _dates(source: Source, cells: Cells) -> Reading:
    shares = {order: _share(cells, Times(zone=_ZONE, order=order).day) for order in ("", "dmy", "mdy", "unix", "unix-ms")}
    for order in ("unix", "unix-ms"):
        if shares[order] > max(shares[""], shares["dmy"], shares["mdy"]):
            return Reading(source=replace(source, dates=order))
    if shares["dmy"] == shares["mdy"] == shares[""]:
        return Reading(source=source)
    if shares["dmy"] == shares["mdy"]:
        return Reading(source=replace(source, dates="dmy"), doubts=("whether the day or the month comes first",))
    return Reading(source=replace(source, dates="dmy" if shares["dmy"] > shares["mdy"] else "mdy"))


def _words(table: str, column: Column, source: Source, cells: Cells) -> Reading:
    known = values_of(table, column.name)
    values: dict[str, str] = {}
    unknown: dict[Any, int] = {}
    for cell, count in cells.items():
        word = _safe_text(cell)
        if not word or word in column.values:
            continue
        target = known.get(key(word))
        if target is None:
            unknown[word] = count
        elif target != word:
            values[word] = target
    folded = {word.casefold(): target for word, target in values.items()}
    return Reading(source=replace(source, values=folded), words=values, unknown=unknown if column.type == "enum" else {})


def _safe_text(cell: object) -> str:
    try:
        return text(cell)
    except CellError:
        return ""


def _is_phone(cell: object) -> object:
    digits = re.sub(r"[^0-9]", "", _safe_text(cell))
    body = re.sub(r"^(84|0)", "", digits)
    return True if len(body) == 9 and body[0] in "35789" else None


def _plain(cell: object) -> Fraction | None:
    """A number whichever mark it is written with, for judging its size."""
    if isinstance(cell, str):
        try:
            return number(cell, decimal="," if "," in cell and "." not in cell else ".")
        except CellError:
            return None
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and not is_empty(cell):
        try:
            return number(cell)
        except CellError:
            return None
    return None


def _fractions(cells: Sequence[object] | Cells) -> bool:
    return any(value.denominator != 1 for value in map(_plain, cells) if value is not None)


def _leading(parts: Sequence[str]) -> int:
    return int(parts[0][:9]) if parts[0].isascii() and parts[0].isdigit() else 0


def _seconds_of(cell: dt.time | dt.timedelta) -> int:
    return cell.second if isinstance(cell, dt.time) else cell // dt.timedelta(seconds=1)


def _clock_text(cell: object) -> bool:
    if isinstance(cell, dt.time):
        return True
    return isinstance(cell, str) and bool(re.fullmatch(r"[0-9]{1,2}[:h][0-9]{2}(:[0-9]{2})?( ?(am|pm|sa|ch))?", cell.strip().lower()))

