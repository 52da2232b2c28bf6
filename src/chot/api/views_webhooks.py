"""Pages: which addresses are told of what, and what became of the messages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.api import actions_webhooks as actions
from chot.api import queries
from chot.api.forms import WebhookForm
from chot.api.models import Delivery, Webhook
from chot.api.views import person
from chot.people.origin import address_of
from chot.people.rules import allowed, manages_users, reads_audit


@allowed(reads_audit)
@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every address that is told something."""
    return render(request, "api/webhooks.html", {"webhooks": queries.webhooks(), "manages": manages_users(person(request))})


@allowed(manages_users)
@never_cache
@require_http_methods(["GET", "POST"])
def new_webhook(request: HttpRequest) -> HttpResponse:
    """An address to be told from now on; its secret is shown once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = actions.make_webhook(given["name"], given["url"], given["events"], by=person(request), address=address_of(request))
        shown = {"name": made.name, "secret": made.secret, "back": "connections:webhooks"}
        return render(request, "api/secret_once.html", shown)
    return render(request, "api/webhook.html", {"form": form, "webhook": None}, status=422 if form.errors else 200)


@allowed(reads_audit)
@never_cache
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One address: its settings, and its latest messages."""
    found = get_object_or_404(Webhook, pk=pk)
    manages = manages_users(person(request))
    held = {name: getattr(found, name) for name in ("name", "url", "events", "is_active")}
    form = WebhookForm(request.POST or None, webhook=found, initial=held)
    if request.method == "POST" and not manages:
        return HttpResponse(status=403)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.change_webhook(
            found, given["url"], given["events"], is_active=given["is_active"], by=person(request), address=address_of(request)
        )
        messages.success(request, _("Saved."))
        return redirect("connections:webhook", pk)
    shown = {"form": form, "webhook": found, "deliveries": queries.deliveries(found), "manages": manages}
    return render(request, "api/webhook.html", shown, status=422 if form.errors else 200)


@allowed(manages_users)
@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """One message, to see whether it arrives."""
    actions.test_webhook(get_object_or_404(Webhook, pk=pk), by=person(request), address=address_of(request))
    messages.success(request, _("A test is on its way. Reload the page in a few seconds."))
    return redirect("connections:webhook", pk)


@allowed(manages_users)
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a message that was given up once more."""
    found = get_object_or_404(Delivery, pk=pk)
    actions.send_again(found, by=person(request), address=address_of(request))
    return redirect("connections:webhook", found.webhook_id)
