"""Dates and times as people and spreadsheets write them -> days, and instants in microseconds since 1970 UTC.

A day and month that could change places (``03/04/2026``) are only read when the column's order is
known. A naive time belongs to the zone of its file; a time with an offset keeps its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from chot.core.money import round_half_away
from chot.facts.written import CellError, exact, tidy

ORDERS = {
    "dd/mm/yyyy": "dmy", "mm/dd/yyyy": "mdy", "yyyy-mm-dd": "ymd", "yyyy-dd-mm": "ydm", "unix": "unix", "unix-ms": "unix-ms"
}
"""What a mapping may write under ``dates``, and the order it means; an empty order reads only what is clear."""

FIRST_YEAR, LAST_YEAR = 1900, 2200

_DATE = (
    r"(?:(?P<y1>[0-9]{4})(?P<s1>[-/.])(?P<a1>[0-9]{1,2})(?P=s1)(?P<b1>[0-9]{1,2})"  # 2026-10-31
    r"|(?P<a2>[0-9]{1,2})(?P<s2>[-/.])(?P<b2>[0-9]{1,2})(?P=s2)(?P<y2>[0-9]{4}|[0-9]{2})"  # 31/10/26
    r"|(?P<y3>(?:19|20)[0-9]{2})(?P<m3>[0-9]{2})(?P<d3>[0-9]{2})"  # 20261031
    r"|(?P<d4>[0-9]{1,2})[- ](?P<n4>[a-z]{3,9})[-, ]+(?P<y4>[0-9]{4}|[0-9]{2})"  # 31-Oct-2026
    r"|(?:ngày\s+)?(?P<d5>[0-9]{1,2})\s+tháng\s+(?P<m5>[0-9]{1,2}),?\s+(?:năm\s+)?(?P<y5>[0-9]{4}))"  # 31 tháng 10 năm 2026
)
_HALF = r"(?:\s*(?P<half{0}>am|pm|sa|ch|a\.m\.|p\.m\.))?"
_TIME = (
    r"(?:(?P<h{0}>[0-9]{{1,2}})(?::|h|g)(?P<mi{0}>[0-9]{{2}})?(?::(?P<s{0}t>[0-9]{{2}})(?:[.,](?P<f{0}>[0-9]{{1,9}}))?)?" + _HALF + ")"
)
_OFFSET = r"(?:\s*(?P<offset>z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?))"
_WHOLE = re.compile(rf"(?:{_TIME.format(8)}(?:\s*[-,]\s*|\s+))?{_DATE}(?:(?:t|\s*[-,]\s+|,\s*|\s+){_TIME.format(9)}{_OFFSET}?)?")
_TIME_ONLY = re.compile(_TIME.format(8))
_DATE_ONLY = re.compile(_DATE)
_PLAIN_TIME = re.compile(_TIME.format(9))
_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]{1,20})?")  # 45945.5: a spreadsheet's days since 1899-12-30
_UNIX = re.compile(r"[0-9]{9,14}(?:\.[0-9]{1,9})?")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_SERIALS = (18_264, 109_575)  # 1950 to 2199
_DAY_US = 86_400_000_000
_EPOCH_DAY = dt.date(1970, 1, 1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_SPREADSHEET_EPOCH = dt.date(1899, 12, 30)


class Times:
    """The reader of one file's dates: its day order, its zone for naive times, its spreadsheet epoch."""

    def __init__(self, *, zone: ZoneInfo, order: str = "", epoch: dt.date = _SPREADSHEET_EPOCH) -> None:
        self.zone, self.order, self.epoch = zone, order, epoch
        self._starts: dict[dt.date, tuple[int, bool]] = {}
        self._seen_days: dict[str, dt.date] = {}  # a log repeats its few days and its clock times
        self._seen_clocks: dict[str, int] = {}

    def day(self, cell: object) -> dt.date:
        """The local day that a cell names.

        >>> Times(zone=ZoneInfo("Asia/Ho_Chi_Minh"), order="dmy").day("1/2/26")
        datetime.date(2026, 2, 1)
        """
        if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
            return _checked(cell)
        found = self._instant(cell)
        if isinstance(found, int):
            return (_EPOCH + found * _MICROSECOND).astimezone(self.zone).date()
        return found[0]

    def moment(self, cell: object) -> int:
        """The instant that a cell names, in microseconds since 1970-01-01 UTC; a bare date is its midnight.

        >>> Times(zone=ZoneInfo("Asia/Ho_Chi_Minh")).moment("31/10/2026 7:00")
        1793404800000000
        """
        found = self._instant(cell)
        return found if isinstance(found, int) else self.local(*found)

    def local(self, day: dt.date, of_day: int) -> int:
        """The instant at ``of_day`` microseconds after local midnight; the earlier one where clocks go back."""
        midnight, even = self.start(day)
        if even:
            return midnight + of_day
        naive = dt.datetime.combine(day, dt.time()) + of_day * _MICROSECOND
        aware = naive.replace(tzinfo=self.zone)
        instant = (aware - _EPOCH) // _MICROSECOND
        if aware.astimezone(dt.UTC).astimezone(self.zone).replace(tzinfo=None) != naive:
            raise CellError(f"no such time in {self.zone.key}: the clocks go forward over it")
        return instant

    def start(self, day: dt.date) -> tuple[int, bool]:
        """The instant of local midnight, and whether the whole day keeps its offset."""
        known = self._starts.get(day)
        if known is None:
            midnight = dt.datetime.combine(day, dt.time(), self.zone)
            offset = midnight.utcoffset() or dt.timedelta()
            even = offset == dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), self.zone).utcoffset()
            known = self._starts[day] = (day - _EPOCH_DAY).days * _DAY_US - offset // _MICROSECOND, even
        return known

    def _instant(self, cell: object) -> int | tuple[dt.date, int]:
        """An instant, or a local day and the microseconds into it."""
        if isinstance(cell, str):
            head, _, tail = cell.partition(" ")
            day, of_day = self._seen_days.get(head), self._seen_clocks.get(tail)
            return self._written(cell) if day is None or of_day is None else (day, of_day)
        if isinstance(cell, dt.datetime):
            _checked(cell.date())
            if cell.tzinfo is not None:
                return (cell - _EPOCH) // _MICROSECOND
            return cell.date(), _of_day(cell.time())
        if isinstance(cell, dt.date):
            return _checked(cell), 0
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
            return self._counted(exact(cell) if isinstance(cell, float) else _fraction(cell))
        raise CellError("not a date")

    def _written(self, raw: str) -> int | tuple[dt.date, int]:
        if raw[10:11] == "T" and self.order != "ydm":
            try:
                iso = dt.datetime.fromisoformat(raw)
            except ValueError:
                pass  # read below, or refused there with a reason
            else:
                return self._instant(iso)
        text = tidy(raw).lower()
        if self.order.startswith("unix"):
            if not _UNIX.fullmatch(text):
                raise CellError("not a count of seconds since 1970 (dates: unix)")
            return self._counted(Fraction(text))
        match = _WHOLE.fullmatch(text) if len(text) <= 64 else None
        if match:
            day = _day(match, self.order)
            if match["h8"] and match["h9"]:
                raise CellError("holds two times of day")
            of_day = _clock(match, "8") if match["h8"] else _clock(match, "9") if match["h9"] else 0
            if match["offset"]:
                return (day - _EPOCH_DAY).days * _DAY_US + of_day - _offset(match["offset"])
            if match["h9"] or not match["h8"]:
                self._remember(text, day, of_day)
            return day, of_day
        if _SERIAL.fullmatch(text):
            return self._counted(Fraction(text.replace(",", ".")))
        raise CellError("not a date")

    def _remember(self, text: str, day: dt.date, of_day: int) -> None:
        """Keep both halves of ``31/10/2026 7:00`` when each is one by itself, so that they may be combined."""
        head, _, tail = text.partition(" ")
        if len(self._seen_days) > 50_000 or len(self._seen_clocks) > 200_000:
            self._seen_days.clear()
            self._seen_clocks.clear()
        if _DATE_ONLY.fullmatch(head) and (not tail or _PLAIN_TIME.fullmatch(tail)):
            self._seen_days[head] = day
            self._seen_clocks[tail] = of_day

    def _counted(self, count: Fraction) -> int | tuple[dt.date, int]:
        if self.order.startswith("unix"):
            instant = round_half_away(count * (1000 if self.order == "unix-ms" else 10**6))
            if not FIRST_YEAR <= 1970 + instant // (_DAY_US * 366) <= LAST_YEAR:
                raise CellError("not a count of seconds since 1970 (dates: unix or unix-ms)")
            return instant
        if not _SERIALS[0] <= count < _SERIALS[1]:
            raise CellError("not a date")
        thousandths = round_half_away(count * 86_400_000)  # a spreadsheet's fraction carries no finer time
        days, rest = divmod(thousandths, 86_400_000)
        return self.epoch + dt.timedelta(days=days), rest * 1000


