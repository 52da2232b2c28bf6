"""Trunks and numbers: what is saved, what is in force, how each trunk does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed
from chot.switchboard import actions
from chot.switchboard.forms import NumberForm, TrunkForm
from chot.switchboard.models import Number, Trunk, Version
from chot.switchboard.queries import lines
from chot.switchboard.rules import manages_lines, sees_lines


@allowed(sees_lines)
@require_GET
def lines_page(request: HttpRequest) -> HttpResponse:
    """Everything about lines; the part with states is asked for again every few seconds."""
    assert isinstance(request.user, User)
    shown = {"lines": lines(), "manages": manages_lines(request.user), "now": clock.now()}
    template = "switchboard/lines.html#states" if request.headers.get("HX-Request") else "switchboard/lines.html"
    return render(request, template, shown)


@allowed(manages_lines)
@require_http_methods(["GET", "POST"])
def trunk(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A trunk, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Trunk, pk=pk) if pk else Trunk()
    form = TrunkForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        made = actions.save_trunk(form.save(commit=False), form.cleaned_data["password"], by=request.user, address=address_of(request))
        return _saved(request, made)
    return _form(request, form, _("Trunk %(title)s") % {"title": found.title} if pk else _("New trunk"), "trunk", pk)


@allowed(manages_lines)
@require_http_methods(["GET", "POST"])
def number(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One of our numbers, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Number, pk=pk) if pk else Number()
    form = NumberForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        return _saved(request, actions.save_number(form.save(commit=False), by=request.user, address=address_of(request)))
    return _form(request, form, str(found) if pk else _("New number"), "number", pk)


@allowed(manages_lines)
@require_POST
def trunk_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a trunk away."""
    assert isinstance(request.user, User)
    get_object_or_404(Trunk, pk=pk)
    try:
        return _saved(request, actions.delete_trunk(pk, by=request.user, address=address_of(request)))
    except InputError as error:
        return _refused(request, error)


@allowed(manages_lines)
@require_POST
def number_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a number away."""
    assert isinstance(request.user, User)
    get_object_or_404(Number, pk=pk)
    try:
        return _saved(request, actions.delete_number(pk, by=request.user, address=address_of(request)))
    except InputError as error:
        return _refused(request, error)


@allowed(manages_lines)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Trunks and numbers as a version had them."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Version, pk=pk)
    return _saved(request, actions.restore(found.number, by=request.user, address=address_of(request)))


@allowed(manages_lines)
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Ask the exchange once more for the latest version."""
    asked = actions.apply_latest(again=f"{clock.instant():%Y%m%d%H%M%S%f}")
    if asked:
        messages.success(request, _("The exchange was asked again."))
    else:
        messages.warning(request, _("No exchange is running. It takes the latest version as soon as it starts."))
    return redirect("switchboard:lines")


def _saved(request: HttpRequest, version: Version) -> HttpResponse:
    messages.success(request, _("Saved as version %(number)s.") % {"number": version.number})
    return redirect("switchboard:lines")


def _refused(request: HttpRequest, error: InputError) -> HttpResponse:
    messages.error(request, " ".join(f"{problem.what}. {problem.fix}" for problem in error.problems))
    return redirect("switchboard:lines")


def _form(request: HttpRequest, form: forms.Form, title: str, kind: str, pk: int | None) -> HttpResponse:
    shown: dict[str, Any] = {"form": form, "title": title, "kind": kind, "pk": pk}
    return render(request, "switchboard/edit.html", shown, status=422 if form.errors else 200)
