"""Customers or leads from a file: it comes in, its columns are named, everything is shown, and it is then written."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError, Problem
from chot.core.text import unaccented
from chot.customers.actions_import import plan, write
from chot.customers.actions_import_leads import LeadStep, customers_of, plan_leads, write_leads
from chot.customers.import_reading import CUSTOMERS, LEADS, Columns, Read, read_rows
from chot.customers.queries import owners_for
from chot.customers.rules import leads_with_customers
from chot.people.exports import SHEETS, csv_response, sheet_response
from chot.people.forms import Styled
from chot.people.kept_files import KeptFiles
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed
from chot.people.templatetags.figures import problem_fix, problem_what

_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is imported: its columns, its files, and what plans and writes its rows; ``url`` begins the names of its addresses."""

    columns: Columns
    files: KeptFiles
    url: str
    template: str
    plan: Callable[[Sequence[Any], Mapping[str, str]], list[Any]]

    @property
    def urls(self) -> dict[str, str]:
        """The names of its addresses."""
        return {"start": self.url, **{name: f"{self.url}_{name}" for name in ("file", "rejects", "blank")}}


KINDS = {
    "customers": Kind(
        columns=CUSTOMERS, files=KeptFiles(name="customers", folder="customer-imports", salt="customer-import"), url="customers:import",
        template="customers/import.html", plan=plan,
    ),
    "leads": Kind(
        columns=LEADS, files=KeptFiles(name="leads", folder="lead-imports", salt="lead-import"), url="customers:leads_import",
        template="customers/import_leads.html", plan=plan_leads,
    ),
}  # fmt: skip


class FileForm(Styled):
    """The file."""

    file = forms.FileField(label=gettext_lazy("File (XLSX or CSV)"))


@allowed(leads_with_customers)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, what: str) -> HttpResponse:
    """Choose a file; it is kept for a day, for this person only."""
    assert isinstance(request.user, User)
    form, kind = FileForm(request.POST or None, request.FILES or None), KINDS[what]
    if request.method == "POST" and form.is_valid():
        try:
            token = kind.files.keep(form.cleaned_data["file"], request.user)
        except InputError as error:
            for problem in error.problems:
                form.add_error("file", f"{problem_what(problem)}. {problem_fix(problem)}")
        else:
            return redirect(kind.urls["file"], token=token)
    return render(request, kind.template, {"form": form, "urls": kind.urls}, status=422 if form.errors else 200)


@allowed(leads_with_customers)
@require_GET
@limited("export")
def blank(request: HttpRequest, what: str, kind: str) -> HttpResponse:
    """A file with every column and no row, as ``csv`` or ``xlsx``."""
    if kind not in SHEETS:
        raise Http404
    return sheet_response(kind, f"{what}-blank", [str(label) for label in KINDS[what].columns.fields().values()], [])


def _looked_at(request: HttpRequest, kind: Kind, path: Path) -> tuple[Read, list[Any]]:
    assert isinstance(request.user, User)
    given = {name[4:]: value for name, value in request.POST.items() if name.startswith("map.") and isinstance(value, str)}
    read = read_rows(path, kind.columns, given if given else None)
    people = owners_for(request.user)[1:]
    owners = {key: key for key, _name in people} | {unaccented(name): key for key, name in people}
    return read, kind.plan(read.rows, owners)


@allowed(leads_with_customers)
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """What the file would do and what is wrong with it; sent with ``does=write``, written, and the file is gone.

    Files are written one after the other, each looked at anew: the same one sent twice at once finds its rows known.
    """
    assert isinstance(request.user, User)
    kind, writes = KINDS[what], request.method == "POST" and request.POST.get("does") == "write"
    with transaction.atomic() if writes else nullcontext():
        if writes:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers from a file'))")
        path, about = kind.files.opened(token, request.user)
        read, steps = _looked_at(request, kind, path)
        known = request.POST.get("known", "skip")
        shown: dict[str, Any] = {"read": read, "name": about["name"], "token": token, "known": known, "urls": kind.urls}
        shown |= _sorted(kind, read, steps)
        if what == "leads":
            shown |= _about_leads(request, steps)
        shown["columns"] = [(key, label, read.mapping.get(key, "")) for key, label in kind.columns.fields().items()]
        if writes and read.rows:
            shown["done"] = _written(request, what, steps, known if known in ("skip", "fill", "replace") else "skip", about["name"])
    if "done" in shown:
        shutil.rmtree(path.parent, ignore_errors=True)
    return render(request, kind.template, shown)


def _about_leads(request: HttpRequest, steps: list[LeadStep]) -> dict[str, Any]:
    """To whom leads may go, and what becomes of their customers."""
    assert isinstance(request.user, User)
    people, agents = [step.does for step in customers_of(steps)], owners_for(request.user)[1:]
    return {
        "agents": agents, "names": dict(agents), "to": request.POST.get("to", "spread"), "new_customers": people.count("new"),
        "known_customers": people.count("known"),
    }  # fmt: skip


def _written(request: HttpRequest, what: str, steps: list[Any], known: str, name: str) -> dict[str, int]:
    assert isinstance(request.user, User)
    by: dict[str, Any] = {"source": name, "by": request.user, "address": address_of(request)}
    if what == "customers":
        return write(steps, known, **by)
    everybody, wanted = [key for key, _name in owners_for(request.user)[1:]], request.POST.get("to", "")
    return write_leads(steps, known, [wanted] if wanted in everybody else everybody, allowed=everybody, **by)


def _sorted(kind: Kind, read: Read, steps: list[Any]) -> dict[str, Any]:
    problems = _problems(kind, read, steps)
    return {
        "numbers": {does: sum(step.does == does for step in steps) for does in ("new", "known", "twice", "wrong")},
        "spared": sum(step.spared for step in steps), "problems": problems[:_SHOWN], "problem_count": len(problems),
        "new_ones": [step for step in steps if step.does == "new"][:20],
        "known_ones": [step for step in steps if step.does == "known"][:50],
    }  # fmt: skip


def _problems(kind: Kind, read: Read, steps: list[Any]) -> list[Problem]:
    names = kind.columns.fields()
    found = [*read.problems, *(problem for step in steps for problem in step.problems)]
    shown = [Problem(line=each.line, field=str(names.get(each.field, each.field)), what=each.what, fix=each.fix) for each in found]
    return sorted(shown, key=lambda each: each.line or 0)


@allowed(leads_with_customers)
@require_POST
@limited("export")
def rejects(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """The rows that are left out, with the reason of each, as CSV."""
    assert isinstance(request.user, User)
    kind = KINDS[what]
    path, _about = kind.files.opened(token, request.user)
    read, steps = _looked_at(request, kind, path)
    rows = ([problem.line, problem.field, problem_what(problem), problem_fix(problem)] for problem in _problems(kind, read, steps))
    return csv_response(f"{what}-left-out", [_("Line of the file"), _("Column"), _("Reason"), _("What to do")], rows)
