"""People from a file: it comes in, is shown with what it would change and what is wrong, and is then written."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.facts.drafted_words import in_words
from chot.people.actions_import import Step, apply_people, open_accounts, plan_steps
from chot.people.exports import csv_response
from chot.people.first_passwords import opened, sealed
from chot.people.forms_people import ImportForm
from chot.people.kept_files import KeptFiles
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed, manages_people, manages_users, sets_base_pay
from chot.people.templatetags.figures import problem_fix, problem_what
from chot.performance.people_reading import Read, columns_shown, read_people

_FILES = KeptFiles(name="people", folder="people-imports", salt="people-import")
_SHOWN = 500


@allowed(manages_people)
@require_http_methods(["GET", "POST"])
def people_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is kept for a day, for this person only."""
    assert isinstance(request.user, User)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            token = _FILES.keep(form.cleaned_data["file"], request.user, day=form.cleaned_data["day"].isoformat())
        except InputError as error:
            for problem in error.problems:
                form.add_error("file", f"{problem_what(problem)}. {problem_fix(problem)}")
        else:
            return redirect("performance:people_import_file", token=token)
    return render(request, "performance/people_import.html", {"form": form}, status=422 if form.errors else 200)


@allowed(manages_people)
@require_http_methods(["GET", "POST"])
def people_import_file(request: HttpRequest, token: str) -> HttpResponse:
    """What the file would change and what is wrong with it; sent with ``does=apply``, written."""
    assert isinstance(request.user, User)
    path, about = _FILES.opened(token, request.user)
    name, day = about["name"], date.fromisoformat(about["day"])
    pay = sets_base_pay(request.user)
    read = _read(path, request.POST.get("mapping", "").replace("\r\n", "\n"))
    shown: dict[str, Any] = {"read": read, "name": name, "day": day, "token": token, "columns": columns_shown(read), "pay": pay}
    shown["mapping"] = in_words(read.mapping, get_language() or "vi")
    if request.method == "POST" and request.POST.get("does") == "apply":
        steps = apply_people(read.given, day, source=name, pay=pay, by=request.user, address=address_of(request))
        if request.POST.get("accounts") and manages_users(request.user):
            new = [step.agent_id for step in steps if step.does == "new"]
            shown["accounts"] = open_accounts(new, by=request.user, address=address_of(request))
            shown["sealed"] = sealed(shown["accounts"], by=request.user)
        shown["done"] = True
    else:
        steps = plan_steps(read.given, day, pay=pay)
    answer = render(request, "performance/people_import.html", {**shown, **_sorted(read, steps), "opens": manages_users(request.user)})
    if shown.get("accounts"):
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _read(path: Path, mapping: str) -> Read:
    try:
        return read_people(path, mapping=mapping)
    except InputError as error:
        return Read(mapping=mapping, problems=list(error.problems))


def _sorted(read: Read, steps: list[Step]) -> dict[str, Any]:
    problems = _problems(read, steps)
    changing = [step for step in steps if step.does in ("new", "changed", "left")]
    numbers = {does: sum(step.does == does for step in steps) for does in ("new", "changed", "left", "same")}
    lines = len({problem.line for problem in problems})
    return {
        "problems": problems[:_SHOWN], "steps": changing[:_SHOWN], "more": max(len(changing) - _SHOWN, 0), "numbers": numbers,
        "skipped": lines, "changing": len(changing),
    }  # fmt: skip


def _problems(read: Read, steps: list[Step]) -> list[Problem]:
    found = [*read.problems, *(problem for step in steps for problem in step.problems)]
    return sorted(found, key=lambda each: each.line or 0)


@allowed(manages_people)
@require_http_methods(["POST"])
@limited("export")
def people_import_skipped(request: HttpRequest, token: str) -> HttpResponse:
    """The rows that are left out, with the reason of each, as CSV."""
    assert isinstance(request.user, User)
    path, about = _FILES.opened(token, request.user)
    day = date.fromisoformat(about["day"])
    read = _read(path, request.POST.get("mapping", "").replace("\r\n", "\n"))
    problems = _problems(read, plan_steps(read.given, day, pay=sets_base_pay(request.user)))
    rows = ([problem.line, problem.field, problem_what(problem), problem_fix(problem)] for problem in problems)
    return csv_response("people-skipped", [_("Line of the file"), _("Column"), _("Reason"), _("What to do")], rows)


@allowed(manages_users)
@require_http_methods(["POST"])
@limited("export")
def people_import_passwords(request: HttpRequest) -> HttpResponse:
    """The first passwords of an import as CSV, once."""
    assert isinstance(request.user, User)
    try:
        rows = opened(request.POST.get("sealed", ""), by=request.user, address=address_of(request))
    except InputError as error:
        messages.error(request, f"{error.problems[0].what}. {error.problems[0].fix}")
        return redirect("people:list_accounts")
    answer = csv_response("first-passwords", [_("Name"), _("Sign-in name"), _("First password")], rows)
    answer.headers["Cache-Control"] = "no-store"
    return answer