def joined(date_cell: object, time_cell: object, *, times: Times) -> int:
    """The instant of a date and a time of day that stand in two cells; an empty time is midnight."""
    of_day = 0 if time_cell is None else time_of_day(time_cell)
    if not 0 <= of_day < _DAY_US:
        raise CellError("not a time of day")
    return times.local(times.day(date_cell), of_day)


def time_of_day(cell: object) -> int:
    """Microseconds since midnight, of a clock time as text or as a spreadsheet keeps it.

    >>> time_of_day("2:30 CH") // 1_000_000, time_of_day(0.5) // 1_000_000
    (52200, 43200)
    """
    if isinstance(cell, dt.datetime):
        return _of_day(cell.time())
    if isinstance(cell, dt.timedelta):
        return cell // _MICROSECOND
    if isinstance(cell, dt.time):
        return _of_day(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return round_half_away(exact(cell) * 86_400_000) * 1000
    match = _TIME_ONLY.fullmatch(tidy(cell).lower()) if isinstance(cell, str) and len(cell) <= 64 else None
    if not match:
        raise CellError("not a time of day")
    return _clock(match, "8")


def _day(match: re.Match[str], order: str) -> dt.date:
    reading = _READINGS[next(place for place in "12345" if match[f"{'y'}{place}"])]
    year, month, day = reading(match, order)
    try:
        return _checked(dt.date(year, month, day))
    except ValueError as problem:
        raise CellError(str(problem) if isinstance(problem, CellError) else f"no such day in the order {_spelled(order)}") from None


def _year_first(match: re.Match[str], order: str) -> tuple[int, int, int]:
    first, second = int(match["a1"]), int(match["b1"])
    return (int(match["y1"]), second, first) if order == "ydm" else (int(match["y1"]), first, second)


def _year_last(match: re.Match[str], order: str) -> tuple[int, int, int]:
    first, second = int(match["a2"]), int(match["b2"])
    year = _century(match["y2"])
    if order == "ymd" and len(match["y2"]) == 2:  # 26-10-31
        return _century(match["a2"]), second, int(match["y2"])
    if order in ("dmy", "mdy"):
        return (year, second, first) if order == "dmy" else (year, first, second)
    if first > 12 >= second or first == second:
        return year, second, first
    if second > 12 >= first:
        return year, first, second
    raise CellError("the day and the month can change places; say in the mapping which comes first (dates: dd/mm/yyyy or mm/dd/yyyy)")


def _named(match: re.Match[str], order: str) -> tuple[int, int, int]:
    month = _MONTHS.get(match["n4"][:3])
    if month is None:
        raise CellError("not the name of a month")
    return _century(match["y4"]), month, int(match["d4"])


_READINGS: dict[str, Callable[[re.Match[str], str], tuple[int, int, int]]] = {
    "1": _year_first,
    "2": _year_last,
    "3": lambda match, order: (int(match["y3"]), int(match["m3"]), int(match["d3"])),
    "4": _named,
    "5": lambda match, order: (int(match["y5"]), int(match["m5"]), int(match["d5"])),
}


def _clock(match: re.Match[str], which: str) -> int:
    hour, minute, second = int(match[f"h{which}"]), int(match[f"mi{which}"] or 0), int(match[f"s{which}t"] or 0)
    half = match[f"half{which}"]
    if half and half[0] in "as" and hour <= 12:
        hour %= 12
    elif half and half[0] in "pc" and 0 < hour < 24:
        hour = hour % 12 + 12  # 15:30 CH, with a clock of 24 hours, is 15:30
    elif half:
        raise CellError("no such time of day")
    if hour > 23 or minute > 59 or second > 59:
        raise CellError("no such time of day")
    return (hour * 3600 + minute * 60 + second) * 10**6 + int(f"{match[f'f{which}'] or 0:0<6}"[:6])


def _offset(text: str) -> int:
    if text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 15 or minutes > 59:
        raise CellError("no such offset from UTC")
    return (1 if text[0] == "+" else -1) * (hours * 60 + minutes) * 60 * 10**6


def _of_day(time: dt.time) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 10**6 + time.microsecond


def _century(digits: str) -> int:
    """Two digits are 1969 to 2068, as the C library reads them."""
    return int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) >= 69 else 2000)


def _checked(day: dt.date) -> dt.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CellError(f"outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _fraction(cell: int | Decimal) -> Fraction:
    if isinstance(cell, Decimal) and not cell.is_finite():
        raise CellError("not a date")
    return Fraction(cell)


def _spelled(order: str) -> str:
    return next((spelling for spelling, code in ORDERS.items() if code == order), "day, month, year")
