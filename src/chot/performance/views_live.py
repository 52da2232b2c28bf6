"""The live board of today, and its stream of changes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET

from chot.people.models import User
from chot.people.rules import allowed, sees_company, sees_teams
from chot.performance import live
from chot.performance.queries_team import teams_of
from chot.performance.report_filter import asked


@allowed(sees_teams)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Today's calls, talk time, tickets, orders and revenue of each team and agent; only its tables when htmx asks."""
    assert isinstance(request.user, User)
    context = {
        "board": live.board(request.user, request.GET.dict()), "teams": teams_of(request.user), "all_teams": sees_company(request.user),
    }  # fmt: skip
    part = "#board" if getattr(request, "htmx", False) else ""
    return render(request, f"performance/live.html{part}", context)


@allowed(sees_teams)
@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """The changes as server-sent events."""
    assert isinstance(request.user, User)
    query = request.GET.dict()
    asked(request.user, query)
    if live.windows.full(request.user):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    language = translation.get_language() or "vi"
    content = live.stream(request.user, request.session.session_key or "", query, language)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(content, content_type="text/event-stream", headers=headers)
