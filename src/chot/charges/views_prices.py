"""Tariffs, brand names, outbound rules and the rules for calling out: seen, changed, tried out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.charges import actions_rules, actions_tariffs, queries_prices, tariff_files
from chot.charges.forms_prices import BrandForm, CallingRulesForm, FileForm, OutboundRuleForm, TariffForm, TrialForm
from chot.charges.models import Brand, OutboundRule, TariffRow
from chot.charges.refusals import rules
from chot.charges.rules import manages_prices, sees_prices, sets_calling_rules
from chot.charges.uploads import uploaded
from chot.core import clock
from chot.core.errors import InputError
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.kept_files import KeptFiles
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed

_FILES = KeptFiles(name="tariffs", folder="tariff-imports", salt="tariff-import")


def _trial(request: HttpRequest) -> dict[str, Any]:
    """The form that tries a call out, and what came of it."""
    asked = request.GET if request.GET.get("number") else None
    form = TrialForm(asked, initial={"seconds": 60, "purpose": "care"})
    found = None
    if asked and form.is_valid():
        given = form.cleaned_data
        found = queries_prices.tried(given["number"], given["purpose"], given["seconds"], given["trunk"])
    return {"trial_form": form, "trial": found}


@allowed(sees_prices)
@require_GET
def tariffs_page(request: HttpRequest) -> HttpResponse:
    """The prices of today and those to come."""
    assert isinstance(request.user, User)
    every = bool(request.GET.get("every"))
    rows = queries_prices.tariffs(clock.today(), every=every)
    shown = {"rows": rows, "every": every, "manages": manages_prices(request.user), "file_form": FileForm(), **_trial(request)}
    return render(request, "charges/tariffs.html", shown)


@allowed(sees_prices)
@require_GET
@limited("export")
def tariffs_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Every price, as a file that can be read in again."""
    if kind not in SHEETS:
        raise Http404
    rows: list[list[Value]] = [
        [getattr(row, name) for name in tariff_files.COLUMNS.fields] for row in queries_prices.tariffs(clock.today(), every=True)
    ]
    return sheet_response(kind, "tariffs", tariff_files.COLUMNS.headings(), rows)


@allowed(manages_prices)
@require_POST
def tariffs_import(request: HttpRequest) -> HttpResponse:
    """Prices from a file: all of it, or none with the reasons."""
    assert isinstance(request.user, User)
    if found := uploaded(request, _FILES, tariff_files.read_tariffs):
        rows, source = found
        new, changed = actions_tariffs.import_tariffs(rows, source=source, by=request.user, address=address_of(request))
        messages.success(request, _("%(new)s tariffs are new, %(changed)s were replaced.") % {"new": new, "changed": changed})
    return redirect("charges:tariffs")


