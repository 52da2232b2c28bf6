"""Figures as people read them: 1.234.567 ₫, 12,5 %, 31/12/2026; in English 1,234,567 ₫, 12.5 %, 31 Dec 2026."""

from __future__ import annotations

import re
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone, translation

from chot.core.periods import parse
from chot.kpi.figure_words import in_unit, number, period_name
from chot.kpi.problem_words import page_words, warning_words

register = template.Library()
EMPTY = "–"
_KEPT = 8192  # numbers in words that a process remembers: lists say the same ones again and again
_OF_TEAM = re.compile(r"\b(nhóm|team) ([\w.-]*\w)")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def _language() -> str:
    return "vi" if (translation.get_language() or "vi").startswith("vi") else "en"


@lru_cache(maxsize=_KEPT)
def _number(value: Any, language: str, digits: int) -> str:
    return number(Fraction(value), language, digits)


@lru_cache(maxsize=_KEPT)
def _percent(value: Any, language: str, digits: int) -> str:
    return number(Fraction(value) * 100, language, digits)


@lru_cache(maxsize=_KEPT)
def _in_unit(value: Any, unit: str, language: str) -> str:
    return in_unit(Fraction(value), unit, language)


@register.filter
def vnd(value: Any) -> str:
    """Whole đồng."""
    return EMPTY if value in (None, "") else f"{_number(value, _language(), 0)} ₫"


@register.filter
def percent(value: Any, digits: int = 1) -> str:
    """A share (exact fraction as text, or a number) as per cent."""
    return EMPTY if value in (None, "") else f"{_percent(value, _language(), digits)} %"


@register.filter
def count(value: Any) -> str:
    """A whole number."""
    return EMPTY if value in (None, "") else _number(value, _language(), 0)


@register.filter
def duration(seconds: Any) -> str:
    """Seconds as a clock shows them.

    >>> duration(75), duration(3675), duration(None)
    ('1:15', '1:01:15', '–')
    """
    if seconds in (None, ""):
        return EMPTY
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02}"


@register.filter
def measured(value: Any, unit: str) -> str:
    """A metric's value in its unit: money, per cent, a count, a duration."""
    if value in (None, ""):
        return EMPTY
    if unit == "vnd":
        return vnd(value)
    if unit == "ratio":
        return percent(value, 2)
    return _in_unit(value, unit, _language())


@register.filter
def day(value: Any) -> str:
    """A day or a moment as its day: 31/12/2026, 31 Dec 2026."""
    if not value:
        return EMPTY
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    when = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return when.strftime("%d/%m/%Y") if _language() == "vi" else f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


@register.filter
def moment(value: Any) -> str:
    """A moment, to the minute."""
    if not value:
        return EMPTY
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return f"{day(at)} {timezone.localtime(at).strftime('%H:%M')}"


@register.filter
def period(value: Any) -> str:
    """A period by name: 10/2026, October 2026."""
    return period_name(parse(str(value)), _language()) if value else EMPTY


@register.filter
def said(words: Any) -> str:
    """Words that come in both languages, in the reader's."""
    return str(words.get(_language(), "")) if isinstance(words, dict) else str(words or "")


@register.filter
def width(value: Any) -> str:
    """A share as the width of a bar, at most the whole: 83.5%."""
    return f"{min(max(float(Fraction(value or 0)) * 100, 0), 100):.1f}%"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """The value of ``key``; None without one."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def team_title(team_id: str, titles: Any) -> str:
    """What a team is called, of the ``team_titles`` that every page has; its id where nobody named it."""
    return str(titles[team_id]) if team_id else ""


@register.filter
def with_teams(text: str, titles: Any) -> str:
    """A sentence of the core, which knows teams by their ids, with what they are called.

    >>> with_teams("nhóm t2 chỉ 20 % đạt, nhóm t1 60 %", {"t1": "Bán hàng 1", "t2": "Bán hàng 2"})
    'nhóm Bán hàng 2 chỉ 20 % đạt, nhóm Bán hàng 1 60 %'
    """
    return _OF_TEAM.sub(lambda found: f"{found[1]} {titles.get(found[2], found[2])}", text)


@register.filter
def problem_what(problem: Any) -> str:
    """What is wrong, in the reader's language."""
    return page_words(problem.what, _language())


@register.filter
def problem_fix(problem: Any) -> str:
    """What to do about a problem, in the reader's language."""
    return page_words(problem.fix, _language())


@register.filter
def core_words(text: str) -> str:
    """Sentences of the core (reasons, advice) in the reader's language, line by line."""
    return "\n".join(page_words(line, _language()) for line in text.split("\n"))


@register.filter
def plan_warning(text: str) -> str:
    """A plan's warning in the reader's language."""
    return warning_words(text, _language())
