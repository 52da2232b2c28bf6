"""What a form that was sent is answered with: the page that the person came from, what was wrong, and which pay it moves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from chot.core.errors import InputError
from chot.people.closed_days import runs_touched
from chot.people.models import User
from chot.people.rules import sees_pay


def given_next(request: HttpRequest) -> str:
    """The ``next`` of the form or the address, only when it is a page of this application; else empty."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    return given if url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure()) else ""


def back(request: HttpRequest, otherwise: str = "/") -> HttpResponseRedirect:
    """To where the person was, if that is a page of ours, else to ``otherwise``."""
    return redirect(given_next(request) or otherwise)


def say(request: HttpRequest, error: InputError) -> None:
    """Show what was wrong, on the page that comes next."""
    for problem in error.problems:
        messages.error(request, f"{problem.what}. {problem.fix}")


def lay(form: Form, error: InputError) -> None:
    """Show what was wrong at the fields of a form."""
    for problem in error.problems:
        form.add_error(problem.field or None, f"{problem.what}. {problem.fix}")


def warn_of_pay(request: HttpRequest, days: Iterable[date], agents: Iterable[str] | None = None) -> None:
    """Say which pay, prepared or closed already, the change moves, and what to do."""
    assert isinstance(request.user, User)
    for run in runs_touched(days, agents):
        if sees_pay(request.user):
            messages.warning(request, format_html('{} <a href="{}">{}</a>', str(run), run.link, _("Open this pay")))
        else:
            messages.warning(request, str(run))
