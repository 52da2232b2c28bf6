"""What a report is asked for, as it stands in the address: days, team, agent, and what it is broken down by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.core.periods import Period, between, containing, parse
from chot.kpi.measures import CUT, Cut, Grain
from chot.people.models import User
from chot.people.rules import may_see_agent, sees_company
from chot.performance.models_reports import SavedDays
from chot.performance.queries import published
from chot.performance.queries_team import teams_of

SPANS: Mapping[str, Any] = {
    "today": _("Today"), "yesterday": _("Yesterday"), "week": _("This week"), "last_week": _("Last week"), "month": _("This month"),
    "last_month": _("Last month"), "months_3": _("Last 3 months"), "months_6": _("Last 6 months"),
    "quarter": _("This quarter"), "last_quarter": _("Last quarter"),
    "pay": _("Pay period"),
}  # fmt: skip
BY: Mapping[str, Any] = {
    "agent": _("Agent"), "team": _("Team"), "campaign": _("Campaign"), "queue": _("Queue"), "day": _("Day"), "company": _("Together"),
}  # fmt: skip
WITHIN_CAMPAIGN = ("agent", "team", "day", "company")
LONGEST = 366  # days of one report
OWN = "own-"  # before the number of days that the person has saved


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A report that the person may see. ``team`` and ``agent`` are empty for everyone, ``campaign`` for all there is."""

    first: date
    last: date
    span: str = ""
    team: str = ""
    agent: str = ""
    by: str = "agent"
    campaign: str = ""

    @property
    def period(self) -> Period:
        """The days asked for."""
        return between(self.first, self.last)

    @property
    def group(self) -> tuple[Grain, str]:
        """Whose facts: the grain and its key."""
        if self.agent:
            return "agent", self.agent
        return ("team", self.team) if self.team else ("company", "company")

    @property
    def days(self) -> dict[str, str]:
        """The days as they stand in the address."""
        ends = {"first": str(self.first), "last": str(self.last)}
        if self.span.startswith(OWN):  # with its days too: to whom the name says nothing, they do
            return {"span": self.span, **ends}
        return {"span": self.span} if self.span else ends

    @property
    def query(self) -> str:
        """The whole of it as it stands in the address."""
        return urlencode({**self.days, **{name: value for name in ("team", "agent", "by", "campaign") if (value := getattr(self, name))}})

    def rows_of(self, figure: str, *, team: str = "", agent: str = "", cut: Cut = "", part: str = "") -> str:
        """The address of the rows behind a figure of a group and a part of it."""
        asked = {**self.days, "figure": figure, "team": team or self.team, "agent": agent or self.agent, "cut": cut, "part": part}
        return urlencode({name: value for name, value in asked.items() if value})


def span_days(span: str) -> tuple[date, date] | None:
    """The first and last day of a preset; None for a name that is none."""
    today = clock.today()
    if span in ("today", "yesterday"):
        day = today - timedelta(days=span == "yesterday")
        return day, day
    if span == "pay":
        return pay_days()
    if span in ("months_3", "months_6"):
        month = containing(today, "month")
        return month.shifted(-int(span.removeprefix("months_"))).first, month.shifted(-1).last
    kind = span.removeprefix("last_")
    if kind not in ("week", "month", "quarter"):
        return None
    period = containing(today, kind)  # type: ignore[arg-type]
    return (period.first, today) if kind == span else ((before := period.shifted(-1)).first, before.last)


def pay_days() -> tuple[date, date] | None:
    """The pay period of today until today, else the latest that was computed; None before the first."""
    today = clock.today()
    periods = [parse(name) for name in published().order_by().values_list("run__period", flat=True).distinct()]
    found = max((each for each in periods if each.first <= today), key=lambda each: (today in each, each.last), default=None)
    return (found.first, min(found.last, today)) if found else None


def saved_days(user: User) -> list[SavedDays]:
    """What the person has saved, by name."""
    return list(SavedDays.objects.filter(user=user))


def days_saved(saved: SavedDays) -> tuple[date, date] | None:
    """The first and last day, today."""
    if saved.rule == "days":
        return clock.today() - timedelta(days=(saved.days or 1) - 1), clock.today()
    return span_days(saved.rule) if saved.rule else (saved.first, saved.last) if saved.first and saved.last else None


def _own_days(user: User, span: str) -> tuple[date, date] | None:
    number = span.removeprefix(OWN)
    if not span.startswith(OWN) or not number.isdecimal() or len(number) > 18:
        return None
    found = SavedDays.objects.filter(user=user, pk=int(number)).first()
    return days_saved(found) if found else None


def days_of(
    user: User, query: Mapping[str, str], *, usual: str, default: tuple[date, date] | None = None, longest: int = LONGEST,
) -> tuple[date, date, str]:  # fmt: skip
    """The days asked for and the preset's name; the ``default`` ones, else those of the ``usual`` preset, when none can be read."""
    span = query.get("span", "")
    found = span_days(span) or _own_days(user, span)
    if found:
        return *found, span
    try:
        first, last = date.fromisoformat(query.get("first", "")), date.fromisoformat(query.get("last", ""))
    except ValueError:
        if default:
            return *default, ""
        return *(span_days(usual) or (clock.today(), clock.today())), usual
    first, last = min(first, last), max(first, last)
    return max(first, last - timedelta(days=longest - 1)), last, ""


def asked(user: User, query: Mapping[str, str], *, usual: str = "month", by: str = "agent") -> Asked:
    """What the address asks for, narrowed to what the person may see. Raises ``PermissionDenied`` for someone else's agent or team."""
    first, last, span = days_of(user, query, usual=usual)
    agent, team = query.get("agent", ""), query.get("team", "")
    if agent and not may_see_agent(user, agent):
        raise PermissionDenied
    teams = teams_of(user)
    if team and team not in teams:
        raise PermissionDenied
    if not sees_company(user) and not agent:
        if not teams:
            raise PermissionDenied
        team = teams[0]
    chosen, campaign = query.get("by", ""), query.get("campaign", "")[:64]
    if campaign and chosen not in WITHIN_CAMPAIGN:
        chosen = by
    return Asked(
        first=first, last=last, span=span, team="" if agent else team, agent=agent, by=chosen if chosen in BY else by,
        campaign=campaign,
    )  # fmt: skip


def cut_part(key: str) -> tuple[str, str]:
    """The group and the part of a cut key."""
    group, _tab, part = key.partition(CUT)
    return group, part
