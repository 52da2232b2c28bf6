"""Which days belong to pay that is closed: the app that pays says so, this one only asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _

LATE = _("Some of these days are paid already: the change counts as late facts, and the next pay run carries it.")
_ASKED: list[Callable[[date], bool]] = []


def register(is_closed: Callable[[date], bool]) -> None:
    """Say how to find out whether a day's pay is closed."""
    if is_closed not in _ASKED:
        _ASKED.append(is_closed)


def closed_among(days: Iterable[date]) -> list[date]:
    """Those of the days whose pay is closed, the earliest first; one question for each month."""
    known: dict[tuple[int, int], bool] = {}
    found = []
    for day in sorted(set(days)):
        month = (day.year, day.month)
        if month not in known:
            known[month] = any(ask(day) for ask in _ASKED)
        if known[month]:
            found.append(day)
    return found
