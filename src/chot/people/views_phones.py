"""Whole telephone numbers, one at a time, each look noted."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chot.people.actions_phones import note_reveal
from chot.people.masking import holder_of
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed, anyone_signed_in


@allowed(anyone_signed_in)
@never_cache
@require_POST
@limited("reveal")
def reveal(request: HttpRequest, kind: str, subject: str) -> HttpResponse:
    """The number of one object, to whom the app that holds it lets see it."""
    assert isinstance(request.user, User)
    holder = holder_of(kind)
    if holder is None:
        raise Http404
    if not holder.may_see(request.user, subject):
        raise PermissionDenied
    phone = holder.find(subject)
    if not phone:
        raise Http404
    note_reveal(kind, subject, by=request.user, address=address_of(request))
    template = "people/revealed.html#number" if request.headers.get("HX-Request") else "people/revealed.html"
    return render(request, template, {"phone": phone})
