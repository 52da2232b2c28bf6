"""Light, dark, or as the system has it: remembered by the browser in a cookie, so that the page arrives in its colours."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from chot.people.rules import public

COOKIE = "chot_theme"
THEMES = ("auto", "light", "dark")


def chosen_theme(request: HttpRequest) -> str:
    """One of THEMES."""
    given = request.COOKIES.get(COOKIE, "auto")
    return given if given in THEMES else "auto"


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the choice."""
    back = request.POST.get("next", "/")
    answer = redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
    given = request.POST.get("theme", "auto")
    if given in THEMES:
        answer.set_cookie(COOKIE, given, max_age=365 * 86400, samesite="Lax", httponly=True, secure=settings.HTTPS)
    return answer
