"""Requests about personal data: what is due when, one request, and the file with everything held."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from chot.core import clock
from chot.core.errors import InputError
from chot.customers import actions_requests as actions
from chot.customers import dossier
from chot.customers.deadlines import extended, terms_on
from chot.customers.forms_work import moment_field
from chot.customers.models import Customer, DataRequest
from chot.customers.models_contact import Purpose
from chot.customers.queries_consents import agreed_to
from chot.customers.rules import rules_customers, sees_data_requests, works_with_customers
from chot.people.answering import say
from chot.people.audit import record
from chot.people.exports import xlsx_response
from chot.people.forms import Styled
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed
from chot.people.templatetags import figures


class RequestForm(Styled):
    """What a customer asks for."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked for"), choices=DataRequest.Kind.choices)
    received_at = moment_field(gettext_lazy("Received"))
    received_by = forms.CharField(
        label=gettext_lazy("How it came"), max_length=160, help_text=gettext_lazy("A call, a letter, an e-mail …")
    )
    text = forms.CharField(
        label=gettext_lazy("What the customer says"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean_received_at(self) -> Any:
        """A moment that has been."""
        if self.cleaned_data["received_at"] > clock.now():
            raise ValidationError(_("This moment has not come yet."))
        return self.cleaned_data["received_at"]


class AnswerForm(Styled):
    """What the customer is told."""

    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("What the customer takes back"), required=False, choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
        help_text=gettext_lazy(
            "Once done it stands in the consent ledger from the moment of the request on, for every channel. "
            "With “Recording of calls” the recordings made since then are deleted."
        ),
    )  # fmt: skip
    answer = forms.CharField(label=gettext_lazy("Answer to the customer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *arguments: Any, asked: DataRequest, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if asked.kind != DataRequest.Kind.WITHDRAW or asked.customer is None:
            del self.fields["purposes"]
        else:
            self.initial["purposes"] = agreed_to(asked.customer)

    def clean(self) -> dict[str, Any]:
        """A withdrawal that is done takes something back."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "purposes" in self.fields and self.data.get("does") == "done" and not given.get("purposes"):
            self.add_error("purposes", ValidationError(_("Choose what the customer no longer agrees to.")))
        return given


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


@allowed(sees_data_requests)
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Open ones by the day they are due; then those that were answered lately."""
    rows = DataRequest.objects.select_related("customer", "answered_by")
    today = clock.today()
    shown = {
        "open": list(rows.filter(state=DataRequest.State.OPEN)[:200]),
        "closed": list(rows.exclude(state=DataRequest.State.OPEN).order_by("-answered_at")[:50]),
        "today": today, "soon": today + timedelta(days=3), "terms": terms_on(today),
    }  # fmt: skip
    return render(request, "customers/requests.html", shown)


@allowed(works_with_customers)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer asks; whoever is asked notes it, and managers answer."""
    customer = get_object_or_404(Customer, pk=pk, erased_at=None)
    form = RequestForm(request.POST or None, initial={"received_at": clock.now().astimezone(clock.ZONE)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = actions.receive(customer, given["kind"], given["received_at"], given["received_by"], given["text"], **_by(request))
        assert isinstance(request.user, User)
        if rules_customers(request.user):
            return redirect("customers:data_request", pk=made.pk)
        messages.success(request, _("Noted. A manager answers it by %(day)s.") % {"day": figures.day(made.due_on)})
        return redirect("customers:customer", pk=pk)
    shown = {"form": form, "customer": customer, "title": _("Request about personal data")}
    return render(request, "customers/work_form.html", shown, status=422 if form.errors else 200)


@allowed(sees_data_requests)
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One request; sent (managers), acknowledged, put off or answered."""
    assert isinstance(request.user, User)
    asked = get_object_or_404(DataRequest.objects.select_related("customer", "answered_by"), pk=pk)
    may, does = rules_customers(request.user), request.POST.get("does", "")
    form = AnswerForm(request.POST if does in ("done", "refused") else None, asked=asked)
    if request.method == "POST":
        if not may:
            raise Http404
        try:
            if does == "acknowledge":
                actions.acknowledge(pk, **_by(request))
            elif does == "put_off":
                actions.put_off(pk, **_by(request))
            elif does in ("done", "refused") and form.is_valid():
                actions.answer(pk, does, form.cleaned_data["answer"], form.cleaned_data.get("purposes", ()), **_by(request))
        except InputError as error:
            say(request, error)
        if not form.errors:
            return redirect("customers:data_request", pk=pk)
    day = asked.received_at.astimezone(clock.ZONE).date()
    shown = {
        "asked": asked, "form": form, "may": may and asked.state == "open", "today": clock.today(), "terms": terms_on(day),
        "later": extended(asked.kind, day) if not asked.extended else None,
        "files": may and asked.customer and not asked.customer.erased_at,
    }  # fmt: skip
    return render(request, "customers/request.html", shown, status=422 if form.errors else 200)


@allowed(rules_customers)
@require_GET
@never_cache
@limited("export")
def file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Everything held about the customer of a request, as ``json`` or ``xlsx``."""
    asked = get_object_or_404(DataRequest.objects.select_related("customer"), pk=pk)
    if kind not in ("json", "xlsx") or asked.customer is None:
        raise Http404
    found = dossier.held(asked.customer)
    record("data_request.file", f"data_request:{pk}", after={table: len(rows) for table, rows in found.items()}, **_by(request))
    name = f"data-request-{pk}"
    if kind == "xlsx":
        return xlsx_response(name, [_("Table"), _("Row"), _("Field"), _("Value")], dossier.cells(found))
    text = json.dumps(found, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)
