"""An agent's own shifts and leave, and the requests that leaders and managers answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError
from chot.people import actions_leave as actions
from chot.people.answering import warn_of_pay
from chot.people.closed_days import closed_among
from chot.people.forms_time import EnterLeaveForm, LeaveForm
from chot.people.models import Leave, Role, User
from chot.people.origin import address_of
from chot.people.queries import agent_names, rows_on
from chot.people.queries_annual import people_of
from chot.people.queries_leave import balance_of, balances, leaves_of
from chot.people.queries_roster import holidays_between, shifts_of, teams_to_roster
from chot.people.rules import allowed, is_agent, makes_roster_of, makes_rosters

_DAYS = 14


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


@allowed(is_agent)
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The own coming shifts, what is left of the annual leave, and a request for days off."""
    by = _by(request)
    agent_id, today = by["by"].agent_id, clock.today()
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.ask(agent_id, given["kind"], given["first_day"], given["last_day"], given["part"], given["note"], **by)
        except InputError as error:
            for problem in error.problems:
                form.add_error(problem.field or None, f"{problem.what}. {problem.fix}")
        else:
            messages.success(request, _("Asked. Your leader sees it now."))
            return redirect("people:my_shifts")
    cells = shifts_of(agent_id, today, _DAYS)
    holidays = holidays_between(cells[0].day, cells[-1].day)
    shown = {
        "form": form, "cells": cells, "today": today, "balance": balance_of(agent_id, today.year),
        "holidays": holidays, "nothing": not holidays and not any(cell.shifts or cell.leave for cell in cells),
        "leaves": Leave.objects.filter(agent_id=agent_id)[:20], "year": today.year,
    }  # fmt: skip
    return render(request, "people/my_shifts.html", shown, status=422 if form.errors else 200)


@allowed(is_agent)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the own request back."""
    by = _by(request)
    leave = get_object_or_404(Leave, pk=pk, agent_id=by["by"].agent_id)
    try:
        actions.withdraw(leave, **by)
    except InputError as error:
        messages.error(request, str(error.problems[0]))
    else:
        messages.success(request, _("Withdrawn."))
        warn_of_pay(request, actions.days_of(leave), [leave.agent_id])
    return redirect("people:my_shifts")


def _agents(user: User) -> list[str] | None:
    """Whose requests the person answers; None: everyone's."""
    if user.role != Role.LEADER:
        return None
    own = teams_to_roster(user)
    return [agent for agent in rows_on(clock.today()).filter(team_id__in=own).values_list("agent_id", flat=True) if agent != user.agent_id]


@allowed(makes_rosters)
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """Requests that wait with what is left of the year, and those that were answered."""
    user = _by(request)["by"]
    agents = _agents(user)
    waiting = list(leaves_of(agents, waiting=True))
    days = {each.pk: actions.days_of(each) for each in waiting}
    closed = set(closed_among(day for own in days.values() for day in own))
    shown = {
        "waiting": waiting, "answered": list(leaves_of(agents, waiting=False)), "names": agent_names(),
        "left": balances(sorted({each.agent_id for each in waiting}), clock.today().year) if waiting else {},
        "paid": {pk for pk, own in days.items() if closed.intersection(own)}, "own": user.agent_id,
    }  # fmt: skip
    return render(request, "people/leave.html", shown)


@allowed(makes_rosters)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Leave for somebody of the own teams, approved at once."""
    by = _by(request)
    today = clock.today()
    people = [
        (agent, f"{name} ({agent})") for agent, (name, _team) in people_of(by["by"], today, today).items() if agent != by["by"].agent_id
    ]
    form = EnterLeaveForm(
        request.POST or None, people=people, initial={"agent_id": request.GET.get("agent", ""), "first_day": today, "last_day": today}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if not makes_roster_of(by["by"], given["agent_id"]):
            raise PermissionDenied
        try:
            made = actions.enter(
                given["agent_id"], given["kind"], given["first_day"], given["last_day"], given["part"], given["note"], **by
            )
        except InputError as error:
            for problem in error.problems:
                form.add_error(problem.field or None, f"{problem.what}. {problem.fix}")
        else:
            messages.success(request, _("The leave is entered and approved."))
            warn_of_pay(request, actions.days_of(made), [made.agent_id])
            return redirect("people:leave")
    return render(request, "people/leave_enter.html", {"form": form}, status=422 if form.errors else 200)


@allowed(makes_rosters)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse a request of the own team."""
    by = _by(request)
    found = _theirs(by["by"], pk)
    approve = request.POST.get("approve") == "1"
    try:
        actions.decide(found, request.POST.get("answer", "")[:300], approve=approve, **by)
    except InputError as error:
        messages.error(request, str(error.problems[0]))
    else:
        messages.success(request, _("Approved.") if approve else _("Refused."))
        if approve:
            warn_of_pay(request, actions.days_of(found), [found.agent_id])
    return redirect("people:leave")


@allowed(makes_rosters)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Approved days off of the own team no longer count."""
    by = _by(request)
    found = _theirs(by["by"], pk)
    try:
        actions.take_back(found, request.POST.get("reason", "").strip()[:300], **by)
    except InputError as error:
        messages.error(request, str(error.problems[0]))
    else:
        messages.success(request, _("The leave is taken back."))
        warn_of_pay(request, actions.days_of(found), [found.agent_id])
    return redirect("people:leave")


def _theirs(user: User, pk: int) -> Leave:
    found = get_object_or_404(Leave, pk=pk)
    if not makes_roster_of(user, found.agent_id):
        raise PermissionDenied
    return found
