"""Campaigns side by side: what was tried, reached, sold and charged in any days; as a page or a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode as encoded
from django.views.decorators.http import require_GET

from chot.kpi.metrics import Words
from chot.people.models import User
from chot.people.rates import limited
from chot.people.rules import allowed, sees_teams
from chot.people.templatetags.figures import measured
from chot.performance import campaign_charts, campaign_sheets, live
from chot.performance.figures_shown import FIGURES
from chot.performance.queries import both
from chot.performance.queries_campaigns import COMPARED, RATES, USUAL, Campaign, callers, together
from chot.performance.queries_campaigns import campaigns as campaigns_of
from chot.performance.report_files import FORMS, choice, response
from chot.performance.report_filter import Asked, asked
from chot.performance.views_reports import filtered

SHOWN: Sequence[tuple[str, str]] = (
    ("calls_out", ""), ("answered_out", "contact_rate"), ("right_party", "right_party_rate"), ("conversations", ""),
    ("orders", "conversion"), ("revenue", "average_order"), ("talk_time_out", ""), ("call_charge", "charge_per_order"), ("", "return"),
)  # fmt: skip
"""The columns of the table: a figure, and the rate below it."""


@allowed(sees_teams)
@require_GET
@limited("export", asked="export")
def campaigns(request: HttpRequest) -> HttpResponse:
    """The table of all campaigns; trend, funnel and hours of those compared."""
    assert isinstance(request.user, User)
    wanted = asked(request.user, {**request.GET.dict(), "campaign": "", "by": ""}, by="")
    found = campaigns_of(request.user, wanted)
    whole = together(found, callers(request.user, wanted))
    kind = request.GET.get("export", "")
    if kind in FORMS:
        return response(request.user, campaign_sheets.sheet(wanted, found, whole), kind)
    named = set(request.GET.getlist("campaign"))
    chosen = [each for each in found if each.name in named][:COMPARED] or found[:USUAL]
    trend = request.GET.get("what", "")
    trend = trend if trend in campaign_charts.TRENDS else campaign_charts.TRENDS[0]
    context = {
        **filtered(request.user, wanted), "whats": campaign_charts.trend_names(), "what": trend, "columns": _heads(),
        "lines": [_line(wanted, each) for each in found], "whole": _line(wanted, whole) if len(found) > 1 else None,
        "export_url": f"?{wanted.query}&export=", "choice": choice(request.user, "campaigns", campaign_sheets.columns()),
        "chips": _chips(wanted, trend, found, chosen), "kept": [each.name for each in chosen] if named else [], "most": COMPARED,
        **_charts(wanted, chosen, trend),
    }  # fmt: skip
    return render(request, "performance/campaigns.html", context)


def _charts(wanted: Asked, chosen: Sequence[Campaign], trend: str) -> dict[str, Any]:
    if not chosen:
        return {}
    steps = campaign_charts.funnel(wanted, chosen)
    return {
        "chosen": chosen, "trend": campaign_charts.trend_chart(wanted, chosen, trend), "steps": steps,
        "funnel": campaign_charts.funnel_chart(steps, chosen), "heats": campaign_charts.heats(wanted, chosen),
        "least": campaign_charts.LEAST_CALLS,
    }  # fmt: skip


def _heads() -> list[dict[str, Any]]:
    heads = []
    for name, rate in SHOWN:
        of: Sequence[tuple[Words, Words]] = [(each.title, each.about) for each in (FIGURES.get(name), RATES.get(rate)) if each]
        heads.append({"titles": [both(title) for title, _about in of], "about": [both(about) for _title, about in of]})
    return heads


def _line(wanted: Asked, each: Campaign) -> dict[str, Any]:
    """A campaign's cells: the figure in words with the address of its rows, and the rate below it."""
    cells = [
        {
            "title": both((FIGURES[name] if name else RATES[rate]).title),
            "words": live.words(FIGURES[name], each.values[name]) if name else "",
            "url": campaign_charts.rows_url(wanted, name, "campaign", each.name) if name and each.name and each.values[name] else "",
            "rate": _rate(rate, each) if rate else "",
        }
        for name, rate in SHOWN
    ]  # fmt: skip
    days = {**wanted.days, "team": wanted.team, "agent": wanted.agent, "by": "agent", "campaign": each.name}
    agents = f"{reverse('performance:report')}?{urlencode({name: value for name, value in days.items() if value})}"
    return {"campaign": each, "cells": cells, "agents_url": agents if each.name and each.agents else ""}


def _rate(name: str, each: Campaign) -> str:
    return measured(each.rates[name], RATES[name].unit) if RATES[name].unit != "ratio" else campaign_sheets.share(each.rates[name])


def _chips(wanted: Asked, trend: str, found: Sequence[Campaign], chosen: Sequence[Campaign]) -> list[dict[str, Any]]:
    """Each campaign with the address that puts it beside the others, or takes it away."""
    names = [each.name for each in chosen]
    chips = []
    for each in found:
        on = each.name in names
        kept = [name for name in names if name != each.name] if on else [*names, each.name][-COMPARED:]
        query = f"{wanted.query}&{encoded({'what': trend, 'campaign': kept}, doseq=True)}"
        chips.append({"name": each.title, "on": on, "url": f"?{query}#compared"})
    return chips
