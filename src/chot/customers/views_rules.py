"""Consent of a customer, the do-not-call list, custom fields."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chot.core import clock
from chot.core.phones import current
from chot.customers import actions_consents as actions
from chot.customers.actions_settings import save_field
from chot.customers.forms_rules import ConsentForm, FieldForm, NumbersForm, SpareForm
from chot.customers.models import Customer, CustomField, DoNotCall
from chot.customers.queries_consents import do_not_call
from chot.customers.rules import edits, leads_with_customers, rules_customers, works_with_customers
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """What a customer has agreed to or refused, with its proof; whoever talks to the customer may note it."""
    customer = get_object_or_404(Customer, pk=pk, erased_at=None)
    now = clock.now().astimezone(clock.ZONE)
    form = ConsentForm(request.POST or None, initial={"at": now, "purpose": request.GET.get("purpose", "")})
    if request.method == "POST" and form.is_valid():
        actions.note_consent(customer, form.cleaned_data, **_by(request))
        messages.success(request, _("Noted."))
        return redirect("customers:customer", pk=pk)
    shown = {"form": form, "customer": customer, "title": _("What the customer agreed to")}
    return render(request, "customers/work_form.html", shown, status=422 if form.errors else 200)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def spare(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer asks not to be called."""
    customer = get_object_or_404(Customer, pk=pk, erased_at=None)
    form = SpareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.spare_customer(customer, given["scope"], DoNotCall.Source.CUSTOMER, given["reason"], **_by(request))
        return redirect("customers:customer", pk=pk)
    shown = {"form": form, "customer": customer, "title": _("Do not call")}
    return render(request, "customers/work_form.html", shown, status=422 if form.errors else 200)


@allowed(leads_with_customers)
@require_http_methods(["GET", "POST"])
def list_do_not_call(request: HttpRequest) -> HttpResponse:
    """Whom nobody calls; sent, more numbers."""
    assert isinstance(request.user, User)
    form = NumbersForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        new = actions.spare_numbers(given["numbers"], given["scope"], given["source"], given["reason"], **_by(request))
        messages.success(request, _("%(new)d numbers are new on the list.") % {"new": new})
        return redirect("customers:do_not_call")
    search = request.GET.get("q", "")
    rows = do_not_call((current(search) or "-") if search else "")
    shown = {"rows": rows, "form": form, "search": search, "lifts": rules_customers(request.user)}
    return render(request, "customers/do_not_call.html", shown, status=422 if form.errors else 200)


@allowed(leads_with_customers)
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """A number may be called again: a manager's word, or a leader's for the team's customer."""
    assert isinstance(request.user, User)
    row = get_object_or_404(DoNotCall, pk=pk)
    if not rules_customers(request.user) and (row.customer is None or not edits(request.user, row.customer)):
        raise PermissionDenied
    actions.lift(pk, **_by(request))
    return redirect("customers:customer", pk=row.customer_id) if row.customer_id else redirect("customers:do_not_call")


@allowed(rules_customers)
@require_http_methods(["GET", "POST"])
def fields(request: HttpRequest) -> HttpResponse:
    """The fields that every customer has beside the usual ones; sent, one more."""
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        save_field(None, form.cleaned_data, **_by(request))
        return redirect("customers:fields")
    shown = {"rows": list(CustomField.objects.all()), "form": form}
    return render(request, "customers/fields.html", shown, status=422 if form.errors else 200)


@allowed(rules_customers)
@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, pk: int) -> HttpResponse:
    """One custom field."""
    found = get_object_or_404(CustomField, pk=pk)
    initial = {"label": found.label, "kind": found.kind, "choices": ", ".join(found.choices), "rank": found.rank, "shown": found.shown}
    form = FieldForm(request.POST or None, initial=initial)
    form.fields["kind"].disabled = True
    if request.method == "POST" and form.is_valid():
        save_field(pk, form.cleaned_data, **_by(request))
        return redirect("customers:fields")
    return render(request, "customers/fields.html", {"form": form, "field": found}, status=422 if form.errors else 200)
