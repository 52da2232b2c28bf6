"""Exam results: listed and taken along, entered for several agents at once, corrected and removed with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core import clock
from chot.core.errors import InputError
from chot.people.answering import lay, warn_of_pay
from chot.people.closed_days import closed_among
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.queries_people import teams
from chot.people.queries_teams import team_titles
from chot.people.rates import limited
from chot.people.rules import allowed, sees_company
from chot.people.templatetags.figures import percent
from chot.quality import actions, queries
from chot.quality.forms import CorrectForm, EnterForm, ExamFilter, RemoveForm
from chot.quality.models import Exam
from chot.quality.queries import Asked
from chot.quality.rules import enters_exam_of, enters_exams, sees_exams

ROWS = 50
_USUAL = Decimal(100)


def _by(request: HttpRequest) -> dict[str, Any]:
    assert isinstance(request.user, User)
    return {"by": request.user, "address": address_of(request)}


def _filtered(request: HttpRequest) -> tuple[ExamFilter, QuerySet[Exam]]:
    user = _by(request)["by"]
    titles = team_titles()
    known = [(each, titles[each]) for each in teams()] if sees_company(user) else []
    form = ExamFilter(request.GET, names=queries.exam_names(), teams=known, agents=queries.agents_to_choose(user))
    form.is_valid()
    given = form.cleaned_data
    asked = Asked(
        search=given.get("q", ""), **{name: given.get(name, "") for name in ("name", "team", "agent")},
        first=given.get("first"), last=given.get("last"),
    )  # fmt: skip
    return form, queries.exams(user, asked)


@allowed(sees_exams)
@require_GET
def exams(request: HttpRequest) -> HttpResponse:
    """Who knew how much of what, the latest first."""
    user = _by(request)["by"]
    form, found = _filtered(request)
    query = request.GET.copy()
    query.pop("page", None)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    shown = {
        "form": form, "page": page, "query": query.urlencode(), "pages": f"{query.urlencode()}&" if query else "",
        "names": agent_names(), "teams": queries.teams_now(), "enters": enters_exams(user), "narrowed": any(query.values()),
        "imports": sees_company(user), "alone": user.agent_id if len(form.fields) == 4 else "",
    }  # fmt: skip
    return render(request, "quality/exams.html", shown)


@allowed(sees_exams)
@require_GET
@limited("export")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The list as it is filtered, as ``csv`` or ``xlsx``."""
    if kind not in SHEETS:
        raise Http404
    _form, found = _filtered(request)
    headings = [_("Day"), _("Agent"), _("Name"), _("Team"), _("Exam"), _("Points"), _("Maximum"), _("Score"), _("Note"), _("Id")]
    return sheet_response(kind, "exams", headings, _cells(found))


def _cells(found: QuerySet[Exam]) -> Iterator[list[Value]]:
    names, now, titles = agent_names(), queries.teams_now(), team_titles()
    for row in found.iterator():
        points, maximum = row.as_entered or (None, None)
        yield [
            row.day, row.agent_id, names.get(row.agent_id, ""), titles[now.get(row.agent_id, "")], row.name, points, maximum,
            percent(row.share, 2) if row.share is not None else "", row.note, row.exam_id,
        ]  # fmt: skip


@allowed(enters_exams)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The results of one exam for the agents of a team."""
    by = _by(request)
    mine = queries.teams_to_enter(by["by"])
    team = (request.POST or request.GET).get("team", "") or (mine[0] if len(mine) == 1 else "")
    if team and team not in mine:
        raise PermissionDenied
    agents = queries.takers(by["by"], team) if team else []
    initial = {"day": clock.today(), "maximum": _USUAL, "name": request.GET.get("name", "")}
    form = EnterForm(request.POST or None, agents=agents, initial=initial)
    if request.method == "POST" and agents and form.is_valid():
        sitting, scores = form.sitting(), form.cleaned_data["scores"]
        try:
            made = actions.enter(sitting, scores, **by)
        except InputError as error:
            lay(form, error)
        else:
            told = ngettext("%(number)s result of “%(name)s” is entered.", "%(number)s results of “%(name)s” are entered.", len(made))
            messages.success(request, told % {"number": len(made), "name": sitting.name})
            warn_of_pay(request, [sitting.day], list(scores))
            return redirect("quality:knowledge_exams")
    titles = team_titles()
    shown = {
        "form": form, "team": team, "agents": agents, "teams": [(each, titles[each]) for each in mine], "names": queries.exam_names(),
    }  # fmt: skip
    return render(request, "quality/exam_new.html", shown, status=422 if form.errors else 200)


@allowed(sees_exams)
@require_http_methods(["GET", "POST"])
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """One result and what was done with it; sent, corrected."""
    by = _by(request)
    found = _reached(by["by"], pk, change=request.method == "POST")
    form = CorrectForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        given, days = form.cleaned_data, [found.day]
        try:
            corrected = actions.correct(pk, form.sitting(), given["points"], seen=given["seen"], reason=given["reason"], **by)
        except InputError as error:
            lay(form, error)
        else:
            messages.success(request, _("Corrected."))
            warn_of_pay(request, {*days, corrected.day}, [found.agent_id])
            return redirect("quality:exam", pk=pk)
    return _page(request, found, form, RemoveForm())


@allowed(enters_exams)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """A result that should not be there."""
    by = _by(request)
    found = _reached(by["by"], pk, change=True)
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _page(request, found, CorrectForm(initial=_initial(found)), form)
    removed = actions.remove(pk, form.cleaned_data["reason"].strip(), **by)
    messages.success(request, _("The result is removed."))
    warn_of_pay(request, [removed.day], [removed.agent_id])
    return redirect("quality:knowledge_exams")


def _page(request: HttpRequest, found: Exam, form: CorrectForm, removing: RemoveForm) -> HttpResponse:
    user = _by(request)["by"]
    shown = {
        "exam": found, "form": form, "removing": removing, "name": agent_names().get(found.agent_id, found.agent_id),
        "edits": enters_exam_of(user, found.agent_id), "paid": bool(closed_among([found.day])), "history": queries.history(found),
        "names": queries.exam_names(),
    }  # fmt: skip
    return render(request, "quality/exam.html", shown, status=422 if form.errors or removing.errors else 200)


def _reached(user: User, pk: int, *, change: bool) -> Exam:
    found = get_object_or_404(Exam, pk=pk)
    if not queries.seen(user).filter(pk=pk).exists() or (change and not enters_exam_of(user, found.agent_id)):
        raise PermissionDenied
    return found


def _initial(exam: Exam) -> dict[str, Any]:
    points, maximum = exam.as_entered or (None if exam.score_bp is None else Decimal(exam.score_bp) / 100, _USUAL)
    return {
        "name": exam.name, "day": exam.day, "points": points, "maximum": maximum, "note": exam.note, "seen": exam.written_at.isoformat(),
    }  # fmt: skip
