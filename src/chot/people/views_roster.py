"""The roster: a team's week, shift patterns and public holidays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people import actions_roster as actions
from chot.people.actions_roster import Changed
from chot.people.answering import warn_of_pay
from chot.people.closed_days import closed_among
from chot.people.forms_time import FillForm, HolidayForm, PatternForm
from chot.people.models import PublicHoliday, ShiftPattern, User
from chot.people.origin import address_of
from chot.people.queries_roster import Week, monday_of, patterns, teams_to_roster, week_of
from chot.people.queries_teams import team_titles
from chot.people.rules import allowed, makes_roster_of, makes_rosters, manages_people, sees_rosters

_UNDO = "roster_undo"  # the last change of this sign-in, to be taken back


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _asked(request: HttpRequest) -> tuple[str, date, list[str]]:
    """The team and the Monday of the address; the first team and this week without one."""
    given = request.POST if request.method == "POST" else request.GET
    known = teams_to_roster(_user(request))
    team = given.get("team") or (known[0] if known else "")
    if team and team not in known:
        raise PermissionDenied
    try:
        day = date.fromisoformat(given.get("week") or "")
    except ValueError:
        day = clock.today()
    return team, monday_of(day), known


def _page(
    request: HttpRequest, problems: tuple[Problem, ...] = (), *, late: bool = False, fill_form: FillForm | None = None
) -> HttpResponse:
    team, monday, known = _asked(request)
    week = week_of(team, monday) if team else Week([], [], {}, [])
    names, known_patterns = team_titles(), patterns()
    shown: dict[str, Any] = {
        "team": team, "monday": monday, "before": monday - timedelta(days=7), "after": monday + timedelta(days=7), "week": week,
        "codes": [(each.code, each.code) for each in known_patterns],
        "teams": [(each, names.get(each, each)) for each in known], "patterns": known_patterns, "makes": makes_rosters(_user(request)),
        "manages": manages_people(_user(request)), "problems": problems, "late": late, "today": clock.today(),
        "closed": closed_among(week.days), "sent": request.POST if problems or late else None, "undo": bool(request.session.get(_UNDO)),
        "fill": fill_form or _fill_form(request, week, monday, late=late or bool(problems)), "filling": "code" in request.POST,
    }  # fmt: skip
    return render(request, "people/roster.html", shown, status=422 if problems or late or fill_form else 200)


def _fill_form(request: HttpRequest, week: Week, monday: date, *, late: bool) -> FillForm:
    """The form that fills days, as it was sent when it has to be sent again."""
    people = [(line.agent_id, line.name) for line in week.lines]
    begun = {"first": monday, "last": monday + timedelta(days=27), "agents": [agent for agent, _name in people]}
    return FillForm(request.POST if late and "code" in request.POST else None, patterns=patterns(), people=people, initial=begun)


@allowed(sees_rosters)
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """A team's week, and what was changed in it."""
    if request.method == "GET":
        return _page(request)
    if not makes_rosters(_user(request)):
        raise PermissionDenied
    team, monday, _known = _asked(request)
    week = week_of(team, monday)
    cells = {
        (line.agent_id, cell.day): code
        for line in week.lines
        for cell in line.cells
        if (code := request.POST.get(f"{line.agent_id}/{cell.name}")) is not None and code != cell.code and cell.employed
    }
    agents = {agent for agent, _day in cells}
    return _planned(request, team, monday, [day for _agent, day in cells], agents, lambda by: actions.plan_days(cells, **by))


@allowed(makes_rosters)
@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """The shifts of the week before, where this week is empty."""
    team, monday, _known = _asked(request)
    week = week_of(team, monday)
    agents = [line.agent_id for line in week.lines]
    return _planned(request, team, monday, list(week.days), agents, lambda by: actions.copy_week(agents, monday, **by))


