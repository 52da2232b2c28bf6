"""Pages of a period: an agent's own KPIs and pay, and the ranking of a team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.core.money import decimal_text
from chot.core.periods import parse
from chot.people.exports import Value, csv_response, xlsx_response
from chot.people.models import User
from chot.people.rules import allowed, is_agent, sees_company, sees_pay, sees_teams, sets_goals
from chot.people.templatetags.figures import said
from chot.performance import live, queries, queries_ranking, queries_reports, queries_team, what_if
from chot.performance.models import Result
from chot.performance.queries_plans import pending_announcement
from chot.performance.queries_team import Section


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
        "head": queries.statement_head(run, result.agent_id), "outlook": queries.outlook(result),
        "others": [(line, queries.line_title(plan, line["id"])) for line in result.lines if line["kind"] != "bonus"],
        "wishes": what_if.wishes(plan, asked if mine_asked else {}), "counts_orders": what_if.counts_orders(plan),
        "orders": asked.get("orders", "") if mine_asked else "", "supposed": what_if.suppose(result, asked) if mine_asked else None,
    }  # fmt: skip


@allowed(sees_teams)
@require_GET
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
    usual = "" if named is None else "name"
    sections = queries_team.sections(user, period, team=chosen, sort=sort, usual=usual) if period else []
    if kind in ("csv", "xlsx") and period:
        heads, rows = _heads(sections, money=money), _rows(sections, money=money, named=named)
        return (csv_response if kind == "csv" else xlsx_response)(f"team-{period}", heads, rows)
    context = {
        "periods": periods, "period": period, "teams": teams, "team": chosen, "sort": sort, "sections": sections,
        "money": money, "all_teams": sees_company(user), "named": named, "sets": sets_goals(user),
    }  # fmt: skip
    return render(request, "performance/team.html", context)


def _titles(sections: Sequence[Section]) -> dict[str, str]:
    return {metric: said(title) for section in sections for metric, title, _unit in section.heads}


def _heads(sections: Sequence[Section], *, money: bool) -> list[str]:
    kpis = [head for title in _titles(sections).values() for head in (title, _("%(kpi)s: attainment") % {"kpi": title})]
    start = [_("Plan"), _("Rank"), _("Agent"), _("Name"), _("Team"), _("Weighted attainment")]
    return [*start, *kpis, *([_("Variable pay (VND)")] if money else [])]


def _rows(sections: Sequence[Section], *, money: bool, named: int | None) -> Iterator[list[Value]]:
    names = list(_titles(sections))
    for section in sections:
        for row in section.rows:
            result = row.result
            place = row.place if named is None or row.place <= named else None
            items = {cell["metric"]: cell for cell in row.cells if cell}
            figures = [_decimal(items[name][part]) if name in items else None for name in names for part in ("actual", "attainment")]
            start: list[Value] = [section.plan.title, place, result.agent_id, result.name, result.team_id, result.attainment]
            yield [*start, *figures, *([result.variable_vnd] if money else [])]


def _decimal(value: Any) -> Value:
    return None if value is None else Decimal(decimal_text(Fraction(value), 6))
