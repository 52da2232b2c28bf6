"""Which days belong to pay that is prepared or closed: the app that pays says so, this one only asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from chot.people.templatetags.figures import period as period_words


@dataclass(frozen=True)
class PaidRun:
    """The pay of a plan and a period that exists already; ``link`` is its page."""

    plan: str
    period: str
    closed: bool
    link: str

    def __str__(self) -> str:
        told = {"plan": self.plan, "period": period_words(self.period)}
        if self.closed:
            return _(
                "%(plan)s, %(period)s is closed: the change counts as late facts. The next pay run carries the difference; "
                "for what cannot wait payroll enters an adjustment."
            ) % told
        return _("%(plan)s, %(period)s is prepared already: payroll has to prepare it again.") % told


RunsOf = Callable[[Iterable[date], Iterable[str] | None], Sequence[PaidRun]]
_ASKED: list[Callable[[date], bool]] = []
_RUNS: list[RunsOf] = []


def register(is_closed: Callable[[date], bool], runs_of: RunsOf) -> None:
    """Say how to find out whether a day's pay is closed, and which runs pay days of some agents (None: of anyone)."""
    if is_closed not in _ASKED:
        _ASKED.append(is_closed)
        _RUNS.append(runs_of)


def runs_touched(days: Iterable[date], agents: Iterable[str] | None = None) -> list[PaidRun]:
    """The pay, prepared or closed, that a change of these days of these agents (None: of everyone) would move."""
    days = list(days)
    return [run for ask in _RUNS for run in ask(days, agents)] if days else []


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
