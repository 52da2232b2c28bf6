"""Where a person lands, and what a monitor asks."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET, require_POST
from prometheus_client import CONTENT_TYPE_LATEST

from chot.people.answering import back
from chot.people.models import Role, User
from chot.people.rules import allowed, anyone_signed_in, public
from chot.web.measured import exposition
from chot.web.parts import states

_FIRST_PAGE = {
    Role.AGENT: "performance:mine",
    Role.LEADER: "performance:team",
    Role.QUALITY: "performance:team",
    Role.MANAGER: "performance:team",
    Role.PAYROLL: "pay:runs",
    Role.ADMIN: "people:list",
    Role.AUDITOR: "people:audit",
}


@allowed(anyone_signed_in)
def home(request: HttpRequest) -> HttpResponse:
    """The page that the role begins its day with."""
    assert isinstance(request.user, User)
    return redirect(_FIRST_PAGE[Role(request.user.role)])


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language, of the account or of this browser."""
    chosen = request.POST.get("language", "vi")
    answer = back(request)
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        answer.set_cookie("chot_language", chosen, max_age=365 * 86400, samesite="Lax", httponly=True, secure=settings.HTTPS)
    return answer


@public
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@public
@require_GET
def health_parts(request: HttpRequest) -> HttpResponse:
    """Each part's state, for whoever may read the metrics; 503 while one is bad."""
    if not _monitors(request):
        return HttpResponse(status=404)
    found = states()
    well = "bad" not in found.values()
    return JsonResponse({"status": "ok" if well else "bad", "parts": found}, status=200 if well else 503)


@public
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for this machine (not through a proxy on it) and for whoever sends the token."""
    if not _monitors(request):
        return HttpResponse(status=404)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _monitors(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    own = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    return own or bool(settings.METRICS_TOKEN and constant_time_compare(sent, settings.METRICS_TOKEN))
