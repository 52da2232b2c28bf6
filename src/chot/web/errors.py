"""What a person sees when a request is refused or fails: what happened, what to do, and the number under which the log has it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from chot.people.rules import public
from chot.web.appearance import chosen_theme


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _without_a_person(request, "400.html", 400)


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


@public
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or of another session."""
    return render(request, "403_csrf.html", status=403)


@public
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return render(request, "404.html", status=404)


@public
def failed(request: HttpRequest) -> HttpResponse:
    """500, also when the database does not answer: the page asks it nothing."""
    return _without_a_person(request, "500.html", 500)


def _without_a_person(request: HttpRequest, template: str, status: int) -> HttpResponse:
    theme = chosen_theme(request)
    return HttpResponse(render_to_string(template, {"incident": getattr(request, "incident", ""), "theme": theme}), status=status)
