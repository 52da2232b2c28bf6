"""Campaigns as a table to export."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from chot.core.money import decimal_text
from chot.people.exports import Value
from chot.people.queries import agent_names
from chot.people.queries_teams import team_titles
from chot.people.templatetags.figures import count, day, measured, percent, said
from chot.performance import live
from chot.performance.figures_shown import CAMPAIGN
from chot.performance.queries import both
from chot.performance.queries_campaigns import RATES, Campaign
from chot.performance.report_files import Column, Sheet
from chot.performance.report_filter import Asked
from chot.performance.report_sheets import days_words

_WIDTHS = {"vnd": 2.2, "seconds": 1.7}


def share(value: Any) -> str:
    """A rate in per cent, with one digit."""
    return percent(value, 1)


def columns() -> list[Column]:
    """The columns of the table."""
    figures = [
        Column(name=each.name, title=_titled(each), paper_title=said(both(each.title)), number=True, words=_worded(each),
               width=_WIDTHS.get(each.unit, 1.35))
        for each in CAMPAIGN
    ]  # fmt: skip
    rates = [
        Column(name=each.name, title=said(both(each.title)), number=True, words=share if each.unit == "ratio" else _in(each.unit),
               width=_WIDTHS.get(each.unit, 1.35))
        for each in RATES.values()
    ]  # fmt: skip
    return [
        Column(name="first", title=_("From"), words=day, on_paper=False), Column(name="last", title=_("To"), words=day, on_paper=False),
        Column(name="campaign", title=_("Campaign"), width=2.2),
        Column(name="agents", title=_("Agents"), number=True, words=count, width=1.2),
        *figures, *rates,
    ]  # fmt: skip


def _titled(figure: Any) -> str:
    units = {"seconds": _("seconds"), "vnd": "VND"}
    return f"{said(both(figure.title))} ({units[figure.unit]})" if figure.unit in units else said(both(figure.title))


def _worded(figure: Any) -> Any:
    return lambda value: live.words(figure, value)


def _in(unit: str) -> Any:
    return lambda value: measured(Fraction(value), unit)


def sheet(asked: Asked, found: Sequence[Campaign], whole: Campaign) -> Sheet:
    """The campaigns of any days; on paper with a bar for each one's contact rate."""
    facts = [(_("Period"), days_words(asked)), (_("Team"), team_titles()[asked.team] or _("All teams"))]
    if asked.agent:
        facts.append((_("Agent"), f"{agent_names().get(asked.agent, asked.agent)} · {asked.agent}"))
    rated = [(each.name, each.rates["contact_rate"]) for each in found]
    return Sheet(
        table="campaigns", name=f"campaigns-{asked.first}-{asked.last}", title=_("Campaigns"), facts=facts, columns=columns(),
        rows=[_row(asked, each.title, each) for each in found], total=_row(asked, _("Together"), whole) if len(found) > 1 else (),
        bars=[(name, int(rate * 10_000), share(rate)) for name, rate in rated if rate] if len(found) > 1 else [],
        bars_title=said(both(RATES["contact_rate"].title)),
    )  # fmt: skip


def _row(asked: Asked, name: str, each: Campaign) -> list[Value]:
    rates = [None if rate is None else Decimal(decimal_text(rate, 6)) for rate in each.rates.values()]
    return [asked.first, asked.last, name, each.agents, *each.values.values(), *rates]
