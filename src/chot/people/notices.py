"""The words of notifications: every app says here what its kinds read like, in ``AppConfig.ready``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chot.people.templatetags.figures import day, moment, period

_WORDS: dict[str, Any] = {}
_DAY, _PERIOD = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{4}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?[+-]\d{2}:\d{2}")


def words(kinds: Mapping[str, Any]) -> None:
    """Give kinds their words: a translatable text with ``%(name)s`` for each parameter."""
    _WORDS.update(kinds)


def known(kind: str) -> bool:
    """Whether a kind has words."""
    return kind in _WORDS


def text(kind: str, params: Mapping[str, Any]) -> str:
    """A notification in the reader's language; days (2026-11-22), months (2026-11) and moments as people write them."""
    return str(_WORDS[kind]) % {name: _said(value) for name, value in params.items()} if kind in _WORDS else kind


def _said(value: Any) -> str:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return moment(value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return day(value)
    return period(value) if isinstance(value, str) and _PERIOD.fullmatch(value) else str(value)
