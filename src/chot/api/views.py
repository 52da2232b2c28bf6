"""Pages: which systems may use the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.api import actions_clients as actions
from chot.api import queries
from chot.api.forms import ClientForm
from chot.api.models import Client
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, manages_users, reads_audit


def person(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


@allowed(reads_audit)
@require_GET
def clients(request: HttpRequest) -> HttpResponse:
    """Every system with a token."""
    shown = {"clients": queries.clients(), "manages": manages_users(person(request)), "address": request.build_absolute_uri("/api/v1")}
    return render(request, "api/clients.html", shown)


@allowed(manages_users)
@never_cache
@require_http_methods(["GET", "POST"])
def new_client(request: HttpRequest) -> HttpResponse:
    """Give a system a token, shown once."""
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made, token = actions.make_client(
            given["name"], given["scopes"], given["per_minute"], given["expires_on"], by=person(request), address=address_of(request)
        )
        return _once(request, made, token)
    return render(request, "api/client.html", {"form": form, "client": None}, status=422 if form.errors else 200)


@allowed(manages_users)
@never_cache
@require_http_methods(["GET", "POST"])
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a system may do."""
    found = get_object_or_404(Client, pk=pk)
    held = {name: getattr(found, name) for name in ("name", "scopes", "per_minute", "expires_on", "is_active")}
    form = ClientForm(request.POST or None, client=found, initial=held)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.change_client(
            found, given["scopes"], given["per_minute"], given["expires_on"], is_active=given["is_active"], by=person(request),
            address=address_of(request),
        )  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect("connections:clients")
    return render(request, "api/client.html", {"form": form, "client": found}, status=422 if form.errors else 200)


@allowed(manages_users)
@never_cache
@require_POST
def new_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Another token; the one before stops working."""
    found = get_object_or_404(Client, pk=pk)
    return _once(request, found, actions.renew_token(found, by=person(request), address=address_of(request)))


def _once(request: HttpRequest, found: Client, token: str) -> HttpResponse:
    kind = next((scope.partition(":")[0] for scope in found.scopes if scope.endswith(":read")), "orders")
    example = f'curl -H "Authorization: Bearer {token}" {request.build_absolute_uri("/api/v1")}/{kind}'
    return render(request, "api/secret_once.html", {"name": found.name, "secret": token, "example": example, "back": "connections:clients"})
