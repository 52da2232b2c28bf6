"""Cells and addresses of long rankings: the same ones are shown again and again, and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from chot.people.templatetags.figures import measured, percent

register = template.Library()
_KEPT = 8192
_PARTS = ("actual", "target", "attainment", "unit")


@register.filter
def kpi_cells(cells: Sequence[Mapping[str, Any] | None]) -> SafeString:
    """A table cell for each KPI: what was attained, and on top of it what was reached of which target."""
    language = get_language()
    return mark_safe("".join(_cell(language, *map((each or {}).get, _PARTS)) for each in cells))  # noqa: S308 - _cell escapes


@lru_cache(maxsize=_KEPT)
def _cell(language: str | None, actual: Any, target: Any, attainment: Any, unit: str) -> SafeString:
    """In ``language``, which is the active one."""
    if not actual:
        return format_html('<td class="n">{}</td>', percent(attainment))
    return format_html('<td class="n" title="{} / {}">{}</td>', measured(actual, unit), measured(target, unit), percent(attainment))


@register.simple_tag
def address(name: str, *given: Any) -> str:
    """What ``url`` says, remembered."""
    return _address(name, *given)


_address = lru_cache(maxsize=_KEPT)(lambda name, *given: reverse(name, args=given))
