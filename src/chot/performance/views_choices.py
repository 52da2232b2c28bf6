"""How a person likes reports: which columns are exported, and days under a name."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chot.core.errors import InputError
from chot.people.answering import back
from chot.people.models import User
from chot.people.rules import allowed, anyone_signed_in, sees_teams
from chot.performance import actions_reports


@allowed(anyone_signed_in)
@require_POST
def columns_keep(request: HttpRequest) -> HttpResponse:
    """Remember which columns of a table are exported, and go back to it."""
    assert isinstance(request.user, User)
    offered, kept = request.POST.getlist("offered"), request.POST.getlist("kept")
    try:
        actions_reports.choose_columns(request.user, request.POST.get("table", ""), offered=offered, kept=kept)
    except InputError:
        messages.error(request, _("Nothing was changed: keep at least one column."))
    else:
        messages.success(request, _("Your exports of this table have these columns from now on."))
    return back(request)


@allowed(sees_teams)
@require_POST
def days_keep(request: HttpRequest) -> HttpResponse:
    """Keep the days under a name."""
    assert isinstance(request.user, User)
    given = request.POST
    number = given.get("days", "")
    try:
        actions_reports.keep_days(
            request.user, given.get("name", ""), rule=given.get("rule", ""), first=_day(given.get("first", "")),
            last=_day(given.get("last", "")), days=int(number) if number.isdecimal() and len(number) < 5 else None,
        )  # fmt: skip
    except InputError:
        messages.error(request, _("Nothing was saved: give a name, and 1 to 366 days."))
    else:
        messages.success(request, _("Saved. You find it among the days."))
    return back(request)


@allowed(sees_teams)
@require_POST
def days_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget saved days."""
    assert isinstance(request.user, User)
    actions_reports.drop_days(request.user, pk)
    return back(request)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