def _planned(
    request: HttpRequest, team: str, monday: date, days: list[date], agents: Iterable[str], write: Callable[[dict[str, Any]], Changed]
) -> HttpResponse:
    closed = closed_among(days)
    if closed and not request.POST.get("late"):
        return _page(request, late=True)
    try:
        changed = write({"by": _user(request), "address": address_of(request)})
    except InputError as error:
        return _page(request, error.problems)
    if changed:
        request.session[_UNDO] = [[agent, day.isoformat(), *codes] for (agent, day), codes in changed.items()]
        messages.success(request, _("%(days)s days changed.") % {"days": len(changed)})
        warn_of_pay(request, days, agents)
    else:
        messages.success(request, _("Nothing was changed."))
    return _week(team, monday)


def _week(team: str, monday: date) -> HttpResponse:
    return redirect(f"{reverse('people:roster')}?{urlencode({'team': team, 'week': monday.isoformat()})}")


@allowed(makes_rosters)
@require_POST
def fill(request: HttpRequest) -> HttpResponse:
    """Days on and days off over a span, for the chosen people of the team."""
    team, monday, _known = _asked(request)
    week = week_of(team, monday)
    form = FillForm(request.POST, patterns=patterns(), people=[(line.agent_id, line.name) for line in week.lines])
    if not form.is_valid():
        return _page(request, fill_form=form)
    given = form.cleaned_data
    rhythm = actions.Rhythm(code=given["code"], on=given["on"], off=given["off"], stagger=given["stagger"])
    first, last = given["first"], given["last"]
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    agents = given["agents"]
    return _planned(
        request, team, monday_of(first), days, agents,
        lambda by: actions.fill(agents, first, last, rhythm, holidays=given["holidays"], **by),
    )  # fmt: skip


@allowed(makes_rosters)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """The last change of the roster is taken back, where nobody has changed it again."""
    team, monday, _known = _asked(request)
    changed = {(agent, date.fromisoformat(day)): (before, after) for agent, day, before, after in request.session.pop(_UNDO, [])}
    if not all(makes_roster_of(_user(request), agent) or agent == _user(request).agent_id for agent in {agent for agent, _day in changed}):
        raise PermissionDenied
    try:
        back = actions.take_back(changed, by=_user(request), address=address_of(request))
    except InputError as error:
        return _page(request, error.problems)
    messages.success(request, _("%(days)s days are as they were.") % {"days": len(back)} if back else _("Nothing was changed."))
    warn_of_pay(request, [day for _agent, day in back], {agent for agent, _day in back})
    return _week(team, monday)


@allowed(manages_people)
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Shift patterns and public holidays."""
    by: dict[str, Any] = {"by": _user(request), "address": address_of(request)}
    which = request.POST.get("which", "")
    year = clock.today().year
    pattern = PatternForm(request.POST if which == "pattern" else None, initial=_held(request.GET.get("pattern", "")))
    holiday = HolidayForm(request.POST if which == "holiday" else None)
    if which == "pattern" and pattern.is_valid():
        given = dict(pattern.cleaned_data)
        given["break_s"] = given.pop("break_min") * 60
        actions.set_pattern(given.pop("code"), given, **by)
    elif which == "holiday" and holiday.is_valid():
        actions.set_holiday(holiday.cleaned_data["day"], holiday.cleaned_data["name"], **by)
        warn_of_pay(request, [holiday.cleaned_data["day"]])
    elif which == "year":
        made = actions.prefill_holidays(year, **by) + actions.prefill_holidays(year + 1, **by)
        messages.success(request, _("%(days)s public holidays were filled in.") % {"days": made})
        return redirect("people:roster_settings")
    else:
        shown = {
            "pattern": pattern, "holiday": holiday, "patterns": ShiftPattern.objects.all(),
            "holidays": PublicHoliday.objects.filter(day__year__gte=year), "year": year,
        }  # fmt: skip
        return render(request, "people/roster_settings.html", shown, status=422 if pattern.errors or holiday.errors else 200)
    messages.success(request, _("Saved."))
    return redirect("people:roster_settings")


def _held(code: str) -> dict[str, Any]:
    found = ShiftPattern.objects.filter(code=code).first() if code else None
    if code and found is None:
        raise Http404
    if found is None:
        return {"break_min": 60, "is_active": True}
    held = {name: getattr(found, name) for name in ("code", "name", "starts", "ends", "is_active")}
    return held | {"break_min": found.break_s // 60}
