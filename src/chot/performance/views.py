"""Pages of a period: an agent's own KPIs and pay, and the ranking of a team."""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chot.core.periods import parse
from chot.people.models import User
from chot.people.rates import limited
from chot.people.rules import allowed, is_agent, sees_company, sees_pay, sees_teams, sets_goals
from chot.people.templatetags.figures import measured
from chot.performance import (
    live,
    queries,
    queries_agent,
    queries_pace,
    queries_ranking,
    queries_reports,
    queries_team,
    report_sheets,
    what_if,
)
from chot.performance.models import Result
from chot.performance.queries_plans import pending_announcement
from chot.performance.queries_team import ROWS, ROWS_OF_ALL, Row, Section
from chot.performance.report_files import FORMS, choice, response


@allowed(is_agent)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The agent's own KPIs, pay so far and outlook of a period; with a question in the query, what a little more would bring."""
    assert isinstance(request.user, User)
    agent_id = request.user.agent_id
    periods = queries.periods_of_agent(agent_id)
    period = queries.chosen_period(request.GET.get("period"), periods)
    results = queries.results_of(agent_id, period)
    parts = [_part(result, request) for result in results]
    asked = request.GET.get("run", "")
    if getattr(request, "htmx", False) and asked:
        part = next((each for each in parts if str(each["run"].pk) == asked), None)
        return render(request, "performance/mine.html#what_if", {"supposed": part["supposed"] if part else None})
    doing = [
        (figure, [(live.words(figure, value), query if value else "") for value, query in cells])
        for figure, cells in queries_reports.own_figures(agent_id)
    ]
    context = {
        "doing": doing,
        "periods": periods, "period": period, "parts": parts, "agent_id": agent_id, "pending": pending_announcement(request.user),
    }  # fmt: skip
    return render(request, "performance/mine.html", context)


def _part(result: Result, request: HttpRequest) -> dict[str, Any]:
    """What one plan pays the agent, for the page."""
    run, plan = result.run, queries.opened_plan(result.run.plan.text)
    over, total = queries.elapsed(plan, parse(run.period))
    closed = queries.is_closed(run)
    asked = {name: str(value) for name, value in request.GET.items() if value}
    mine_asked = not closed and asked.get("run") == str(run.pk)
    return {
        "run": run, "result": result, "closed": closed, "cards": queries.cards(result), "over": over, "days": total,
        "head": queries.statement_head(result), "outlook": result.forecast,
        "others": [(line, queries.line_title(plan, line["id"])) for line in result.lines if line["kind"] != "bonus"],
        "wishes": what_if.wishes(plan, asked if mine_asked else {}), "counts_orders": what_if.counts_orders(plan),
        **_paces(result, closed=closed),
        "orders": asked.get("orders", "") if mine_asked else "", "supposed": what_if.suppose(result, asked) if mine_asked else None,
    }  # fmt: skip


def _paces(result: Result, *, closed: bool) -> dict[str, Any]:
    """Today and this week in words; nothing for a period that is over or closed."""
    found = None if closed else queries_pace.course(result)
    paces = [(pace, _reached(pace, pace.today), _reached(pace, pace.week)) for pace in found.paces] if found else []
    return {"course": found, "paces": paces}


def _reached(pace: queries_pace.Pace, cell: queries_pace.Reached) -> dict[str, Any]:
    parts = [(queries.both(figure.title), live.words(figure, value), query if value else "") for figure, value, query in cell.parts]
    return {
        "actual": _amount(pace, cell.actual), "target": "" if cell.target is None else _amount(pace, cell.target), "done": cell.done,
        "lower": cell.lower, "query": parts[0][2] if pace.plain and parts else "", "parts": [] if pace.plain else parts,
    }  # fmt: skip


def _amount(pace: queries_pace.Pace, value: Any) -> str:
    return queries_agent.hours(value) if pace.unit == "seconds" and value and pace.grows else measured(value, pace.unit)


@allowed(sees_teams)
@require_GET
@limited("export", asked="export")
def team(request: HttpRequest) -> HttpResponse:
    """The ranking of a period: a leader's own team, or any team or all of them; as a page or a file."""
    assert isinstance(request.user, User)
    user = request.user
    periods = queries_team.periods_seen(user)
    period = queries.chosen_period(request.GET.get("period"), periods)
    teams = queries_team.teams_of(user)
    chosen = request.GET.get("team", "")
    chosen = chosen if chosen in teams else ""
    sort = request.GET.get("sort", "")
    kind = request.GET.get("export", "")
    money, named = sees_pay(user), queries_ranking.last_place_named(user)
    rows = ROWS_OF_ALL if sees_company(user) and not chosen else ROWS
    usual = "" if named is None else "name"
    sections = queries_team.sections(user, period, team=chosen, sort=sort, usual=usual) if period else []
    if kind in FORMS and period:
        return response(user, report_sheets.team_sheet(sections, period, chosen, money=money, named=named), kind)
    context = {
        "periods": periods, "period": period, "teams": teams, "team": chosen, "sort": sort, "sections": sections,
        "paged": _paged(sections, rows, request),
        "money": money, "all_teams": sees_company(user), "named": named, "sets": sets_goals(user),
        "choice": choice(user, "team", report_sheets.team_columns(sections, money=money)),
        "export_url": f"?{urlencode({'period': period, 'team': chosen, 'sort': sort})}&export=",
    }  # fmt: skip
    return render(request, "performance/team.html", context)


def _paged(sections: list[Section], size: int, request: HttpRequest) -> list[tuple[Section, Page[Row]]]:
    """Each section with its rows of the page asked for; only these have their KPIs."""
    pages = [Paginator(each.rows, size).get_page(request.GET.get("page")) for each in sections]
    rows = iter(queries_team.with_cells([row for page in pages for row in page.object_list]))
    for page in pages:
        page.object_list = list(islice(rows, len(page.object_list)))
    return list(zip(sections, pages, strict=True))
