"""Long lists of choices, said once: a page of rows repeats the same options in each of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_SELECTED = mark_safe(" selected")


@register.filter
def options(choices: Iterable[tuple[object, object]], chosen: object) -> SafeString:
    """The options of a select, the chosen one selected; ``choices`` are values with their words."""
    return _options(tuple((str(value), str(words)) for value, words in choices), str(chosen))


@lru_cache(maxsize=256)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    rows = ((value, _SELECTED if value == chosen else "", words) for value, words in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)