@allowed(manages_prices)
@require_http_methods(["GET", "POST"])
def tariff(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A tariff, or a new one, also as the next version of another (``?of=``)."""
    assert isinstance(request.user, User)
    found = get_object_or_404(TariffRow, pk=pk) if pk else _next_version(request.GET.get("of", ""))
    form = TariffForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions_tariffs.save_tariff(form.save(commit=False), by=request.user, address=address_of(request))
        return _saved(request, "charges:tariffs")
    return _form(request, form, _("Tariff") if pk else _("New tariff"), "tariff", pk, _("Tariffs"))


def _next_version(of: str) -> TariffRow:
    row = TariffRow.objects.filter(pk=int(of)).first() if of.isascii() and of.isdigit() and len(of) < 10 else None
    row = row or TariffRow()
    row.pk, row.valid_from, row.valid_to = None, clock.today(), None
    return row


@allowed(sees_prices)
@require_GET
def brands_page(request: HttpRequest) -> HttpResponse:
    """Brand names and how they stand."""
    assert isinstance(request.user, User)
    shown = {"brands": queries_prices.brands(clock.today()), "manages": manages_prices(request.user)}
    return render(request, "charges/brands.html", shown)


@allowed(manages_prices)
@require_http_methods(["GET", "POST"])
def brand(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A brand name, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Brand, pk=pk) if pk else Brand()
    form = BrandForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        actions_rules.save_brand(made, form.cleaned_data["numbers"], by=request.user, address=address_of(request))
        return _saved(request, "charges:brands")
    return _form(request, form, found.name if pk else _("New brand name"), "brand", pk, _("Brand names"))


@allowed(sees_prices)
@require_GET
def routes_page(request: HttpRequest) -> HttpResponse:
    """The outbound rules in their order, and a call to try them out."""
    assert isinstance(request.user, User)
    kinds = queries_prices.kind_words()
    shown = {"rules": queries_prices.outbound_rules(), "kinds": kinds, "manages": manages_prices(request.user), **_trial(request)}
    return render(request, "charges/routes.html", shown)


@allowed(manages_prices)
@require_http_methods(["GET", "POST"])
def route(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """An outbound rule, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(OutboundRule, pk=pk) if pk else OutboundRule()
    form = OutboundRuleForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions_rules.save_rule(form.save(commit=False), by=request.user, address=address_of(request))
        return _saved(request, "charges:routes")
    return _form(request, form, _("Outbound rule") if pk else _("New outbound rule"), "route", pk, _("Outbound rules"))


@allowed(manages_prices)
@require_POST
def route_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down."""
    assert isinstance(request.user, User)
    get_object_or_404(OutboundRule, pk=pk)
    actions_rules.move_rule(pk, up=request.POST.get("to") == "up", by=request.user, address=address_of(request))
    return redirect("charges:routes")


@allowed(manages_prices)
@require_POST
def delete(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take a tariff, a brand name or an outbound rule away."""
    assert isinstance(request.user, User)
    model, back = {"tariff": (TariffRow, "tariffs"), "brand": (Brand, "brands"), "route": (OutboundRule, "routes")}.get(kind, (None, ""))
    if model is None:
        raise Http404
    try:
        row: Any = get_object_or_404(model, pk=pk)
        actions_rules.delete(row, by=request.user, address=address_of(request))
    except InputError as error:
        messages.error(request, " ".join(str(each) for each in error.problems))
    else:
        messages.success(request, _("Deleted."))
    return redirect(f"charges:{back}")


@allowed(sees_prices)
@require_http_methods(["GET", "POST"])
def calling_rules(request: HttpRequest) -> HttpResponse:
    """What nobody may dial, when, and how often; only administrators change it."""
    assert isinstance(request.user, User)
    manages = sets_calling_rules(request.user)
    form = CallingRulesForm(request.POST or None if manages else None, instance=rules())
    if request.method == "POST" and manages and form.is_valid():
        actions_rules.save_calling_rules(form.save(commit=False), by=request.user, address=address_of(request))
        return _saved(request, "charges:rules")
    if not manages:
        for field in form.fields.values():
            field.disabled = True
    parts = [
        (_("Numbers"), ("emergency", "forbidden", "international_roles", "premium_roles")),
        (_("Against fraud"), ("calls_per_minute", "night_from", "night_to")),
        (_("Advertising"), ("ad_from", "ad_to", "ads_per_day", "ads_need_brand")),
        (_("Money"), ("reserve_s", "longest_call_s", "warn_percent", "cut_calls")),
    ]
    shown = {"form": form, "manages": manages, "parts": [(title, [form[name] for name in names]) for title, names in parts]}
    refused = 403 if request.method == "POST" and not manages else 0
    return render(request, "charges/calling_rules.html", shown, status=refused or (422 if form.errors else 200))


def _saved(request: HttpRequest, where: str) -> HttpResponse:
    messages.success(request, _("Saved. It holds for the next call."))
    return redirect(where)


def _form(request: HttpRequest, form: Form, title: str, kind: str, pk: int | None, back: str) -> HttpResponse:
    where = {"tariff": "charges:tariffs", "brand": "charges:brands", "route": "charges:routes"}[kind]
    shown = {"form": form, "title": title, "kind": kind, "pk": pk, "back": back, "back_url": reverse(where)}
    return render(request, "charges/price_edit.html", shown, status=422 if form.errors else 200)
