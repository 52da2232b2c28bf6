"""Numbers, money, days and periods as a payslip writes them, in Vietnamese and in English."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from fractions import Fraction

from chot.core.money import decimal_text
from chot.core.periods import Period
from chot.kpi.metrics import Words

_LONGEST_FRACTION = 15  # characters; a longer one tells a reader less than its decimals


def both(say: Callable[[str], str]) -> Words:
    """One sentence said in both languages."""
    return Words(vi=say("vi"), en=say("en"))


def number(value: Fraction | int, lang: str, places: int = 2) -> str:
    """A number grouped as the language writes it, half away from zero at ``places``.

    >>> number(Fraction(-12345675, 10), "vi"), number(Fraction(-12345675, 10), "en"), number(Fraction(-1, 3), "vi")
    ('-1.234.567,5', '-1,234,567.5', '-0,33')
    """
    whole, _, part = decimal_text(value, places).partition(".")
    group, point = (".", ",") if lang == "vi" else (",", ".")
    sign = "-" if whole.startswith("-") else ""
    return sign + f"{int(whole.lstrip('-')):,}".replace(",", group) + (point + part if part else "")


def money(value: Fraction | int, lang: str) -> str:
    """An amount: 1.234.567 ₫."""
    return f"{number(value, lang)} ₫"


def percent(value: Fraction | int, lang: str) -> str:
    """A share in percent: 92,59 %."""
    return f"{number(Fraction(value) * 100, lang)} %"


def exact_percent(value: Fraction, lang: str) -> str:
    """A share in percent, with its fraction where two decimals do not say it all.

    >>> exact_percent(Fraction(1, 6), "vi"), exact_percent(Fraction(3, 2), "vi")
    ('16,67 % (1/6)', '150 %')
    """
    said = percent(value, lang)
    fraction = f"{value.numerator}/{value.denominator}"
    return said if _is_short(value * 100) or len(fraction) > _LONGEST_FRACTION else f"{said} ({fraction})"


def _is_short(value: Fraction) -> bool:
    return (value * 100).denominator == 1


def duration(seconds: Fraction | int, lang: str) -> str:
    """Seconds, and from a minute on also hours, minutes and seconds.

    >>> duration(90, "vi"), duration(Fraction(585, 2), "en"), duration(3725, "vi")
    ('90 giây (1 phút 30 giây)', '292.5 s (4 min 53 s)', '3.725 giây (1 giờ 2 phút 5 giây)')
    """
    units = (" giờ", " phút", " giây") if lang == "vi" else (" h", " min", " s")
    said = number(seconds, lang) + units[2]
    exact = Fraction(seconds)
    if abs(exact) < 60:
        return said
    total = int(abs(exact) + Fraction(1, 2))
    parts = [(total // 3600, units[0]), (total // 60 % 60, units[1]), (total % 60, units[2])]
    spelled = " ".join(f"{count}{unit}" for count, unit in parts if count)
    return f"{said} ({'-' if exact < 0 else ''}{spelled})"


def in_unit(value: Fraction | int, unit: str, lang: str) -> str:
    """A value in the unit of a metric or a step (``percent`` is a ratio, too)."""
    match unit:
        case "vnd":
            return money(value, lang)
        case "percent" | "ratio":
            return percent(value, lang)
        case "seconds":
            return duration(value, lang)
        case "score":
            return number(value, lang, 4)
        case _:
            return number(value, lang)


def day(value: date, lang: str) -> str:
    """A day: 31/12/2026, in English 2026-12-31."""
    return value.strftime("%d/%m/%Y" if lang == "vi" else "%Y-%m-%d")


def days(first: date, last: date, lang: str) -> str:
    """The days ``first`` to ``last``, both inclusive.

    >>> days(date(2026, 10, 1), date(2026, 10, 10), "vi"), days(date(2026, 9, 28), date(2026, 10, 2), "vi")
    ('01–10/10/2026', '28/09–02/10/2026')
    """
    if first == last:
        return day(first, lang)
    if lang != "vi":
        return f"{day(first, lang)} to {day(last, lang)}"
    if first.year != last.year:
        return f"{day(first, lang)}–{day(last, lang)}"
    return first.strftime("%d" if first.month == last.month else "%d/%m") + f"–{day(last, lang)}"


def moment(value: object, lang: str, zone: tzinfo) -> str:
    """A time of the company's clock, to the minute; a date as a day; anything else is empty."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%d/%m/%Y %H:%M" if lang == "vi" else "%Y-%m-%d %H:%M")
    return day(value, lang) if isinstance(value, date) else ""


def period_name(period: Period, lang: str) -> str:
    """The name of a period: 10/2026, quý 4/2026, tuần 41/2026.

    >>> from chot.core.periods import parse
    >>> [period_name(parse(text), "vi") for text in ("2026-10", "2026-Q4", "2026-W41")]
    ['10/2026', 'quý 4/2026', 'tuần 41/2026']
    """
    if period.kind == "days":
        return " – ".join(f"{day:%d/%m/%Y}" if lang == "vi" else f"{day.day} {day:%B %Y}" for day in (period.first, period.last))
    year, _, part = period.name.partition("-")
    if lang == "vi":
        return {"month": "", "quarter": "quý ", "week": "tuần "}[period.kind] + f"{part.lstrip('QW')}/{year}"
    return {"month": f"{period.first:%B %Y}", "quarter": f"{part} {year}", "week": f"week {part[1:]} of {year}"}[period.kind]
