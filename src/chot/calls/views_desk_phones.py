"""Hardware phones on desks: who has one, and how it does; given and taken back by an administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chot.calls import queries_phones
from chot.calls.actions_desk_phones import give_desk_phone, take_desk_phone
from chot.calls.queries_exchange import live_nodes
from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed
from chot.switchboard.rules import manages_lines, sees_lines

_ANY = "0.0.0.0"  # noqa: S104 - only compared


@allowed(sees_lines)
@require_GET
def desk_phones(request: HttpRequest) -> HttpResponse:
    """Everybody's desk phone; the table is asked for again every few seconds."""
    assert isinstance(request.user, User)
    if request.headers.get("HX-Request"):
        shown = {"phones": queries_phones.desk_phones(), "manages": manages_lines(request.user)}
        return render(request, "calls/desk_phones.html#phones", shown)
    return render(request, "calls/desk_phones.html", _shown(request))


@allowed(manages_lines)
@never_cache
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Give an agent an account for a desk phone, or a new password; it is shown on this page and never again."""
    assert isinstance(request.user, User)
    agent_id = request.POST.get("agent_id", "")
    agent = get_object_or_404(User.objects.exclude(agent_id=""), agent_id=agent_id, is_active=True)
    try:
        given = give_desk_phone(agent, by=request.user, address=address_of(request))
    except InputError as error:
        messages.error(request, " ".join(str(each) for each in error.problems))
        return redirect("calls:phones")
    return render(request, "calls/desk_phones.html", _shown(request) | {"given": given, "agent": agent})


@allowed(manages_lines)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """The phone can no longer register."""
    assert isinstance(request.user, User)
    if take_desk_phone(request.POST.get("agent_id", ""), by=request.user, address=address_of(request)):
        messages.success(request, _("The desk phone was taken back. Its agent is called in the browser now."))
    return redirect("calls:phones")


def _shown(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    nodes = live_nodes()
    address = nodes[0].sip_address if nodes else ""
    return {
        "phones": queries_phones.desk_phones(), "others": queries_phones.without_desk_phone(), "manages": manages_lines(request.user),
        "node": nodes[0] if nodes else None, "server": request.get_host().partition(":")[0] if address == _ANY else address,
        "transport": "UDP", "here_only": bool(nodes) and address.startswith("127."),
    }  # fmt: skip
