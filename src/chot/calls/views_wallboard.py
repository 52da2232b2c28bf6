"""The team leader's wallboard, its stream, and what a leader does from it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from chot.calls import actions_supervision as supervision
from chot.calls import live_wallboard
from chot.calls.actions_states import choose_state
from chot.calls.queries_desk import shown_state, state_choices
from chot.calls.queries_wallboard import wall, wall_teams
from chot.calls.rules import sees_wallboard, sets_state_of, supervises
from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed


@allowed(sees_wallboard)
@require_GET
def wallboard(request: HttpRequest) -> HttpResponse:
    """Who does what now, and today's calls; only the tables when htmx asks."""
    assert isinstance(request.user, User)
    teams, team = wall_teams(request.user), request.GET.get("team", "")
    if team and team not in teams:
        raise PermissionDenied
    context = {"wall": wall(request.user, team), "teams": teams, "team": team, "choices": state_choices()}
    part = "#board" if getattr(request, "htmx", False) else ""
    return render(request, f"calls/wallboard.html{part}", context)


@allowed(sees_wallboard)
@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """The tables as server-sent events."""
    assert isinstance(request.user, User)
    team = request.GET.get("team", "")
    if team and team not in wall_teams(request.user):
        raise PermissionDenied
    if live_wallboard.windows.full(request.user):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    content = live_wallboard.stream(request.user, request.session.session_key or "", team, translation.get_language() or "vi")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(content, content_type="text/event-stream", headers=headers)


@allowed(sees_wallboard)
@require_POST
def supervise(request: HttpRequest) -> HttpResponse:
    """Listen to, whisper in, join or take over an agent's call; ``stop`` leaves it."""
    assert isinstance(request.user, User)
    agent_id, mode = request.POST.get("agent_id", ""), request.POST.get("mode", "")
    if mode == "stop":
        supervision.stop(request.user)
        return JsonResponse({})
    if mode not in supervision.ACTIONS or not supervises(request.user, agent_id, mode):
        raise PermissionDenied
    try:
        supervision.supervise(request.user, agent_id, mode, address=address_of(request))
    except InputError as error:
        return _problem(error)
    return JsonResponse({})


@allowed(sees_wallboard)
@require_POST
def state(request: HttpRequest) -> HttpResponse:
    """Set an agent's state."""
    assert isinstance(request.user, User)
    agent_id = request.POST.get("agent_id", "")
    if not sets_state_of(request.user, agent_id):
        raise PermissionDenied
    chosen, _colon, reason = request.POST.get("state", "").partition(":")
    try:
        made = choose_state(agent_id, chosen, reason, by=request.user, address=address_of(request))
    except InputError as error:
        return _problem(error)
    return JsonResponse(shown_state(made))


def _problem(error: InputError) -> HttpResponse:
    return JsonResponse({"problem": " ".join(str(each) if each.fix else f"{each.what}." for each in error.problems)}, status=422)
