"""How a person likes reports: which columns are exported."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chot.core.errors import InputError
from chot.people.models import User
from chot.people.rules import allowed, anyone_signed_in
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


def back(request: HttpRequest) -> HttpResponse:
    """To the page that asked, when it is one of ours."""
    where = request.POST.get("next", "")
    return redirect(where if where and url_has_allowed_host_and_scheme(where, {request.get_host()}) else "/")
