"""The people of the facts: a list that can be searched and taken along, and each one's history."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.core import clock
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.forms import PeopleFilter
from chot.people.handover import leaver_of, without_successor
from chot.people.models import AgentRow, User
from chot.people.person_notes import notes_about
from chot.people.queries_accounts import account_names
from chot.people.queries_leave import balance_of
from chot.people.queries_people import history_of, people_on, person_of, teams
from chot.people.queries_teams import team_titles
from chot.people.rates import limited
from chot.people.rules import allowed, manages_people, manages_users, may_see_pay_of, sees_pay, sees_people, sees_roster_of

ROWS = 50


def _filtered(request: HttpRequest) -> tuple[PeopleFilter, list[AgentRow]]:
    titles = team_titles()
    form = PeopleFilter(request.GET, teams=[(each, titles[each]) for each in teams()])
    chosen = form.cleaned_data if form.is_valid() else {}
    return form, people_on(
        clock.today(), search=chosen.get("q", ""), team=chosen.get("team", ""), show=chosen.get("show", "")
    )


@allowed(sees_people)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Who works here, in which team and role."""
    assert isinstance(request.user, User)
    form, rows = _filtered(request)
    query = request.GET.copy()
    query.pop("page", None)
    shown = {
        "form": form, "rows": rows, "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "accounts": account_names(), "pay": sees_pay(request.user), "manages": manages_users(request.user),
        "edits": manages_people(request.user), "today": clock.today(), "query": query.urlencode(),
        "pages": f"{query.urlencode()}&",
    }  # fmt: skip
    return render(request, "people/people.html", shown)


@allowed(sees_people)
@require_GET
@limited("export")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The list as it is filtered, as ``csv`` or ``xlsx``."""
    assert isinstance(request.user, User)
    if kind not in SHEETS:
        raise Http404
    _form, rows = _filtered(request)
    pay = sees_pay(request.user)
    headings = [_("Agent"), _("Name"), _("Team"), _("Role in plans"), _("First day"), _("Last day"), _("Wage region")]
    return sheet_response(kind, "people", headings + ([_("Base pay")] if pay else []), _cells(rows, pay=pay))


def _cells(rows: list[AgentRow], *, pay: bool) -> Iterator[list[Value]]:
    for row in rows:
        cells: list[Value] = [row.agent_id, row.name, row.team_id, row.plan_role, row.hired_on, row.left_on, row.wage_region]
        yield cells + ([row.base_pay_vnd] if pay else [])


@allowed(sees_people)
@require_GET
def person(request: HttpRequest, agent_id: str) -> HttpResponse:
    """What was true of one person when."""
    assert isinstance(request.user, User)
    rows = history_of(agent_id)
    if not rows:
        raise Http404
    today = clock.today()
    leaves = next((row for row in rows if row.holds(today)), rows[0]).left_on is not None
    shown = {
        "rows": rows, "latest": next((row for row in rows if row.holds(today)), rows[0]),
        "pay": may_see_pay_of(request.user, agent_id),
        "account": User.objects.filter(agent_id=agent_id).first(), "manages": manages_users(request.user), "today": today,
        "edits": manages_people(request.user), "person": person_of(agent_id),
        "in_hand": sum(without_successor(leaver_of(agent_id)).values()) if manages_people(request.user) and leaves else 0,
        "leaves": leaves, "notes": notes_about(agent_id, request.user),
        "leave_left": balance_of(agent_id, today.year).left if sees_roster_of(request.user, agent_id) else None,
    }  # fmt: skip
    return render(request, "people/person.html", shown)
