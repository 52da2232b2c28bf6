"""Changing what is known of a person: joining, from a day on, a correction, the last day, coming back, the telephone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chot.core import clock
from chot.core.errors import InputError
from chot.people import actions_people as actions
from chot.people.actions_phones import set_phone
from chot.people.forms_people import CorrectForm, JoinForm, LastDayForm, PhoneForm, RowForm
from chot.people.models import AgentRow, User
from chot.people.origin import address_of
from chot.people.queries_people import history_of, teams
from chot.people.queries_teams import plan_roles
from chot.people.rules import allowed, manages_people, sets_base_pay

_METHODS = ["GET", "POST"]


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


def _pay(request: HttpRequest) -> bool:
    assert isinstance(request.user, User)
    return sets_base_pay(request.user)


def _latest(agent_id: str) -> AgentRow:
    rows = history_of(agent_id)
    if not rows:
        raise Http404
    today = clock.today()
    return next((row for row in rows if row.holds(today)), rows[0])


def _held(row: AgentRow) -> dict[str, Any]:
    names = (*actions.DATED, "hired_on", "left_on", "valid_from", "valid_to")
    return {name: getattr(row, name) for name in names}


def _done(request: HttpRequest, form: Form, write: Callable[[dict[str, Any]], object]) -> bool:
    """Whether the form was sent and written; what the action refuses stands in the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        changed = write(form.cleaned_data)
    except InputError as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, f"{problem.what}. {problem.fix}")
        return False
    messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
    return True


def _page(request: HttpRequest, form: Form, title: str, button: str, *, row: AgentRow | None = None, what: str = "") -> HttpResponse:
    shown = {"form": form, "title": title, "button": button, "row": row, "what": what, "teams": teams(), "plan_roles": plan_roles()}
    return render(request, "people/person_edit.html", shown, status=422 if form.errors else 200)


@allowed(manages_people)
@require_http_methods(_METHODS)
def join(request: HttpRequest) -> HttpResponse:
    """Somebody new."""
    form = JoinForm(request.POST or None, pay=_pay(request), initial={"day": clock.today()})
    if _done(request, form, lambda given: actions.join(given["agent_id"], given, given["day"], **_by(request))):
        return redirect("people:person", form.cleaned_data["agent_id"])
    return _page(request, form, _("Somebody new"), _("Add"))


@allowed(manages_people)
@require_http_methods(_METHODS)
def change(request: HttpRequest, agent_id: str) -> HttpResponse:
    """From a day on something else is true."""
    row = _latest(agent_id)
    form = RowForm(request.POST or None, pay=_pay(request), initial={**_held(row), "day": clock.today()})
    if _done(request, form, lambda given: actions.change_from(agent_id, given["day"], given, **_by(request))):
        return redirect("people:person", agent_id)
    what = _("What was true before that day stays as it is; figures and pay of past periods do not move.")
    return _page(request, form, _("Change from a day on"), _("Save"), row=row, what=what)


@allowed(manages_people)
@require_http_methods(_METHODS)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """A row was wrong all along."""
    row = get_object_or_404(AgentRow, pk=pk)
    form = CorrectForm(request.POST or None, pay=_pay(request), initial=_held(row))
    if _done(request, form, lambda given: actions.correct(row, given, given["reason"], **_by(request))):
        return redirect("people:person", row.agent_id)
    what = _("Only for what was never true. Open periods are computed again; for closed ones the next pay run carries the difference.")
    return _page(request, form, _("Correct a row"), _("Correct"), row=row, what=what)


@allowed(manages_people)
@require_http_methods(_METHODS)
def off_board(request: HttpRequest, agent_id: str) -> HttpResponse:
    """The last day of work."""
    row = _latest(agent_id)
    form = LastDayForm(request.POST or None, initial={"last_day": clock.today()})
    if _done(request, form, lambda given: actions.off_board(agent_id, given["last_day"], **_by(request))):
        return redirect("people:person_hand_over", agent_id)
    what = _(
        "When the day is over the account is locked and every session ends. Shifts after it are taken out of the roster. "
        "Next comes the list of what the person has in hand, to choose successors."
    )
    return _page(request, form, _("Last day of work"), _("Note the last day"), row=row, what=what)


@allowed(manages_people)
@require_http_methods(_METHODS)
def rehire(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Somebody comes back."""
    row = _latest(agent_id)
    form = RowForm(request.POST or None, pay=_pay(request), initial={**_held(row), "day": clock.today()})
    form.fields["day"].label = _("First day back")
    if _done(request, form, lambda given: actions.rehire(agent_id, given["day"], given, **_by(request))):
        return redirect("people:person", agent_id)
    what = _("A new employment under the same number. The account stays locked until an administrator opens it.")
    return _page(request, form, _("Comes back"), _("Take on again"), row=row, what=what)


@allowed(manages_people)
@require_http_methods(_METHODS)
def phone(request: HttpRequest, agent_id: str) -> HttpResponse:
    """The person's telephone number."""
    row = _latest(agent_id)
    form = PhoneForm(request.POST or None)
    if _done(request, form, lambda given: set_phone(agent_id, given["phone"], **_by(request))):
        return redirect("people:person", agent_id)
    return _page(
        request, form, _("Telephone"), _("Save"), row=row, what=_("The present number is not shown; leave the field empty to take it away.")
    )
