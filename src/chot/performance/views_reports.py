"""Reports of any days: a table by agent, team, campaign, queue or day; when and how far; and the rows behind every number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.campaigns.queries import campaign_names
from chot.kpi.measures import CUT, Cut
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.models import User
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in, sees_company, sees_teams
from chot.people.templatetags.figures import day
from chot.performance import live, page_papers, queries_patterns, queries_reports, queries_rows, report_sheets
from chot.performance.figures_shown import FIGURES, REPORT, Figure
from chot.performance.queries import both
from chot.performance.queries_pace import figure_of_plan
from chot.performance.queries_team import ROWS, teams_of
from chot.performance.report_files import FORMS, choice, pdf_response, response
from chot.performance.report_filter import BY, OWN, SPANS, WITHIN_CAMPAIGN, Asked, asked, saved_days

_CUTS: dict[str, Cut] = {each: each for each in get_args(Cut)}


@allowed(sees_teams)
@require_GET
@limited("export", asked="export")
def report(request: HttpRequest) -> HttpResponse:
    """Calls, talk time, tickets, orders and revenue of any days; as a page or a file."""
    assert isinstance(request.user, User)
    wanted = asked(request.user, request.GET.dict())
    lines = queries_reports.report(request.user, wanted)
    kind = request.GET.get("export", "")
    if kind in FORMS:
        return response(request.user, report_sheets.report_sheet(wanted, lines), kind)
    page = Paginator(lines, ROWS).get_page(request.GET.get("page"))
    context = {
        **filtered(request.user, wanted), "page": page,
        "by": {name: title for name, title in BY.items() if not wanted.campaign or name in WITHIN_CAMPAIGN},
        "export_url": f"?{wanted.query}&export=", "every_query": replace(wanted, campaign="").query,
        "campaign": campaign_names().get(wanted.campaign, wanted.campaign) if wanted.campaign else "",
        "choice": choice(request.user, "report", report_sheets.report_columns(wanted)), "figures": [_head(each) for each in REPORT],
        "lines": [(line, _shown(line.values, line.rows)) for line in page],
        "totals": _shown(queries_reports.totals(lines), [""] * len(REPORT)) if wanted.by != "company" else [],
    }  # fmt: skip
    return render(request, "performance/report.html", context)


def filtered(user: User, wanted: Asked) -> dict[str, Any]:
    """What the form of days, team and agent shows."""
    seen, names = queries_reports.members(user, wanted.team), agent_names()
    agents = sorted(((agent, names.get(agent, agent)) for agent in seen), key=lambda pair: (pair[1].split()[-1:], pair[1]))
    saved = [(f"{OWN}{each.pk}", each) for each in saved_days(user)]
    return {"asked": wanted, "spans": SPANS, "saved": saved, "teams": teams_of(user), "all_teams": sees_company(user), "agents": agents}


def _head(figure: Figure) -> dict[str, Any]:
    return {"title": both(figure.title), "about": both(figure.about)}


def _shown(values: Sequence[int], rows: Sequence[str]) -> list[tuple[str, str]]:
    return [(_words(figure, value), query if value else "") for figure, value, query in zip(REPORT, values, rows, strict=True)]


def _words(figure: Figure, value: int) -> str:
    """A value as people read it; seconds as hours and minutes."""
    return live.words(figure, value)


@allowed(sees_teams)
@require_GET
@limited("export", asked="export")
def patterns(request: HttpRequest) -> HttpResponse:
    """When customers are called and reached, by hour and weekday, and how far leads come; as a page or a file."""
    assert isinstance(request.user, User)
    wanted = asked(request.user, request.GET.dict())
    what = request.GET.get("what", "")
    what = what if what in queries_patterns.WHAT else "calls"
    shown, rows = queries_patterns.heat(wanted, what)
    kind = request.GET.get("export", "")
    if kind in SHEETS:
        body: list[list[Value]] = [
            [str(day), *(None if cell.value is None else float(cell.value) for cell in cells)] for day, cells in rows
        ]
        heads = [_("Weekday"), *(f"{hour}h" for hour in shown)]
        return sheet_response(kind, f"{what}-{wanted.first}-{wanted.last}", heads, body)
    steps = queries_patterns.steps(wanted)
    if kind == "pdf":
        return pdf_response(f"{what}-{wanted.first}-{wanted.last}", page_papers.patterns_paper(wanted, what, shown, rows, steps))
    context = {
        **filtered(request.user, wanted), "what": what, "whats": queries_patterns.WHAT, "hours": shown, "rows": rows,
        "chart": queries_patterns.heat_chart(shown, rows, what) if rows else None, "steps": steps,
        "funnel": queries_patterns.funnel_chart(steps) if steps[0].number else None,
    }  # fmt: skip
    return render(request, "performance/patterns.html", context)


@allowed(anyone_signed_in)
@require_GET
@limited("export", asked="export")
def rows(request: HttpRequest) -> HttpResponse:
    """The rows behind a figure: those that count, or those that do not and why; as a page or a file."""
    assert isinstance(request.user, User)
    wanted = asked(request.user, request.GET.dict())
    name = request.GET.get("figure", "")
    figure, cut = FIGURES.get(name) or figure_of_plan(name), _CUTS.get(request.GET.get("cut", ""))
    if figure is None or cut is None:
        raise Http404
    part, counted = request.GET.get("part", ""), request.GET.get("show") != "left"
    number = int(text) if (text := request.GET.get("page", "1")).isdecimal() and 0 < int(text) < 1_000_000 else 1
    export = request.GET.get("export", "")
    filed = export in FORMS
    size = queries_rows.PAPER if export == "pdf" else queries_rows.MOST if filed else queries_rows.PAGE
    page = queries_rows.rows(figure, wanted, cut=cut, part=part, counted=counted, page=1 if filed else number, lang=_lang(), size=size)
    if filed:
        sheet = report_sheets.rows_sheet(wanted, figure, page, counted=counted, part=_part_words(cut, part))
        return response(request.user, sheet, export)
    query = wanted.rows_of(figure.name, cut=cut, part=part)
    page_query = query + ("" if counted else "&show=left")
    context = {
        "asked": wanted, "figure": _head(figure), "page": page, "counted": counted, "query": query, "part": _part_words(cut, part),
        "value": _words(figure, page.value), "who": agent_names().get(wanted.agent, wanted.agent), "unit": figure.unit,
        "table": figure.measure.table, "own": request.user.agent_id == wanted.agent != "",
        "page_query": page_query, "export_url": f"?{page_query}&export=",
        "choice": choice(request.user, "rows", report_sheets.rows_columns(counted=counted)),
    }  # fmt: skip
    return render(request, "performance/rows.html", context)


def _lang() -> str:
    return "vi" if (translation.get_language() or "vi").startswith("vi") else "en"


def _part_words(cut: Cut, part: str) -> str:
    if CUT in part:
        return ", ".join(_part_words(_CUTS.get(name, ""), each) for name, each in zip(cut.split("_"), part.split(CUT), strict=False))
    if cut == "day" and re.fullmatch(r"\d{4}-\d\d-\d\d", part):
        return day(part)
    if cut == "hour" and part.isdecimal() and 100 <= int(part) < 800:
        return f"{queries_patterns.WEEKDAYS[int(part) // 100 - 1]}, {int(part) % 100}–{int(part) % 100 + 1}h"
    return queries_reports.part_titles(cut).get(part, part)
