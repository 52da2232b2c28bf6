"""Customers from a file: it comes in, its columns are named, everything is shown, and it is then written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chot.core.errors import InputError, Problem
from chot.core.text import unaccented
from chot.customers.actions_import import Step, plan, write
from chot.customers.import_reading import Read, fields, read_customers
from chot.customers.queries import owners_for
from chot.customers.rules import leads_with_customers
from chot.people.exports import csv_response
from chot.people.forms import Styled
from chot.people.kept_files import KeptFiles
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed
from chot.people.templatetags.figures import problem_fix, problem_what

_FILES = KeptFiles(name="customers", folder="customer-imports", salt="customer-import")
_SHOWN = 200


class FileForm(Styled):
    """The file."""

    file = forms.FileField(label=gettext_lazy("File (XLSX or CSV)"))


@allowed(leads_with_customers)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is kept for a day, for this person only."""
    assert isinstance(request.user, User)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            token = _FILES.keep(form.cleaned_data["file"], request.user)
        except InputError as error:
            for problem in error.problems:
                form.add_error("file", f"{problem_what(problem)}. {problem_fix(problem)}")
        else:
            return redirect("customers:import_file", token=token)
    return render(request, "customers/import.html", {"form": form}, status=422 if form.errors else 200)


def _looked_at(request: HttpRequest, path: Path) -> tuple[Read, list[Step]]:
    assert isinstance(request.user, User)
    given = {name[4:]: value for name, value in request.POST.items() if name.startswith("map.") and isinstance(value, str)}
    read = read_customers(path, given if given else None)
    people = owners_for(request.user)[1:]
    owners = {key: key for key, _name in people} | {unaccented(name): key for key, name in people}
    return read, plan(read.rows, owners)


@allowed(leads_with_customers)
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest, token: str) -> HttpResponse:
    """What the file would do and what is wrong with it; sent with ``does=write``, written, and the file is gone."""
    assert isinstance(request.user, User)
    path, about = _FILES.opened(token, request.user)
    read, steps = _looked_at(request, path)
    known = request.POST.get("known", "skip")
    shown: dict[str, Any] = {"read": read, "name": about["name"], "token": token, "known": known, **_sorted(read, steps)}
    shown["columns"] = [(key, label, read.mapping.get(key, "")) for key, label in fields().items()]
    if request.method == "POST" and request.POST.get("does") == "write" and read.rows:
        known = known if known in ("skip", "fill", "replace") else "skip"
        shown["done"] = write(steps, known, source=about["name"], by=request.user, address=address_of(request))
        shutil.rmtree(path.parent, ignore_errors=True)
    return render(request, "customers/import.html", shown)


def _sorted(read: Read, steps: list[Step]) -> dict[str, Any]:
    problems = _problems(read, steps)
    return {
        "numbers": {does: sum(step.does == does for step in steps) for does in ("new", "known", "twice", "wrong")},
        "spared": sum(step.spared for step in steps), "problems": problems[:_SHOWN], "problem_count": len(problems),
        "new_ones": [step for step in steps if step.does == "new"][:20],
        "known_ones": [step for step in steps if step.does == "known"][:50],
    }  # fmt: skip


def _problems(read: Read, steps: list[Step]) -> list[Problem]:
    names = fields()
    found = [*read.problems, *(problem for step in steps for problem in step.problems)]
    shown = [Problem(line=each.line, field=str(names.get(each.field, each.field)), what=each.what, fix=each.fix) for each in found]
    return sorted(shown, key=lambda each: each.line or 0)


@allowed(leads_with_customers)
@require_POST
@limited("export")
def rejects(request: HttpRequest, token: str) -> HttpResponse:
    """The rows that are left out, with the reason of each, as CSV."""
    assert isinstance(request.user, User)
    path, _about = _FILES.opened(token, request.user)
    read, steps = _looked_at(request, path)
    rows = ([problem.line, problem.field, problem_what(problem), problem_fix(problem)] for problem in _problems(read, steps))
    return csv_response("customers-left-out", [_("Line of the file"), _("Column"), _("Reason"), _("What to do")], rows)
