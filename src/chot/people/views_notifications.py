"""What the person was told, and opening it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from chot.people import notices
from chot.people.actions_notifications import mark_read
from chot.people.models import Notification, User
from chot.people.queries_notifications import notifications_of, unread_count
from chot.people.rules import allowed, anyone_signed_in


@allowed(anyone_signed_in)
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """The latest, unread ones marked."""
    assert isinstance(request.user, User)
    rows = [{"it": each, "text": notices.text(each.kind, each.params)} for each in notifications_of(request.user)]
    return render(request, "people/notifications.html", {"rows": rows})


@allowed(anyone_signed_in)
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bell of an open page, asked for each minute while it is seen; nothing when the number is the one it shows."""
    assert isinstance(request.user, User)
    unread = unread_count(request.user)
    if request.GET.get("unread") == str(unread):
        return HttpResponse(status=204)
    return render(request, "people/bell.html", {"unread": unread})


@allowed(anyone_signed_in)
@require_POST
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Read one and go where it leads."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Notification, pk=pk, user=request.user)
    mark_read(request.user, pk=pk)
    return redirect(found.link or "people:notifications")


@allowed(anyone_signed_in)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything is read."""
    assert isinstance(request.user, User)
    mark_read(request.user)
    return redirect("people:notifications")
