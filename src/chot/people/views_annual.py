"""Annual leave by year: a team's list, one person's account of days, what is carried over; and the calendar of leave."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.people import actions_annual as actions
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.forms_time import AdjustLeaveForm, AgreedDaysForm, CarryOverForm
from chot.people.models import Leave, LeaveKind, LeaveState, User
from chot.people.origin import address_of
from chot.people.queries_annual import YearOf, calendar_of, people_of, year_of
from chot.people.queries_leave import adjustments_of, balance_of
from chot.people.queries_people import history_of, person_of
from chot.people.queries_roster import teams_to_roster
from chot.people.queries_teams import TeamTitles, team_titles
from chot.people.rates import limited
from chot.people.rules import allowed, makes_roster_of, makes_rosters, sees_roster_of, sees_rosters, sets_annual_leave

_FIRST_YEAR, _ROWS = 2000, 50


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _year(text: str | None) -> int:
    this = clock.today().year
    return int(text) if text and text.isdecimal() and _FIRST_YEAR <= int(text[:5]) <= this + 1 else this


def _team(request: HttpRequest) -> tuple[str, list[tuple[str, str]]]:
    """The team of the address (empty: every one that may be seen), and those there are to choose from."""
    known, names = teams_to_roster(_user(request)), team_titles()
    team = request.GET.get("team", "")
    if team and team not in known:
        raise PermissionDenied
    return team, [(each, names.get(each, each)) for each in known]


@allowed(sees_rosters)
@require_GET
@limited("export", asked="export")
def annual(request: HttpRequest) -> HttpResponse:
    """What a year gives, what is taken and what is left, by person; as a page or a file."""
    year, (team, teams) = _year(request.GET.get("year")), _team(request)
    people = people_of(_user(request), date(year, 1, 1), date(year, 12, 31), team)
    export = request.GET.get("export", "")
    if export in SHEETS:
        heads = [
            _("Agent"), _("Name"), _("Team"), _("Year"), _("Earned"), _("Of it seniority"), _("Months"),
            pgettext("leave", "Carried over"), _("Lapsed"),
            _("Corrected"), _("Taken or approved"), _("Asked for"), _("Left"),
        ]  # fmt: skip
        titles = team_titles()
        return sheet_response(export, f"annual-leave-{year}", heads, (_cells(row, year, titles) for row in year_of(people, year)))
    page = Paginator(list(people), _ROWS).get_page(request.GET.get("page"))
    shown = {
        "rows": year_of({agent: people[agent] for agent in page}, year), "page": page,
        "year": year, "team": team, "teams": teams, "sets": sets_annual_leave(_user(request)),
        "carry": CarryOverForm(initial={"most": 5, "until": date(year, 3, 31)}), "makes": makes_rosters(_user(request)),
        "query": urlencode({"year": str(year), "team": team}), "this_year": clock.today().year,
    }  # fmt: skip
    return render(request, "people/annual.html", shown)


def _cells(row: YearOf, year: int, titles: TeamTitles) -> list[Value]:
    stand = row.balance
    days = (stand.entitled, stand.earned.seniority, stand.earned.months, stand.carried, stand.lapsed, stand.corrected)
    numbers = [round(float(each), 2) for each in (*days, stand.taken, stand.asked, stand.left)]
    return [row.agent_id, row.name, titles[row.team_id], year, *numbers]


@allowed(sets_annual_leave)
@require_POST
def carry_over(request: HttpRequest) -> HttpResponse:
    """What is left of the year before goes into this one, for everyone of the list."""
    year, (team, _teams) = _year(request.GET.get("year")), _team(request)
    form = CarryOverForm(request.POST)
    if form.is_valid():
        agents = list(people_of(_user(request), date(year, 1, 1), date(year, 12, 31), team))
        reason = _("Left of %(year)s") % {"year": year - 1}
        most, until = Fraction(form.cleaned_data["most"]), form.cleaned_data["until"]
        done = actions.carry_over(agents, year, most, until, reason, by=_user(request), address=address_of(request))
        said = _("Days were carried over for %(people)s people.") % {"people": done}
        messages.success(request, said if done else _("Nothing was changed."))
    else:
        messages.error(request, _("Give the days as a number from 0 on, in halves."))
    return redirect(f"{reverse('people:annual')}?{urlencode({'year': str(year), 'team': team})}")


@allowed(sees_rosters)
@require_http_methods(["GET", "POST"])
def annual_of(request: HttpRequest, agent_id: str) -> HttpResponse:
    """One person's year: how the days come about, every leave of it, and what was corrected."""
    user, year, history = _user(request), _year(request.GET.get("year")), history_of(agent_id)
    if not history:
        raise Http404
    if not sees_roster_of(user, agent_id):
        raise PermissionDenied
    sets = sets_annual_leave(user) and user.agent_id != agent_id
    which = request.POST.get("which", "")
    if request.method == "POST" and not sets:
        raise PermissionDenied
    person = person_of(agent_id)
    adjust = AdjustLeaveForm(request.POST if which == "adjust" else None)
    agreed = AgreedDaysForm(request.POST if which == "agreed" else None, initial={"annual_days": person.annual_days if person else None})
    if _written(request, agent_id, year, adjust, agreed):
        messages.success(request, _("Saved."))
        return redirect(f"{reverse('people:annual_of', args=[agent_id])}?year={year}")
    leaves = Leave.objects.filter(agent_id=agent_id, first_day__lte=date(year, 12, 31), last_day__gte=date(year, 1, 1))
    shown: dict[str, Any] = {
        "agent_id": agent_id, "name": history[0].name, "year": year, "balance": balance_of(agent_id, year), "sets": sets,
        "adjustments": adjustments_of(agent_id, year), "adjust": adjust, "agreed": agreed, "makes": makes_roster_of(user, agent_id),
        "leaves": leaves.filter(kind=LeaveKind.ANNUAL, state__in=(LeaveState.APPROVED, LeaveState.ASKED)).select_related("decided_by"),
        "hired": history[0].hired_on, "this_year": clock.today().year,
    }  # fmt: skip
    return render(request, "people/annual_of.html", shown, status=422 if adjust.errors or agreed.errors else 200)


def _written(request: HttpRequest, agent_id: str, year: int, adjust: Form, agreed: Form) -> bool:
    by: dict[str, Any] = {"by": _user(request), "address": address_of(request)}
    if adjust.is_bound and adjust.is_valid():
        given = adjust.cleaned_data
        actions.adjust(agent_id, year, given["kind"], Fraction(given["days"]), given["reason"], until=given["until"], **by)
        return True
    if agreed.is_bound and agreed.is_valid():
        actions.agree(agent_id, agreed.cleaned_data["annual_days"], **by)
        return True
    return False


@allowed(sees_rosters)
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Who is away when, a month at a time."""
    team, teams = _team(request)
    today = clock.today()
    try:
        month = date.fromisoformat(f"{request.GET.get('month') or f'{today:%Y-%m}'}-01")
    except ValueError:
        month = today.replace(day=1)
    before = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    shown = {
        "month": month, "before": before, "after": after, "calendar": calendar_of(_user(request), month, team), "team": team,
        "teams": teams, "today": today, "makes": makes_rosters(_user(request)),
        "kinds": [each for each in LeaveKind.choices if each[0] != "holiday"],
    }  # fmt: skip
    return render(request, "people/leave_calendar.html", shown)
