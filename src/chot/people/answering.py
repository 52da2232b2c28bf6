"""What a form that was sent is answered with: the page that the person came from, and what was wrong."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from chot.core.errors import InputError


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
