"""The agent's desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chot.people.models import User
from chot.people.rules import allowed, is_agent


@allowed(is_agent)
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The agent's own desk."""
    assert isinstance(request.user, User)
    return render(request, "calls/desk.html", {})
