"""Light, dark, or as the system has it: remembered by the browser in a cookie, so that the page arrives in its colours."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from chot.people.answering import back
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
    answer = back(request)
    given = request.POST.get("theme", "auto")
    if given in THEMES:
        answer.set_cookie(COOKIE, given, max_age=365 * 86400, samesite="Lax", httponly=True, secure=settings.HTTPS)
    return answer
